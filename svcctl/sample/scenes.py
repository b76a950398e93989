"""Matters of the sample that are told line by line: two long ones over the end of a month, and what is open at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from svcctl.sample.chance import Chance
from svcctl.sample.people import EARLY, HEAD, LATE, MANAGER, OWNERS, SPARE
from svcctl.sample.repair_stories import DEVELOPER, OUTSIDE, OWN, TENANTS_OWN, WARRANTY
from svcctl.sample.thread import Step, caller, phone

Line = tuple[str, str, str, dict[str, str]]  # event, ``MM-DD HH:MM`` of 2026, by, values


def _promise(when: str) -> str:
    return f"2026-{when.replace(' ', 'T')}:00+08:00"


COMPLAINTS: tuple[tuple[Line, ...], ...] = (
    (
        ("add", "09-24 10:12", SPARE, {"content": "B-105 上月电费多了六成，抄表照片看不清，要求重新核对", "unit": "B-105", "channel": "visit",
                                       "category": "fee", "severity": "general", "demand": "重新抄表并退差额"}),
        ("assign", "09-24 10:20", SPARE, {"owner": OWNERS["fee"]}),
        ("reply", "09-24 16:40", OWNERS["fee"], {"text": "已约工程周五一起现场核表"}),
        ("reply", "09-30 11:05", OWNERS["fee"], {"text": "互感器送检，结果节后出来"}),
        ("escalate", "09-30 11:20", EARLY, {"to": HEAD}),
        ("resolve", "10-09 15:30", OWNERS["fee"], {"cause": "互感器倍率录错", "action": "按正确倍率重算，多收部分在10月账单冲减", "how": "refund"}),
        ("callback", "10-10 10:15", EARLY, {"result": "reached", "score": "4", "solved": "yes"}),
    ),
    (
        ("add", "10-24 19:05", LATE, {"content": "楼上装修漏水，半亩茶室包间墙纸起泡、地板翘起", "unit": "A-202", "channel": "phone",
                                      "category": "fitout", "severity": "serious", "demand": "修复并赔偿停业损失"}),
        ("escalate", "10-24 19:12", LATE, {"to": HEAD}),
        ("reply", "10-24 20:30", HEAD, {"text": "已关阀停工，明早三方到场勘查"}),
        ("assign", "10-25 09:10", EARLY, {"owner": OWNERS["fitout"]}),
        ("reply", "10-29 17:20", OWNERS["fitout"], {"text": "保险公司已查勘，赔付方案下周给出"}),
        ("resolve", "11-05 14:10", OWNERS["fitout"], {"cause": "施工碰断支管", "action": "施工方修复墙地面，保险赔付停业三天损失",
                                                      "how": "compensate"}),
        ("callback", "11-06 10:40", EARLY, {"result": "reached", "score": "3", "solved": "partly"}),
    ),
    (
        ("add", "11-17 14:20", EARLY, {"content": "九里火锅排风口滴油到楼下橱窗，擦了又有", "unit": "A-201", "channel": "wechat",
                                       "category": "noise", "severity": "general", "demand": "彻底清洗排风口"}),
        ("assign", "11-17 14:31", EARLY, {"owner": OWNERS["noise"]}),
        ("reply", "11-17 17:15", LATE, {"text": "已要求商家今晚清洗，明早复查"}),
        ("resolve", "11-19 16:00", OWNERS["noise"], {"cause": "集油盒满溢", "action": "清洗排风口并更换集油盒", "how": "fix"}),
        ("callback", "11-21 11:20", EARLY, {"result": "reached", "score": "2", "solved": "no", "reason": "今早又滴油，橱窗没人擦"}),
        ("assign", "11-21 11:40", EARLY, {"owner": HEAD}),
    ),
    (
        ("add", "11-19 10:25", EARLY, {"content": "物业费通知单面积写成102.4，合同是96.0，请更正", "unit": "B-204", "channel": "visit",
                                       "category": "fee", "severity": "general", "demand": "更正账单"}),
        ("assign", "11-19 10:32", EARLY, {"owner": OWNERS["fee"]}),
        ("reply", "11-19 15:40", OWNERS["fee"], {"text": "正在调合同原件核对"}),
    ),
    (
        ("add", "11-21 20:05", LATE, {"content": "和田健身晚上放杠铃，楼下米线店天花板跟着震", "unit": "B-202", "channel": "phone",
                                      "category": "noise", "severity": "general", "demand": "晚九点后不要放重物"}),
        ("reply", "11-21 20:40", LATE, {"text": "已到现场录像，明天约店长", "interim": "true"}),
        ("repromise", "11-22 16:30", LATE, {"promised": _promise("11-24 10:00"), "reason": "健身房店长周二上午才到店"}),
    ),
    (
        ("add", "11-22 14:10", EARLY, {"content": "P2月租车位连续三天被占，保安说管不了", "channel": "hotline",
                                       "category": "parking", "severity": "general", "demand": "装地锁"}),
        ("assign", "11-22 14:18", EARLY, {"owner": OWNERS["parking"]}),
    ),
    (
        ("add", "11-22 19:42", LATE, {"content": "中庭圣诞树搭建电锯声太大，语林英语没法上课", "unit": "B-203", "channel": "wechat",
                                      "category": "noise", "severity": "general", "promised": _promise("11-23 18:00")}),
        ("reply", "11-22 20:10", LATE, {"text": "已请搭建方暂停切割，明天给出施工时段", "interim": "true"}),
        ("assign", "11-23 08:50", SPARE, {"owner": OWNERS["fitout"]}),
    ),
    (
        ("add", "11-23 11:34", SPARE, {"content": "A区二楼卫生间洗手液三天没补，台面全是水", "channel": "survey",
                                       "category": "hygiene", "severity": "general"}),
        ("assign", "11-23 11:40", SPARE, {"owner": OWNERS["hygiene"]}),
    ),
    (
        ("add", "11-23 16:58", LATE, {"content": "大风把北门临时展架吹倒，砸到一位阿姨的脚，已送医", "channel": "phone",
                                      "category": "safety", "severity": "major", "demand": "陪同就医，负责费用"}),
        ("escalate", "11-23 17:03", LATE, {"to": MANAGER}),
        ("assign", "11-23 17:06", LATE, {"owner": OWNERS["safety"]}),
        ("reply", "11-23 17:15", LATE, {"text": "保安队长已陪同到医院，片子出来马上联系您", "interim": "true"}),
    ),
)  # fmt: skip

REPAIRS: tuple[tuple[Line, ...], ...] = (
    (
        ("add", "11-18 09:05", EARLY, {"unit": "C-101", "fault": "吊顶变形缝漏水，大厅两桌不能坐人", "trade": "roof", "channel": "phone",
                                       "urgency": "normal"}),
        ("triage", "11-18 09:40", EARLY, {"party": "developer", "basis": WARRANTY}),
        ("dispatch", "11-18 09:55", EARLY, {"to": DEVELOPER}),
        ("follow", "11-19 10:30", EARLY, {"text": "对方称防水班组在外地，周五到场"}),
        ("follow", "11-21 16:10", LATE, {"text": "仍未到场，已发第二封函并抄送开发商客服"}),
    ),
    (
        ("add", "11-22 10:50", EARLY, {"unit": "A-108", "fault": "门头灯箱整块不亮", "trade": "signage", "channel": "patrol",
                                       "urgency": "normal"}),
        ("triage", "11-22 11:05", EARLY, {"party": "tenant_self", "basis": "商家二次装修，装修协议第8条自保"}),
        ("dispatch", "11-22 11:10", EARLY, {"to": TENANTS_OWN}),
    ),
    (
        ("add", "11-22 15:20", LATE, {"place": "A区新风机房", "fault": "新风机停机报警，复位后又停", "trade": "hvac", "channel": "system",
                                      "urgency": "normal"}),
        ("triage", "11-22 15:30", LATE, {"party": "equipment", "basis": "空调维保合同附件二"}),
        ("dispatch", "11-22 15:42", LATE, {"to": OUTSIDE["hvac"]}),
        ("arrive", "11-23 10:20", SPARE, {}),
    ),
    (
        ("add", "11-22 20:48", LATE, {"place": "B区管井", "fault": "供水立管接头喷水，已关支阀", "trade": "plumbing", "channel": "patrol",
                                      "urgency": "emergency"}),
        ("dispatch", "11-22 20:52", LATE, {"to": "吴志强"}),
        ("arrive", "11-22 21:06", "吴志强", {}),
        ("triage", "11-22 21:30", LATE, {"party": "property", "basis": OWN, "reason": "应急先派，现场界定"}),
        ("follow", "11-23 09:15", "吴志强", {"text": "已抱箍临时止水，换接头需停水，定在今晚闭店后"}),
    ),
    (
        ("add", "11-23 09:48", SPARE, {"unit": "B-107", "fault": "冷库旁墙面渗水，不知是楼上还是自家管道", "trade": "plumbing",
                                       "channel": "wechat", "urgency": "normal"}),
    ),
    (
        ("add", "11-23 10:22", SPARE, {"place": "A区北门", "fault": "风帘机异响，热风时有时无", "trade": "hvac", "channel": "patrol",
                                       "urgency": "normal", "party": "property"}),
        ("dispatch", "11-23 10:35", SPARE, {"to": "吴志强"}),
        ("arrive", "11-23 13:10", "吴志强", {}),
    ),
    (
        ("add", "11-23 13:18", SPARE, {"place": "A区1号客梯", "fault": "客梯平层不准，开门差一级台阶，已停用", "trade": "lift",
                                       "channel": "phone", "urgency": "emergency"}),
        ("dispatch", "11-23 13:21", SPARE, {"to": OUTSIDE["lift"]}),
        ("arrive", "11-23 14:02", SPARE, {}),
        ("triage", "11-23 14:10", SPARE, {"party": "equipment", "basis": "电梯维保合同第3条", "reason": "应急先派，现场界定"}),
        ("pause", "11-23 15:05", LATE, {"reason": "parts", "until": _promise("11-24 10:00")}),
    ),
    (
        ("add", "11-23 16:20", LATE, {"unit": "C-102", "fault": "后厨地漏返水，晚市前要用", "trade": "plumbing", "channel": "phone",
                                      "urgency": "normal", "party": "property"}),
        ("dispatch", "11-23 16:28", LATE, {"to": "吴志强"}),
    ),
)  # fmt: skip

LOST: tuple[tuple[Line, ...], ...] = (
    (
        ("add", "08-20 16:40", LATE, {"item": "折叠婴儿车，灰色", "place": "南门广场", "found_by": "保安小方", "storage": "失物柜旁",
                                      "category": "other", "value": "ordinary"}),
        ("contact", "08-21 10:05", EARLY, {"via": "广播", "result": "广播三天，没有人来"}),
    ),
    (
        ("add", "11-17 11:20", EARLY, {"item": "居民身份证一张", "place": "B区客梯口", "found_by": "保洁张姐", "storage": "保险柜",
                                       "category": "id_doc", "value": "document"}),
        ("contact", "11-18 10:30", EARLY, {"via": "店铺", "result": "问过B区各店，没有人认得"}),
    ),
    (
        ("report", "11-22 17:30", LATE, {"what": "电脑包，里面有一台旧电脑", "where": "A-106"}),
        ("add", "11-22 18:10", LATE, {"item": "黑色电脑包，内有笔记本电脑一台", "place": "A-106", "found_by": "店员", "storage": "保险柜",
                                      "category": "electronics", "value": "valuable", "second": SPARE}),
        ("match", "11-22 18:25", LATE, {"item": "@lost scene 3"}),
        ("claim", "11-23 16:30", LATE, {"claimant": "吕先生", "described": "电脑盖上贴着公司标签，包里有一支银色鼠标", "verified_by": LATE,
                                        "id_type": "身份证", "id_last4": "0471"}),
    ),
    (
        ("report", "11-23 15:10", LATE, {"what": "金色素圈戒指，内圈刻着两个字母", "where": "A区2楼公共卫生间"}),
    ),
)  # fmt: skip
OPENINGS = ("add", "report")

# A night of September that was written on paper, and found when September had been sealed.
FOUND_ON = "10-12 09:20"
FOUND_WHY = "夜班纸质登记本漏录，交接时查出"
FOUND: tuple[Line, ...] = (
    ("add", "09-28 21:52", LATE, {"place": "B区2楼走廊", "fault": "应急照明灯频闪，有两盏不亮", "trade": "power", "channel": "patrol",
                                  "urgency": "normal", "party": "property"}),
    ("dispatch", "09-28 21:58", LATE, {"to": "吴志强"}),
    ("finish", "09-28 23:10", "吴志强", {"result": "replaced"}),
)  # fmt: skip


def steps(seed: str) -> Iterator[Step]:
    """The entries of these matters."""
    chance = Chance(f"{seed} scenes")
    for noun, matters in (("complaint", COMPLAINTS), ("repair", REPAIRS), ("lost", LOST)):
        for number, lines in enumerate(matters, 1):
            for event, when, by, values in lines:
                at = datetime.fromisoformat(_promise(when))
                recorded = at + timedelta(seconds=chance.between(40, 210), microseconds=chance.between(0, 999_999))
                matter = f"{noun} scene {number}" + (" report" if event in ("report", "match") else "")
                given = {**values, **_whose(noun, event, chance)}
                yield Step(noun, event, matter, event in OPENINGS, at, recorded, by, given)
    yield from _found(Chance(f"{seed} found"))


def _found(chance: Chance) -> Iterator[Step]:
    """The matter of a sealed month that came to light afterwards."""
    recorded = datetime.fromisoformat(_promise(FOUND_ON))
    for event, when, by, values in FOUND:
        recorded += timedelta(seconds=chance.between(30, 70), microseconds=chance.between(0, 999_999))
        at = datetime.fromisoformat(_promise(when))
        yield Step("repair", event, "repair found", event in OPENINGS, at, recorded, by, {**values, **_whose("repair", event, chance)}, late=FOUND_WHY)


def _whose(noun: str, event: str, chance: Chance) -> dict[str, str]:
    name = {("complaint", "add"): "name", ("repair", "add"): "reporter", ("lost", "report"): "name"}.get((noun, event))
    return {name: caller(chance), "contact": phone(chance)} if name else {}
