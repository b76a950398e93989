"""Every call that the store makes to the kernel fails, one after the other, in every way: is what is said then true?

A full disk, a dying one, a quota, a read-only remount, too many handles, interrupted calls, short writes, a ``close`` or
an ``fsync`` that fails after it has done its work, a file that may only grow, a kernel that says yes and does nothing:
"nothing was recorded" only if every month file is byte for byte as it was; else the outcome is unknown and the ids are
named; older bytes never change; readers see the old or the new and never a part; the next writer goes on.
"""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
from faulty import ERRORS, Dead, Fails, FailsAfter, Fault, Full, InTurn, Pretends, Short, Stuck, every, in_memory
from store_kit import MONTH, Told, data, entry, ids, killed_at, ledger, put, stored, sums_ok, write

from svcctl.errors import OutcomeUnknown, Refused, StorageFault, SvcError
from svcctl.store import attach, codec, create, desk, groups, opening
from svcctl.store.files import Root
from svcctl.store.reader import Scan
from svcctl.store.writer import Writer
from svcctl.xlsx.save import save

CASH, FEES = "cash/2026-11.yaml", "fees/2026-10.yaml"
GROUP = [(MONTH, 10), (CASH, 11), (MONTH, 12), (FEES, 13)]
ALL = bool(os.environ.get("SVCCTL_FAULTS"))  # every error at every call, not a few of them: 5 minutes
FAULTS: list[Fault] = [
    *(map(Fails, ERRORS) if ALL else (Fails(errno.EIO), InTurn(0))), FailsAfter(errno.EIO), Pretends(), Short(1), Short(7), Short(100), Short(1, errno.ENOSPC),
    Short(100, errno.EDQUOT), Stuck(7), Full(errno.ENOSPC), Dead(errno.EIO),
]  # fmt: skip
ZONE = ZoneInfo("Asia/Shanghai")
tried: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _count() -> Iterator[None]:
    yield
    print(f"\nfaults of the kernel met by the store: {sum(tried.values())} ({dict(sorted(tried.items()))})")


@pytest.fixture
def fresh_place(tmp_path) -> Iterator[str]:
    """A folder in memory, where there is one: what is failing here is not the disk."""
    with in_memory(tmp_path) as folder:
        yield folder


def month_bytes(root: Root) -> dict[str, bytes]:
    return {rel: raw for rel in root.month_files() if (raw := data(root, rel))}  # an empty file is none


def complete(raw: bytes) -> bytes:
    return raw[: codec.torn_tail(raw)]


# -- writing -----------------------------------------------------------------------------------------------------------


def nothing(root: Root) -> None:
    pass


def one_before(root: Root) -> None:
    write(root, MONTH, entry(1))


def unmarked(root: Root) -> None:
    put(root, MONTH, codec.dump(entry(1)) + codec.dump(entry(2)))


def torn(root: Root) -> None:
    put(root, MONTH, codec.dump(entry(1)) + codec.dump(entry(2))[:70])


def pending(root: Root) -> None:
    write(root, MONTH, entry(1))
    files = {rel: b"".join(codec.dump(entry(n)) for r, n in GROUP if r == rel) for rel, _ in GROUP}
    groups.commit(root, list(files.items()), [])
    with open(os.path.join(root.path, MONTH), "ab") as file:
        file.write(files[MONTH][:-30])


def append(root: Root) -> None:
    write(root, MONTH, entry(5))


def append_many(root: Root) -> None:
    write(root, MONTH, entry(5), entry(6), entry(7, "长" * 300))


def append_group(root: Root) -> None:
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        writer.append_group((rel, entry(number)) for rel, number in GROUP)


def append_elsewhere(root: Root) -> None:
    write(root, CASH, entry(5))


WRITING: dict[str, tuple[Callable[[Root], None], Callable[[Root], None], list[str]]] = {
    "the first entry of a month": (nothing, append, ids(5)),
    "a later entry": (one_before, append, ids(5)),
    "several, into a file that somebody else wrote": (unmarked, append_many, ids(5, 6, 7)),
    "a group over three files": (one_before, append_group, ids(10, 11, 12, 13)),
    "the first entries of all, as a group": (nothing, append_group, ids(10, 11, 12, 13)),
    "what a crash left of a group is completed": (pending, append_elsewhere, ids(5)),
    "a torn tail is healed": (torn, append, ids(5)),
}


@pytest.mark.parametrize("case", WRITING)
def test_what_is_said_of_a_write_is_true(fresh_place, case):
    prepare, act, new = WRITING[case]
    seen: Counter[str] = Counter()
    for number, fault in enumerate(FAULTS):
        places = (ledger(f"{fresh_place}/{number}-{k}") for k in range(10**6))
        before: dict[Root, tuple[dict[str, bytes], list[str]]] = {}

        def fresh(places=places, before=before) -> str:
            root = next(places)
            prepare(root)
            before[root.path] = (month_bytes(root), stored(root))
            root.close()
            return root.path

        step = 1 if ALL or act in (append, append_many) or repr(fault) == "Fails(EIO)" else 7
        for path, how, struck in every(fresh, fault, lambda path: ended(path, act), step=step):
            seen[how.split()[0]] += 1
            with Root(path) as root:
                judged(root, *before.pop(path), how, new, f"{case}: {struck}: {how}", lying=isinstance(fault, Pretends))
    tried[case] += sum(seen.values())
    assert {"stored", "nothing", "unknown"} <= set(seen), seen


def ended(path: str, act: Callable[[Root], None]) -> str:
    """What became of it, as its caller was told."""
    try:
        act(Root(path))
    except OutcomeUnknown as error:
        assert error.exit_code == 6
        for lang in ("zh", "en"):
            assert "--key" in error.say(lang)
        return "unknown " + " ".join(re.findall(r"rp-\d{10}", error.say("zh")))
    except StorageFault as error:
        assert error.exit_code == 5
        return f"nothing {error.say('en')}"
    except Refused as error:
        return f"nothing {error.say('en')}"
    return "stored"


def judged(root: Root, files: dict[str, bytes], seen: list[str], how: str, new: list[str], case: str, *, lying: bool) -> None:
    after, found = month_bytes(root), stored(root)
    added = [name for name in found if name not in seen]
    assert [name for name in found if name in seen] == seen, case
    for rel, raw in files.items():
        assert after.get(rel, b"").startswith(complete(raw)), case
        assert lying or after[rel].startswith(raw) or raw[len(complete(raw)) :] in kept(root, rel), case
    if how.startswith("nothing"):
        assert not added, case
        if not groups.pending(root) and all(raw == complete(raw) for raw in files.values()):
            assert all(after[rel] == files.get(rel) or set(named(after[rel])) <= set(seen) for rel in after), case
    elif how == "stored":
        assert added == [name for name in found if name in new] and set(added) == set(new), case
    else:
        assert sorted(added) in ([], sorted(new)) or lying, case
        assert set(added) <= set(how.split()[1:]) and how.split()[1:], case
    write(root, "repairs/2026-12.yaml", entry(98))
    write(root, MONTH, entry(99))
    assert sorted(stored(root)) == sorted([*found, *ids(98, 99)]), case
    assert root.listdir(".svcctl/pending") == [] or lying, case
    pieces = [p for raw in month_bytes(root).values() for p in codec.pieces(raw)]
    # What could not even be taken back stands as a torn tail, until somebody writes to that file.
    assert all(p.problem is None or (p.problem.code == "torn" and how.startswith("unknown")) for p in pieces), case
    assert sorted(str(p.doc["id"]) for p in pieces if p.doc) == sorted([*found, *ids(98, 99)]), case


def named(raw: bytes) -> list[str]:
    return [str(p.doc["id"]) for p in codec.pieces(raw) if p.doc]


def kept(root: Root, rel: str) -> list[bytes]:
    folder, _, name = rel.partition("/")
    return [data(root, f"{folder}/{other}") for other in root.listdir(folder) if other.startswith(f"{name}.torn-")]


# -- whole files ---------------------------------------------------------------------------------------------------------

# Of a kernel that lies only an append is safe, which is read back.
SETTINGS = [*map(Fails, ERRORS), *(fault for fault in FAULTS if not isinstance(fault, Pretends))]


def replaced(path: str) -> None:
    with Root(path) as root:
        root.replace("ledger.yaml", b"svcctl: 1\nsite: new\n" * 9)


def bound(path: str) -> None:
    with Root(path) as root:
        desk.bind_desk(root, "night")


def reported(path: str) -> None:
    save(b"new" * 99, os.path.join(path, "report.xlsx"))


WHOLE: dict[str, tuple[Callable[[str], None], str, bytes]] = {
    "the settings": (replaced, "ledger.yaml", b"svcctl: 1\nsite: old\n"),
    "a new file": (replaced, "ledger.yaml", b""),
    "the desk's name": (bound, ".svcctl/desk", b'{"name": "day", "host": "x", "path": "/"}\n'),
    "a report": (reported, "report.xlsx", b"old"),
    "a new report": (reported, "report.xlsx", b""),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_is_replaced_is_the_old_or_the_new_and_what_is_said_is_true(fresh_place, case):
    act, rel, old = WHOLE[case]
    number = 0

    def fresh() -> str:
        nonlocal number
        number += 1
        with ledger(f"{fresh_place}/{number}") as root:
            if old:
                put(root, rel, old)
        return f"{fresh_place}/{number}"

    model = fresh()
    act(model)
    with Root(model) as root:
        new = data(root, rel)
    seen = set()
    for fault in SETTINGS:
        for path, how, struck in every(fresh, fault, lambda path: told(lambda: act(path))):
            tried[case] += 1
            seen.add(how)
            with Root(path) as root:
                there = data(root, rel) if os.path.exists(os.path.join(path, rel)) else b""
                named = new.replace(model.encode(), path.encode())
                assert there in (old, named), struck
                if how == "nothing" and not (case.endswith("report") and isinstance(fault, FailsAfter)):
                    assert there == old, struck
                if how == "done":
                    assert there == named, struck
            act(path)
            with open(os.path.join(path, rel), "rb") as file:
                assert file.read() == named, struck
    assert {"nothing", "done"} <= seen


@pytest.mark.parametrize("case", WHOLE)
def test_death_at_any_call_of_a_replacement_leaves_the_old_or_the_new(fresh_place, case):
    act, rel, old = WHOLE[case]
    seen = set()
    for k in range(1, 99):
        path = f"{fresh_place}/{k}"
        with ledger(path) as root:
            if old:
                os.chmod(put(root, rel, old), 0o600)
        killed = killed_at(k, lambda path=path: act(path))
        there = b""
        if os.path.exists(os.path.join(path, rel)):
            with open(os.path.join(path, rel), "rb") as file:
                there = file.read()
        seen.add(there == old)
        for folder, _, names in os.walk(path):
            assert all(os.stat(os.path.join(folder, name)).st_mode & 0o77 == 0 for name in names if name.endswith(".tmp"))
        act(path)
        with open(os.path.join(path, rel), "rb") as file:
            assert there in (old, file.read()), k
        if not killed:
            break
    assert seen == {True, False}


def told(work: Callable[[], object]) -> str:
    try:
        work()
    except (OutcomeUnknown, StorageFault) as error:
        assert error.say("zh") != error.say("en")
        return "unknown" if isinstance(error, OutcomeUnknown) else "nothing"
    return "done"


def test_a_ledger_that_could_not_be_made_can_be_made_after_all(fresh_place):
    number = 0

    def fresh() -> str:
        nonlocal number
        number += 1
        return f"{fresh_place}/{number}"

    for fault in SETTINGS:
        for path, how, struck in every(fresh, fault, lambda path: told(lambda: create.create(path, "svcctl: 1\nsite: x\n"))):
            tried["a new ledger"] += 1
            made = os.path.exists(os.path.join(path, create.FILE))
            if isinstance(fault, FailsAfter | Dead):  # what cannot be taken away again is for a person to remove
                if how != "done" and made:
                    os.unlink(os.path.join(path, create.FILE))
            else:
                assert made == (how == "done"), struck
            if how != "done":
                create.create(path, "svcctl: 1\nsite: x\n")
            for name, text in ((create.FILE, "svcctl: 1\nsite: x\n"), (".gitattributes", create.ATTRIBUTES), (".gitignore", create.IGNORE)):
                with open(os.path.join(path, name), encoding="utf-8") as file:
                    assert file.read() == text or isinstance(fault, FailsAfter | Dead), struck


def test_an_attachment_is_there_if_its_entry_is(fresh_place):
    """And is not left behind by an entry that is certainly not."""
    number, photo = 0, b"photo" * 500
    rel, _ = placed(fresh_place, photo)

    def fresh() -> str:
        nonlocal number
        number += 1
        ledger(f"{fresh_place}/{number}").close()
        return f"{fresh_place}/{number}"

    def act(path: str) -> None:
        with Root(path) as root, Writer(root, "", Told(), sums_ok=sums_ok) as writer, attach.kept(root, {rel: photo}):
            writer.append(MONTH, entry(5))

    for fault in FAULTS:
        for path, how, struck in every(fresh, fault, lambda path: told(lambda: act(path))):
            tried["an entry with an attachment"] += 1
            with Root(path) as root:
                there = os.path.join(path, rel)
                if stored(root) == ids(5) and not isinstance(fault, Pretends):
                    with open(there, "rb") as file:
                        assert file.read() == photo, struck
                elif how == "nothing" and not isinstance(fault, Dead | Pretends):
                    assert not os.path.exists(there), struck
                if how != "unknown":
                    assert stored(root) == (ids(5) if how == "done" else []), struck


def placed(folder: str, content: bytes) -> tuple[str, bytes]:
    path = os.path.join(folder, "photo.jpg")
    with open(path, "wb") as file:
        file.write(content)
    return attach.look(path)


# -- reading -----------------------------------------------------------------------------------------------------------


def books(place: str) -> str:
    with ledger(place) as root:
        for number, (rel, desk_name) in enumerate(((MONTH, ""), ("repairs/2026-10.yaml", ""), ("repairs/2026-11.night.yaml", "night"))):
            write(root, rel, at_month(number, rel), desk=desk_name)
        pending = at_month(7, "repairs/2026-09.yaml")
        groups.commit(root, [("repairs/2026-09.yaml", codec.dump(pending))], [])
        for rel in (groups.PENDING, *root.month_files()):
            os.utime(os.path.join(place, rel), (1.7e9, 1.7e9))  # as if long ago, so that no reader waits for it to settle
    return place


def at_month(number: int, rel: str) -> codec.Doc:
    doc = {**entry(number), "at": f"{rel[8:15]}-20T08:31:00+08:00", "place": "大堂"}
    total, pii = codec.sums(doc, ("reporter",))
    return {**doc, "pii": pii, "sum": total}


def answers(one: Scan) -> list[object]:
    with one:
        records = one.all_records("repair")
        return [records, list(one.load(records)), one.recent(9), one.findings()]


@pytest.mark.parametrize("way", ["scan", "index"])
def test_a_reader_says_all_or_that_something_could_not_be_read(fresh_place, way):
    number = 0

    def fresh() -> str:
        nonlocal number
        number += 1
        return books(f"{fresh_place}/{number}")

    def read(path: str) -> object:
        try:
            with Root(path) as root:
                return answers(Scan(root, ZONE) if way == "scan" else opening.open_reader(root, ZONE))
        except SvcError as error:
            return error

    before, opening.SMALL = opening.SMALL, 0
    try:
        with Root(fresh()) as root:
            whole = answers(Scan(root, ZONE))
        assert whole[0] == ids(7, 1, 0, 2) or len(whole[0]) == 4
        failed = 0
        for fault in (*(map(Fails, ERRORS) if ALL else [Fails(errno.EIO), InTurn(3)]), Dead(errno.EIO), Full(errno.ENOSPC), Short(9, errno.ENOSPC), Pretends()):
            step = 1 if ALL or (repr(fault) == "Fails(EIO)" and way == "scan") else 3 if repr(fault) == "Fails(EIO)" else 9
            for path, found, struck in every(fresh, fault, read, step=step):
                tried[f"reading by {way}"] += 1
                if isinstance(found, SvcError):
                    failed += 1
                    assert isinstance(found, StorageFault), struck
                elif found[-1]:
                    failed += 1
                    assert any(finding.damage for finding in found[-1]), struck
                    assert set(found[0]) < set(whole[0]) or found[:-1] == whole[:-1], struck
                else:
                    assert found == whole, struck
                assert read(path) == whole, struck  # and what is left behind misleads nobody
        assert failed > 10
    finally:
        opening.SMALL = before
