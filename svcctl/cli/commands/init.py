"""``init``: a new ledger with everything in it that can be set, or the sample ledger."""

from __future__ import annotations

import os
from typing import Any

from svcctl import nouns, site
from svcctl.book.values import IDENTITY, IDENTITY_TODO
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused, Usage
from svcctl.fields import near
from svcctl.mask import holds_identity
from svcctl.store.characters import refused_char
from svcctl.store.create import create
from svcctl.texts import Text, listed, same

_PARAMS = (
    Param("dir", ("DIR",), Text("目录", "The folder"), metavar="DIR", required=True),
    Param("profile", ("--profile",), Text("场所：street 商街、hotel 酒店、hotline 热线", "street, hotel or hotline"),
          metavar="PROFILE", complete=tuple(site.PROFILES)),
    Param("site_", ("--site",), Text("场所名称，默认目录名", "The site's name; the folder's unless given"), metavar="NAME"),
    Param("timezone", ("--timezone",), Text("时区，默认 Asia/Shanghai", "The time zone; Asia/Shanghai unless given"), metavar="ZONE"),
    Param("sample", ("--sample",), Text("生成样例台账", "Make the sample ledger"), kind="flag"),
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Make the ledger."""
    folder = given["dir"]
    if not folder:
        raise Usage(Text("缺少目录", "the folder is missing"), todo=Text("svcctl init 目录 --profile street", "svcctl init DIR --profile street"))
    if given["sample"]:
        from svcctl import sample

        sample.make(folder)
        session.say(Text(f"样例台账在 {folder}", f"the sample ledger is in {folder}"))
        return
    profile = given["profile"] or ""
    if profile not in site.PROFILES:
        hint = near(profile, list(site.PROFILES)) if profile else ""
        raise Usage(
            Text("场所类型", "the profile"), where="--profile", expected=listed([same(p) for p in site.PROFILES]),
            got=profile or None, todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    name = (given["site_"] or os.path.basename(os.path.abspath(folder))).strip()
    text = site.written(
        name, profile, given["timezone"] or "Asia/Shanghai", session.chosen_lang or "zh",
        [n for n in site.PROFILES[profile] if n in nouns.CATALOGUE],
    )  # fmt: skip
    _valid(text)
    if refused_char(name):
        raise Refused(Text("名称里有不能保存的字符", "the name holds a character that cannot be stored"), where="--site")
    if holds_identity(name):
        raise Refused(IDENTITY, where="--site", todo=IDENTITY_TODO)
    create(folder, text)
    session.say(Text(f"新台账在 {folder}；设置都在 {folder}/ledger.yaml，改了就生效",
                     f"the new ledger is in {folder}; everything that can be set is in {folder}/ledger.yaml"))  # fmt: skip


def _valid(text: str) -> None:
    """Read the new ``ledger.yaml`` as any command will, before it is written: a wrong zone or name is refused here."""
    from svcctl.store.tree import parse_tree

    tree = parse_tree(text, site.FILE)
    site.build(tree.root, tree.line)


COMMAND = Command(
    "init", Text("新建一本台账：写好全部设置，不问问题。--sample 生成样例台账。",
                 "Make a new ledger with every setting written out, without asking. --sample makes the sample ledger."),
    (Text("svcctl init 悦和里 --profile street", "svcctl init yuehe --profile street"),
     Text("svcctl init hotel --profile hotel --site 悦和酒店", "svcctl init hotel --profile hotel --site 'Yuehe Hotel'"),
     Text("svcctl init demo --sample", "svcctl init demo --sample")),
    _PARAMS, run,
)  # fmt: skip
