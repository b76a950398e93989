"""What the commands about figures share: the period, the cuts, and the window they make."""

from __future__ import annotations

from typing import Any

from svcctl.cli.listing import moment
from svcctl.cli.session import Session
from svcctl.cli.shape import Param
from svcctl.ledger import Window, window
from svcctl.period import Calendar, Kind
from svcctl.texts import Text

PERIOD = Param(
    "period", ("PERIOD",), Text("期间：2026-11-20、2026-W47、2026-11、起..止、last、this、上周、本月……", "2026-11-20, 2026-W47, 2026-11, FROM..TO, last, this, yesterday …"),
    metavar="PERIOD",
)  # fmt: skip


def calendar(session: Session) -> Calendar:
    """How the site counts days, weeks and months."""
    site = session.book.site
    return Calendar(site.zone, site.week_start, site.month_start_day, site.day_cutoff)


def chosen(session: Session, given: dict[str, Any], default: Kind, expect: Kind | None = None) -> Window:
    """The window that the options mean. Raises Usage."""
    book = session.book
    period = calendar(session).parse(given["period"], book.now, default, expect)
    as_of, known_at = moment(session, given["as_of"], "--as-of"), moment(session, given["known_at"], "--known-at")
    book.known_at = known_at
    return window(book.site, period, book.now, as_of, known_at)
