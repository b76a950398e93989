"""``erase``: take the personal data out of an entry, or out of all entries of a record, for good."""

from __future__ import annotations

from typing import Any

from svcctl.cli.params import COMMON, ID, JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command
from svcctl.errors import Usage
from svcctl.texts import Text


def run(session: Session, given: dict[str, Any]) -> None:
    """Erase a record's personal data, or those of one of its entries."""
    from svcctl.cli import erasing
    from svcctl.cli.write import found

    if not given["id"]:
        raise Usage(Text("缺少编号", "an id is missing"))
    hit = found(session, given["id"], None, record=False)

    def choose() -> erasing.Chosen:
        docs = [stored.doc for stored in session.book.reader.entries(hit.record)]
        if hit.entry != hit.record:  # a follow-up goes with its corrections
            docs = [doc for doc in docs if hit.entry in (doc.get("id"), doc.get("of"))]
        files = [(str(name), str(doc["id"])) for doc in docs for name in doc.get("files", ())]
        return erasing.Chosen([str(doc["id"]) for doc in docs], files)

    done = erasing.erase(session, choose, dry=bool(given["dry_"]))
    erasing.tell(session, done, as_json=bool(given["json_"]), dry=bool(given["dry_"]))


COMMAND = Command(
    "erase", Text("永久删去一条记录（或一条跟进）的个人信息；校验和与结账都不变。",
                  "Erase the personal data of a record or of one follow-up for good; sums and seals stay true."),
    (Text("svcctl erase cp-7k3fq2m8xd", "svcctl erase cp-7k3fq2m8xd"), Text("svcctl erase 7k3f -n", "svcctl erase 7k3f -n")),
    (ID, next(p for p in COMMON if p.name == "dry_"), JSON), run,
)  # fmt: skip
