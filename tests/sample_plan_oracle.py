"""The figures of the sample's plans calculated a second time, from the files, without svcctl's code (domain 8.19)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sample_oracle import Period, documents, when


def evening(day: str) -> datetime:
    """The last second of a day in the street."""
    return when(f"{day}T23:59:59+08:00")


def figures(folder: Path, p: Period, running: str) -> dict[str, Any]:
    """Every figure of a period by its id; ``running``: the real end of a period that still runs."""
    found: dict[str, Any] = {}
    end = when(running) if running else p.end
    for docs in documents(folder, "plans").values():
        task = docs[0]
        if when(task["at"]) <= p.as_of:
            for name, part in parts(task, [d for d in docs if when(d["at"]) <= p.as_of], p, end):
                for identity in (f"plan.{name}", *(f"plan.{name}{{{by}={task[by]}}}" for by in ("type", "owner"))):
                    before = found.get(identity, (0, 0) if isinstance(part, tuple) else 0)
                    found[identity] = (before[0] + part[0], before[1] + part[1]) if isinstance(part, tuple) else before + part
    return found


def parts(task: dict[str, Any], docs: list[dict[str, Any]], p: Period, end: datetime) -> list[tuple[str, Any]]:
    """What a task is to each measure."""
    days = [d["due"] for d in docs if "due" in d]
    at = {d["event"]: when(d["at"]) for d in docs}
    due, weight = evening(days[0]), int(task.get("weight", "1"))
    dropped = "cancel" in at and at["cancel"] <= due
    in_time = "done" in at and at["done"] <= due
    found: list[tuple[str, Any]] = []
    if p.start <= due < end and not dropped:
        found.append(("due", 1))
    if p.has(due) and not dropped:
        found += [("completion_rate", (int(in_time), 1)), ("weighted_rate", (weight * in_time, weight))]
    if p.has(at.get("done")):
        found.append(("done", 1))
    moves = sum(d["event"] == "move" and p.has(when(d["at"])) for d in docs)
    if moves:
        found.append(("moved", moves))
    if not {"done", "cancel"} & set(at) and evening(days[-1]) <= p.as_of:
        found.append(("overdue", 1))
    return found
