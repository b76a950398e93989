"""Somebody else's file into entries: reading it into rows, the map that says what a row means, and the rejected rows.

Nothing here knows the nouns or the store: a row becomes planned entries of raw texts, which the caller types, checks
and writes.
"""
