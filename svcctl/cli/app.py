"""The tree of commands: nouns with their verbs, and the commands about the whole ledger. Nothing is made before it is named."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from svcctl import nouns
from svcctl.cli.session import Session
from svcctl.cli.shape import SETTINGS, Command, HelpfulGroup, built
from svcctl.texts import Text

# Every command about the whole ledger: its module below ``commands`` and what it does.
COMMANDS: dict[str, tuple[str, Text]] = {
    "init": ("init", Text("新建一本台账，或样例台账", "Make a new ledger, or the sample ledger")),
    "today": ("today", Text("现在要处理什么，最急的在前", "What needs attention now, most urgent first")),
    "report": ("report", Text("日报、周报、月报（Excel 或 JSON）", "The daily, weekly or monthly workbook")),
    "send": ("send", Text("把做好的报表寄出", "Mail a finished workbook")),
    "template": ("template", Text("报表模板：列出、查看、检查、复制", "Templates of reports: list, show, check, copy")),
    "log": ("log", Text("最近录入了什么", "What was recorded lately")),
    "find": ("find", Text("在全部记录里找文字", "Find a text in all records")),
    "show": ("show", Text("一条记录和它的经过", "A record and its history")),
    "undo": ("undo", Text("撤回自己10分钟内的上一条", "Take back your own last entry, within 10 minutes")),
    "duty": ("duty", Text("说明现在是谁当班", "Say who is on duty")),
    "desk": ("desk", Text("给这个录入点起名", "Name this writing place")),
    "measures": ("measures", Text("全部指标", "All measures")),
    "measure": ("measure", Text("一个指标的数值", "One figure")),
    "explain": ("explain", Text("指标的公式，和分子分母里的每条记录", "A figure's formula and the records in it")),
    "check": ("check", Text("核对整本台账", "Check the whole ledger")),
    "seal": ("seal", Text("结账：封存一个月", "Close a month")),
    "erase": ("erase", Text("永久删去一条记录的个人信息", "Erase the personal data of a record for good")),
    "purge": ("purge", Text("删去过了保留期的个人信息", "Erase personal data that were kept long enough")),
    "sync": ("sync", Text("与别的录入点交换记录（git）", "Exchange entries with other desks (git)")),
    "merge": ("merge", Text("git 冲突的文件：按编号合成一份", "Files in conflict: make the union by id")),
    "audit": ("audit", Text("凭 git 历史核对没有丢失和改动", "Prove from git that nothing was changed or lost")),
    "kinds": ("kinds", Text("名词、动词和字段一览", "Nouns, verbs and fields")),
    "append": ("append", Text("从标准输入连续录入", "Append a stream of entries")),
    "import": ("import_", Text("导入别人的文件", "Import somebody else's file")),
    "form": ("form", Text("做一份给别人填的 Excel 登记表", "An Excel form for others to fill in")),
    "completion": ("completion", Text("命令行补全脚本", "A script for shell completion")),
    "help": ("help_", Text("专题说明", "Help on a topic")),
}

ABOUT = Text(
    "客服台账：在命令行登记，用普通文件保存，按日、周、月出 Excel 报表。",
    "A service desk's ledger: recorded from the shell, kept in plain files, reported in Excel by day, week and month.",
)
EXAMPLES = (
    Text('svcctl complaint add --content "夜间施工噪音" --contact 13800001234 --by 李敏',
         'svcctl complaint add --content "Night-time noise" --contact 13800001234 --by Li'),
    Text("svcctl today", "svcctl today"),
    Text("svcctl report weekly", "svcctl report weekly"),
)  # fmt: skip
GLOBALS = (
    ("-C, --ledger DIR", Text("台账目录", "The ledger's folder")),
    ("--lang zh|en", Text("界面语言", "Language of the terminal")),
    ("--version", Text("版本", "The version")),
)


def root(session: Session) -> Any:
    """The whole of svcctl as one command of typer's."""
    app = typer.Typer(
        cls=HelpfulGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
        invoke_without_command=True, no_args_is_help=False, context_settings=dict(SETTINGS),
    )  # fmt: skip

    @app.callback()
    def svcctl(
        ctx: typer.Context,
        ledger: str = typer.Option(None, "-C", "--ledger", metavar="DIR"),
        lang: str = typer.Option(None, "--lang", metavar="zh|en"),
        version: bool = typer.Option(False, "--version"),
    ) -> None:
        _globals(session, ctx, lang, version)

    group: Any = typer.main.get_command(app)
    group.name = "svcctl"
    group.lang, group.about, group.examples, group.globals = session.lang, ABOUT, EXAMPLES, GLOBALS
    used = _used(session)
    group.sections = (
        (Text("登记", "Recording"), tuple((n, nouns.CATALOGUE[n].about) for n in used)),
        (Text("整本台账", "The whole ledger"), tuple((n, text) for n, (_, text) in COMMANDS.items())),
    )
    group.make = lambda name: _made(session, name)
    return group


def _globals(session: Session, ctx: typer.Context, lang: str | None, version: bool) -> None:
    from svcctl.errors import Usage

    if lang is not None and lang not in ("zh", "en"):
        raise Usage(Text("语言", "language"), where="--lang", expected=Text("zh 或 en", "zh or en"), got=lang)
    if version:
        from svcctl import __version__

        session.out(f"svcctl {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        session.out(ctx.get_help())


def _used(session: Session) -> list[str]:
    """The nouns shown in the help: those of the ledger, if there is a readable one here, else all."""
    from svcctl.errors import SvcError

    try:
        return session.book.kinds()
    except SvcError:
        return list(nouns.CATALOGUE)


def _made(session: Session, name: str) -> Any:
    if name in nouns.CATALOGUE:
        return _noun_group(session, name)
    if name in COMMANDS:
        module = import_module(f"svcctl.cli.commands.{COMMANDS[name][0]}")
        return built(module.COMMAND, session) if hasattr(module, "COMMAND") else _family(session, name, module.COMMANDS)
    return None


def _family(session: Session, name: str, commands: dict[str, Command]) -> Any:
    """A command that is several, each with a word of its own."""
    group: Any = HelpfulGroup(name=name, rich_markup_mode=None, invoke_without_command=True, context_settings=dict(SETTINGS))
    group.otherwise = session.out
    group.lang, group.about = session.lang, COMMANDS[name][1]
    group.examples = tuple(one.examples[0] for one in commands.values())
    group.sections = ((Text("命令", "Commands"), tuple((word, one.about) for word, one in commands.items())),)
    group.make = lambda word: built(commands[word], session) if word in commands else None
    return group


def _noun_group(session: Session, name: str) -> Any:
    from svcctl.cli import from_noun

    noun = nouns.noun(name)
    group: Any = HelpfulGroup(name=name, rich_markup_mode=None, invoke_without_command=True, context_settings=dict(SETTINGS))
    group.otherwise = session.out
    group.lang, group.about = session.lang, noun.about
    group.examples = tuple(e for v in noun.verbs[:3] for e in v.examples[:1])
    group.sections = from_noun.sections(noun)
    makers: dict[str, Callable[[], Any]] = from_noun.makers(noun)
    group.make = lambda word: built(makers[word](), session) if word in makers else None
    return group
