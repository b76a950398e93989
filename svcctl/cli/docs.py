"""The tables of README that follow from the code: ``python -m svcctl.cli.docs README.md`` writes them anew.

A table stands between ``<!-- table: NAME LANG -->`` and ``<!-- end -->``; a test fails when one is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable

from svcctl import measures, nouns
from svcctl.cli import from_noun, template_help
from svcctl.cli.app import COMMANDS
from svcctl.cli.commands.help_ import EXIT_CODES
from svcctl.entry import Verb
from svcctl.texts import Lang, Text, same

Row = tuple[Text, ...]
_TABLE = re.compile(r"<!-- table: ([a-z-]+) (zh|en) -->\n.*?<!-- end -->", re.DOTALL)


def _code(text: str) -> Text:
    return same(f"`{text}`")


def _first(text: Text) -> Text:
    """The first sentence of a help text."""
    return Text(text.zh.split("。")[0], text.en.split(". ")[0].rstrip("."))


def commands() -> list[Row]:
    """Every command about the whole ledger."""
    return [(Text("命令", "Command"), Text("做什么", "Does")), *((_code(f"svcctl {n}"), text) for n, (_, text) in COMMANDS.items())]


def verbs() -> list[Row]:
    """Every verb of every noun, with what it requires and the state it leads to."""
    rows: list[Row] = [(Text("命令", "Command"), Text("做什么", "Does"), Text("到达状态", "Leads to"))]
    for name in nouns.CATALOGUE:
        noun = nouns.noun(name)
        for verb in noun.verbs:
            if verb.typed:
                words = [f"svcctl {name} {verb.event}", *(() if verb.opens or verb.spreads else ("ID",)), *_required(verb)]
                rows.append((_code(" ".join(words)), _first(verb.explained()), noun.states.get(verb.leads_to, same("—"))))
        rows += [(_code(f"svcctl {name} {view}"), text, same("—")) for view, text in from_noun.VIEWS.get(name, {}).items()]
    some = nouns.noun(next(iter(nouns.CATALOGUE)))
    for event, (text, make) in from_noun.generic(some).items():
        needed = [p.decls[0] if p.decls[0].startswith("-") else p.metavar for p in make().params if p.required]
        rows.append((_code(" ".join([f"svcctl NOUN {event}", *needed])), text, same("—")))
    return rows


def _required(verb: type[Verb]) -> list[str]:
    groups = ["(" + " | ".join(verb.by_name[n].option for n in group) + ")" for group in verb.one_of]
    return [s.option for s in verb.specs if s.required] + groups


def figures() -> list[Row]:
    """Every measure with its formula and its splits."""
    head: Row = (Text("指标", "Measure"), Text("名称", "Name"), Text("公式", "Formula"), Text("可按……分", "Splits"))
    return [head, *((_code(m.id), m.label, m.formula, same(" ".join(m.splits))) for m in measures.catalogue())]


def exit_codes() -> list[Row]:
    """Every exit code."""
    return [(Text("退出码", "Exit code"), Text("含义", "Meaning")), *((same(str(c)), text) for c, text in EXIT_CODES)]


TABLES: dict[str, Callable[[], Iterable[Row]]] = {
    "commands": commands, "verbs": verbs, "measures": figures, "exit-codes": exit_codes, "template-keys": template_help.rows,
}  # fmt: skip


def table(name: str, lang: Lang) -> str:
    """One table as Markdown."""
    lines = [" | ".join(cell.to(lang).replace("|", "\\|") for cell in row) for row in TABLES[name]()]
    lines.insert(1, " | ".join("---" for _ in lines[0].split(" | ")))
    return "\n".join(f"| {line} |" for line in lines)


def fresh(text: str) -> str:
    """A document with its tables as the code has them now."""
    return _TABLE.sub(lambda m: f"<!-- table: {m[1]} {m[2]} -->\n{table(m[1], m[2])}\n<!-- end -->", text)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as source:
            before = source.read()
        with open(path, "w", encoding="utf-8", newline="\n") as target:
            target.write(fresh(before))
