"""The work plans of the sample: each Friday the next week's tasks, late in the month the next month's, and those of the seasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from svcctl.sample import people
from svcctl.sample.chance import Chance
from svcctl.sample.plan_stories import DATED, DROPPED, GOOD, MONTHLY, POOR, WEEKLY, Dated, Task
from svcctl.sample.tenant_account import moment
from svcctl.sample.thread import Step, Thread, desk, staffed

DAY = timedelta(days=1)
DUE_ON = ((1, 2), (2, 4), (3, 5), (4, 6), (6, 1))  # days of the week from Monday, and how often tasks are due on them
ON_TIME = {8: 0.80, 9: 0.84, 10: 0.88, 11: 0.88}  # by the month in which a task of a week or month is due
AHEAD = timedelta(days=4)  # before a month begins its tasks are planned
MONTH_DUE = (12, 26)  # between which days of it they are due


def steps(seed: str, first: datetime, end: datetime) -> list[Step]:
    """All that was recorded of plans by ``end``. Its chance is its own: it changes nothing else in the sample."""
    chance = Chance(seed + " plans")
    threads: list[Thread] = [*_weeks(first, end, chance), *_months(first, end, chance), *_dated(chance)]
    return [step for thread in threads for step in thread.until(end)]


def _weeks(first: datetime, end: datetime, chance: Chance) -> Iterator[Thread]:
    """The tasks of each week, planned on the Friday before; those of the first one when it begins."""
    monday = first + timedelta(days=-first.weekday() % 7)
    number = 0
    while monday - 3 * DAY < end:
        planned = monday - 3 * DAY + timedelta(hours=16) if monday - 3 * DAY > first else monday + timedelta(hours=9)
        for task in (WEEKLY[chance.dealt("weekly", len(WEEKLY))] for _ in range(chance.between(3, 5))):
            number += 1
            planned += chance.minutes(2, 6)
            due = (monday + chance.weighted(DUE_ON) * DAY).date()
            yield _Life(f"pw{number}", task, due, chance).live(planned)
        monday += 7 * DAY


def _months(first: datetime, end: datetime, chance: Chance) -> Iterator[Thread]:
    """The tasks of each month, planned late in the one before; those of the first month when it begins."""
    month, number = first, 0
    while month < end:
        planned = (month + 2 * DAY if month == first else month - AHEAD) + timedelta(hours=10)
        for task in (MONTHLY[chance.dealt("monthly", len(MONTHLY))] for _ in range(3)):
            number += 1
            planned += chance.minutes(2, 6)
            due = month.replace(day=chance.between(*MONTH_DUE)).date()
            yield _Life(f"pm{number}", task, due, chance, "month").live(planned)
        month = (month + 32 * DAY).replace(day=1)


def _dated(chance: Chance) -> Iterator[Thread]:
    """The tasks of the seasons, as their stories have it."""
    for number, story in enumerate(DATED, 1):
        life = _Life(f"pd{number}", story.task, moment(f"{story.due} 00:00").date(), chance, story.type)
        yield life.told(story)


class _Life:
    """A task from its planning to its end."""

    def __init__(self, name: str, task: Task, due: date, chance: Chance, kind: str = "week") -> None:
        self.task, self.due, self.kind, self.chance = task, due, kind, chance
        self.thread = Thread("plan", name, chance)

    def live(self, planned: datetime) -> Thread:
        """A task of a week or a month."""
        chance = self.chance
        self._plan(planned)
        if chance.share("dropped", 0.04):
            self.thread.step("cancel", self._on(self.due - DAY), people.HEAD, reason=chance.pick(DROPPED))
        elif chance.share(f"on time {self.due.month}", ON_TIME[self.due.month]):
            self._done(self.due - chance.between(0, 2) * DAY)
        elif chance.share("moved", 0.5):
            self._move(self.due + chance.between(3, 6) * DAY)
            self._done(self.due - chance.between(0, 1) * DAY)
        else:
            self._miss(chance.between(3, 8))
        return self.thread

    def told(self, story: Dated) -> Thread:
        """A task of which its story says what became of it."""
        self._plan(moment(f"{story.planned} 10:20"), title=story.title, weight=story.weight)
        for day in story.moved:
            self._move(moment(f"{day} 00:00").date())
        if story.late:
            self._miss(story.late)
        else:
            self._done(self.due - self.chance.between(0, 1) * DAY)
        return self.thread

    def _plan(self, at: datetime, **more: str) -> None:
        task = self.task
        self.thread.step("add", at, people.HEAD, what=task.what, owner=task.owner, due=self.due.isoformat(), type=self.kind, **more)

    def _done(self, day: date) -> None:
        """Done on a day, though never before it was planned, and looked at afterwards now and then."""
        chance = self.chance
        late = any(s.event in ("move", "miss") for s in self.thread.steps)
        at = staffed(max(self._on(day), self.thread.last + chance.hours(2, 5)), chance)
        self.thread.step("done", at, desk(at))
        if chance.share("reviewed", 0.3) or late:
            head = people.MANAGER if self.task.owner == people.HEAD else people.HEAD
            score = chance.pick(("2", "3")) if late else chance.pick(("4", "5", "5"))
            summary = chance.pick(POOR if late else GOOD)
            self.thread.step("review", staffed(at + chance.hours(16, 40), chance), head, score=score, summary=summary)

    def _move(self, day: date) -> None:
        moved = any(s.event == "move" for s in self.thread.steps)
        at = max(self._on(self.due - DAY), self.thread.last + self.chance.hours(1, 3))
        approved = people.MANAGER if moved else ""
        self.thread.step("move", at, people.HEAD, due=day.isoformat(), reason=self.task.why, approved_by=approved)
        self.due = day

    def _miss(self, days: int) -> None:
        """It passes its day; why is written down the day after, and so many days after it is done."""
        at = self._on(self.due + DAY)
        self.thread.step("miss", at, desk(at), reason=self.task.why)
        self._done(self.due + days * DAY)

    def _on(self, day: date) -> datetime:
        """A time on a day."""
        zone = self.thread.steps[0].at.tzinfo
        return datetime.combine(day, time(9), zone) + self.chance.minutes(20, 480)
