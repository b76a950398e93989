"""How something found in the sample goes: taken in, described and handed back, or kept until its time is up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from svcctl.sample import people
from svcctl.sample.chance import Chance
from svcctl.sample.lost_stories import CABINETS, CONTACTS, FINDERS, FOUND, MISSED, WRONG
from svcctl.sample.thread import Thread, caller, desk, iso, phone, staffed

HOLD = {"valuable": 365, "ordinary": 90, "document": 7, "perishable": 1, "prohibited": 0}  # days, as in the sample's policy
CLAIMED = {"valuable": 0.68, "ordinary": 0.5, "document": 0.55, "perishable": 0.25, "prohibited": 0.0}
DOCUMENTS = ("身份证", "身份证", "驾驶证", "社保卡")


class Found:
    """An item. ``live`` gives its thread, and before it that of whoever reported it lost."""

    def __init__(self, name: str, at: datetime, chance: Chance) -> None:
        self.name, self.chance = name, chance
        self.at = staffed(at, chance)
        self.story = FOUND[chance.dealt("stories", len(FOUND))]
        self.thread = Thread("lost", name, chance)
        self.hold_until = self.at
        self.owner = caller(chance)

    def live(self) -> Iterator[Thread]:
        """What becomes of it."""
        chance, value = self.chance, self.story.value
        self._take()
        if value == "prohibited":
            at = self.thread.last + chance.minutes(25, 100)
            self._dispose(at)
        elif chance.share(value, CLAIMED[value]):
            if value != "perishable" and chance.share("reported", 0.3):
                yield self._missed()
            self._hand_back()
        else:
            self._wait()
        yield self.thread

    def _take(self) -> None:
        chance, story = self.chance, self.story
        item, place = chance.pick(story.items)
        by = desk(self.at)
        storage = story.storage + (chance.pick(CABINETS) if story.storage == "失物柜" else "")
        found_by = chance.pick(FINDERS)
        self.at = self.thread.step(
            "add", self.at, by, item=item, place=place, found_by=found_by, storage=storage, category=story.category, value=story.value,
            qty=story.qty, second=_second(by) if story.value == "valuable" else "",
        )  # fmt: skip
        self.hold_until = self.at + timedelta(days=HOLD[story.value])

    def _missed(self) -> Thread:
        """The owner reports it lost before anybody claims it, and the desk finds that it is here."""
        chance = self.chance
        report = Thread("lost", self.name + "r", chance)
        at = staffed(self.thread.steps[-1].recorded.replace(microsecond=0) + chance.hours(0.4, 20), chance)
        first = self.thread.steps[0].values
        what = str(first["item"]).split("，")[0]
        report.step("report", at, desk(at), what=what, where=str(first["place"]), contact=phone(chance), name=self.owner)
        at = report.last + chance.minutes(4, 40)
        report.step("match", at, desk(at), item="@" + self.name)
        return report

    def _contact(self) -> None:
        at = staffed(self.thread.last + self.chance.hours(0.3, 20), self.chance)
        via, result = self.chance.pick(CONTACTS)
        if at < self.hold_until:
            self.thread.step("contact", at, desk(at), via=via, result=result)

    def _hand_back(self) -> None:
        chance, story = self.chance, self.story
        quick = story.value == "perishable"
        if not quick and chance.yes(0.5):
            self._contact()
        if not quick and chance.share("wrong", 0.1):
            self._claim(staffed(self.thread.last + chance.hours(2, 30), chance), caller(chance), "是这一件，丢了有几天了")
            at = staffed(self.thread.last + chance.hours(0.2, 26), chance)
            self.thread.step("unclaim", at, desk(at), reason=chance.pick(WRONG))
        most = {"perishable": 3.0, "document": 100.0}.get(story.value, 330.0)
        at = staffed(self.thread.last + chance.hours(0.5, chance.pick((most, most / 4))), chance)
        self._claim(at, self.owner, story.marks)
        how = chance.weighted((("in_person", 82), ("proxy", 10), ("mail", 8)))
        at = self.thread.last + (chance.minutes(3, 25) if how == "in_person" else chance.hours(4, 40))
        at = staffed(at, chance)
        to = self.owner if how != "proxy" else caller(chance)
        second = _second(desk(at)) if story.value == "valuable" else ""
        self.thread.step("return", at, desk(at), to=to, how=how, second=second)

    def _claim(self, at: datetime, claimant: str, described: str) -> None:
        chance, by = self.chance, desk(at)
        shown = self.story.value in ("valuable", "document") or chance.yes(0.4)
        self.thread.step(
            "claim", at, by, claimant=claimant, described=described, verified_by=by,
            id_type=chance.pick(DOCUMENTS) if shown else "", id_last4=f"{chance.between(0, 9999):04}" if shown else "",
        )  # fmt: skip

    def _wait(self) -> None:
        """Nobody comes: it is kept, moved perhaps, and leaves when its time is up."""
        chance, value = self.chance, self.story.value
        if value in ("valuable", "document"):
            self._contact()
        if value == "ordinary" and chance.share("moved", 0.2):
            at = staffed(self.at + chance.hours(200, 900), chance)
            self.thread.step("move", at, desk(at), storage="仓库S-01货架" + chance.pick(CABINETS))
        until = self.hold_until
        if value == "ordinary" and chance.share("extended", 0.2):
            at = staffed(until - chance.hours(20, 90), chance)
            until = (until + timedelta(days=30)).replace(hour=18, minute=0, second=0)
            self.thread.step("extend", at, desk(at), until=iso(until), approved_by=people.HEAD)
        late = {"perishable": (-3, 3), "document": (1, 20)}.get(value, (8, 110))
        self._dispose(staffed(until + chance.hours(*late), chance))

    def _dispose(self, at: datetime) -> None:
        by, police = desk(at), self.story.end == "police"
        witness = "派出所民警" if police else _second(by)
        self.thread.step("dispose", at, by, how=self.story.end, approved_by=people.HEAD, witness=witness)


def missed(name: str, at: datetime, chance: Chance) -> Thread:
    """A loss report of something that is never found; it is given up after a while."""
    thread, at = Thread("lost", name, chance), staffed(at, chance)
    what, where = MISSED[chance.dealt("missed", len(MISSED))]
    thread.step("report", at, desk(at), what=what, where=where, contact=phone(chance), name=caller(chance))
    if chance.yes(0.5):
        at = staffed(thread.last + chance.hours(3, 60), chance)
        via, result = chance.pick((("电话", "告知还没有找到，有消息马上联系"), ("微信", "发来了照片，已转给保洁和保安")))
        thread.step("contact", at, desk(at), via=via, result=result)
    at = staffed(thread.last + chance.hours(170, 400), chance)
    thread.step("give-up", at, desk(at), note="已告知报失人")
    return thread


def _second(by: str) -> str:
    return people.SPARE if by != people.SPARE else people.EARLY
