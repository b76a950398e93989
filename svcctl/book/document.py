"""From a typed entry to the document that is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svcctl.entry import Amend, Entry, Noun, Verb
from svcctl.fields import Value
from svcctl.store import codec


def document(noun: Noun[Any], entry: Entry, random: Callable[[int], bytes]) -> dict[str, Value]:
    """The text of an entry, in the order of its keys, with its salt and sums."""
    doc: dict[str, Value] = {
        "id": entry.id, "kind": entry.kind, "event": entry.event, "of": entry.of,
        "at": entry.at.isoformat(timespec="seconds"), "recorded": entry.recorded.isoformat(timespec="microseconds"),
        "by": entry.by,
    }  # fmt: skip
    doc.update(_fields(entry.data))
    doc.update({"note": entry.note, "files": list(entry.files), "key": entry.key, "late": entry.late})
    doc = {k: v for k, v in doc.items() if v}
    personal = noun.personal()
    if any(name in doc for name in personal):
        doc["salt"] = random(16).hex()
    doc["sum"] = codec.sums(doc, personal)[0]
    return doc


def _fields(data: Any) -> dict[str, Value]:
    if isinstance(data, Verb):
        return {s.name: s.type.dump(v) for s in data.specs if (v := getattr(data, s.name)) is not None}
    if isinstance(data, Amend):
        return {**data.changes, "clear": list(data.clear), "reason": data.reason}
    return {"reason": data.reason, "approved_by": data.approved_by}
