"""Finding a report's template, a YAML file: the site's own ones first, then those that come with svcctl."""

from __future__ import annotations

import os
from collections.abc import Mapping

from svcctl.errors import NotFound, Refused
from svcctl.fields import near
from svcctl.reports.template import Template
from svcctl.reports.template_in import read
from svcctl.store.files import Root
from svcctl.store.tree import parse_tree
from svcctl.texts import Text

ENDING = ".yaml"
FOLDER = "templates"
LARGEST = 1 << 20  # bytes; more is no template


def load(name: str, root: Root | None, environ: Mapping[str, str]) -> Template:
    """The template called ``name``: of ``$SVCCTL_TEMPLATES``, else of the ledger, else of svcctl itself.

    Raises NotFound, naming where it looked and what there is, and Refused with every wrong line of the file.
    """
    shown = f"{FOLDER}/{name}{ENDING}"
    if name and name == os.path.basename(name) and not name.startswith("."):
        data = _data(name + ENDING, root, environ)
        if data is not None:
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError:
                raise Refused(Text("不是 UTF-8", "not UTF-8"), where=shown) from None
            tree = parse_tree(text, shown)
            return read(tree.root, tree.line, shown, name)
    known = names(root, environ)
    hint = near(name, known)
    todo = Text("现有：{names}", "There are: {names}").fill(names=", ".join(known))
    if hint:
        todo = Text("是不是 {hint}？{todo}", "Did you mean {hint}? {todo}").fill(hint=hint, todo=todo)
    places = [p for p in _folders(environ) if os.path.isdir(p)]
    if root is not None:
        places.insert(bool(environ.get("SVCCTL_TEMPLATES")), os.path.join(root.path, FOLDER))
    what = Text("没有这个报表模板，找过 {places}", "there is no such report template; looked in {places}")
    raise NotFound(what.fill(places=", ".join(places)), got=name, todo=todo)


def names(root: Root | None, environ: Mapping[str, str]) -> list[str]:
    """The templates that there are, each once, sorted."""
    files = list(root.listdir(FOLDER)) if root is not None else []
    for place in _folders(environ):
        if os.path.isdir(place):
            files += os.listdir(place)
    return sorted({f.removesuffix(ENDING) for f in files if f.endswith(ENDING) and not f.startswith(".")})


def _folders(environ: Mapping[str, str]) -> list[str]:
    """The folders outside the ledger, in the order in which they count; a checkout's is the last."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own = [environ["SVCCTL_TEMPLATES"]] if environ.get("SVCCTL_TEMPLATES") else []
    return [*own, os.path.join(package, FOLDER), os.path.join(os.path.dirname(package), FOLDER)]


def _data(file: str, root: Root | None, environ: Mapping[str, str]) -> bytes | None:
    """The bytes of the first template of that name; None if there is none."""
    folders = _folders(environ)
    if environ.get("SVCCTL_TEMPLATES") and (data := _file(os.path.join(folders.pop(0), file))) is not None:
        return data
    if root is not None and file in root.listdir(FOLDER):
        return root.read(f"{FOLDER}/{file}")
    return next((data for place in folders if (data := _file(os.path.join(place, file))) is not None), None)


def _file(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as fault:
        raise NotFound(Text("模板读不出来", "the template cannot be read"), where=path, got=fault.strerror or "") from None
