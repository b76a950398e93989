# ruff: noqa: DTZ001 - a workbook's times have no zone
"""``form``: what stands in the workbook, and what comes back through ``import``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from form_kit import Filled, blank

from svcctl import nouns
from svcctl.forms.model import mark_in

NOISE = {"at": "2026-11-20 10:00", "content": "夜里施工", "contact": "13800001234", "category": "噪音油烟扰民"}
STAFF = "[{name: 李敏, role: cashier}, {name: 王芳, role: cashier}]"


def rules(sheet: Any) -> dict[str, Any]:
    """The rules of a sheet's columns by field key."""
    keys = {cell.column_letter: cell.value for cell in sheet[1]}
    return {keys[str(rule.sqref).split(":")[0].rstrip("0123456789")]: rule for rule in sheet.data_validations.dataValidation}


def bring(desk: Any, path: str, *more: str, **options: Any) -> Any:
    return desk(["import", path, *more], **options)


def lines(said: Any) -> list[str]:
    return [line.partition(".xlsx: ")[2] for line in said.err.splitlines() if " → " in line]


# what stands in it


def test_a_form_says_what_its_columns_are_and_lets_only_these_be_filled_in(svc: Any) -> None:
    svc.site("staff", STAFF)
    svc("unit add --no A-101")
    book = openpyxl.load_workbook(blank(svc, "complaint"))

    assert book.sheetnames == ["填写说明", "投诉", "_lists"]
    assert book["_lists"].sheet_state == "hidden"
    sheet = book["投诉"]
    mark = mark_in(sheet["A1"].value)
    assert mark is not None and (mark.noun, mark.event) == ("complaint", "add")
    assert sheet.row_dimensions[1].hidden and sheet.freeze_panes == "B3"
    verb = nouns.noun("complaint").verb("add")
    assert verb is not None
    keys = [cell.value for cell in sheet[1]][1:]
    assert keys == ["at", *(s.name for s in verb.specs), "by", "note"]
    heads = dict(zip(keys, [cell.value for cell in sheet[2]][1:], strict=True))
    assert (heads["content"], heads["contact"], heads["unit"]) == ("投诉内容 *", "联系方式 △", "铺位/房号")
    assert sheet["A3"].value == "例" and sheet.cell(3, 3).value == "夜间装修噪音，影响休息"
    assert sheet.protection.sheet and not sheet.protection.password
    assert sheet["B4"].protection.locked is False and sheet["B203"].protection.locked is False
    assert sheet["A4"].protection.locked and sheet["B2"].protection.locked and sheet["B3"].protection.locked
    column = {key: sheet.cell(4, n) for n, key in enumerate(keys, 2)}
    assert (column["contact"].number_format, column["unit"].number_format) == ("@", "@")
    assert column["promised"].number_format == "yyyy-mm-dd hh:mm"


def test_lists_hints_and_texts_of_errors(svc: Any) -> None:
    svc.site("staff", STAFF)
    svc("unit add --no A-101")
    book = openpyxl.load_workbook(blank(svc, "complaint"))
    found = rules(book["投诉"])

    lists = book["_lists"]
    for key, wanted, style in (("category", ["服务态度", "安全秩序"], "stop"), ("owner", ["李敏", "王芳"], "stop"), ("unit", ["A-101"], "warning")):
        rule = found[key]
        first, last = (part.replace("$", "") for part in rule.formula1.removeprefix("_lists!").split(":"))
        assert [row[0].value for row in lists[f"{first}:{last}"]][:2] == wanted
        assert (rule.type, rule.errorStyle, rule.showErrorMessage, bool(rule.error)) == ("list", style, True, True)
    assert all(rule.showInputMessage and rule.prompt and rule.promptTitle for rule in found.values())
    assert "13800001234" in found["contact"].prompt
    assert all(len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32 for rule in found.values())


def test_a_form_in_english_and_choices_by_their_labels(svc: Any) -> None:
    path = blank(svc, "repair", more=["--lang", "en"])
    filled = Filled(path)

    assert filled.book.sheetnames == ["How to fill in", "Repair", "_lists"]
    filled.write("Repair", 4, place="Atrium", fault="dark", urgency="Emergency", trade="强电", party="property")
    bring(svc, filled.save(path))

    row = svc("repair list --json").json[0]
    assert (row["urgency"], row["trade"], row["party"]) == ("emergency", "power", "property")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_noun_has_a_form_and_its_example_is_not_recorded(svc: Any, lang: str) -> None:
    svc.site("points", '{front: {float: "1000.00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}')
    path = blank(svc, *nouns.CATALOGUE, more=["--lang", lang])
    typed = sum(v.typed and v.opens for n in nouns.CATALOGUE for v in nouns.noun(n).verbs)

    assert len(openpyxl.load_workbook(path, read_only=True).sheetnames) == typed + 2
    assert "0 行：新写 0 条" in bring(svc, str(path)).err


def test_the_same_form_has_the_same_bytes(svc: Any) -> None:
    one, two = blank(svc, "repair", "lost"), blank(svc, "repair", "lost", name="again.xlsx")

    assert one.read_bytes() == two.read_bytes()
    assert "没有变化" in svc(["form", "repair", "lost", "-o", str(one)]).err
    assert blank(svc, "repair", name="other.xlsx").read_bytes() != one.read_bytes()


def test_what_cannot_be_made(svc: Any) -> None:
    for line in ("form", "form repairs", "form repair --event charge", "form repair --lang fr", "form repair -o x.csv"):
        svc(line, code=2)
    assert "是不是 repair" in svc("form repairs", code=2).err


def test_a_cell_that_begins_like_a_formula_stays_text(svc: Any) -> None:
    svc.site("staff", '[{name: "=1+1", role: cashier}]')
    book = openpyxl.load_workbook(blank(svc, "complaint"))

    assert "=1+1" in [c.value for row in book["_lists"] for c in row if c.data_type == "s"]
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]


# what comes back


def test_rows_become_entries_and_a_second_time_only_what_is_new(svc: Any) -> None:
    path = blank(svc, "complaint", "repair")
    filled = Filled(path).write("投诉", 4, **NOISE).write("投诉", 6, content="积水", anonymous="是", severity="严重", at="2026/11/3")
    filled.write("报修", 4, unit="0301", fault="=灯不亮", at=datetime(2026, 11, 21, 8, 30), urgency="emergency")
    said = bring(svc, filled.save(path))

    assert "3 行：新写 3 条，已有 0 条" in said.err
    rows = svc("complaint list --json --reveal").json
    assert [(r["at"], r["content"], r["severity"]) for r in rows] == [
        ("2026-11-03T23:59:59+08:00", "积水", "serious"), ("2026-11-20T10:00:00+08:00", "夜里施工", "general"),
    ]  # fmt: skip
    repair = svc("repair list --json").json[0]
    assert (repair["unit"], repair["fault"], repair["at"], repair["urgency"]) == ("0301", "=灯不亮", "2026-11-21T08:30:00+08:00", "emergency")
    before = svc.files()
    assert "新写 0 条，已有 3 条" in bring(svc, str(path), at="2026-11-25T09:00:00+08:00").err
    assert svc.files() == before
    filled.write("投诉", 7, content="停车", contact="13911112222")
    assert "新写 1 条，已有 3 条" in bring(svc, filled.save(path)).err
    assert svc("check").out == ""


def test_a_row_that_was_changed_is_refused_and_says_how_to_correct_it(svc: Any) -> None:
    path = blank(svc, "complaint")
    filled = Filled(path).write("投诉", 4, **NOISE)
    bring(svc, filled.save(path))
    one = svc("complaint list --json").json[0]["id"]

    filled.write("投诉", 4, content="夜里施工，周末也是")
    said = svc.refused(["import", filled.save(path)])

    assert f"投诉!4: 已录入为 {one}，不同的是：投诉内容 → 要更正请用 svcctl complaint amend {one}" in said.err
    assert "夜里" not in said.err


def test_copies_of_one_blank_do_not_collide(svc: Any) -> None:
    path = blank(svc, "complaint")
    mine = Filled(path).write("投诉", 4, **NOISE).save(svc.folder / "mine.xlsx")
    other = Filled(path).write("投诉", 4, at="2026-11-20 11:00", content="停车难", contact="13911112222", category="停车")
    theirs = other.save(svc.folder / "theirs.xlsx")

    for path_ in (mine, theirs):
        assert "新写 1 条" in bring(svc, path_).err
    for path_ in (mine, theirs):
        assert "新写 0 条，已有 1 条" in bring(svc, path_).err
    svc.refused(["import", other.write("投诉", 4, name="赵六").save(svc.folder / "theirs.xlsx")])


def test_who_filled_it_in_and_when_tells_copies_apart_for_certain(svc: Any) -> None:
    path = blank(svc, "complaint")
    mine = Filled(path).signed("王芳", "2026-11-21").write("投诉", 4, **NOISE).save(svc.folder / "mine.xlsx")
    theirs = Filled(path).signed("赵强", "2026-11-21").write("投诉", 4, **{**NOISE, "content": "夜里还在施工"}).save(svc.folder / "theirs.xlsx")

    assert "只能逐行比较" not in bring(svc, mine).err
    assert "新写 1 条" in bring(svc, theirs).err
    assert [r["by"] for r in svc("complaint list --json").json] == ["王芳", "赵强"]
    changed = Filled(Path(mine)).write("投诉", 4, at="2026-11-19 10:00", content="别的", contact="13900000000", category="收费").save(svc.folder / "mine.xlsx")
    assert "不同的是：投诉内容、联系方式、类别、时间" in svc.refused(["import", changed]).err


def test_a_copy_that_is_signed_later_is_still_known(svc: Any) -> None:
    path = blank(svc, "complaint")
    filled = Filled(path).write("投诉", 4, **NOISE)
    bring(svc, filled.save(path))

    assert "新写 0 条，已有 1 条" in bring(svc, filled.signed("王芳", "2026-11-21").save(path)).err


def test_every_problem_is_told_at_its_cell_and_nothing_is_written(svc: Any) -> None:
    path = blank(svc, "complaint", "repair", "unit")
    filled = Filled(path).write("投诉", 4, at="昨天", contact=13800001234, category="吵", name="王小明")
    filled.write("投诉", 5, content="x", contact="510104199003071237")
    filled.write("报修", 4, unit=301, fault="=1+1", at="2027-01-01").write("报修", 9, place="大厅", fault="好的")
    filled.write("铺位", 4, unit_no="A-1", area="abc")
    filled.cell("报修", 4, "fault").data_type = "f"
    said = svc.refused(["import", filled.save(path)])

    assert lines(said) == [
        "投诉!C4: （空） → 必填 → 填上投诉内容",
        "投诉!B4: “昨天” → 不是时间 → 应为日期或时间，如 2026-11-24 09:00",
        "投诉!D4: “138****1234” → 数字会丢掉前面的 0 和后面的位数 → 把单元格格式设为“文本”，重新输入",
        lines(said)[3],
        "投诉!D5: “510***************” → 含有完整的身份证号 → 只写证件种类和后四位",
        "报修!E4: “=…” → 公式没有保存的值 → 在表格软件中打开并保存，或直接写上结果",
        "铺位!D4: “abc” → “面积（㎡）”不能这样写 → 应为数字，如 86.5",
    ]
    assert lines(said)[3].startswith("投诉!I4: “吵” → “类别”不能这样写 → 应为service（服务态度）")
    assert "王小明" not in said.err and "4 行不能接受，什么都没有写" in said.err
    english = svc.refused(["import", str(path)], lang="en").err
    assert '投诉!C4: (empty) → required → Fill in What is complained about' in english
    assert "什么" not in english


def test_one_sheet_may_name_what_another_records(svc: Any) -> None:
    svc("unit add --no A-100")
    path = blank(svc, "lease", "unit", "tenant")
    filled = Filled(path).write("租约", 4, tenant="悦茶", unit="0302", from_="2026.8.1", area="1,086.5").write("铺位", 4, unit_no="0302")
    bring(svc, filled.write("商户", 4, name="悦茶").save(path))

    row = svc("lease list --json").json[0]
    assert (row["tenant"], row["unit"], row["from"], row["area"]) == ("悦茶", "0302", "2026-08-01", "1086.5")
    svc.refused(["import", filled.write("租约", 5, tenant="没有的", unit="0302", from_="2026-08-01").save(path)])


def test_follow_ups_name_their_records(svc: Any) -> None:
    one = svc("repair add --unit A-101 --fault x --party property --at 2026-11-20").id
    path = blank(svc, "repair", more=["--event", "finish", "--event", "verify"])
    filled = Filled(path).write("报修·完工", 4, of=one, result="修复", at="2026-11-21 10:00", cost="￥12元").write("报修·验收", 4, of=one, at="2026-11-22 10:00", by="王芳")
    bring(svc, filled.save(path))

    assert svc(["show", one, "--json"]).json["state"] == "verified"
    assert svc(["show", one, "--json"]).json["cost"] == "12.00"
    told = svc.refused(["import", filled.write("报修·完工", 5, of="zzzz", result="修复").write("报修·完工", 6, result="修复").save(path)])
    assert "报修·完工!B6: （空） → 必填 → 填上所属记录" in told.err and "报修·完工!5: 找不到 repair“zzzz”" in told.err


def test_a_record_and_its_follow_up_in_one_form(svc: Any) -> None:
    path = blank(svc, "repair", more=["--event", "add", "--event", "finish"])
    filled = Filled(path).write("报修·报修", 4, place="大厅", fault="x", party="property", key="W-1", at="2026-11-20 08:00")
    bring(svc, filled.write("报修·完工", 4, of="key:W-1", result="修复", at="2026-11-20 18:00").save(path))

    assert [r["state"] for r in svc("repair list --json").json] == ["finished"]
    assert "新写 0 条，已有 2 条" in bring(svc, str(path)).err


def test_days_and_amounts_as_people_write_them(svc: Any) -> None:
    path = blank(svc, "fee")
    filled = Filled(path)
    for line, (due, amount, at) in enumerate(
        [("2025/12/3", "1,234.50", "10月5日"), ("2025.12.4", "￥12元", "１１月５日 下午2点"), (date(2026, 12, 5), 7, date(2026, 11, 20)), ("2026年1月2日", "１２．５", "2026-11-24")], 4
    ):
        filled.write("收费·应收", line, tenant="悦茶", item="水费", due=due, amount=amount, at=at)
    said = bring(svc, filled.save(path))

    assert said.err.count("按") == 0
    rows = sorted(svc("fee list --json").json, key=lambda r: r["due"])
    assert [(r["due"], r["amount"], r["at"][:19]) for r in rows] == [
        ("2025-12-03", "1234.50", "2026-10-05T23:59:59"), ("2025-12-04", "12.00", "2026-11-05T14:00:00"),
        ("2026-01-02", "12.50", "2026-11-24T09:00:00"), ("2026-12-05", "7.00", "2026-11-20T23:59:59"),
    ]  # fmt: skip
    assert "新写 0 条，已有 4 条" in bring(svc, str(path), at="2026-11-26T09:00:00+08:00").err


def test_numbers_that_were_days_are_read_and_told(svc: Any) -> None:
    path = blank(svc, "repair")
    filled = Filled(path).write("报修", 4, place="大厅", fault="x", at=46346.375)
    filled.cell("报修", 4, "at").number_format = "General"
    said = bring(svc, filled.save(path))

    assert "报修!B4: 数字 46346.375 按 2026-11-20 09:00 读入" in said.err
    assert svc("repair list --json").json[0]["at"] == "2026-11-20T09:00:00+08:00"


def test_hidden_rows_and_other_sheets_are_told(svc: Any) -> None:
    path = blank(svc, "repair")
    filled = Filled(path).write("报修", 4, place="大厅", fault="x").write("报修", 5, place="大厅", fault="y")
    filled.sheet("报修").row_dimensions[5].hidden = True
    filled.sheet("报修").row_dimensions[9].hidden = True
    filled.book.create_sheet("草稿").append(["随手记"])
    said = bring(svc, filled.save(path))

    assert "“报修”：读入了 1 个隐藏或被筛选掉的行" in said.err and "没有读：草稿" in said.err and "新写 2 条" in said.err


def test_labels_may_change_columns_move_but_not_double(svc: Any) -> None:
    path = blank(svc, "repair")
    filled = Filled(path).write("报修", 4, place="大厅", fault="x")
    sheet = filled.sheet("报修")
    sheet.cell(2, filled.columns("报修")["fault"]).value = "哪里坏了"
    sheet.move_range("C1:C10", cols=30)
    bring(svc, filled.save(path))
    assert svc("repair list --json").json[0]["fault"] == "x"

    sheet.cell(4, 40).value = "多写的"
    assert "报修!AN4: 这一列不是表单的" in svc.refused(["import", filled.save(path)]).err
    sheet.cell(1, 40).value = "fualt"
    assert "没有字段 fualt → 是不是 fault？" in svc.refused(["import", filled.save(path)]).err
    sheet.cell(1, 40).value = "fault"
    assert "两列是同一个字段" in svc.refused(["import", filled.save(path)]).err


def test_an_example_that_was_written_over_is_not_lost(svc: Any) -> None:
    path = blank(svc, "repair")
    filled = Filled(path).write("报修", 3, fault="我家的灯")

    assert "报修!3: 例子那一行被改写了" in svc.refused(["import", filled.save(path)]).err


@pytest.mark.parametrize(("version", "said"), [(2, "请升级 svcctl"), (0, "重新做一份表单")])
def test_a_form_of_another_version(svc: Any, version: int, said: str) -> None:
    path = blank(svc, "repair")
    filled = Filled(path)
    filled.sheet("报修")["A1"].value = filled.sheet("报修")["A1"].value.replace("svcctl-form 1", f"svcctl-form {version}")

    assert said in svc.refused(["import", filled.save(path)]).err


def test_who_records(svc: Any) -> None:
    path = blank(svc, "repair")
    filled = Filled(path).write("报修", 4, place="大厅", fault="x")
    nobody = {"SVCCTL_BY": ""}

    assert "填表人" in svc(["import", filled.save(path)], code=2, env=nobody).err
    bring(svc, filled.write("报修", 4, by="王芳").save(path), env=nobody)
    assert svc("repair list --json").json[0]["by"] == "王芳"


def test_what_does_not_go_with_a_form(svc: Any) -> None:
    path = str(blank(svc, "repair"))

    assert "不能跳过" in svc(["import", path, "--skip-invalid"], code=2).err
    assert "另一个名词" in svc.refused(["import", path, "--noun", "fee"]).err
    svc(["import", path, "--noun", "repair"])
    svc(["import", path, "--noun", "repair", "--map", "x.yaml"], code=2)
