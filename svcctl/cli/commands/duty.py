"""``duty``: who is at the desk, so that ``--by`` need not be typed each time."""

from __future__ import annotations

from typing import Any

from svcctl.book.values import IDENTITY, IDENTITY_TODO
from svcctl.cli import state
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused
from svcctl.fields import near
from svcctl.mask import holds_identity
from svcctl.store.characters import refused_char
from svcctl.texts import Text, listed, same


def run(session: Session, given: dict[str, Any]) -> None:
    """Take duty, or say who has it."""
    book = session.book
    name = (given["name"] or "").strip()
    if not name:
        current = state.on_duty(session.environ, book.root.path, book.now)
        session.out(current or Text("没有人说过当班", "nobody said to be on duty").to(session.lang))
        return
    if holds_identity(name):
        raise Refused(IDENTITY, where="NAME", todo=IDENTITY_TODO)
    if refused_char(name):
        raise Refused(Text("姓名里有不能保存的字符", "the name holds a character that cannot be stored"))
    if book.site.staff and name not in book.site.staff:
        hint = near(name, book.site.staff)
        raise Refused(
            Text(f"{name} 不在 ledger.yaml 的 staff 里", f"{name} is not in the staff of ledger.yaml"),
            expected=listed([same(s) for s in book.site.staff]),
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )
    until = state.shift_end(book.site, book.now)
    state.take_duty(session.environ, book.root.path, name, book.now, until)
    session.say(Text(f"{name} 当班，到 {until:%m-%d %H:%M} 为止", f"{name} is on duty until {until:%m-%d %H:%M}"))


COMMAND = Command(
    "duty", Text("说明当班的人：到本班结束（最多12小时）为止，不必再写 --by。",
                 "Say who is on duty: until the shift ends, 12 hours at most, --by need not be typed."),
    (Text("svcctl duty 李敏", "svcctl duty Li"), Text("svcctl duty", "svcctl duty")),
    (Param("name", ("NAME",), Text("姓名；不写则显示现在是谁", "The name; without one it shows who is on duty"), metavar="NAME"),),
    run,
)  # fmt: skip
