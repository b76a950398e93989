"""``completion``: the script that teaches a shell to complete svcctl's words."""

from __future__ import annotations

from typing import Any

from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.fields import near
from svcctl.texts import Text, listed, same

SHELLS = ("bash", "zsh", "fish", "powershell")


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the script."""
    shell = given["shell"] or ""
    if shell not in SHELLS:
        hint = near(shell, SHELLS)
        raise Usage(
            Text("哪种 shell", "the shell"), where="completion", expected=listed([same(s) for s in SHELLS]),
            got=shell or None, todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    from typer._completion_shared import get_completion_script

    session.out(get_completion_script(prog_name="svcctl", complete_var="_SVCCTL_COMPLETE", shell=shell))


COMMAND = Command(
    "completion", Text("输出命令行补全脚本（动词、选项、选项的可选值）。", "Print a script that completes verbs, options and choices."),
    (Text('eval "$(svcctl completion bash)"', 'eval "$(svcctl completion bash)"'),
     Text("svcctl completion fish > ~/.config/fish/completions/svcctl.fish",
          "svcctl completion fish > ~/.config/fish/completions/svcctl.fish")),
    (Param("shell", ("SHELL",), Text("bash zsh fish powershell", "bash, zsh, fish or powershell"), metavar="SHELL", required=True, complete=SHELLS),),
    run,
)  # fmt: skip
