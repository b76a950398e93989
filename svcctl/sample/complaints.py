"""How a complaint of the sample goes: taken, answered in time or not, resolved, called back, sometimes all over again."""

from __future__ import annotations

from datetime import datetime, timedelta

from svcctl.sample import complaint_stories, people
from svcctl.sample.chance import Chance
from svcctl.sample.complaint_stories import COMPLAINTS, ComplaintStory
from svcctl.sample.thread import Quality, Thread, caller, desk, iso, other, phone, staffed

REPLY = {"general": 24, "serious": 4, "major": 1}  # hours, as in the policy of the sample's ledger.yaml
TARGET = {"general": 72, "serious": 48, "major": 24}
CHANNELS = (
    ("phone", 34), ("wechat", 22), ("visit", 16), ("hotline", 12), ("web", 6), ("government", 3), ("inspection", 3),
    ("survey", 2), ("letter", 1), ("internal", 1),
)  # fmt: skip
TIMES = (  # how callers speak of a moment, and the hour from which they can
    (0, "昨晚十点多"), (0, "昨天下午"), (0, "昨天傍晚"), (0, "这几天"), (12, "今天上午"), (13, "中午十二点左右"),
    (16, "下午三点前后"), (20, "傍晚六点"),
)  # fmt: skip
NOTES = ("客人情绪激动，已安抚", "现场照片已存", "同一商家本月第二次", "转自街道办", "老客户，请重点跟进")
DECK = [(story, words) for story in COMPLAINTS for words in story.words]


class Complaint:
    """One complaint in the making. ``quality`` is that of its month."""

    def __init__(self, name: str, at: datetime, month: str, quality: Quality, chance: Chance) -> None:
        self.chance, self.quality, self.at = chance, quality, at
        self.thread = Thread("complaint", name, chance)
        self.story, words = self._dealt(month)
        self.shop = chance.pick(people.shops(self.story.shops, at.date()))
        self.placed = "{brand}" in words or "店" in words or self.story.category in ("fee", "repair")
        self.content = self._filled(words)
        self.anonymous = chance.share("anonymous", 0.08)
        self.promised = at
        self.target = at + timedelta(hours=TARGET[self.story.severity])
        self.owner = people.OWNERS.get(self.story.category, people.HEAD)
        self.resolver = ""

    def _dealt(self, month: str) -> tuple[ComplaintStory, str]:
        while True:
            story, words = DECK[self.chance.dealt("complaints", len(DECK))]
            if month in story.months:
                return story, words

    def _filled(self, text: str) -> str:
        when = self.chance.pick([words for hour, words in TIMES if hour <= self.at.hour])
        return text.format(brand=self.shop.brand, n=self.chance.between(2, 6), t=when)

    def live(self) -> Thread:
        """All of its life, as if the sample went on for ever."""
        self.take()
        self._assign()
        if self.chance.share("withdrawn", 0.03):
            at = staffed(self.thread.last + self.chance.hours(0.7, 9), self.chance)
            self.thread.step("withdraw", at, desk(at), reason=self.chance.pick(complaint_stories.WITHDRAWN))
            return self.thread
        self._answer()
        self._resolve()
        self._call_back()
        return self.thread

    def take(self, contact: str = "") -> None:
        """The record itself; the promise is the policy's or an hour that was agreed on."""
        story, chance, at = self.story, self.chance, self.at
        limit = timedelta(hours=REPLY[story.severity])
        typed = ""
        self.promised = at + limit
        if story.severity == "general" and chance.yes(0.3):
            self.promised = (at + chance.hours(5, 22)).replace(minute=0, second=0)
            if not 9 <= self.promised.hour <= 21:
                self.promised = at + limit
            else:
                typed = iso(self.promised)
        reachable = not self.anonymous
        taken = self.thread.step(
            "add", at, desk(at), chance.pick(NOTES) if chance.yes(0.07) else "",
            content=self.content, contact=(contact or phone(chance)) if reachable else "",
            anonymous="" if reachable else "true", promised=typed, channel=chance.weighted(CHANNELS),
            category=story.category, severity=story.severity, unit=self.shop.no if self.placed else "",
            name=caller(chance) if reachable and chance.yes(0.85) else "", demand=story.demand if chance.yes(0.7) else "",
        )  # fmt: skip
        if not typed:
            self.promised = taken + limit
        self.target = taken + timedelta(hours=TARGET[story.severity])

    def _assign(self) -> None:
        if self.story.severity != "general":
            at = self.thread.last + self.chance.minutes(3, 14)
            self.thread.step("escalate", at, desk(at), to=people.MANAGER if self.story.severity == "major" else people.HEAD)
        if self.chance.yes(0.86):
            at = self.thread.last + self.chance.minutes(2, 25)
            self.thread.step("assign", at, desk(at), owner=self.owner)

    def _answer(self) -> None:
        """The first reply, before the promise runs out or after it."""
        chance, limit = self.chance, self.promised - self.at
        kept = chance.share("kept", self.quality.kept)
        if kept:
            quick = min(limit * 0.8, timedelta(minutes=15 + int(700 * chance.number() ** 2.2)))
            when = min(staffed(self.at + quick, chance), self.promised - chance.minutes(6, 40))
        else:
            when = staffed(self.promised + chance.hours(0.6, 22), chance)
        slow = when - self.thread.last > timedelta(hours=3)
        if slow and chance.yes(0.3 if kept else 0.6):
            at = self.thread.last + chance.minutes(20, 100)
            self.thread.step("reply", at, desk(at), text=chance.pick(complaint_stories.INTERIM), interim="true")
        if not kept and self.story.severity == "general" and chance.yes(0.4):
            at = max(self.promised - chance.minutes(25, 100), self.thread.last + timedelta(minutes=2))
            if at < self.promised - timedelta(minutes=3):
                new = (when + chance.hours(1, 5)).replace(minute=0, second=0)
                self.thread.step("repromise", at, desk(at), promised=iso(new), reason=chance.pick(complaint_stories.REPROMISE))
        elif not kept and chance.yes(0.5):
            at = staffed(self.promised + chance.minutes(5, 30), chance)
            if at < when:
                self.thread.step("escalate", at, desk(at), to=people.HEAD)
        self._reply(when)

    def _reply(self, when: datetime) -> None:
        """By words, or at once by what was done."""
        chance = self.chance
        if chance.yes(0.12) and when < self.target:
            self._done(when, self.story.action)
        elif chance.yes(0.04) and when - self.thread.last > timedelta(hours=1):
            self._done(when - timedelta(minutes=35), self.story.action, untold="true")
            self.thread.step("reply", when, desk(when), text=self._filled(self.story.reply))
        else:
            by = self.owner if chance.yes(0.3) else desk(when)
            self.thread.step("reply", when, by, text=self._filled(self.story.reply))

    def _done(self, when: datetime, action: str, untold: str = "") -> None:
        self.resolver = self.owner if self.chance.yes(0.6) else desk(when)
        self.thread.step(
            "resolve", when, self.resolver, cause=self._filled(self.story.cause), action=self._filled(action),
            how=self.story.how, untold=untold,
        )  # fmt: skip

    def _resolve(self) -> None:
        if self.resolver:
            return
        chance, last = self.chance, self.thread.last
        if chance.share("resolved", self.quality.resolved) and last < self.target - timedelta(hours=1):
            left = self.target - last
            when = staffed(last + left * (0.05 + 0.7 * chance.number() ** 1.5), chance)
            when = min(when, self.target - chance.minutes(8, 50))
        else:
            when = staffed(max(self.target, last) + chance.hours(1.5, 50), chance)
        self._done(when, self.story.action)

    # -- afterwards -----------------------------------------------------------------------------------------------

    def _call_back(self) -> None:
        chance, resolved = self.chance, self.thread.last
        if self.anonymous:
            at = staffed(resolved + chance.hours(1, 26), chance)
            self.thread.step("close", at, desk(at))
            return
        late = not chance.share("called", self.quality.called)
        at = staffed(resolved + (chance.hours(74, 110) if late else chance.hours(3, 52)), chance)
        if chance.share("nobody", 0.03):
            self._nobody(at)
            return
        if chance.share("missed", 0.14):
            self.thread.step("callback", at, other(self.resolver, at), result="no_answer")
            at = staffed(at + chance.hours(1, 14), chance)
        if chance.share("refused", 0.04):
            self.thread.step("callback", at, other(self.resolver, at), result="refused")
        elif chance.share("bad", self.quality.bad):
            self.thread.step(
                "callback", at, other(self.resolver, at), result="reached", score=chance.pick(("1", "2", "2", "3")),
                solved="no", reason=chance.pick(complaint_stories.UNHAPPY),
            )  # fmt: skip
            self._again()
        else:
            self._content(at)
            if chance.share("returns", 0.02):
                at = staffed(self.thread.last + chance.hours(30, 200), chance)
                self.thread.step("reopen", at, desk(at), reason=chance.pick(complaint_stories.AGAIN))
                self._again()

    def _content(self, at: datetime) -> None:
        happy = self.chance.share("content", self.quality.content / (1 - self.quality.bad))
        score = self.chance.pick(("4", "5", "5", "4", "5")) if happy else "3"
        solved = "yes" if happy or self.chance.yes(0.3) else "partly"
        self.thread.step("callback", at, other(self.resolver, at), result="reached", score=score, solved=solved)

    def _nobody(self, at: datetime) -> None:
        """Three calls on two days, and it is closed."""
        for wait in (timedelta(0), timedelta(hours=3), timedelta(hours=20)):
            at = staffed(at + wait + self.chance.minutes(0, 50), self.chance)
            self.thread.step("callback", at, other(self.resolver, at), result="no_answer")
        if len({s.at.date() for s in self.thread.steps[-3:]}) < 2:
            at = staffed(at + timedelta(hours=24), self.chance)
            self.thread.step("callback", at, other(self.resolver, at), result="no_answer")
        self.thread.step("close", at + timedelta(minutes=4), people.HEAD, "三次未接通")

    def _again(self) -> None:
        """Reopened: somebody else takes it, and this time it holds."""
        chance = self.chance
        if chance.yes(0.7):
            at = self.thread.last + chance.minutes(10, 60)
            self.thread.step("assign", at, desk(at), owner=people.HEAD)
        at = staffed(self.thread.last + chance.hours(4, 46), chance)
        self.resolver = people.HEAD
        self.thread.step(
            "resolve", at, people.HEAD, cause=self._filled(self.story.cause),
            action=chance.pick(complaint_stories.SECOND_ACTIONS), how=self.story.how,
        )  # fmt: skip
        at = staffed(at + chance.hours(5, 50), chance)
        self.thread.step("callback", at, desk(at), result="reached", score=chance.pick(("3", "4", "4", "5")), solved="yes")
