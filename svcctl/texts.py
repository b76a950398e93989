"""A text in both languages of svcctl. Whatever a person can read is said once, as such a pair.

Imports nothing, so that every other module can speak.
"""

from typing import Any, NamedTuple

Lang = str  # "zh" or "en"
LANGS: tuple[Lang, ...] = ("zh", "en")


class Text(NamedTuple):
    """One text in Chinese and in English; ``{name}`` places are filled by :meth:`fill`."""

    zh: str
    en: str

    def to(self, lang: Lang) -> str:
        """The text in ``lang``: Chinese for ``zh``, English for anything else."""
        return self.zh if lang == "zh" else self.en

    def fill(self, **values: Any) -> "Text":
        """Both languages with their places filled; a value that is a Text itself is taken by language."""
        zh = {k: v.zh if isinstance(v, Text) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Text) else v for k, v in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))

    def joined(self, other: "Text", zh: str = "", en: str = " ") -> "Text":
        """This text followed by ``other``."""
        return Text(self.zh + zh + other.zh, self.en + en + other.en)


def same(text: str) -> Text:
    """A text that is the same in both languages (a name, a code, an id)."""
    return Text(text, text)


def listed(items: list[Text] | tuple[Text, ...]) -> Text:
    """Items one after the other, with the comma of each language."""
    return Text("、".join(i.zh for i in items), ", ".join(i.en for i in items))
