"""``desk``: the name of this writing place. Two places with different names never write to the same file."""

from __future__ import annotations

from typing import Any

from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.store import desk
from svcctl.texts import Text


def run(session: Session, given: dict[str, Any]) -> None:
    """Name the desk, or say its name."""
    book = session.book
    if not given["name"]:
        name = desk.current_desk(book.root, session.environ)
        session.out(name or Text("这里没有起名", "this place has no name").to(session.lang))
        return
    desk.bind_desk(book.root, given["name"], take_over=bool(given["take_over"]))
    session.say(Text(f"这里叫 {given['name']}；记录写入 2026-11.{given['name']}.yaml 这样的文件".replace("2026-11", f"{book.now:%Y-%m}"),
                     f"this place is called {given['name']}; it writes files such as {book.now:%Y-%m}.{given['name']}.yaml"))  # fmt: skip


COMMAND = Command(
    "desk", Text("给这个录入点起名。多个录入点各有名字，用 git 合并时互不冲突。",
                 "Name this writing place. Places with names of their own never conflict when git merges them."),
    (Text("svcctl desk night", "svcctl desk night"), Text("svcctl desk", "svcctl desk")),
    (Param("name", ("NAME",), Text("小写字母、数字、连字符；不写则显示", "a-z, 0-9 and -; without one it shows the name"), metavar="NAME"),
     Param("take_over", ("--take-over",), Text("接替用这个名字的那一处（它不再录入）", "Replace the place of that name (it no longer writes)"), kind="flag")),
    run,
)  # fmt: skip
