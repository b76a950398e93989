"""A ledger at work: the store and the domain put together, for whoever reads or writes one (the shell, an import)."""
