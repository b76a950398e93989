"""Reconciliations: what has to be equal, counted in two ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from svcctl import measures
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.measures.compare import past_window
from svcctl.measures.declare import Measure
from svcctl.nouns import lost
from svcctl.reports import details, groups, money_checks
from svcctl.reports.details import Details
from svcctl.reports.model import Check
from svcctl.reports.numbers import Numbers
from svcctl.texts import Lang, Text

FLOW = Text("期初未结 + 新增 + 重开 = 办结 + 期末未结", "Open before + received + back = ended + open after")
BEFORE = Text("上期期末未结 = 本期期初未结", "Open after the previous period = open before this one")
SPLIT = Text("{measure}：各{by}之和 = 合计", "{measure}: sum by {by} = total")
ROWS = Text("明细中本期新增 = {measure} + 不计入的", "Records received = {measure} + those left out")
STOCK = Text("截至日未结 = {measure}", "Open at the as-of = {measure}")
STORE = Text("期初在库 + 拾获 − 归还 − 处置 = 期末在库", "In store at the start + found − returned − disposed = in store at the end")
COUNTED = Text("期末在库的记录 = {measure}", "Records in store at the end = {measure}")
LATE = Text("截至日逾期的记录 = {measure}", "Records overdue at the as-of = {measure}")
LISTED = Text("未结记录都在明细中", "Every open record has a row in the details")


def checks(
    numbers: Numbers, sheets: Mapping[str, Details], lang: Lang, nouns: tuple[str, ...]
) -> list[Check]:
    """The reconciliations of every one of ``nouns`` that can be open; ``sheets`` are the detail sheets, by their keys."""
    found: list[Check] = []
    for noun in nouns:
        declared = numbers.source.noun(noun)
        if not declared.open_states:
            continue
        subject = declared.label.to(lang)
        found += [_flow(numbers, noun, subject, lang), _before(numbers, noun, subject, lang)]
        found += _measured(numbers, noun, subject, lang)
        found += _listed(numbers, noun, sheets, subject, lang)
    return found


def _listed(
    numbers: Numbers, noun: str, sheets: Mapping[str, Details], subject: str, lang: Lang
) -> list[Check]:
    """Every open record that one of the sheets is to list has its row; none, if no sheet is to list the open ones."""
    mine = [rows for rows in sheets.values() if rows.spec.noun == noun and not rows.spec.limit]
    states = {group for rows in mine if not rows.spec.where for group in rows.spec.records}
    if not states >= numbers.source.noun(noun).open_states:
        mine = [rows for rows in mine if "open" in rows.spec.records]
    if not mine:
        return []
    wanted = [c.id for c in numbers.members(noun, "open") if any(details.fits(rows.spec, c, numbers) for rows in mine)]
    return [_check(subject, LISTED.to(lang), len(wanted), sum(any(i in rows.ids for rows in mine) for i in wanted))]


def _check(subject: str, what: str, expected: int, found: int, note: str = "") -> Check:
    return Check(subject, what, expected, found, expected == found, "count", note)


def _flow(numbers: Numbers, noun: str, subject: str, lang: Lang) -> Check:
    """Where records came from against where they went; each part is found by itself."""
    win, declared = numbers.win, numbers.source.noun(noun)
    cases = [c for c in numbers.cases(noun) if c.opening.at <= win.cut]
    start = sum(groups.carried_over(c, win) for c in cases)
    new = sum(groups.received(c, win) for c in cases)
    turned = Counter(turn for c in cases for turn in _turns(c, win))
    back = sum(n for (what, _), n in turned.items() if what == "back")
    ended = {state: n for (what, state), n in turned.items() if what == "ended"}
    end = sum(groups.state_after(c, win) in declared.open_states for c in cases)
    parts = [Text(f"{label.zh} {ended[s]}", f"{ended[s]} {label.en.lower()}") for s, label in declared.states.items() if s in ended]
    out = Text(" + ".join(p.zh for p in parts), " + ".join(p.en for p in parts)) if parts else Text("办结 0", "0 ended")
    note = Text(
        "期初 {start} + 新增 {new} + 重开 {back} = {out} + 期末 {end}",
        "{start} open + {new} received + {back} back = {out} + {end} open",
    ).fill(start=start, new=new, back=back, out=out, end=end)
    return _check(subject, FLOW.to(lang), start + new + back, sum(ended.values()) + end, note.to(lang))


def _turns(case: Case[Any], win: Window) -> list[tuple[str, str]]:
    return [(what, state) for at, what, state in groups.turns(case) if what != "opened" and win.holds(at)]


def _before(numbers: Numbers, noun: str, subject: str, lang: Lang) -> Check:
    """The stock handed over: the previous period as of its own end against this one's beginning."""
    win = numbers.win
    last = past_window(win, win.period.previous())
    ended_with = len(numbers.members(noun, "open", last))
    return _check(subject, BEFORE.to(lang), ended_with, len(numbers.members(noun, "carried_over")))


def _measured(numbers: Numbers, noun: str, subject: str, lang: Lang) -> list[Check]:
    """The figures against the records."""
    if noun not in measures.NOUNS:
        return []
    register, figures, win = measures.register(noun), numbers.results.figures, numbers.win
    found = []
    if noun == "lost":
        return _store(numbers, subject, lang)
    if noun == "plan":
        return _tasks(numbers, subject, lang)
    if noun == "fee":
        return money_checks.of_fees(numbers, subject, lang)
    if noun == "cash":
        return money_checks.of_cash(numbers, subject, lang)
    received = register.measures.get(f"{noun}.received")
    if received is not None:
        total = int(figures[received.id].value or 0)
        cases = numbers.cases(noun)
        found += _split(numbers, received, subject, lang)
        left = sum(received.judge(c, win).why is not None for c in cases)
        note = Text(f"不计入 {left}", f"left out {left}").to(lang) if left else ""
        what = ROWS.fill(measure=received.label).to(lang)
        found.append(_check(subject, what, total + left, len(numbers.members(noun, "received")), note))
    backlog = register.measures.get(f"{noun}.backlog")
    if backlog is not None:
        what = STOCK.fill(measure=backlog.label).to(lang)
        stock = int(figures[backlog.id].value or 0)
        found.append(_check(subject, what, len(numbers.members(noun, "open")), stock))
    return found


def _split(numbers: Numbers, measure: Measure, subject: str, lang: Lang) -> list[Check]:
    """A count against the sum of its first split."""
    register, figures = measures.register(measure.noun), numbers.results.figures
    by = next((register.dimensions[s] for s in measure.splits), None)
    if by is None:
        return []
    rows = sum(int(f.value or 0) for i, f in figures.items() if i.startswith(f"{measure.id}{{{by.name}="))
    judged = ((c, measure.judge(c, numbers.win).num) for c in numbers.cases(measure.noun))
    without = sum(num is not None and by.of(c) is None for c, num in judged)
    note = Text(f"未填写 {without}", f"not given {without}").to(lang) if without else ""
    what = SPLIT.fill(measure=measure.label, by=Text(by.label.zh, by.label.en.lower())).to(lang)
    return [_check(subject, what, int(figures[measure.id].value or 0), rows + without, note)]


def _store(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """What is kept of found items: the five figures tie, and the last of them is what stands in the records."""
    win, register = numbers.win, measures.register("lost")
    names = ("opening", "found", "returned", "disposed", "in_storage")
    start, new, back, gone, end = (int(numbers.results.figures[f"lost.{n}"].value or 0) for n in names)
    note = Text(f"{start} + {new} − {back} − {gone} = {end}", f"{start} + {new} − {back} − {gone} = {end}").to(lang)
    kept = sum(groups.state_after(c, win) in lost.KEPT for c in numbers.cases("lost"))
    stock = register.measures["lost.in_storage"]
    return [
        _check(subject, STORE.to(lang), start + new - back - gone, end, note),
        _check(subject, COUNTED.fill(measure=stock.label).to(lang), kept, end),
        *_split(numbers, register.measures["lost.found"], subject, lang),
    ]


def _tasks(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """What was planned and done by type, and what is overdue against the records."""
    register = measures.register("plan").measures
    late = register["plan.overdue"]
    listed = _check(
        subject, LATE.fill(measure=late.label).to(lang), len(numbers.members("plan", "overdue")), int(numbers.results.figures[late.id].value or 0)
    )
    return [listed, *(check for name in ("due", "done") for check in _split(numbers, register[f"plan.{name}"], subject, lang))]
