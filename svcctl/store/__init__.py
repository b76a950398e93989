"""The ledger's files: their form, their damage, their lock, writing and reading them. Only this package opens them."""
