"""A finished workbook by mail: the user's own settings, the message as a value, and the only code that opens a connection."""
