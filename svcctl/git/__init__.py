"""A ledger kept by git: exchanging entries with other desks, the union of two versions of a file, the proof from history."""
