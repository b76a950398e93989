"""``template``: which templates of reports there are, what is in one, what is wrong with it, and a copy to change."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import NotFound, RefusedMany, SvcError, Usage
from svcctl.store import templates
from svcctl.store.files import Root
from svcctl.store.templates import Found
from svcctl.texts import Text, listed, same

ORIGINS = {"environment": same("$SVCCTL_TEMPLATES"), "ledger": Text("台账", "ledger"), "svcctl": same("svcctl")}


def _root(session: Session) -> Root | None:
    """The ledger's folder; None outside a ledger, where svcctl's own templates can still be looked at."""
    try:
        return session.book.root
    except NotFound:
        if session.ledger:
            raise
        return None


def _names(session: Session) -> list[str]:
    return templates.names(_root(session), session.environ)


def _needed(session: Session, name: str | None) -> str:
    if not name:
        known = _names(session)
        raise Usage(Text("缺少模板名", "the template's name is missing"), expected=listed([same(n) for n in known]))
    return name


NAME = Param("name", ("NAME",), Text("模板名", "The template's name"), metavar="NAME", required=True, complete=_names)


# -- list and show ----------------------------------------------------------------------------------------------------


def _list(session: Session, given: dict[str, Any]) -> None:
    """Print the templates, of one name the one that counts first."""
    from svcctl import table

    root = _root(session)
    rows = [(found, *_about(session, root, found)) for found in templates.everything(root, session.environ)]
    if given["json_"]:
        objects = [
            {"name": f.name, "period": period or None, "title": title or None, "origin": f.origin, "path": f.path,
             "shadowed": f.shadowed, "audiences": audiences, "extends": extends or None} for f, period, title, audiences, extends in rows
        ]  # fmt: skip
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
        return
    heads = (Text("模板", "Template"), Text("期间", "Period"), Text("标题", "Title"), Text("来自", "From"), Text("读者", "Audiences"), Text("改自", "Extends"), Text("文件", "File"))
    columns = [table.Column(head) for head in heads]
    bad, hidden = Text("有错，见 template check", "wrong, see template check"), Text("（被前一个盖住）", " (the one above is used)")
    cells = [
        [f.name, period, title if period else bad.to(session.lang),
         ORIGINS[f.origin].to(session.lang) + (hidden.to(session.lang) if f.shadowed else ""), " ".join(audiences), extends, f.path]
        for f, period, title, audiences, extends in rows
    ]  # fmt: skip
    session.out(table.render(columns, cells, session.lang, session.width))


def _about(session: Session, root: Root | None, found: Found) -> tuple[str, str, list[str], str]:
    """The period, the title and the audiences of a template, and what it extends; empty if it cannot be read."""
    try:
        one = templates.of_found(found, root, session.environ)
    except SvcError:
        return "", "", [], ""
    return one.period, one.title.to(session.lang), [a.name for a in one.audiences], one.extends


def _show(session: Session, given: dict[str, Any]) -> None:
    """Print a template as it stands, made safe for a terminal; what it takes over from another is said."""
    from svcctl import table

    name = _needed(session, given["name"])
    _say_base(session, name)
    for line in templates.text(name, _root(session), session.environ).splitlines():
        session.out("\t".join(table.safe(part) for part in line.split("\t")) if session.on_terminal else line)


def _say_base(session: Session, name: str) -> None:
    """Which template one extends, and the sheets that this makes; nothing of one that cannot be read."""
    try:
        one = templates.load(name, _root(session), session.environ)
    except SvcError:
        return
    if one.extends:
        what = Text("改自 {base}，合起来的工作表：{keys}", "extends {base}; the sheets of both: {keys}")
        session.say(what.fill(base=one.extends, keys=listed([same(sheet.key) for sheet in one.sheets])))


# -- check ------------------------------------------------------------------------------------------------------------


def _check(session: Session, given: dict[str, Any]) -> None:
    """Print every problem with its file and line; nothing if there is none."""
    from svcctl.mask import mask_numbers
    from svcctl.table import safe

    problems = [one for word in given["names"] or _all(session) for one in _problems(session, word)]
    if given["json_"]:
        objects = [{"where": p.where, "what": p.what.to(session.lang), "message": mask_numbers(p.say(session.lang))} for p in problems]
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            session.out(mask_numbers(safe(problem.say(session.lang))))
    if problems:
        session.exit_code = 1


def _all(session: Session) -> list[str]:
    """Every template that counts, and the usual brand if there is one."""
    root = _root(session)
    own = root is not None and root.stat(f"{templates.FOLDER}/{templates.BRAND}") is not None
    return [*templates.names(root, session.environ), *([f"{templates.FOLDER}/{templates.BRAND}"] if own else [])]


def _problems(session: Session, word: str) -> Iterator[SvcError]:
    """What is wrong with a template, by its name or the path of its file, or with a workbook that lends its look."""
    try:
        _judge(session, word)
    except RefusedMany as several:
        yield from several.problems
    except NotFound:
        raise
    except SvcError as one:
        yield one


def _judge(session: Session, word: str) -> None:
    root = _root(session)
    if word == f"{templates.FOLDER}/{templates.BRAND}" and root is not None and root.stat(word) is not None:
        told(session, word, templates.of_ledger(root, word, templates.LARGEST_BRAND), everything=True)
    elif word.endswith(".xlsx"):
        told(session, word, templates.of_file(word, templates.LARGEST_BRAND), everything=True)
    elif os.path.basename(word) != word or word.endswith(templates.ENDING):
        name = os.path.basename(word).removesuffix(templates.ENDING)
        templates.parsed(templates.of_file(word, templates.LARGEST), word, name, root, session.environ, (os.path.realpath(word),))
    else:
        template = templates.load(word, root, session.environ)
        templates.brand(template, root, session.environ)  # that it is there


def told(session: Session, where: str, data: bytes, *, everything: bool = False) -> Any:
    """The brand in a workbook; what cannot be carried over is said, with ``everything`` what is taken too."""
    from svcctl.xlsx.brand import read_brand

    brand = read_brand(data, where)
    if everything:
        taken = listed(brand.taken) if brand.taken else Text("没有", "nothing")
        session.say(Text("{where}：沿用 {taken}", "{where}: taken over: {taken}").fill(where=where, taken=taken))
    if brand.lost:
        session.say(Text("{where}：带不过来 {n} 项", "{where}: what cannot be carried over ({n}):").fill(where=where, n=len(brand.lost)))
        for lost in brand.lost:
            session.say(same("  ✘ ").joined(lost, en=""))
    return brand


# -- copy -------------------------------------------------------------------------------------------------------------


def _copy(session: Session, given: dict[str, Any]) -> None:
    """Copy a template into the ledger and print its place."""
    name = _needed(session, given["name"])
    new = given["new"] or name
    session.out(os.path.join(session.book.root.path, templates.copy(name, new, session.book.root, session.environ)))
    if new == name:
        session.say(Text(f"改它就行：svcctl report {name} 从此用这一份；删掉它就恢复原样", f"Change it: svcctl report {name} uses this one from now on; delete it to be back where you were"))
    else:
        session.say(Text(f"改它，然后：svcctl report {new}", f"Change it, then: svcctl report {new}"))
    for problem in _problems(session, new):  # one that extends another of its own name means another one under a new name
        session.say(same(problem.say(session.lang)))
    session.say(Text(f"检查：svcctl template check {new}；能写什么：svcctl help templates", f"Check it: svcctl template check {new}; what can be written: svcctl help templates"))


COMMANDS = {
    "list": Command(
        "list", Text("有哪些模板：名字、期间、标题、来自哪里、能给谁看。", "Which templates there are: name, period, title, where it comes from, for whom."),
        (Text("svcctl template list", "svcctl template list"),), (JSON,), _list,
    ),
    "show": Command(
        "show", Text("一个模板的原文（YAML）。", "A template as it stands (YAML)."), (Text("svcctl template show weekly", "svcctl template show weekly"),), (NAME,), _show,
    ),
    "check": Command(
        "check", Text("检查模板和品牌工作簿，每处错误写明文件和行；没有问题就不出声。", "Check templates and a brand's workbook, every mistake with its file and line; silent when all is well."),
        (Text("svcctl template check", "svcctl template check"), Text("svcctl template check weekly ./brand.xlsx", "svcctl template check weekly ./brand.xlsx")),
        (Param("names", ("NAMES",), Text("模板名，或文件；不写就查全部", "Names of templates, or files; all of them unless given"), kind="rest", metavar="NAME|FILE", complete=_names), JSON), _check,
    ),
    "copy": Command(
        "copy", Text("把一个模板复制到台账的 templates/ 里改；从不覆盖。", "Copy a template into the ledger's templates/ to change it; never overwrites."),
        (Text("svcctl template copy weekly", "svcctl template copy weekly"), Text("svcctl template copy weekly 机电组", "svcctl template copy weekly engineering")),
        (NAME, Param("new", ("NEW",), Text("新名字，默认同名", "The new name; the same unless given"), metavar="NEW")), _copy,
    ),
}  # fmt: skip
