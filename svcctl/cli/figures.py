"""What the commands about figures share: the period, the cuts, the seal of a closed month, and the window they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from svcctl import __version__
from svcctl.cli.listing import known, moment_of
from svcctl.cli.session import Session
from svcctl.cli.shape import Param
from svcctl.errors import Refused
from svcctl.ledger import Window, window
from svcctl.period import Calendar, Kind, Period
from svcctl.seal import Closed, Seal, sealed_for
from svcctl.site import Site
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.book.open import Book

PERIOD = Param(
    "period", ("PERIOD",), Text("期间：2026-11-20、2026-W47、2026-11、起..止、last、this、上周、本月……", "2026-11-20, 2026-W47, 2026-11, FROM..TO, last, this, yesterday …"),
    metavar="PERIOD",
)  # fmt: skip


def calendar(site: Site) -> Calendar:
    """How a site counts days, weeks and months."""
    return Calendar(site.zone, site.week_start, site.month_start_day, site.day_cutoff)


def chosen(
    session: Session, given: dict[str, Any], default: Kind, expect: Kind | None = None, book: Book | None = None
) -> tuple[Book, Window]:
    """The records and the window that the options mean, in the session's ledger or, by its name, in ``book``. Raises Usage, Refused.

    A period that ends in a sealed month is seen, unless a cut is asked for, as it was when that month was sealed:
    with the entries that were there, under the settings of then.
    """
    several, book = book is not None, book or session.book
    as_of, known_at = moment_of(book, given["as_of"], "--as-of"), known(book, given["known_at"])

    def period(site: Site) -> Period:
        return calendar(site).parse(given["period"], book.now.astimezone(site.zone), default, expect)

    found = period(book.site)
    if as_of is None and known_at is None:
        closed = _closed(book, found, period)
        if closed is not None:
            seal = closed.seal
            _say(session, book, closed, f"{book.site.name}: " if several else "")
            book.as_of_seal(seal)
            return book, window(book.site, period(book.site), seal.recorded.astimezone(book.site.zone))._replace(sealed=seal)
    if known_at is None:
        _not_as_sealed(session, book, found, f"{book.site.name}: " if several else "")
    book.known_at = known_at
    return book, window(book.site, found, book.now, as_of, known_at)


def _not_as_sealed(session: Session, book: Book, found: Period, site: str) -> None:
    """Say that a sealed month, looked at as of a moment, is not as it was sealed."""
    month = f"{found.last_second.astimezone(book.site.zone):%Y-%m}"
    if book.sealed(month):
        session.note(Text(
            f"{site}{month} 已结账；有 --as-of 就按今天所知，不是结账时的内容",
            f"{site}{month} is sealed; with --as-of it is shown with what is known today, not as it was sealed",
        ))  # fmt: skip


def _closed(book: Book, found: Period, period: Callable[[Site], Period]) -> Closed | None:
    """The closed month in which a period ends, as days, weeks and months were counted when it was sealed."""
    if not book.sealed(f"{found.last_second.astimezone(book.site.zone):%Y-%m}"):
        return None
    closed = sealed_for(book.seals, found.last_second, book.site.zone)
    for _ in range(3):
        if closed is None:
            return None
        if not book.seals.whole(closed.seal):
            raise _incomplete(closed.seal)
        before, site = closed, book.site_of(closed.seal)
        closed = sealed_for(book.seals, period(site).last_second, site.zone)
        if closed is before:
            return closed
    return None


def _incomplete(seal: Seal) -> Refused:
    return Refused(
        Text(f"{seal.month} 的结账记录不完整，不知道当时有哪些条目", f"the seal of {seal.month} is incomplete: what was known then cannot be told"),
        where=str(seal.place),
        todo=Text("svcctl check 说明缺什么；按今天所知：--known-at 现在", "svcctl check says what is missing; with what is known today: --known-at now"),
    )  # fmt: skip


def _say(session: Session, book: Book, closed: Closed, site: str) -> None:
    seal = closed.seal
    when = f"{seal.recorded.astimezone(book.site.zone):%Y-%m-%d %H:%M}"
    session.note(Text(
        f"{site}{seal.month} 已由{seal.by}于 {when} 结账（{seal.id}）：这里是当时的记录和设置；按今天所知：--known-at 现在",
        f"{site}{seal.month} was sealed by {seal.by} on {when} ({seal.id}): these are the entries and settings of then; "
        "with what is known today: --known-at now",
    ))  # fmt: skip
    for other in closed.others:
        when = f"{other.recorded.astimezone(book.site.zone):%Y-%m-%d %H:%M}"
        session.say(Text(
            f"{site}{seal.month} 另有{other.by}于 {when} 的结账（{other.id}）；以 {seal.id} 为准",
            f"{site}{other.by} sealed {seal.month} too, on {when} ({other.id}); {seal.id} is the one that counts",
        ))  # fmt: skip
    if seal.version != __version__:
        session.note(Text(
            f"结账时的 svcctl 是 {seal.version}，现在是 {__version__}，版面可能不同",
            f"it was sealed by svcctl {seal.version}, and this is {__version__}: the layout may differ",
        ))  # fmt: skip
