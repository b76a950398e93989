"""One module for each command that is about the whole ledger; each declares a ``COMMAND``."""
