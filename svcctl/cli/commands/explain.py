"""``explain``: how a figure comes about, down to the file and line of every record in it."""

from __future__ import annotations

import json
from typing import Any

from svcctl.cli.commands.measure import EXAMPLES, ID, value_text
from svcctl.cli.figures import PERIOD, chosen
from svcctl.cli.listing import damaged
from svcctl.cli.params import CUTS, JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command
from svcctl.errors import Usage
from svcctl.measures import find
from svcctl.measures.engine import Line, explain, explanation_json, number, quantity
from svcctl.texts import Text


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the explanation."""
    if not given["id"]:
        raise Usage(Text("缺少指标编号", "the measure's id is missing"), todo=Text("看 svcctl measures", "See svcctl measures"))
    identity = find(given["id"]).id
    source, win = chosen(session, given, "month")
    found = explain(source, win, identity)
    if given["json_"]:
        session.out(json.dumps(explanation_json(found, session.lang), ensure_ascii=False, indent=2))
        damaged(session)
        return
    lang, figure, measure = session.lang, found.figure, found.measure
    session.out(f"{figure.id}  {figure.label.to(lang)}  {win.period.title(lang)}")
    parts = "" if figure.num is None else f" = {number(figure.num, figure.parts)} / {number(figure.den, figure.parts)}"
    session.out(f"{value_text(figure)}{parts}")
    session.out(measure.formula.to(lang))
    unit = measure.parts if measure.aggregate == "rate" else measure.unit

    def listed(title: Text, lines: list[Line]) -> None:
        session.out(f"\n{title.to(lang)} ({len(lines)})")
        for line in lines:
            session.out(f"  {line.id}  {line.file}:{line.line}  {quantity(line.amount, unit)}")

    listed(Text("分子", "Numerator") if figure.num is not None else Text("计入", "Counted"), found.numerator)
    if figure.den is not None:
        listed(Text("分母", "Denominator"), found.denominator)
    if found.excluded:
        session.out(f"\n{Text('排除', 'Excluded').to(lang)} ({len(found.excluded)})")
        for record, why in found.excluded:
            session.out(f"  {record}  {why.to(lang)}")
    damaged(session)


COMMAND = Command(
    "explain", Text("一个指标的公式，和分子、分母、排除的每一条记录（含文件和行号）。",
                    "A figure's formula and every record in its numerator and denominator, with file and line."),
    tuple(Text(f"svcctl explain {e}", f"svcctl explain {e}") for e in EXAMPLES), (ID, PERIOD, JSON, *CUTS), run,
)  # fmt: skip
