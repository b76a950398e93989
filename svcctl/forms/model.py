"""What a form contains, as values, and the mark by which it is known again when it comes back."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from svcctl.texts import Lang, Text

VERSION = 1  # of the layout: hidden marks in row 1, labels in row 2, an example in row 3
GUIDE = "guide"
LISTS = "_lists"
ROWS = 200  # lines to fill in on a sheet
FIRST = 4  # the row of the first of them

# Said of every entry, so a table may have them beside the fields.
COMMON: dict[str, Text] = {
    "at": Text("时间", "Time"), "by": Text("经手人", "By"), "key": Text("键", "Key"), "note": Text("备注", "Note"),
    "late": Text("补录原因", "Why it is late"),
}  # fmt: skip
EXAMPLE = Text("例", "e.g.")  # what marks the row that is not read


@dataclass(frozen=True, slots=True)
class Column:
    """One thing asked for. ``key`` is the field's, or ``of at by note key``; ``kind`` says how it is laid out: text, id
    (a text in which every digit counts), money, number, int, date, time.

    ``options`` is what may be chosen, as it is shown; ``strict``: nothing else will do. ``grouped``: of the columns so
    marked one at least is required.
    """

    key: str
    label: str
    kind: str
    required: bool = False
    grouped: bool = False
    options: tuple[str, ...] = ()
    strict: bool = False
    hint: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class FormSheet:
    """What is asked for one event of a noun, one row an entry."""

    noun: str
    event: str
    title: str
    about: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one or several sheets, in one language."""

    site: str
    lang: Lang
    sheets: tuple[FormSheet, ...]
    id: str = field(init=False)

    def __post_init__(self) -> None:
        said = repr((VERSION, self.site, self.lang, self.sheets)).encode()
        object.__setattr__(self, "id", hashlib.sha256(said).hexdigest()[:10])

    @property
    def name(self) -> str:
        """What the form is called."""
        nouns = dict.fromkeys(sheet.title.split("·")[0].strip() for sheet in self.sheets)
        joined = "、".join(nouns) if self.lang == "zh" else ", ".join(nouns)
        return Text("{name}登记表", "{name}: entry form").fill(name=joined).to(self.lang)


@dataclass(frozen=True, slots=True)
class Mark:
    """The first cell of a sheet's hidden row. ``noun`` is ``guide`` for the sheet that explains the form."""

    version: int
    noun: str
    event: str
    form: str

    def __str__(self) -> str:
        return f"svcctl-form {self.version} {self.noun} {self.event or '-'} {self.form}"


def mark_in(text: str) -> Mark | None:
    """The mark that a cell's text is, or None."""
    found = re.fullmatch(r"svcctl-form ([0-9]{1,4}) ([a-z][a-z0-9-]*) (-|[a-z][a-z0-9-]*) ([0-9a-f]{10})", text.strip())
    return None if found is None else Mark(int(found[1]), found[2], found[3].strip("-"), found[4])
