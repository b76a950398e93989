"""``report``: the daily, weekly or monthly workbook, or the same figures as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from svcctl.cli import saving
from svcctl.cli.figures import PERIOD
from svcctl.cli.listing import unfinished
from svcctl.cli.params import CUTS
from svcctl.cli.session import Session
from svcctl.cli.several import LEDGERS, chosen_among, opened
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.reports.audience import LABELS, left_out, narrowed
from svcctl.reports.template import Template
from svcctl.store import templates
from svcctl.texts import LANGS, Lang, Text, listed

if TYPE_CHECKING:
    from svcctl.book.open import Book
    from svcctl.measures.pool import Part
    from svcctl.reports.model import Report
    from svcctl.xlsx.look import Look

FORMATS = ("xlsx", "json")


def _names(session: Session) -> list[str]:
    return templates.names(session.book.root, session.environ)


_PARAMS = (
    Param("name", ("REPORT",), Text("daily、weekly、monthly，或自己的模板名", "daily, weekly, monthly, or a template of your own"),
          metavar="REPORT", required=True, complete=_names),
    PERIOD,
    Param("output", ("-o", "--output"), Text("文件或目录，默认当前目录", "A file or a folder; the current folder unless given"), metavar="PATH"),
    LEDGERS,
    Param("format", ("--format",), Text("xlsx 或 json", "xlsx or json"), metavar="FORMAT", complete=FORMATS),
    *CUTS,
    Param("audience", ("--audience",), Text("给谁看：team、manager、finance、public；不该看的整张略去", "For whom: team, manager, finance, public; what they may not see is left out"),
          metavar="WHO", complete=tuple(LABELS)),
    Param("lang", ("--lang",), Text("报表的语言 zh 或 en，默认 ledger.yaml 的", "The workbook's language; that of ledger.yaml unless given"), metavar="zh|en"),
    Param("quiet", ("-q", "--quiet"), Text("除文件名外，只说出了什么错", "Say nothing but the file's name and what is wrong"), kind="flag"),
    Param("mode", ("--mode",), Text("新文件的权限，默认 0600", "Permissions of a new file; 0600 unless given"), metavar="OCTAL"),
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Make the report."""
    session.quiet = bool(given["quiet"])
    form = _one_of(given["format"] or "xlsx", FORMATS, "--format")
    if given["lang"]:
        _one_of(given["lang"], LANGS, "--lang")
    with opened(session, given["ledger"]) as books:
        _make(session, given, books, form)


def _make(session: Session, given: dict[str, Any], books: list[Book], form: str) -> None:
    """Make the report of the ledgers, in the form that is asked for. The first one has the template."""
    name = given["name"]
    if not name:
        raise Usage(Text("缺少报表名", "the report's name is missing"), expected=Text("、".join(_names(session)), ", ".join(_names(session))))
    template = _for(session, templates.load(name, books[0].root, session.environ), given["audience"], len(books) > 1)
    parts = chosen_among(session, books, given, template.period)
    lang: Lang = given["lang"] or parts[0].win.site.language
    roots = [book.root.path for book in books]
    if form == "json":
        text = json.dumps(_json(parts, template, lang), ensure_ascii=False, indent=2) + "\n"
        if given["output"] in (None, "-"):
            session.out(text.removesuffix("\n"))
        else:
            path = saving.target(given["output"], f"{_json_stem(parts, template)}.json", roots)
            saving.save(session, text.encode(), path, given["mode"])
    else:
        from svcctl.xlsx.book import rendered

        look = _look(session, template, lang)
        report = _report(parts, template, lang)
        with rendered(report, look) as write:
            saving.save(session, write, saving.target(given["output"], f"{report.file_stem}.xlsx", roots), given["mode"])
    damaged = [book for book in books if book.warnings()]
    for book in books:
        unfinished(session, book)
    if damaged and len(books) == 1:
        session.exit_code = 1
        session.say(Text("台账有损坏，报表首页已注明；请运行 svcctl check", "the ledger is damaged, as the report's first page says; run svcctl check"))
    for book in damaged if len(books) > 1 else ():
        session.exit_code = 1
        session.say(Text(f"{book.root.path} 的台账有损坏，报表首页已注明；请运行 svcctl -C {book.root.path} check",
                         f"the ledger in {book.root.path} is damaged, as the report's first page says; run svcctl -C {book.root.path} check"))  # fmt: skip


def _report(parts: list[Part], template: Template, lang: Lang) -> Report:
    if len(parts) == 1:
        from svcctl.reports.build import build

        (source, win), = parts
        return build(source, template, win, lang)
    from svcctl.reports.several_build import build_several

    return build_several(parts, template, lang)


def _json(parts: list[Part], template: Template, lang: Lang) -> dict[str, Any]:
    if len(parts) == 1:
        from svcctl.reports.to_json import as_json

        (source, win), = parts
        return as_json(source, template, win, lang)
    from svcctl.reports.several_json import several_json

    return several_json(parts, template, lang)


def _json_stem(parts: list[Part], template: Template) -> str:
    """What the file is called if only a folder was given."""
    from svcctl.reports.build import file_stem, suffix

    win = parts[0].win
    if len(parts) == 1:
        return f"{template.name}_{win.period.label}{suffix(template)}"
    return file_stem(win.site.name, template.name, win.period, len(parts) - 1) + suffix(template)


def _for(session: Session, template: Template, audience: str | None, several: bool) -> Template:
    """The template for its readers; what they are not shown is said, of a report about ``several`` sites what that would have."""
    if audience is None:
        return template
    narrow = narrowed(template, audience)
    titles = left_out(_reduced(template), _reduced(narrow)) if several else left_out(template, narrow)
    if titles:
        session.note(Text("给{who}看的，略去工作表：{titles}", "for {who}, these sheets are left out: {titles}").fill(who=LABELS[audience], titles=listed(titles)))
    return narrow


def _reduced(template: Template) -> Template:
    from svcctl.reports.several import reduced

    return reduced(template)


def _look(session: Session, template: Template, lang: Lang) -> Look:
    """The look that a site's own workbook lends, or svcctl's; what of it cannot be carried over is said."""
    from svcctl.xlsx.look import PLAIN

    found = templates.brand(template, session.book.root, session.environ)
    if found is None:
        return PLAIN
    from svcctl.cli.commands.template import told

    look: Look = told(session, *found).look(lang)
    return look


def _one_of(value: str, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise Usage(Text("选项的值", "the value"), where=where, expected=Text("、".join(allowed), ", ".join(allowed)), got=value)
    return value


COMMAND = Command(
    "report", Text("生成日报、周报、月报（Excel），或同样内容的 JSON。不写期间就是最近一个完整的；已结账的月份按结账时的内容重印。",
                   "Make the daily, weekly or monthly workbook, or the same as JSON. Without a period: the last complete one. A sealed month is printed as it was when it was sealed."),
    (Text("svcctl report weekly", "svcctl report weekly"),
     Text("svcctl report monthly 2026-10 -o 月报.xlsx", "svcctl report monthly 2026-10 -o monthly.xlsx --lang en"),
     Text("svcctl report monthly --audience public", "svcctl report monthly --audience public"),
     Text("svcctl report monthly --ledger 南区/ledger --ledger 北区/ledger", "svcctl report monthly --ledger south/ledger --ledger north/ledger"),
     Text("svcctl report daily 昨天 --format json", "svcctl report daily yesterday --format json")),
    _PARAMS, run,
)  # fmt: skip
