"""The desk: the name of this writing place, and the check that a copied ledger does not write under a name not its own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from svcctl.errors import Refused
from svcctl.store.files import STATE, Root, desk_of, told
from svcctl.store.lock import host_name
from svcctl.texts import Text

VARIABLE = "SVCCTL_DESK"
_FILE = "desk"
_WHERE = f"{STATE}/{_FILE}"
_NAME = "[a-z0-9][a-z0-9-]{0,23}"
_FORM = Text("1 到 24 个小写字母、数字或连字符，不以连字符开头", "1 to 24 of a-z, 0-9 and -, not beginning with -")


def check_name(name: str, where: str = "") -> str:
    """``name`` itself. Raises Refused if it cannot be a desk's name."""
    if re.fullmatch(_NAME, name) is None:
        raise Refused(Text("岗位名不合规", "not a name for a desk"), where=where, expected=_FORM, got=name)
    return name


def current_desk(root: Root, environ: Mapping[str, str]) -> str:
    """The desk's name for reading: ``$SVCCTL_DESK``, else ``.svcctl/desk``, else ``""``. Raises Refused if malformed."""
    named = environ.get(VARIABLE, "")
    if named:
        return check_name(named, "$" + VARIABLE)
    binding = _binding(root)
    return binding["name"] if binding else ""


def writing_desk(root: Root, environ: Mapping[str, str]) -> str:
    """The desk's name for writing. Raises Refused if the name was given on another host or in another folder.

    The variable is not bound: who sets it says so himself.
    """
    name = current_desk(root, environ)
    if environ.get(VARIABLE, "") or not name:
        return name
    binding = _binding(root) or {}
    here = {"host": host_name(), "path": place(root)}
    if any(binding.get(key) != value for key, value in here.items()):
        what = Text(
            "岗位“{name}”是在 {host} 的 {path} 上设定的，不是这里；两处用同一岗位名会丢记录",
            'the desk "{name}" was named on {host} in {path}, not here; two places under one name lose entries',
        )
        todo = Text(
            "请给这里起自己的名字：svcctl desk 名字（若台账只是搬了家：svcctl desk {name}）",
            "Give this place its own name: svcctl desk NAME (if the ledger has only moved: svcctl desk {name})",
        )
        filled = what.fill(name=name, host=binding.get("host", "?"), path=binding.get("path", "?"))
        raise Refused(filled, where=_WHERE, todo=todo.fill(name=name))
    return name


def bind_desk(root: Root, name: str, *, take_over: bool = False) -> None:
    """Name this desk, bound to this host and folder.

    Raises Refused if the ledger has files of that name which this place has not written, unless it is to ``take_over``
    from who wrote them; StorageFault.
    """
    check_name(name)
    found, here = told(root.state_read(_FILE)), {"host": host_name(), "path": place(root)}
    had = _names(found)
    if name not in had and not take_over:
        _refuse_taken(root, name)
    if any(found.get(key) != value for key, value in here.items()):
        had = set()  # names of the place that this is a copy of
    binding = {"name": name, **here, "names": sorted({*had, name})}
    root.state_write(_FILE, json.dumps(binding, ensure_ascii=False).encode() + b"\n", durable=True)


def _names(found: Mapping[str, object]) -> set[str]:
    """Every name that a place has had."""
    names = found.get("names")
    return {name for name in (found.get("name"), *(names if isinstance(names, list) else ())) if isinstance(name, str)}


def _refuse_taken(root: Root, name: str) -> None:
    files = [rel for rel in root.month_files() if desk_of(rel) == name]
    if not files:
        return
    what = Text(
        "台账里已有岗位“{name}”写的文件，不是这里写的；两处用同一个名字会写同一个文件",
        'the ledger has files of the desk "{name}" that were not written here; two places under one name write the same files',
    )
    todo = Text(
        "换一个名字：svcctl desk {free}；若这里接替那一处（换了机器，或 .svcctl 丢了）：svcctl desk {name} --take-over",
        "Take another name: svcctl desk {free}; if this place replaces that one (a new machine, or .svcctl was lost): svcctl desk {name} --take-over",
    )
    free = " / ".join(free_names(root, name))
    raise Refused(what.fill(name=name), where=files[-1], todo=todo.fill(name=name, free=free))


def free_names(root: Root, name: str) -> list[str]:
    """Two names like ``name`` under which nobody has written into the ledger."""
    taken = {desk_of(rel) for rel in root.month_files()} | {name}
    stem = name[:21].rstrip("-")
    found = (f"{stem}-{n}" for n in range(2, len(taken) + 4))
    return [one for one in found if one not in taken][:2]


def place(root: Root) -> str:
    """The folder of a ledger, links followed, as what is kept in it names it."""
    # A path that is not UTF-8 has lone surrogates, which could not be written; its repr is as good.
    return os.fsencode(os.path.realpath(root.path)).decode("utf-8", "backslashreplace")


def _binding(root: Root) -> dict[str, str] | None:
    data = root.state_read(_FILE)
    if data is None:
        return None
    found = told(data)
    binding = {key: str(found.get(key, "")) for key in ("name", "host", "path")}
    if not all(binding.values()):
        todo = Text("请重新设定：svcctl desk 名字", "Name the desk again: svcctl desk NAME")
        raise Refused(Text("岗位文件读不懂", "the desk's file cannot be understood"), where=_WHERE, todo=todo)
    check_name(binding["name"], _WHERE)
    return binding
