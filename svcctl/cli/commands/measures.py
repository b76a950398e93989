"""``measures``: the catalogue of figures."""

from __future__ import annotations

import json
from typing import Any

from svcctl import measures
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.texts import Text


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the catalogue."""
    from svcctl import table

    found = [m for m in measures.catalogue() if not given["noun"] or m.noun == given["noun"]]
    if given["json_"]:
        objects = [
            {"id": m.id, "noun": m.noun, "unit": m.unit, "label_zh": m.label.zh, "label_en": m.label.en,
             "formula_zh": m.formula.zh, "formula_en": m.formula.en, "splits": list(m.splits)}
            for m in found
        ]  # fmt: skip
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
        return
    columns = [table.Column(t) for t in (
        Text("指标", "Measure"), Text("名称", "Name"), Text("单位", "Unit"), Text("可按……分", "Splits"), Text("公式", "Formula"),
    )]  # fmt: skip
    lang = session.lang
    cells = [[m.id, m.label.to(lang), m.unit, " ".join(m.splits), m.formula.to(lang)] for m in found]
    session.out(table.render(columns, cells, lang, session.width))


COMMAND = Command(
    "measures", Text("全部指标：编号、名称、公式，和可以按什么细分。", "All measures: id, name, formula, and what they can be split by."),
    (Text("svcctl measures", "svcctl measures"), Text("svcctl measures repair", "svcctl measures repair")),
    (Param("noun", ("NOUN",), Text("只看一个名词的", "Only those of one noun"), metavar="NOUN"), JSON), run,
)  # fmt: skip
