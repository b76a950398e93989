"""The shape of a command, and of its help: examples first, in the language of the terminal.

A command is declared once (``Command``); ``built`` makes typer's command of it. All reflection on typer is here and in
``app``.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from svcctl.texts import Lang, Text

if TYPE_CHECKING:
    from svcctl.cli.session import Session

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
USAGE = Text("用法：", "Usage: ")
EXAMPLES = Text("例子：", "Examples:")
OPTIONS = Text("选项", "Options")
ARGUMENTS = Text("参数", "Arguments")
HELP = Text("显示这份说明", "Show this help")
REQUIRED = Text("（必填）", " (required)")


class Param(NamedTuple):
    """An option (``decls`` begin with ``-``) or an argument. ``kind``: text, flag, many (an option given repeatedly),
    or rest (any number of arguments)."""

    name: str
    decls: tuple[str, ...]
    help: Text
    kind: str = "text"
    metavar: str = "TEXT"
    required: bool = False
    complete: "tuple[str, ...] | Callable[[Session], Iterable[str]]" = ()  # the words a shell may offer


class Command(NamedTuple):
    """A command. ``run`` gets the session and the values by the names of the parameters."""

    name: str
    about: Text
    examples: tuple[Text, ...]
    params: tuple[Param, ...]
    run: "Callable[[Session, dict[str, Any]], None]"


def built(command: Command, session: "Session") -> Any:
    """typer's command for ``command``, in the session's language."""
    lang = session.lang

    def call(**values: Any) -> None:
        command.run(session, values)

    parameters = []
    for param in command.params:
        kind, default = _declared(param, session)
        parameters.append(
            inspect.Parameter(param.name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        )
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(
        command.name, cls=HelpfulCommand, help=command.about.to(lang), context_settings=dict(SETTINGS),
    )(call)  # fmt: skip
    made: Any = typer.main.get_command(app)
    made.declared, made.lang = command, lang
    return made


def _declared(param: Param, session: "Session") -> tuple[Any, Any]:
    lang = session.lang
    text = param.help.to(lang) + (REQUIRED.to(lang) if param.required else "")
    more: dict[str, Any] = {"metavar": param.metavar}
    if param.complete:
        more["autocompletion"] = lambda incomplete: _words(param, session, incomplete)
    if not param.decls[0].startswith("-"):
        if param.kind == "rest":
            return list[str], typer.Argument(None, help=text, **more)
        return str, typer.Argument(None, help=text, **more)
    if param.kind == "flag":
        return bool, typer.Option(False, *param.decls, help=text)
    if param.kind == "many":
        return list[str], typer.Option([], *param.decls, help=text, **more)
    return str, typer.Option(None, *param.decls, help=text, show_default=False, **more)


def _words(param: Param, session: "Session", incomplete: str) -> list[str]:
    """What a shell may offer; without a readable ledger nothing, and never a message."""
    from svcctl.errors import SvcError

    try:
        words = param.complete(session) if callable(param.complete) else param.complete
        return [w for w in words if w.startswith(incomplete)]
    except SvcError:
        return []


def _table(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def write_examples(formatter: Any, examples: tuple[Text, ...], lang: Lang) -> None:
    """The examples, unwrapped, so that they can be copied."""
    if examples:
        formatter.write(EXAMPLES.to(lang) + "\n")
        for example in examples:
            formatter.write("  " + example.to(lang) + "\n")
        formatter.write("\n")


class HelpfulCommand(TyperCommand):
    """A command whose help begins with examples."""

    declared: Command
    lang: Lang = "en"

    def _pieces(self) -> list[str]:
        words = [p for p in self.declared.params if not p.decls[0].startswith("-")]
        more = ["…" if p.kind == "rest" else "" for p in words]
        named = [p.metavar + m if p.required else f"[{p.metavar}{m}]" for p, m in zip(words, more, strict=True)]
        return [*named, Text("[选项]", "[OPTIONS]").to(self.lang)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        lang = self.lang
        write_examples(formatter, self.declared.examples, lang)
        formatter.write_usage(ctx.command_path, " ".join(self._pieces()), USAGE.to(lang))
        formatter.write_paragraph()
        formatter.write_text(self.declared.about.to(lang))
        arguments, options = [], []
        for param, declared in zip(self.params, self.declared.params, strict=False):
            text = declared.help.to(lang) + (REQUIRED.to(lang) if declared.required else "")
            if declared.decls[0].startswith("-"):
                record = param.get_help_record(ctx)
                options.append((record[0] if record else declared.decls[0], text))
            else:
                arguments.append((declared.metavar, text))
        _table(formatter, ARGUMENTS.to(lang), arguments)
        _table(formatter, OPTIONS.to(lang), [*options, ("-h, --help", HELP.to(lang))])


class HelpfulGroup(TyperGroup):
    """A group whose commands are made when they are named, and whose help begins with examples."""

    lang: Lang = "en"
    about: Text
    examples: tuple[Text, ...] = ()
    sections: tuple[tuple[Text, tuple[tuple[str, Text], ...]], ...] = ()  # title, and (command, what it does) rows
    globals: tuple[tuple[str, Text], ...] = ()
    make: Callable[[str], Any]  # a command by its name
    otherwise: Callable[[str], None] | None = None  # what gets the help if no command is named

    def invoke(self, ctx: Any) -> Any:
        result = super().invoke(ctx)
        if self.otherwise is not None and ctx.invoked_subcommand is None:
            self.otherwise(ctx.get_help())
        return result

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for _, rows in self.sections for name, _ in rows]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self.make(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        found = self.get_command(ctx, name)
        if found is None:
            from svcctl.cli.usage import unknown_command

            raise unknown_command(ctx.command_path, name, self.list_commands(ctx))
        return found.name, found, args[1:]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        lang = self.lang
        write_examples(formatter, self.examples, lang)
        formatter.write_usage(ctx.command_path, Text("[选项] 命令 …", "[OPTIONS] COMMAND …").to(lang), USAGE.to(lang))
        formatter.write_paragraph()
        formatter.write_text(self.about.to(lang))
        for title, commands in self.sections:
            _table(formatter, title.to(lang), [(name, text.to(lang)) for name, text in commands])
        options = [*((n, t.to(lang)) for n, t in self.globals), ("-h, --help", HELP.to(lang))]
        _table(formatter, OPTIONS.to(lang), options)
