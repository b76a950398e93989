"""``form``: an Excel form that people fill in and send back, for ``import``."""

from __future__ import annotations

from typing import Any

from svcctl import nouns
from svcctl.cli import saving
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.fields import near
from svcctl.texts import LANGS, Lang, Text, listed, same


def _events(session: Session) -> list[str]:
    return sorted({verb.event for name in nouns.CATALOGUE for verb in nouns.noun(name).verbs if verb.typed})


_PARAMS = (
    Param("nouns", ("NOUN",), Text("名词，一个或几个", "One noun, or several"), kind="rest", metavar="NOUN", required=True, complete=tuple(nouns.CATALOGUE)),
    Param("output", ("-o", "--output"), Text("写到哪个文件；默认 名词_form.xlsx", "The file to write; NOUN_form.xlsx unless given"), metavar="FILE.xlsx"),
    Param("event", ("--event",), Text("只要这个事件（可重复）；跟进的事件按编号指明记录。默认是登记的事件", "Only this event (repeat for more); follow-ups name their record by id. Unless given: what opens a record"), kind="many", metavar="VERB", complete=_events),
    Param("lang", ("--lang",), Text("表单的语言 zh 或 en，默认 ledger.yaml 的", "The form's language; that of ledger.yaml unless given"), metavar="zh|en", complete=LANGS),
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Write a form."""
    wanted = list(dict.fromkeys(given["nouns"] or ()))
    if not wanted:
        raise Usage(Text("缺少名词", "the noun is missing"), expected=listed([same(n) for n in nouns.CATALOGUE]))
    for name in wanted:
        if name not in nouns.CATALOGUE:
            hint = near(name, list(nouns.CATALOGUE))
            raise Usage(
                Text("没有这个名词", "no such noun"), got=name, expected=listed([same(n) for n in nouns.CATALOGUE]),
                todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
            )  # fmt: skip
    if given["lang"] and given["lang"] not in LANGS:
        raise Usage(Text("表单的语言", "the form's language"), where="--lang", expected=Text("zh 或 en", "zh or en"), got=given["lang"])
    path = saving.target(given["output"], f"{'_'.join(wanted)}_form.xlsx", [session.book.root.path])
    from svcctl.forms.declare import Known, declare
    from svcctl.xlsx.form import render_form

    book = session.book
    lang: Lang = given["lang"] or book.site.language
    masters = {kind: _names(book.masters(kind)) for kind in ("unit", "tenant")}
    known = Known(book.site.staff, tuple(book.site.points), masters)
    form = declare(book.site.name, lang, [book.noun(name) for name in wanted], given["event"], known)
    saving.save(session, render_form(form), path)


def _names(known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What each unit or tenant is stored by, in order."""
    return tuple(sorted(names[0] for names in known.values() if names))


COMMAND = Command(
    "form", Text("做一份 Excel 登记表，发给别人填，交回来用 import 录入：有下拉列表、提示和例子，一行一件事。",
                 "Make an Excel form for others to fill in, with lists to choose from, hints and an example; `import` reads it when it is back. One row is one matter."),
    (Text("svcctl form complaint -o 投诉登记表.xlsx", "svcctl form complaint -o complaints.xlsx"),
     Text("svcctl form unit tenant lease -o 开业资料.xlsx", "svcctl form unit tenant lease -o opening.xlsx --lang en"),
     Text("svcctl form repair --event finish -o 完工登记.xlsx", "svcctl form repair --event finish -o finished.xlsx"),
     Text("svcctl import 投诉登记表.xlsx -n", "svcctl import complaints.xlsx -n")),
    _PARAMS, run,
)  # fmt: skip
