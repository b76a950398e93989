"""What page 1 says about the report itself: its facts, its warnings and its notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from svcctl.entry import CORRECTIONS
from svcctl.ledger import Source, Window
from svcctl.measures.compare import DAWN
from svcctl.reports import closing
from svcctl.reports.audience import LABELS
from svcctl.reports.content import Content
from svcctl.reports.model import Fact
from svcctl.reports.template import Sign, Template
from svcctl.texts import Lang, Text

DRAFT, FINAL = "draft", "final"
EDITIONS = {DRAFT: Text("草稿", "Draft"), FINAL: Text("正式", "Final")}
SIGNED = (Text("编制", "Prepared by"), Text("审核", "Checked by"), Text("批准", "Approved by"))
SHOWN_HASH = 12  # hex digits of the hash on page 1

RUNNING = Text(
    "期间尚未结束，数字截至 {when}，为暂定数；与上期、去年同期的同样时长相比。",
    "The period is not over: figures are as of {when} and provisional, compared with the same length of time.",
)
AHEAD = Text(
    "期间还没有开始，数字截至 {when}；不与别的期间相比。",
    "The period has not begun: figures are as of {when}, and compared with nothing.",
)
KNOWN = Text("只含 {when} 以前（含）录入的内容。", "Only what was recorded by {when}.")
NOTHING = Text("本期没有条目。", "There is no entry in this period.")
LAST = Text("此前最后一条在 {when}。", "The last one before it is of {when}.")
NEVER = Text("此前也没有。", "Nor is there any before it.")
FIRST = Text("此后第一条在 {when}。", "The first one after it is of {when}.")
DAMAGED = Text(
    "台账有 {n} 处损坏，没有算进本报表，见“校验”表；请运行 svcctl check。",
    "Damaged places of the ledger, which are not in this report: {n}. See the checks; run svcctl check.",
)
FAILED = Text("有 {n} 项勾稽不符，见“校验”表。", "Reconciliations that failed: {n}. See the checks.")
DAMAGED_ONLY = Text("台账有 {n} 处损坏，没有算进本报表。", "Damaged places of the ledger, which are not in this report: {n}.")
FAILED_ONLY = Text("有 {n} 项勾稽不符。", "Reconciliations that failed: {n}.")


def facts(content: Content) -> tuple[Fact, ...]:
    """The band below the title: edition, period, as-of, entries, hash, checks."""
    return (edition_fact(edition(content.win), content.lang), *window_facts(content), *total_facts([content], content.hash))


def edition(win: Window) -> str:
    """What a report is worth: a draft if anything can still come into its period, else final. The window says so, not
    the clock; nor does a seal, for a month printed before it and after it is the same."""
    last = win.period.last_second
    return DRAFT if win.as_of < last or (win.known_at is not None and win.known_at < last) else FINAL


def edition_fact(code: str, lang: Lang) -> Fact:
    """What it is worth, for the band."""
    return Fact(Text("版本", "Edition").to(lang), EDITIONS[code].to(lang))


def sign(template: Template, lang: Lang) -> tuple[Fact, ...]:
    """The line to sign; without names for an audience that is shown none."""
    who = template.audience
    names = template.sign if who is None or who.names else Sign()
    return tuple(Fact(label.to(lang), name.to(lang)) for label, name in zip(SIGNED, names, strict=True))


def window_facts(content: Content) -> list[Fact]:
    """For whom it is, and what time it is about."""
    win, lang = content.win, content.lang
    zone = win.site.zone.key
    when = dates(content)
    found = [Fact(Text("统计区间", "Period").to(lang), f"{when}（{zone}）" if lang == "zh" else f"{when} ({zone})")]
    if content.audience is not None:
        found.insert(0, Fact(Text("读者", "For").to(lang), LABELS[content.audience.name].to(lang)))
    if win.site.day_cutoff != "00:00":
        found.append(Fact(Text("日界", "Day starts").to(lang), win.site.day_cutoff))
    return [*found, Fact(Text("截至", "As of").to(lang), stamp(win.as_of, content))]


def total_facts(contents: Sequence[Content], code: str) -> list[Fact]:
    """The entries, their hash and the checks, of one ledger or of several."""
    lang = contents[0].lang
    checks = [check for content in contents for check in content.checks]
    failed = sum(not c.ok for c in checks)
    passed = Text("✔ {n} 项通过", "✔ {n} passed").fill(n=len(checks) - failed)
    result = passed if not failed else Text("✘ {n} 项不符", "✘ {n} failed").fill(n=failed)
    return [
        Fact(Text("条目", "Entries").to(lang), _counted(contents)),
        Fact(Text("校验码", "Hash").to(lang), code[:SHOWN_HASH]),
        Fact(Text("勾稽", "Checks").to(lang), result.to(lang)),
    ]


def dates(content: Content) -> str:
    """The first and the last date of the period."""
    period = content.win.period
    return Text(f"{period.first} 至 {period.last}", f"{period.first} to {period.last}").to(content.lang)


def _counted(contents: Sequence[Content]) -> str:
    """How many entries are of the period, and of all that the report was made from."""
    own = sum(content.win.holds(u.entry.at) for content in contents for u in content.entries)
    text = Text("{own:,}（连同对比期 {all:,}）", "{own:,} ({all:,} with the periods compared)")
    return text.fill(own=own, all=sum(len(content.entries) for content in contents)).to(contents[0].lang)


def stamp(moment: datetime, content: Content) -> str:
    """A moment for people, in the site's zone."""
    return f"{moment.astimezone(content.win.site.zone):%Y-%m-%d %H:%M:%S}"


def warnings(content: Content) -> list[str]:
    """What a reader has to know before relying on the figures; each damaged place is listed with the checks."""
    found = []
    if content.damage:
        found.append((DAMAGED if content.has_checks else DAMAGED_ONLY).fill(n=len(content.damage)).to(content.lang))
    failed = sum(not c.ok for c in content.checks)
    if failed:
        found.append((FAILED if content.has_checks else FAILED_ONLY).fill(n=failed).to(content.lang))
    return found


def notices(content: Content, source: Source) -> list[str]:
    """What is good to know: a period that still runs, knowledge that is cut, what came late, a period without data."""
    win, lang = content.win, content.lang
    found = []
    if win.as_of < win.start:
        found.append(AHEAD.fill(when=stamp(win.as_of, content)).to(lang))
    elif win.as_of < win.period.last_second:
        found.append(RUNNING.fill(when=stamp(win.as_of, content)).to(lang))
    if win.known_at is not None:
        found.append(KNOWN.fill(when=stamp(win.known_at, content)).to(lang))
    if content.aftermath and content.closing_spec is not None:
        found.append(closing.notice(content.aftermath, content.closing_spec.title).to(lang))
    if not any(win.holds(u.entry.at) for u in content.entries if u.entry.event not in CORRECTIONS):
        found.append(_nothing(content, source))
    return found


def _nothing(content: Content, source: Source) -> str:
    """That the period is empty, and where the data ends. Of what comes later only entries up to the as-of are named."""
    win, lang = content.win, content.lang
    moments = [u.entry.at for u in content.entries if u.entry.event not in CORRECTIONS]
    before = max((m for m in moments if m < win.start), default=None)
    if before is None or before < content.numbers.spans[0][0]:
        before = _last_before(content, source)
    after = min((m for m in moments if m >= win.end), default=None)
    parts = [NOTHING, LAST.fill(when=stamp(before, content)) if before else NEVER]
    if after is not None:
        parts.append(FIRST.fill(when=stamp(after, content)))
    return "".join(p.zh for p in parts) if lang == "zh" else " ".join(p.en for p in parts)


def _last_before(content: Content, source: Source) -> datetime | None:
    """The last entry before the period, however long ago: the only question for which all records are read."""
    win = content.win
    cut = min(win.start, win.as_of)
    last = None
    for noun in content.used:
        for history in source.histories(noun, DAWN, win.start, win.known_at):
            for entry in history:
                known = win.known_at is None or entry.recorded <= win.known_at
                if known and entry.event not in CORRECTIONS and entry.at <= cut and (last is None or entry.at > last):
                    last = entry.at
    return last
