"""How a repair of the sample goes: reported, somebody liable found and sent, waited for parts, finished, checked."""

from __future__ import annotations

from datetime import datetime, timedelta

from svcctl.sample import people, repair_stories
from svcctl.sample.chance import Chance
from svcctl.sample.repair_stories import REPAIRS, RepairStory
from svcctl.sample.thread import Quality, Thread, at_work, caller, desk, iso, other, phone, staffed

CHANNELS = (("phone", 30), ("wechat", 28), ("patrol", 18), ("visit", 12), ("hotline", 6), ("system", 4), ("cleaner", 2))
RESULTS = (("fixed", 64), ("temporary", 5))
EMPTY = (("no_fault", 6), ("not_ours", 3), ("declined", 3))
ALL_DAY = ("property", "tenant_self")  # parties that come at any hour the street is open
DUE = {"normal": 24, "emergency": 24, "planned": 168}  # hours, as in the policy of the sample's ledger.yaml
DECK = [(story, words) for story in REPAIRS for words in story.faults]


class Repair:
    """One repair in the making. ``quality`` is that of its month."""

    def __init__(self, name: str, at: datetime, month: str, quality: Quality, chance: Chance) -> None:
        self.chance, self.quality, self.at = chance, quality, at
        self.thread = Thread("repair", name, chance)
        self.story, fault = self._dealt(month)
        self.fault = fault.format(n=chance.between(2, 6))
        self.party = self.story.party
        self.to = self._whom()
        self.urgent = self.story.urgency == "emergency"
        self.deadline = at

    def _dealt(self, month: str) -> tuple[RepairStory, str]:
        while True:
            story, fault = DECK[self.chance.dealt("repairs", len(DECK))]
            if month in story.months:
                return story, fault

    def _whom(self) -> str:
        if self.party == "developer":
            return repair_stories.DEVELOPER
        if self.party == "equipment":
            return repair_stories.OUTSIDE[self.story.trade]
        if self.party == "tenant_self":
            return repair_stories.TENANTS_OWN
        return repair_stories.STAFF_BY_TRADE.get(self.story.trade, repair_stories.OTHER_STAFF)

    def _come(self, moment: datetime) -> datetime:
        """When the liable party can be there, if it is called for ``moment``."""
        if self.urgent:
            return moment
        return staffed(moment, self.chance) if self.party in ALL_DAY else at_work(moment, self.chance)

    def live(self) -> Thread:
        """All of its life, as if the sample went on for ever."""
        self.report()
        if self.chance.share("cancelled", 0.04):
            at = staffed(self.thread.last + self.chance.minutes(25, 300), self.chance)
            self.thread.step("cancel", at, desk(at), reason=self.chance.pick(repair_stories.CANCELLED))
            return self.thread
        self._send()
        self._work()
        self._check()
        return self.thread

    def report(self) -> None:
        """The record itself, with the party where it is plain at once."""
        chance, story = self.chance, self.story
        plain = not self.urgent and self.party == "property" and chance.yes(0.45)
        inside = not story.place
        due = ""
        if story.urgency == "planned" and chance.yes(0.5):
            due = iso((self.at + timedelta(days=chance.between(4, 12))).replace(hour=18, minute=0, second=0))
        reporter = inside or chance.yes(0.3)
        at = self.thread.step(
            "add", self.at, desk(self.at), "", unit=chance.pick(people.shops(story.shops, self.at.date())).no if inside else "",
            place="" if inside else chance.pick(story.place), fault=self.fault, trade=story.trade,
            reporter=caller(chance) if reporter else "", contact=phone(chance) if reporter else "",
            channel=chance.weighted(CHANNELS), urgency=story.urgency, party=self.party if plain else "", due=due,
        )  # fmt: skip
        self.deadline = datetime.fromisoformat(due) if due else at + timedelta(hours=DUE[story.urgency])
        self.triaged = plain

    def _send(self) -> None:
        chance = self.chance
        if self.urgent and chance.yes(0.6):
            self._dispatch(self.thread.last + chance.minutes(1, 9))
            self._triage(self.thread.last + chance.minutes(20, 180), reason="应急先派，现场界定")
            return
        if not self.triaged:
            slow = not self.urgent and self.party != "property" and chance.yes(0.15)
            wait = chance.hours(3, 16) if slow else chance.minutes(2, 45)
            self._triage(staffed(self.thread.last + wait, chance))
        wait = chance.minutes(2, 30) if self.party in ALL_DAY else chance.minutes(8, 70)
        self._dispatch(staffed(self.thread.last + wait, chance))
        if chance.share("handed", 0.05):
            at = staffed(self.thread.last + chance.minutes(40, 200), chance)
            if self.party == "property":
                self.to = next(n for n in ("吴志强", "郑国平", "周大海") if n != self.to)
            self.thread.step("dispatch", at, desk(at), to=self.to, reason=chance.pick(repair_stories.HANDED_ON))
        elif self.party == "equipment" and chance.share("found", 0.08):
            self._found_otherwise(staffed(self.thread.last + chance.minutes(50, 200), chance))

    def _found_otherwise(self, at: datetime) -> None:
        """On the spot it turns out that somebody else is liable."""
        self.party, why = self.chance.pick(repair_stories.OTHER_PARTY)
        self.to = self._whom()
        self.thread.step("triage", at, desk(at), party=self.party, reason=why)
        self.thread.step("dispatch", at + self.chance.minutes(3, 20), desk(at), to=self.to, reason="责任主体变更，改派")

    def _dispatch(self, at: datetime) -> None:
        self.thread.step("dispatch", at, desk(at), to=self.to)

    def _triage(self, at: datetime, reason: str = "") -> None:
        basis = self.story.basis if self.chance.yes(0.75) else ""
        self.thread.step("triage", at, desk(at), party=self.party, basis=basis, reason=reason)

    # -- the work -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        chance = self.chance
        sent = self.thread.last
        rush = chance.minutes(6, 35) if self.urgent else chance.hours(0.4, 5)
        arrives = self._come(sent + rush)
        on_time = chance.share(f"on time {self.party}", self.quality.parties[self.party])
        if on_time and arrives > self.deadline - timedelta(hours=1):
            arrives = max(sent + timedelta(minutes=5), self.deadline - chance.minutes(70, 140))
        if chance.yes(0.8) and (on_time or chance.yes(0.5)):
            self.thread.step("arrive", arrives, desk(arrives) if self.party not in ALL_DAY or chance.yes(0.4) else self._hand())
        if self.story.urgency == "normal" and chance.share(f"paused {self.party}", 0.1):
            self._pause()
        if self.party in ("developer", "equipment") and (not on_time or chance.yes(0.15)):
            self._follow(3 if not on_time else 1)
        self._finish(on_time)

    def _hand(self) -> str:
        """Whoever of the own staff has it in hand; others do not record."""
        return self.to if self.party == "property" else desk(self.thread.last)

    def _pause(self) -> None:
        """Waits, and is late only if the wait began late: the deadline moves along."""
        chance = self.chance
        start = self.thread.last + chance.minutes(15, 60)
        if start > self.deadline - timedelta(minutes=30):
            return
        until = (start + timedelta(days=chance.between(1, 4))).replace(hour=chance.between(9, 17), minute=0, second=0)
        reason = chance.weighted(repair_stories.PAUSES)
        start = self.thread.step("pause", start, desk(start), reason=reason, until=iso(until))
        if chance.yes(0.4):
            at = staffed(start + timedelta(hours=22), chance)
            if at < until:
                self.thread.step("follow", at, desk(at), text=chance.pick(repair_stories.FOLLOWED))
        back = staffed(until + chance.minutes(-60, 240), chance)
        ended = self.thread.step("resume", max(back, self.thread.last + timedelta(minutes=20)), desk(back))
        self.deadline += ended - start

    def _follow(self, most: int) -> None:
        for _ in range(self.chance.between(1, most)):
            at = staffed(self.thread.last + self.chance.hours(12, 26), self.chance)
            if most == 1 and at > self.deadline - timedelta(hours=1):
                return
            self.thread.step("follow", at, desk(at), text=self.chance.pick(repair_stories.FOLLOWED))

    def _finish(self, on_time: bool) -> None:
        chance, last = self.chance, self.thread.last
        if on_time:
            work = chance.minutes(20, 150) if self.urgent else chance.minutes(25, 330)
            if self.story.urgency == "planned":
                work = chance.hours(20, 90)
            when = min(self._come(last + work), self.deadline - chance.minutes(4, 45))
        else:
            most = {"developer": 130, "equipment": 60, "tenant_self": 50}.get(self.party, 26)
            when = self._come(max(self.deadline, last) + chance.hours(0.8, most))
        self._done(when)

    def _done(self, when: datetime, *, again: bool = False) -> None:
        chance, (low, high) = self.chance, self.story.parts
        empty = not again and not self.urgent and self.story.urgency == "normal" and chance.share("empty", 0.06)
        result, cost, payer = chance.weighted(EMPTY if empty else RESULTS), "", ""
        if not empty and high and chance.yes(0.62):
            cost, payer = f"{chance.between(low * 2, high * 2) / 2:.2f}", self._payer()
            result = "replaced" if result == "fixed" and chance.yes(0.6) else result
        by = self._hand() if chance.yes(0.6) else desk(when)
        minutes = str(chance.between(3, 30) * 5) if self.party == "property" or chance.yes(0.4) else ""
        self.thread.step("finish", when, by, result=result, cost=cost, payer=payer, minutes=minutes)

    def _payer(self) -> str:
        if self.urgent and self.party == "property":
            return self.chance.pick(("property", "insurer"))
        if self.party == "equipment":
            return self.chance.pick(("property", "property", "equipment"))
        return {"developer": "developer", "tenant_self": "tenant"}.get(self.party, "property")

    # -- afterwards -----------------------------------------------------------------------------------------------

    def _check(self) -> None:
        chance = self.chance
        inside = not self.story.place
        if chance.yes(0.7):
            at = staffed(self.thread.last + chance.hours(0.5, 9), chance)
            self.thread.step("verify", at, other(self.to, at))
        if chance.share("rework", self.quality.rework):
            self._rework()
        at = staffed(self.thread.last + chance.hours(3, 48), chance)
        if inside and chance.yes(0.75):
            self._call_back(at)
        else:
            self.thread.step("close", at, other(self.to, at))

    def _rework(self) -> None:
        """It did not hold: seldom within the first days, once in a while weeks later."""
        chance = self.chance
        if not self.story.place and chance.yes(0.4):
            at = staffed(self.thread.last + chance.hours(6, 40), chance)
            self.thread.step(
                "callback", at, other(self.to, at), result="reached", score="2", solved="no",
                reason=chance.pick(repair_stories.REWORK),
            )  # fmt: skip
        else:
            if chance.yes(0.6):
                at = staffed(self.thread.last + chance.hours(2, 20), chance)
                self.thread.step("close", at, other(self.to, at))
            at = staffed(self.thread.last + chance.hours(20, 290), chance)
            self.thread.step("reopen", at, desk(at), reason=chance.pick(repair_stories.REWORK))
        self._dispatch(staffed(self.thread.last + chance.minutes(5, 50), chance))
        self._done(self._come(self.thread.last + chance.hours(2, 20)), again=True)

    def _call_back(self, at: datetime) -> None:
        chance = self.chance
        if chance.yes(0.12):
            self.thread.step("callback", at, other(self.to, at), result="no_answer")
            at = staffed(at + chance.hours(2, 20), chance)
        if chance.yes(0.04):
            self.thread.step("callback", at, other(self.to, at), result="refused")
            return
        score = chance.weighted((("5", 48), ("4", 38), ("3", 14)))
        self.thread.step(
            "callback", at, other(self.to, at), result="reached", score=score, solved="partly" if score == "3" else "yes"
        )
