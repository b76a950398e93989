"""One matter of the sample as it goes on: its steps with the times they happened at and were recorded at, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from svcctl.sample import people
from svcctl.sample.chance import Chance

OPENS, SHUTS = (8, 30), (21, 30)  # the desk
FIRMS = (9, 18)  # outside firms, not on Sundays


class Step(NamedTuple):
    """An entry to be. ``matter`` names its record; a value ``@NAME`` stands for the id of another one.

    A follow-up without a matter is of several records, which the ledger finds itself.
    """

    noun: str
    event: str
    matter: str
    opens: bool
    at: datetime
    recorded: datetime
    by: str
    values: Mapping[str, str | dict[str, str]]
    note: str = ""
    late: str = ""  # why it is recorded only after its month was sealed


class Quality(NamedTuple):
    """How good the service is in a month, as portions of all cases. ``parties`` is the portion on time by liable party."""

    kept: float
    resolved: float
    called: float
    content: float
    bad: float
    rework: float
    parties: dict[str, float]


class Thread:
    """The steps of one matter. Times are aware, in the zone of the street."""

    def __init__(self, noun: str, name: str, chance: Chance) -> None:
        self.noun, self.name, self.chance = noun, name, chance
        self.steps: list[Step] = []

    @property
    def last(self) -> datetime:
        """When the last step happened."""
        return self.steps[-1].at

    def step(self, event: str, at: datetime, by: str, note: str = "", **values: str) -> datetime:
        """Add a step, never before the one before it; returns when it happened."""
        at = at.replace(microsecond=0)
        if self.steps:
            at = max(at, self.last + timedelta(minutes=1))
        style = self.chance.number()
        if style < 0.45:  # recorded while it happens
            at = at.replace(second=self.chance.between(0, 59))
            recorded = at + timedelta(microseconds=self.chance.between(80_000, 930_000))
        else:
            at = at.replace(second=0)
            lag = self.chance.minutes(1, 12) if style < 0.92 else self.chance.minutes(20, 170)
            recorded = at + lag + timedelta(microseconds=self.chance.between(0, 59_999_999))
        if self.steps:
            at = max(at, self.last)
            recorded = max(recorded, at, self.steps[-1].recorded + timedelta(seconds=self.chance.between(15, 50)))
        given = {key: value for key, value in values.items() if value}
        self.steps.append(Step(self.noun, event, self.name, not self.steps, at, recorded, by, given, note))
        return at

    def correction(self, event: str, at: datetime, by: str, values: dict[str, str]) -> None:
        """Correct the record itself, at some time between the other steps but after it was recorded."""
        at = max(at, self.steps[0].recorded.replace(microsecond=0) + timedelta(minutes=3))
        recorded = at + timedelta(seconds=self.chance.between(2, 50), milliseconds=self.chance.between(1, 999))
        self.steps.append(Step(self.noun, event, self.name, False, at, recorded, by, values))

    def until(self, end: datetime) -> list[Step]:
        """The steps recorded by ``end``; what comes later has not happened yet."""
        return [s for s in self.steps if s.recorded <= end]


def iso(moment: datetime) -> str:
    """A time as it is typed."""
    return moment.isoformat(timespec="seconds")


def staffed(moment: datetime, chance: Chance) -> datetime:
    """The moment itself while the desk is open, else soon after it opens."""
    if (moment.hour, moment.minute) >= SHUTS:
        moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
    if (moment.hour, moment.minute) < OPENS:
        return moment.replace(hour=OPENS[0], minute=OPENS[1], second=0) + chance.minutes(2, 55)
    return moment


def at_work(moment: datetime, chance: Chance) -> datetime:
    """The moment itself while outside firms work, else soon after they begin."""
    if moment.hour >= FIRMS[1]:
        moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
    if moment.weekday() == 6:
        moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
    if moment.hour < FIRMS[0]:
        return moment.replace(hour=FIRMS[0], minute=0, second=0) + chance.minutes(10, 90)
    return moment


def desk(moment: datetime) -> str:
    """Who is at the desk."""
    early = moment.hour < 15
    if moment.weekday() == (0 if early else 3):
        return people.SPARE
    return people.EARLY if early else people.LATE


def other(name: str, moment: datetime) -> str:
    """Who at the desk is not ``name``."""
    there = desk(moment)
    return there if there != name else people.HEAD


def caller(chance: Chance) -> str:
    """A made-up name as people give it on the phone."""
    surname = chance.pick(people.SURNAMES)
    return surname + chance.pick(people.TITLES if chance.yes(0.7) else people.GIVEN)


def phone(chance: Chance) -> str:
    """A number shaped like a mobile's that nobody has."""
    return f"{chance.pick(('1380000', '1390000'))}{chance.between(0, 9999):04}"
