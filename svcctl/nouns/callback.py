"""The call back to a customer once a matter is done: what complaints and repairs have in common of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from svcctl.entry import Entry, Verb, verb
from svcctl.fields import FieldType, PersonType, TimeType, choice, text, whole
from svcctl.texts import Text

RESULTS = (
    ("reached", "接通", "Reached"),
    ("no_answer", "未接通", "No answer"),
    ("refused", "拒访", "Refused"),
)
SOLVED = (("yes", "已解决", "Solved"), ("partly", "部分解决", "Partly solved"), ("no", "未解决", "Not solved"))
LAST_CALL: dict[str, tuple[FieldType, Text]] = {
    "called_at": (TimeType(), Text("回访时间", "Called back at")), "called_by": (PersonType(), Text("回访人", "Called back by")),
    "unhappy_with": (FieldType(), Text("不满意原因", "Not satisfied with")),
}  # fmt: skip
CONTENT = 3  # the lowest score with which a matter is closed


class Call(NamedTuple):
    """One call back that was made."""

    at: datetime
    by: str
    result: str
    score: int | None
    solved: str | None
    reason: str | None = None  # why the customer is not satisfied


def last_call(calls: tuple[Call, ...]) -> dict[str, Any]:
    """What the rows of a noun say of the last call back."""
    return {"called_at": calls[-1].at, "called_by": calls[-1].by, "unhappy_with": calls[-1].reason} if calls else {}


@verb
class CallbackVerb(Verb):
    """登记一次回访。接通时填满意度和是否解决；不满意（1、2 分）或未解决会自动重开。

    Record a call back. When the customer was reached, score and solved are needed; 1, 2 or `no` reopens the matter.
    """

    event = "callback"
    label = Text("回访", "Call back")

    result: str = choice("结果", "Result", RESULTS, required=True)
    score: int | None = whole("满意度（1–5）", "Satisfaction, 1 to 5", low=1, high=5)
    solved: str | None = choice("是否解决", "Solved", SOLVED)
    reason: str | None = text("不满意原因", "Why not satisfied")

    def needs(self) -> Iterator[str]:
        if self.result == "reached":
            yield from ("score", "solved")
        if self.reopens:
            yield "reason"

    def faults(self) -> Iterator[tuple[str, Text]]:
        for name, value in (("score", self.score), ("solved", self.solved)):
            if self.result != "reached" and value is not None:
                yield name, Text("只有接通时才填", "is accepted only when the customer was reached")

    @property
    def reopens(self) -> bool:
        """Whether the customer is so unhappy that the matter is open again (CMP-R07)."""
        return self.result == "reached" and ((self.score is not None and self.score < CONTENT) or self.solved == "no")

    def lands(self, state: Any) -> str:
        if self.result == "no_answer":
            return str(state.state)
        return "reopened" if self.reopens else "closed"

    def apply(self, state: Any, entry: Entry) -> Any:
        call = Call(entry.at, entry.by, self.result, self.score, self.solved, self.reason)
        return state._replace(callbacks=(*state.callbacks, call))
