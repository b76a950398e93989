"""What a report is, as values without any look: the writers (``svcctl.xlsx``, JSON) decide what it looks like."""
