"""The ``audiences`` of a template, its ``brand`` and its ``sign``, from their YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from svcctl import measures, nouns
from svcctl.fields import BadValue, near
from svcctl.reports import audience, groups, naming, template_keys
from svcctl.reports.form import Form, Path, Tree, number_between, words
from svcctl.reports.template import Audience, SheetSpec, Sign, TablesSpec
from svcctl.site import CORE_NOUNS, OTHER_NOUNS
from svcctl.texts import Text

_SWITCHES = ("attention", "records", "names", "accounts")
_NAME = r"[\w][\w .-]{0,80}\.xlsx"


def read(form: Form, tree: Tree, sheets: tuple[SheetSpec, ...]) -> tuple[Audience, ...]:
    """Every audience that is declared; ``sheets`` are those of the template."""
    if tree in (None, ""):
        return ()
    table = form.table(("audiences",), tree, tuple(audience.LABELS))
    keys = keys_of(sheets)
    return tuple(_audience(form, name, table[name], keys) for name in table if name in audience.LABELS)


def keys_of(sheets: Iterable[SheetSpec]) -> list[str]:
    """What sheets and their tables go by."""
    return [key for sheet in sheets for key in (sheet.key, *_tables(sheet))]


def without(form: Form, tree: Tree, sheets: tuple[SheetSpec, ...]) -> tuple[SheetSpec, ...]:
    """``sheets`` without what the list ``without`` of a template names: sheets, tables, figures; ``noun.*`` is all about a noun."""
    left_out = form.list_of(("without",), tree, partial(_left_out, form, keys_of(sheets)))
    if not left_out:
        return sheets
    figures = {i for one in left_out if "." in one for i in _figures(one)}
    gone = {one.removesuffix(".*") for one in left_out if one.endswith(".*")}
    others = frozenset({*nouns.CATALOGUE, *CORE_NOUNS, *OTHER_NOUNS} - gone)
    return audience.shown(sheets, Audience(name="", nouns=others, without=frozenset(left_out) - figures, hidden=frozenset(figures)))


def _tables(sheet: SheetSpec) -> list[str]:
    return [section.key for section in sheet.sections] if isinstance(sheet, TablesSpec) else []


def _audience(form: Form, name: str, tree: Tree, keys: list[str]) -> Audience:
    path: Path = ("audiences", name)
    table = form.table(path, {} if tree == "" else tree, template_keys.keys("audience"))
    chosen = form.list_of((*path, "nouns"), table.get("nouns"), partial(_noun, form)) if "nouns" in table else None
    left_out = form.list_of((*path, "without"), table.get("without"), partial(_left_out, form, keys))
    never = audience.NEVER.get(name, ())
    shown = {}
    for switch in _SWITCHES:
        word = form.word((*path, switch), table.get(switch, "no" if switch in never else "yes"), ("yes", "no"))
        if word == "yes" and switch in never:
            form.wrong((*path, switch), Text(f"no；给 {name} 的总是 no", f"no; it always is for {name}"), word)
        shown[switch] = word == "yes"
    figures = {i for one in left_out if "." in one for i in _figures(one)}
    usual = audience.SMALLEST if not shown["records"] and not shown["names"] else 0
    smallest = form.value((*path, "smallest"), table.get("smallest", str(usual)), number_between(0, 1000), usual)
    if smallest < audience.SMALLEST and "records" in never:
        least = audience.SMALLEST
        form.wrong((*path, "smallest"), Text(f"至少 {least}；给 {name} 的总是这样", f"at least {least}; it always is for {name}"), str(smallest))
    return Audience(
        smallest=smallest, name=name, nouns=None if chosen is None else frozenset(chosen), without=frozenset(left_out) - figures,
        hidden=frozenset(figures), **shown,
    )  # fmt: skip


def _noun(form: Form, path: Path, tree: Tree) -> str:
    return form.value(path, tree, naming.noun_name, "")


def _left_out(form: Form, keys: list[str], path: Path, tree: Tree) -> str:
    """The key of a sheet or table, or figures."""

    def one(text: str) -> str:
        if "." not in text:
            if text not in keys:
                raise BadValue(words(keys), near(text, keys))
            return text
        if text.endswith(".*"):
            return naming.pattern(text)
        ref = naming.reference(text)
        if ref.part or "{" in ref.id:
            raise BadValue(Text("不带拆分和对比的指标", "a figure without a split or a part"))
        return ref.id

    return form.value(path, tree, one, "")


def _figures(name: str) -> list[str]:
    """The ids of the figures that are meant: all of a noun's for ``noun.*``, groups of records too."""
    noun = name.partition(".")[0]
    if not name.endswith(".*") or not naming.exists(noun):
        return [name]
    own = [m.id for m in measures.measures_of(noun)] if noun in measures.NOUNS else []
    return [*own, *(f"{noun}.{group}" for group in groups.names(nouns.noun(noun)))]


def workbook_name(text: str) -> str:
    """The name of a workbook, ``none``, or nothing; raises BadValue for whatever could lead elsewhere."""
    if text not in ("", "none") and (not re.fullmatch(_NAME, text) or ".." in text):
        raise BadValue(Text("templates/ 里的文件名，如 brand.xlsx；或 none", "the name of a file in templates/ such as brand.xlsx, or none"))
    return text


def sign(form: Form, tree: Tree) -> Sign:
    """The names in the line to sign."""
    if tree in (None, ""):
        return Sign()
    table = form.table(("sign",), tree, template_keys.keys("sign"))
    return Sign(**{key: form.optional_text(("sign", key), table.get(key)) for key in Sign._fields})
