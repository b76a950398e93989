"""How a record is named: id, key:, @N, unit, the beginning of an id; and what happens when more than one fits."""

from __future__ import annotations

from typing import Any

import pytest

ADD = 'repair add --place 大堂 --fault "灯不亮"'


def repair(svc: Any, one: str, **more: str) -> None:
    svc.plant("repairs/2026-11.yaml", **{
        "id": one, "kind": "repair", "event": "add", "at": "2026-11-20T08:00:00+08:00", "place": "大堂", "fault": "灯不亮", **more,
    })  # fmt: skip


def shown(svc: Any, text: str) -> str:
    return str(svc(["repair", "show", text, "--json"]).json["id"])


def test_a_full_id_needs_no_echo(svc: Any) -> None:
    one = svc(ADD).id

    said = svc(["show", one])

    assert said.err == ""
    assert said.out.startswith(one)
    assert shown(svc, one.upper()) == one


def test_four_characters_after_the_dash_are_enough_with_or_without_the_prefix(svc: Any) -> None:
    repair(svc, "rp-7k3fq2m8xd")

    for text in ("7k3f", "rp-7k3f", "7K3F", "7k3fq2m8xd", "rp-7k3fq2m"):
        said = svc(["repair", "show", text, "--json"])
        assert said.json["id"] == "rp-7k3fq2m8xd"
        assert said.err == f"→ rp-7k3fq2m8xd 灯不亮（以 {text.lower().removeprefix('rp-')} 开头）\n"


@pytest.mark.parametrize("text", ["7k3", "rp-7k3", "7k3u", "rp-7k3fq2m8xx", "xx-7k3f", "", "-", "rp-", "../repairs", "7k3f\x00"])
def test_what_is_no_id_is_not_found(svc: Any, text: str) -> None:
    repair(svc, "rp-7k3fq2m8xd")

    svc(["repair", "show", text], code=2 if not text else 4)


def test_a_beginning_that_fits_two_records_is_ambiguous(svc: Any) -> None:
    repair(svc, "rp-7k3fq2m8xd")
    repair(svc, "rp-7k3fzzzzzz")

    said = svc.refused("repair finish 7k3f --result fixed", code=4)

    assert said.err == "svcctl: “7k3f”不止一个：rp-7k3fq2m8xd, rp-7k3fzzzzzz。请多写几位，或写完整的编号\n"
    assert shown(svc, "7k3fq") == "rp-7k3fq2m8xd"


def test_a_beginning_that_fits_a_record_and_another_ones_follow_up_is_ambiguous(svc: Any) -> None:
    repair(svc, "rp-7k3fq2m8xd")
    repair(svc, "rp-aaaaaaaaaa")
    svc.plant("repairs/2026-11.yaml", id="rp-7k3fzzzzzz", kind="repair", event="follow", of="rp-aaaaaaaaaa", at="2026-11-20T09:00:00+08:00", text="催")

    svc("repair show 7k3f", code=4)


def test_a_beginning_that_fits_a_record_and_its_own_follow_up_is_that_record_but_names_no_entry_to_void(svc: Any) -> None:
    repair(svc, "rp-7k3fq2m8xd")
    svc.plant("repairs/2026-11.yaml", id="rp-7k3fzzzzzz", kind="repair", event="follow", of="rp-7k3fq2m8xd", at="2026-11-20T09:00:00+08:00", text="催")

    assert shown(svc, "7k3f") == "rp-7k3fq2m8xd"
    svc.refused("repair void 7k3f --reason 错 --approved-by 陈", code=4)
    svc("repair void 7k3fz --reason 错 --approved-by 陈")


def test_the_id_of_a_follow_up_names_its_record(svc: Any) -> None:
    one = svc(ADD + " --party property").id
    follow = svc(["repair", "follow", one, "--text", "催"]).id

    said = svc(["repair", "dispatch", follow, "--to", "周师傅"])

    assert said.err == f"→ {one} 灯不亮（所属的记录）\n"
    assert shown(svc, follow) == one


def test_an_id_of_another_noun_is_refused_with_both_nouns(svc: Any) -> None:
    one = svc(ADD).id

    said = svc.refused(["complaint", "reply", one, "--text", "好"], code=4)

    assert said.err == f"svcctl: {one}: 这是 repair，不是 complaint\n"
    assert svc(["show", one]).out.startswith(one)


def test_a_key_names_its_entry(svc: Any) -> None:
    one = svc(ADD + " --key 微信:88 --party property").id

    said = svc("repair dispatch key:微信:88 --to 周师傅")

    assert said.err == f"→ {one} 灯不亮（键 微信:88）\n"
    svc.refused("repair dispatch key:微信:8 --to 周师傅", code=4)


def test_a_key_that_two_desks_used_is_ambiguous(svc: Any) -> None:
    repair(svc, "rp-aaaaaaaaaa", key="k")
    repair(svc, "rp-bbbbbbbbbb", key="k")

    svc("repair show key:k", code=4)


def test_a_row_of_the_last_list(svc: Any) -> None:
    first = svc(ADD + " --at 08:01").id
    second = svc(ADD + " --at 08:02").id
    svc("repair list --sort -at")

    assert shown(svc, "@1") == second
    assert shown(svc, "@2") == first
    assert svc("repair show @3", code=4).err == "svcctl: @3: 上一个列表没有第 3 行（共 2 行）。先列出：svcctl today 或 svcctl 名词 list\n"
    for odd in ("@0", "@-1", "@x", "@", "@９"):
        svc(["repair", "show", odd], code=4)


def test_rows_can_be_referred_to_and_are_kept_apart_from_what_find_shows(svc: Any) -> None:
    for n in (1, 2):
        svc(f'complaint add --content "噪音 {n}" --anonymous --at 08:0{n}')
    svc("complaint list")
    svc("find 噪音 2")

    svc("complaint merge @2 --into @1")

    assert [c["state"] for c in svc("complaint list --json").json] == ["new", "merged"]


def test_a_unit_with_one_open_record(svc: Any) -> None:
    one = svc("repair add --unit A-101 --fault 灯不亮 --party property").id
    svc("repair add --unit A-102 --fault 漏水 --party property")

    said = svc("repair finish A-101 --result fixed")

    assert said.err == f"→ {one} 灯不亮（A-101 唯一未结的一条）\n"
    svc.refused("repair finish A-101 --result fixed", code=4)
    svc("repair add --unit A-102 --fault 又漏水")
    assert "不止一个" in svc.refused("repair finish A-102 --result fixed", code=4).err


def test_a_recorded_unit_is_found_by_id_number_in_any_case_and_full_width(svc: Any) -> None:
    unit = svc("unit add --no A-101").id
    one = svc("repair add --unit a-101 --fault 灯不亮").id

    assert svc(["show", one, "--json"]).json["unit"] == "A-101"
    for name in ("A-101", "a-101", "Ａ-101", unit):
        assert shown(svc, name) == one


def test_a_unit_that_looks_like_the_beginning_of_an_id_is_ambiguous_with_it(svc: Any) -> None:
    repair(svc, "rp-7k3fq2m8xd")
    repair(svc, "rp-bbbbbbbbbb", unit="7k3f")

    svc("repair show 7k3f", code=4)
    assert shown(svc, "bbbb") == "rp-bbbbbbbbbb"


def test_an_unknown_unit_is_refused_once_units_are_recorded_with_what_is_near(svc: Any) -> None:
    svc("repair add --unit 随便写 --fault 灯不亮")
    svc("unit add --no A-101")

    said = svc.refused("repair add --unit A-110 --fault 灯不亮")

    assert said.err == "svcctl: --unit: 没有登记过的铺位“A-110”。是不是 A-101？\n"


def test_a_tenant_is_no_unit_and_two_of_one_name_need_the_number(svc: Any) -> None:
    svc("unit add --no A-101")
    svc("unit add --no A-101")

    assert "有 2 个铺位叫“A-101”" in svc.refused("repair add --unit A-101 --fault 灯").err


def test_ids_are_ten_characters_of_crockford_base32(svc: Any) -> None:
    import re

    for one in (svc(ADD).id, svc("complaint add --content 吵 --anonymous").id, svc("unit add --no A-1").id):
        assert re.fullmatch(r"(rp|cp|un)-[0-9a-hjkmnp-tv-z]{10}", one)
