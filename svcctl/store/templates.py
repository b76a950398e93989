"""Where reports' templates are: YAML files, the site's own ones first, then those that come with svcctl; and the
workbook, beside a site's own, that lends its look."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from svcctl.errors import NotFound, Refused
from svcctl.fields import BadValue, near
from svcctl.reports.form import words
from svcctl.reports.template import Template
from svcctl.reports.template_in import read
from svcctl.store.files import Root
from svcctl.store.tree import parse_tree
from svcctl.texts import Text

ENDING = ".yaml"
FOLDER = "templates"
BRAND = "brand.xlsx"  # is used unless a template says otherwise
DEEPEST = 3  # templates that one may be made from, one behind the other
LARGEST = 1 << 20  # bytes; more is no template
LARGEST_BRAND = 5_000_000
_NEW = r"[^\W_][\w-]{0,59}"


class Found(NamedTuple):
    """A file of templates: its name without an ending, where it comes from (``environment``, ``ledger``, ``svcctl``),
    its path for people, and whether another one of that name comes first."""

    name: str
    origin: str
    path: str
    shadowed: bool = False


def load(name: str, root: Root | None, environ: Mapping[str, str]) -> Template:
    """The template called ``name``: of ``$SVCCTL_TEMPLATES``, else of the ledger, else of svcctl itself.

    Raises NotFound, naming where it looked and what there is, and Refused with every wrong line of the file.
    """
    found = find(name, root, environ)
    return parsed(data(found, root), f"{FOLDER}/{name}{ENDING}", name, root, environ, (_real(found, root),))


def text(name: str, root: Root | None, environ: Mapping[str, str]) -> str:
    """A template as it stands. Raises NotFound, Refused."""
    return _decoded(data(find(name, root, environ), root), f"{FOLDER}/{name}{ENDING}")


def of_found(found: Found, root: Root | None, environ: Mapping[str, str]) -> Template:
    """A template that was found. Raises NotFound, Refused with every wrong line of its file."""
    return parsed(data(found, root), found.path, found.name, root, environ, (_real(found, root),))


def parsed(raw: bytes, shown: str, name: str, root: Root | None, environ: Mapping[str, str], chain: tuple[str, ...]) -> Template:
    """The template in the bytes of a file. Raises Refused with every wrong line of it; ``shown`` names the file.

    ``chain``: the files that led here, this one last. What extends a template of its own name means the one behind
    it, so that none of these is meant again.
    """
    tree = parse_tree(_decoded(raw, shown), shown)

    def base(wanted: str) -> Template:
        known = everything(root, environ)
        open_to = [one for one in known if _real(one, root) not in chain]
        found = next((one for one in open_to if one.name == wanted), None)
        if not any(one.name == wanted for one in known):
            there = list(dict.fromkeys(one.name for one in open_to))
            raise BadValue(words(there), near(wanted, there))
        way = " → ".join([*(os.path.basename(path).removesuffix(ENDING) for path in chain), wanted])
        if found is None:
            raise BadValue(Text(f"不绕回来的模板，而这里是 {way}", f"a template that does not lead back here; this is {way}"))
        if len(chain) > DEEPEST:
            raise BadValue(Text(f"最多 {DEEPEST} 层 extends，而这里是 {way}", f"at most {DEEPEST} levels of `extends`; this is {way}"))
        path = f"{FOLDER}/{found.name}{ENDING}" if found.origin == "svcctl" else found.path
        return parsed(data(found, root), path, found.name, root, environ, (*chain, _real(found, root)))

    return read(tree.root, tree.line, shown, name, base)


def _real(found: Found, root: Root | None) -> str:
    """The one path of a template's file."""
    return os.path.realpath(os.path.join(root.path, found.path) if found.origin == "ledger" and root is not None else found.path)


def _decoded(raw: bytes, shown: str) -> str:
    if len(raw) > LARGEST:
        raise Refused(
            Text("文件太大，不像是模板", "the file is too large for a template"), where=shown, expected=Text("最多 1 MB", "at most 1 MB")
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(Text("不是 UTF-8", "not UTF-8"), where=shown) from None


# -- finding ----------------------------------------------------------------------------------------------------------


def find(name: str, root: Root | None, environ: Mapping[str, str]) -> Found:
    """The file of the template called ``name``. Raises NotFound, naming where it looked and what there is."""
    for found in everything(root, environ):
        if found.name == name:
            return found
    known = names(root, environ)
    hint = near(name, known)
    todo = Text("现有：{names}", "There are: {names}").fill(names=", ".join(known))
    if hint:
        todo = Text("是不是 {hint}？{todo}", "Did you mean {hint}? {todo}").fill(hint=hint, todo=todo)
    places = [place for _, place in _folders(root, environ) if os.path.isdir(place) or place == _own(root)]
    what = Text("没有这个报表模板，找过 {places}", "there is no such report template; looked in {places}")
    raise NotFound(what.fill(places=", ".join(places)), got=name, todo=todo)


def everything(root: Root | None, environ: Mapping[str, str]) -> list[Found]:
    """Every template that there is, by name, of one name the one that counts first."""
    seen: set[str] = set()
    found = []
    for origin, place in _folders(root, environ):
        files = root.listdir(FOLDER) if origin == "ledger" and root is not None else _listed(place)
        for file in files:
            name = file.removesuffix(ENDING)
            path = f"{FOLDER}/{file}" if origin == "ledger" else os.path.join(place, file)
            if file.endswith(ENDING) and not file.startswith(".") and not os.path.isdir(os.path.join(place, file)):
                found.append(Found(name, origin, path, name in seen))
        seen |= {one.name for one in found}
    return sorted(found, key=lambda one: one.name)  # of one name in the order in which they were found


def names(root: Root | None, environ: Mapping[str, str]) -> list[str]:
    """The templates that there are, each once, sorted."""
    return sorted({found.name for found in everything(root, environ)})


def _listed(place: str) -> list[str]:
    return sorted(os.listdir(place)) if os.path.isdir(place) else []


def _own(root: Root | None) -> str:
    return "" if root is None else os.path.join(root.path, FOLDER)


def _folders(root: Root | None, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The folders in the order in which they count, each with what it is; a checkout's is the last."""
    if environ.get("SVCCTL_TEMPLATES"):
        yield "environment", environ["SVCCTL_TEMPLATES"]
    if root is not None:
        yield "ledger", _own(root)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    yield "svcctl", os.path.join(package, FOLDER)
    yield "svcctl", os.path.join(os.path.dirname(package), FOLDER)


# -- bytes ------------------------------------------------------------------------------------------------------------


def data(found: Found, root: Root | None) -> bytes:
    """The bytes of a template. Raises NotFound, Refused for a link, StorageFault."""
    return of_ledger(root, found.path, LARGEST) if found.origin == "ledger" and root is not None else of_file(found.path, LARGEST)


def of_ledger(root: Root, rel: str, most: int) -> bytes:
    """A file of the ledger, at most one byte more than ``most``. Raises NotFound, Refused for a link, StorageFault."""
    seen = root.stat(rel)
    return root.read(rel) if seen is None or seen.size <= most else b"\0" * (most + 1)


def of_file(path: str, most: int) -> bytes:
    """A file anywhere, at most one byte more than ``most``. Raises NotFound."""
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as fault:
        raise NotFound(Text("模板读不出来", "the template cannot be read"), where=path, got=fault.strerror or "") from None


def brand(template: Template, root: Root | None, environ: Mapping[str, str]) -> tuple[str, bytes] | None:
    """The workbook whose look a report takes, as its name for people and its bytes; None if there is none.

    It is a file beside the site's own templates and nothing else. Raises NotFound for one that a template names.
    """
    wanted = template.brand or BRAND
    if wanted == "none":
        return None
    for origin, place in _folders(root, environ):
        if origin == "ledger" and root is not None and root.stat(f"{FOLDER}/{wanted}") is not None:
            return f"{FOLDER}/{wanted}", of_ledger(root, f"{FOLDER}/{wanted}", LARGEST_BRAND)
        path = os.path.join(place, wanted)
        if origin == "environment" and os.path.isfile(path):
            return path, of_file(path, LARGEST_BRAND)
    if not template.brand:
        return None
    raise NotFound(
        Text("没有模板里写的 brand", "the brand that the template names is not there"), where=f"{FOLDER}/{template.name}{ENDING}", got=wanted,
        todo=Text(f"放进台账的 {FOLDER}/，或写 brand: none", f"Put it into {FOLDER}/ of the ledger, or write brand: none"),
    )  # fmt: skip


def copy(name: str, new: str, root: Root, environ: Mapping[str, str]) -> str:
    """Put a copy of a template into the ledger, under its own or a new name; its place in the ledger.

    Raises NotFound, Refused for a name that is none or that the ledger has already, StorageFault.
    """
    if not re.fullmatch(_NEW, new):
        expected = Text("字母、数字、_、-，如 engineering", "letters, digits, _ and - such as engineering")
        raise Refused(Text("新模板的名字", "the name of the new template"), expected=expected, got=new)
    found = find(name, root, environ)
    rel = f"{FOLDER}/{new}{ENDING}"
    try:
        root.create(rel, _decoded(data(found, root), found.path).encode())
    except FileExistsError:
        raise Refused(
            Text("台账里已经有这个模板，没有覆盖", "the ledger has that template already; it was not overwritten"), where=rel,
            todo=Text(f"换个名字：svcctl template copy {name} 新名字", f"Give another name: svcctl template copy {name} NEW"),
        ) from None  # fmt: skip
    return rel
