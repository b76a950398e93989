"""``measure``: one figure of a period."""

from __future__ import annotations

import json
from typing import Any

from svcctl.cli.figures import PERIOD, chosen
from svcctl.cli.listing import damaged
from svcctl.cli.params import CUTS, JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.measures import find
from svcctl.measures.engine import Figure, compute, figure_json, number
from svcctl.texts import Text

ID = Param("id", ("MEASURE",), Text("指标编号，可带分项", "The measure's id, perhaps with a split"), metavar="MEASURE", required=True)
EXAMPLES = ("complaint.promise_kept_rate 2026-10", "'repair.on_time_rate{party=property}' last")


def value_text(figure: Figure) -> str:
    """The figure for a person, without its unit."""
    if figure.value is None:
        return "—"
    if figure.unit == "rate":
        return f"{figure.rate(4) or 0:.2%}"
    return number(figure.value, figure.unit) or "—"


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the figure."""
    if not given["id"]:
        raise Usage(Text("缺少指标编号", "the measure's id is missing"), todo=Text("看 svcctl measures", "See svcctl measures"))
    identity = find(given["id"]).id
    source, win = chosen(session, given, "month")
    figure = compute(source, win, [identity], ()).figures[identity]
    if given["json_"]:
        session.out(json.dumps(figure_json(figure), ensure_ascii=False, indent=2))
    else:
        lang = session.lang
        parts = "" if figure.num is None else f"  ({number(figure.num, figure.parts)}/{number(figure.den, figure.parts)})"
        session.out(f"{figure.label.to(lang)}  {win.period.title(lang)}  {value_text(figure)}{parts}")
    damaged(session)


COMMAND = Command(
    "measure", Text("一个指标在一个期间的数值。", "One figure of a period."),
    tuple(Text(f"svcctl measure {e}", f"svcctl measure {e}") for e in EXAMPLES), (ID, PERIOD, JSON, *CUTS), run,
)  # fmt: skip
