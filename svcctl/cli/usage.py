"""What typer finds wrong with a command line, in svcctl's own words and both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from svcctl.errors import SvcError, Usage
from svcctl.fields import near
from svcctl.texts import Text

_BEFORE = ("-C", "--ledger", "--lang")


def unknown_command(path: str, name: str, known: Sequence[str]) -> Usage:
    """No command is called ``name``."""
    hint = near(name, list(known))
    return Usage(
        Text(f"没有命令 {name}", f"there is no command {name}"), where=path.partition(" ")[2],
        todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint
        else Text(f"看看有哪些：{path} --help", f"See which there are: {path} --help"),
    )  # fmt: skip


def translated(error: Any) -> SvcError:
    """The usage error for what typer raised."""
    name = type(error).__name__
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "svcctl"
    help_ = Text(f"看用法：{path} --help", f"See {path} --help")
    if name == "NoSuchOption":
        return _no_option(error.option_name, ctx, path, help_)
    if name == "BadOptionUsage":
        return Usage(Text(f"{error.option_name} 后面少了值", f"{error.option_name} needs a value"), where=path.partition(" ")[2], todo=help_)
    if name == "NoArgsIsHelpError":
        return Usage(Text("没有写命令", "no command was given"), where=path.partition(" ")[2], todo=help_)
    if name == "UsageError" and "unexpected extra argument" in error.message:
        return Usage(
            Text("多了几个词", "there are too many words"), where=path.partition(" ")[2],
            todo=Text("有空格的文字要加引号；", 'Put quotes around a text with blanks. ').joined(help_, en=""),
        )  # fmt: skip
    if name == "MissingParameter":
        return Usage(Text("缺少参数", "a parameter is missing"), where=path.partition(" ")[2], todo=help_)
    return Usage(Text(f"用法不对（{error.format_message()}）", error.format_message().rstrip(".")), where=path.partition(" ")[2], todo=help_)


def _no_option(option: str, ctx: Any, path: str, help_: Text) -> Usage:
    if option in _BEFORE:
        todo = Text(f"{option} 要写在命令前面：svcctl {option} … 命令", f"{option} goes before the command: svcctl {option} … COMMAND")
        return Usage(Text(f"这里不能用 {option}", f"{option} cannot stand here"), where=path.partition(" ")[2], todo=todo)
    known = [o for p in ctx.command.params for o in p.opts] if ctx is not None else []
    hint = near(option, [o for o in known if o.startswith("-")])
    return Usage(
        Text(f"没有选项 {option}", f"there is no option {option}"), where=path.partition(" ")[2],
        todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else help_,
    )  # fmt: skip
