"""Which characters a text of the ledger may hold."""

import re

from svcctl.texts import Text

_REFUSED = "[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"

CHARACTER = Text("含有不能保存的字符 {name}", "holds a character that cannot be stored: {name}")


def refused_char(text: str) -> str | None:
    """The name (``U+0000``) of the first character that may not be stored, or None."""
    found = None if text.isprintable() else re.search(_REFUSED, text)
    return f"U+{ord(found[0]):04X}" if found else None
