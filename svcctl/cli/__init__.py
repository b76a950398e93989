"""The command line: what is typed, what is printed, and the one boundary where a failure becomes a message."""
