"""Options that several commands have, each declared once."""

from __future__ import annotations

from svcctl.cli.shape import Param
from svcctl.texts import Text

JSON = Param("json_", ("--json",), Text("输出 JSON", "Print JSON"), kind="flag")
ID = Param("id", ("ID",), Text("编号、编号前几位、key:键、@行号或铺位", "id, its beginning, key:TEXT, @ROW or a unit"), metavar="ID", required=True)
LATE = Param("late_", ("--late",), Text("补录已结账月份的原因", "Why it comes after its month was sealed"), metavar="REASON")
COMMON = (
    Param("at_", ("--at",), Text("发生时间，默认现在（如 昨天 14:05）", "When it happened; default now"), metavar="TIME"),
    Param("by_", ("--by",), Text("录入人；也可以先 svcctl duty 姓名", "Who records it; or say svcctl duty NAME once"), metavar="NAME"),
    Param("note_", ("--note",), Text("备注", "Note")),
    Param("attach_", ("--attach",), Text("附件文件，可多次", "A file to attach; may be repeated"), kind="many", metavar="FILE"),
    Param("key_", ("--key",), Text("唯一键；同一键重复录入不会多记", "A unique key: repeating it records nothing twice")),
    LATE,
    Param("dry_", ("-n", "--dry-run"), Text("只看会写什么，不写", "Show what would be written, write nothing"), kind="flag"),
    JSON,
)  # fmt: skip
REVEAL = Param("reveal", ("--reveal",), Text("显示个人信息", "Show personal data"), kind="flag")
SET = Param("set_", ("--set",), Text("字段=新值，可多次；留空值即清空", "field=value; may be repeated; an empty value empties it"),
            kind="many", metavar="FIELD=VALUE", required=True)  # fmt: skip
REASON = Param("reason", ("--reason",), Text("原因", "Reason"), required=True)
APPROVED = Param("approved_by", ("--approved-by",), Text("批准人", "Who approved it"), metavar="NAME", required=True)
CUTS = (
    Param("as_of", ("--as-of",), Text("截至时间", "As of this moment"), metavar="TIME"),
    Param("known_at", ("--known-at",), Text("按当时已录入的内容", "As far as was recorded by then"), metavar="TIME"),
)
