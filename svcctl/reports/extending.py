"""A template that changes another one: what of that it leaves out, replaces, and adds."""

from __future__ import annotations

from typing import NoReturn

from svcctl.fields import BadValue, near
from svcctl.reports import audience_in
from svcctl.reports.form import Form, Path, Tree, words
from svcctl.reports.template import Audience, ChecksSpec, ClosingSpec, DefinitionsSpec, SheetSpec, TablesSpec, Template
from svcctl.texts import Text


def nothing(name: str) -> NoReturn:
    """There is no other template. Raises BadValue."""
    raise BadValue(Text("有别的模板可沿用", "a place where there are other templates"))


def merged(form: Form, top: dict[str, Tree], base: Template, own: tuple[SheetSpec, ...]) -> tuple[tuple[SheetSpec, ...], tuple[SheetSpec, ...]]:
    """The sheets of both, and those among them that are the base's.

    A sheet of its own with the key of one of the base's stands in that one's place; others stand where ``before`` or
    ``after`` says, else in front of what proves and explains the figures.
    """
    if top.get("period", base.period) != base.period:
        expected = Text(f"{base.period}，与 {base.name} 相同", f"{base.period}, as of {base.name}")
        form.wrong(("period",), expected, top["period"])
    kept = audience_in.without(form, top.get("without"), base.sheets)
    replaced = {sheet.key for sheet in own}
    others = tuple(sheet for sheet in kept if sheet.key not in replaced)
    found = list(kept)
    for number, sheet in enumerate(own):
        tree = top["sheets"][number] if isinstance(top.get("sheets"), list) else {}
        at = _place(form, ("sheets", number), tree, found, sheet)
        there = next((n for n, one in enumerate(found) if one.key == sheet.key), None)
        if there is not None:
            del found[there]
            at -= there < at
        found.insert(at, sheet)
    return tuple(found), others


def _place(form: Form, path: Path, tree: Tree, found: list[SheetSpec], sheet: SheetSpec) -> int:
    """Where among ``found`` a sheet comes."""
    keys = [one.key for one in found]
    asked = [word for word in ("before", "after") if isinstance(tree, dict) and word in tree]
    if len(asked) > 1:
        form.wrong((*path, "after"), Text("before、after 只写一个", "`before` or `after`, not both"))
    for word in asked[:1]:
        if tree[word] in keys:
            return keys.index(tree[word]) + (word == "after")
        form.wrong((*path, word), words(keys), tree[word], near(str(tree[word]), keys))
    if sheet.key in keys:
        return keys.index(sheet.key)
    return next((n for n, one in enumerate(found) if _proves(one)), len(found))


def _proves(sheet: SheetSpec) -> bool:
    """Whether a sheet is one of those at the end, which explain the figures."""
    return isinstance(sheet, ClosingSpec | ChecksSpec | DefinitionsSpec) or (isinstance(sheet, TablesSpec) and sheet.data)


def audiences(own: tuple[Audience, ...], base: Template | None) -> tuple[Audience, ...]:
    """The audiences of both; one that is declared anew is that one."""
    if base is None:
        return own
    anew = {one.name: one for one in own}
    inherited = tuple(anew.pop(one.name, one) for one in base.audiences)
    return (*inherited, *anew.values())
