"""Records of an account in the index: they live as long as what they bear on, whatever order the entries come in."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_kit import START, add, doc, home, indexed, ref, scanned

from svcctl.store.codec import Doc
from svcctl.store.files import Root
from svcctl.store.reader import Reader

DAY = timedelta(days=1)
TENANTS = ("T-1", "T-2")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with Root(str(tmp_path)) as opened:
        yield opened


def charge(number: int, day: int = 0, amount: str = "100.00", tenant: str = "T-1") -> Doc:
    at = START + day * DAY
    return doc("fee", number, "charge", at, tenant=tenant, item="property", amount=amount, due=f"{at:%Y-%m-%d}", month=f"{at:%Y-%m}")


def pay(number: int, day: int, tenant: str = "T-1", **shares: str) -> Doc:
    to = {f"fe-{int(name[1:]):0>10}": amount for name, amount in shares.items()}
    total = f"{sum(float(a) for a in shares.values()):.2f}"
    return doc("fee", number, "pay", START + day * DAY, tenant=tenant, amount=total, method="bank", **{"for": to} if to else {})


def reached(reader: Reader, day: int) -> list[str]:
    """The records, by the last digits of their ids, that can matter on a day or later."""
    when = START + day * DAY
    return [r[-2:].lstrip("0") for r in reader.touching("fee", when, when + 400 * DAY)]


def test_a_charge_is_open_until_it_is_paid_for_and_again_when_that_is_reversed(root: Root) -> None:
    one, two = charge(1), charge(2, 1)
    add(root, one, two)
    with indexed(root) as reader:
        assert reader.open_records("fee") == [ref(one), ref(two)]
        assert reader.account("fee", "T-1") == [ref(one), ref(two)]
        assert reader.accounts([ref(one), "fe-none"]) == {("fee", "T-1")}
    paid = pay(3, 5, c1="100.00", c2="40.00")
    add(root, paid)
    with indexed(root) as reader:
        assert reader.open_records("fee") == [ref(two)]
        assert set(reached(reader, 90)) == {"1", "2", "3"}, "what the open one was paid with is needed, and what else that paid"
    rest = pay(4, 9, c2="60.00")
    add(root, rest)
    with indexed(root) as reader:
        assert reader.open_records("fee") == []
        assert reached(reader, 90) == []
        assert set(reached(reader, 8)) == {"1", "2", "3", "4"}
    add(root, doc("fee", 5, "reverse", START + 20 * DAY, ref(rest), reason="bounced", approved_by="陈"))
    with indexed(root) as reader:
        assert reader.open_records("fee") == [ref(two)]
        assert set(reached(reader, 90)) == {"1", "2", "3", "4"}


def test_a_file_that_goes_takes_its_payments_along(root: Root) -> None:
    one, paid = charge(1), pay(2, 40, c1="100.00")
    add(root, one, paid)
    with indexed(root) as reader:
        assert reader.open_records("fee") == []
    os.remove(os.path.join(root.path, home(paid)))
    with indexed(root) as reader:
        assert reader.open_records("fee") == [ref(one)]
        assert reader.account("fee", "T-1", START + 300 * DAY) == [ref(one)]


@st.composite
def ledgers(draw: st.DrawFn) -> list[Doc]:
    """Charges and payments of two tenants in any order of recording; some name what is not there, or too much of it."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    docs: list[Doc] = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        tenant, day = rng.choice(TENANTS), rng.randrange(120)
        if rng.random() < 0.45 or number == 1:
            docs.append(charge(number, day, rng.choice(["10.00", "25.00", "100.00"]), tenant))
        else:
            shares = {f"c{rng.randrange(1, number + 1)}": rng.choice(["5.00", "10.00", "25.00"]) for _ in range(rng.randrange(1, 3))}
            docs.append(pay(number, day, tenant, **shares))
            if rng.random() < 0.2:
                docs.append(doc("fee", number + 50, "reverse", START + (day + 3) * DAY, ref(docs[-1]), reason="bounced", approved_by="陈"))
        if rng.random() < 0.1:
            docs.append(doc("fee", number + 80, "void", START + 130 * DAY, ref(rng.choice(docs)), reason="x", approved_by="陈"))
    rng.shuffle(docs)
    return docs


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers(), st.integers(1, 5), st.booleans())
def test_the_index_knows_at_least_what_a_scan_knows(
    tmp_path_factory: pytest.TempPathFactory, docs: list[Doc], portions: int, remove: bool
) -> None:
    with Root(str(tmp_path_factory.mktemp("accounts"))) as root:
        for start in range(portions):
            add(root, *docs[start::portions], desk=("", "night")[start % 2])
            if remove and start == portions - 1:
                os.remove(os.path.join(root.path, root.month_files()[0]))
            with indexed(root) as by_index:
                by_scan = scanned(root)
                assert by_index.open_records("fee") == by_scan.open_records("fee")
                assert by_index.all_records("fee") == by_scan.all_records("fee")
                for tenant in TENANTS:
                    assert by_index.account("fee", tenant) == by_scan.account("fee", tenant)
                for day in range(-1, 140, 7):
                    when: datetime = START + day * DAY
                    assert set(by_scan.touching("fee", when, when + DAY)) <= set(by_index.touching("fee", when, when + DAY))
