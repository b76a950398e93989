"""What a template need not say: keys, titles and columns that follow from the rest of it."""

from __future__ import annotations

from svcctl import measures, nouns, rows
from svcctl.reports import naming
from svcctl.reports.form import Tree
from svcctl.reports.template import Ref
from svcctl.texts import Text, same

RECORDS = ("received", "open")
FIELDS = 6  # of a noun in a detail sheet that names no columns
TITLES = {
    "summary": Text("汇总", "Summary"), "text": Text("摘要", "In words"), "overview": Text("运营总览", "Overview"), "compare": Text("指标对比", "Comparison"),
    "details": Text("明细", "Details"), "tables": Text("统计", "Statistics"), "coming": Text("下期到期", "Coming due"),
    "closing": Text("补录与更正", "Late entries, corrections"),
    "checks": Text("校验", "Checks"), "definitions": Text("口径", "Definitions"),
}  # fmt: skip


def sheet_key(show: str, tree: dict[str, Tree]) -> str:
    """What a sheet goes by: its sort, a detail sheet its noun."""
    return str(tree.get("noun", show)) if show == "details" else show


def sheet_title(show: str, tree: dict[str, Tree]) -> Text:
    """What a sheet is called; a detail sheet after its noun."""
    noun = tree.get("noun")
    if show != "details" or not isinstance(noun, str) or not naming.exists(noun):
        return TITLES[show]
    label = nouns.noun(noun).label
    return Text(f"{label.zh}明细", f"{label.en}, details")


def section_key(own: str, tree: dict[str, Tree]) -> str:
    """What a table goes by: ``repair_by_party``, ``repair_party_by_trade``, ``by_week``, ``plan_coming``."""
    needed = {"each": ("each",), "across": ("noun", "by", "across"), "by": ("noun", "by"), "records": ("noun", "records")}[own]
    values = [tree.get(key, "") for key in needed]
    words = ["_".join(map(str, value)) if isinstance(value, list) else str(value) for value in values]
    if not all(words):
        return "table"  # what is missing is told anyway
    if own == "records":
        return "_".join(words)
    return f"by_{words[0]}" if own == "each" else "_by_".join((f"{words[0]}_{words[1]}", *words[2:]) if own == "across" else words)


def columns(noun: str) -> list[Tree]:
    """The columns of a detail sheet that names none: its id, its time, its first fields but for personal ones, its state."""
    if not naming.exists(noun):
        return ["id"]
    fields = [key for key, spec in nouns.noun(noun).fields().items() if not spec.personal]
    return ["id", "at", *fields[:FIELDS], "state"]


def figures(noun: str, by: str) -> list[Tree]:
    """The columns of a table that names none: every measure that can be split so, else how many records there are."""
    if not naming.exists(noun):
        return []
    found = [m.id for m in measures.measures_of(noun) if by in m.splits] if noun in measures.NOUNS else []
    if found or by not in rows.headings(nouns.noun(noun)):
        return list(found)
    return [f"{noun}.received", f"{noun}.open"]


def chart_title(drawn: tuple[Ref, ...]) -> Text:
    """What a chart is called: its figures."""
    labels = [naming.label(ref) if naming.exists(ref.noun) else same(ref.id) for ref in drawn]
    return Text("、".join(t.zh for t in labels), ", ".join(t.en for t in labels))
