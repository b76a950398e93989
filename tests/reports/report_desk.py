"""A ledger in memory for the tests of reports: entries by hand, or a made-up commercial street over many months."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from svcctl import account, nouns, site
from svcctl.entry import Place, Rules, typed
from svcctl.fold import fold
from svcctl.ledger import window
from svcctl.period import Calendar
from svcctl.seal import Seals
from svcctl.store import codec, templates
from svcctl.store.templates import load

ZONE = ZoneInfo("Asia/Shanghai")
LATER = datetime(2030, 1, 1, tzinfo=UTC)
PREFIX = {"complaint": "cp", "repair": "rp", "lost": "lf", "fee": "fe", "cash": "ca", "plan": "pl"}
POINTS = {"front": {"float": "1000.00", "remit_by": "1d 10:00", "shifts": [
    {"code": "D", "from": "08:00", "to": "20:00"}, {"code": "N", "from": "20:00", "to": "08:00"},
]}}  # fmt: skip
TARGETS = {
    "complaint.promise_kept_rate": {"min": "0.95"}, "complaint.on_time_rate": {"min": "0.90"},
    "complaint.satisfaction_rate": {"min": "0.85"}, "repair.on_time_rate": {"min": "0.90"},
    "repair.rework_rate": {"max": "0.05"},
}  # fmt: skip


def moment(text):
    """``"03-10 08:30"`` or ``"2023-03-10 08:30"`` as an aware time; of 2026 if no year is named."""
    text = text if text[4:5] == "-" else f"2026-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class Desk:
    """A ``ledger.Source`` made of a list. ``damage``: what reading would have said."""

    def __init__(self, damage=(), **keys):
        self.site = site.build({"svcctl": "1", "site": "悦和里商业街", **keys}, lambda path: 1)
        self.records = {}
        self.count = 0
        self.damage = list(damage)
        self.seals = Seals(())

    # writing

    def take(self, kind, at, recorded=None, by="李敏", event="add", **fields):
        """A new record; its id."""
        record = f"{PREFIX[kind]}-{self._number()}"
        self.records[record] = []
        self._append(kind, record, event, at, recorded, "", by, fields, record)
        return record

    def then(self, record, event, at, of="", recorded=None, by="王海涛", **fields):
        """A follow-up or a correction; its id."""
        kind = nouns.BY_PREFIX[record[:2]]
        entry = f"{record[:2]}-{self._number()}"
        self._append(kind, entry, event, at, recorded, of or record, by, fields, record)
        return entry

    def do(self, kind, event, at, by="李敏", of="", **fields):
        """An entry of an account as the command makes it, with all that it brings; the ids, its own first."""
        noun = nouns.noun(kind)
        verb = noun.verb(event)
        opening = self.records[of][0] if of else None
        name = fields.get(noun.account_field) or account.name_of(noun, opening)
        state = next((c.state for c in self.linked(kind) if c.id == of), None)
        rules = Rules(self.site, moment(at), by, state, self.account(kind, name))
        data = verb.of({n: verb.by_name[n].type.load(v) for n, v in fields.items()})
        assert list(data.against(rules)) == []
        entry = self._put(kind, data.complete(rules), at, by, of)
        brought = entry.data.brings(entry, rules)
        return [entry.id, *(self._put(b.noun, b.data, at, by, b.of).id for b in brought)]

    def _put(self, kind, data, at, by, of=""):
        entry = f"{PREFIX[kind]}-{self._number()}"
        record = of or entry
        self.records.setdefault(record, [])
        fields = {s.name: s.type.dump(v) for s in data.specs if (v := getattr(data, s.name)) is not None}
        self._append(kind, entry, data.event, at, None, of, by, fields, record)
        return self.records[record][-1]

    def linked(self, kind):
        """The records of a noun in the light of their accounts."""
        noun = nouns.noun(kind)
        cases = [fold(noun, entries) for entries in self.records.values() if entries[0].kind == kind]
        return account.linked(noun, cases, self.site)

    def account(self, kind, name):
        """An account with everything in it."""
        noun = nouns.noun(kind)
        cases = [c for c in self.linked(kind) if account.name_of(noun, c.opening) == name]
        return account.posted(noun, cases, self.site)[0]

    def _number(self):
        self.count += 1
        return f"{self.count:010d}"

    def _append(self, kind, entry, event, at, recorded, of, by, fields, record):
        when = at if isinstance(at, datetime) else moment(at)
        known = when + timedelta(minutes=3) if recorded is None else recorded if isinstance(recorded, datetime) else moment(recorded)
        doc = {"id": entry, "kind": kind, "event": event, "of": of, "at": when.isoformat(),
               "recorded": (known + timedelta(microseconds=self.count)).isoformat(), "by": by}  # fmt: skip
        doc |= {k: v.isoformat() if isinstance(v, datetime) else v for k, v in fields.items()}
        doc = {k: v for k, v in doc.items() if v}
        noun = nouns.noun(kind)
        if any(k in noun.personal() for k in doc):
            doc["salt"] = "0" * 32
        doc["sum"], pii = codec.sums(doc, noun.personal())
        made, wrong = typed(noun, doc | ({"pii": pii} if pii else {}), Place(f"{noun.folder}/x.yaml", self.count))
        assert made is not None and not wrong, wrong
        self.records[record].append(made)

    # reading

    def noun(self, kind):
        return nouns.noun(kind)

    def histories(self, kind, start, end, known_at=None):
        """No more than a source has to give."""
        noun = nouns.noun(kind)
        found = [(fold(noun, entries), entries) for entries in self.records.values() if entries[0].kind == kind]
        reach = {}
        for several in account.grouped(noun, [c for c, _ in found if not c.voided]).values() if noun.account_field else ():
            reach.update(noun.reaches(several))
        for case, entries in found:
            last = max(e.at for e in entries)
            if case.id in reach:
                goes_on = reach[case.id].open or reach[case.id].last is None or max(last, reach[case.id].last) >= start
            else:
                goes_on = (noun.is_open(case.state) and not case.voided) or max(noun.horizon(case.state), last) >= start
            if min(e.at for e in entries) < end and goes_on:
                yield entries

    def site_of(self, seal):
        return self.site

    def belated(self, start, end, before):
        old = [entries for entries in self.records.values() if min(e.at for e in entries) < before]
        return [e for entries in old for e in entries if start <= e.recorded < end]

    def record_with(self, entry):
        found = next((entries for entries in self.records.values() if any(e.id == entry for e in entries)), [])
        return sorted(found, key=lambda e: bool(e.of))

    def unfinished(self, cut):
        return []

    def warnings(self):
        return list(self.damage)

    # asking

    def window(self, period, kind="month", as_of=None, known_at=None, now=LATER):
        this = self.site
        calendar = Calendar(this.zone, this.week_start, this.month_start_day, this.day_cutoff)
        cuts = [moment(c) if isinstance(c, str) else c for c in (as_of, known_at)]
        return window(this, calendar.parse(period, now, kind), now, *cuts)

    def shuffled(self, seed):
        """The same ledger with its records and entries in another order."""
        other = Desk(self.damage)
        other.site, other.count = self.site, self.count
        rng = random.Random(seed)
        for record in rng.sample(sorted(self.records), len(self.records)):
            other.records[record] = rng.sample(self.records[record], len(self.records[record]))
        return other


def template(name="monthly"):
    """One of the templates that come with svcctl."""
    return load(name, None, {})


def written(text, name="mine"):
    """A template from a text."""
    return templates.parsed(text.encode(), f"templates/{name}.yaml", name, None, {}, ())


# -- a street ---------------------------------------------------------------------------------------------------------

CONTENT = {
    "noise": ("隔壁装修夜间施工，噪音影响休息", "二楼餐饮排风机噪音大"), "hygiene": ("公共卫生间有异味，地面积水", "垃圾桶清运不及时"),
    "parking": ("地下车库收费闸机不识别，排队十几分钟", "有车占用消防通道"), "service": ("客服电话无人接听，态度冷淡",),
    "facility": ("北门扶梯停运两天没有告示", "空调温度过高，顾客抱怨"), "merchant": ("店家拒绝退换货，请协调",),
    "fee": ("电费单与抄表数不符，要求核对",), "safety": ("广场地砖松动，老人绊倒一次",),
}  # fmt: skip
FAULTS = {
    "power": ("卫生间灯不亮", "店内跳闸，冷柜断电"), "plumbing": ("水表间渗水", "后厨下水堵塞，污水外溢"),
    "hvac": ("空调漏水，已滴到货架", "新风机异响"), "door": ("卷帘门卡住，无法完全落下", "玻璃门地弹簧漏油"),
    "lift": ("北门扶梯异响", "货梯困人一次，已放出"), "civil": ("门口地砖松动",), "fire": ("消防栓箱玻璃破裂",), "signage": ("灯箱缺字",),
}  # fmt: skip
STAFF = ("李敏", "陈静", "王海涛", "赵国强")
WORKERS = {"property": ("周师傅", "钱师傅"), "equipment": ("通力电梯", "大金空调"), "developer": ("建工维保",), "tenant_self": ("商户自修",)}
UNITS = ("A-101", "A-102", "A-205", "B-110", "B-112", "B-203", "C-001", "C-015", "C-118")


def street(first=date(2025, 8, 1), last=date(2026, 11, 24), a_month=75, seed=5, **keys):
    """Complaints and repairs day by day, each followed up as far as the last day."""
    keys.setdefault("targets", TARGETS)
    keys.setdefault("nouns", ["complaint", "repair", "lost"])
    desk, rng = Desk(**keys), random.Random(seed)
    until = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=ZONE)
    day = first
    while day <= last:
        for kind, make in (("complaint", _complaint), ("repair", _repair)):
            for _ in range(a_month // 30 + (rng.random() < (a_month % 30) / 30)):
                at = datetime(day.year, day.month, day.day, rng.randint(8, 20), rng.randint(0, 59), tzinfo=ZONE)
                make(desk, rng, at, until)
            assert kind
        day += timedelta(days=1)
    return desk


def _later(desk, rng, until, record, steps):
    """Follow-ups as long as they are not in the future."""
    for at, event, fields in steps:
        if at > until:
            return
        desk.then(record, event, at, **fields)


def _complaint(desk, rng, at, until):
    category = rng.choices(list(CONTENT), (9, 7, 6, 4, 5, 3, 2, 2))[0]
    severity = rng.choices(("general", "serious", "major"), (12, 3, 1))[0]
    promise = {"general": 24, "serious": 4, "major": 1}[severity]
    owner, other = rng.sample(STAFF, 2)
    record = desk.take(
        "complaint", at, content=rng.choice(CONTENT[category]), contact=f"138{rng.randint(10**7, 10**8 - 1)}",
        promised=at + timedelta(hours=promise), target=at + timedelta(days={"general": 3, "serious": 2, "major": 1}[severity]),
        channel=rng.choice(("phone", "hotline", "visit", "wechat")), category=category, severity=severity,
        unit=rng.choice(UNITS), name=rng.choice(("王芳", "张伟", "刘洋")), owner=owner,
    )  # fmt: skip
    if rng.random() < 0.02:
        _later(desk, rng, until, record, [(at + timedelta(hours=2), "withdraw", {"reason": "误会"})])
        return
    replied = at + timedelta(minutes=int(promise * 60 * rng.choice((0.1, 0.3, 0.6, 0.9, 0.95, 1.3))))
    resolved = replied + timedelta(hours=rng.choice((2, 9, 20, 40, 55)))
    called = resolved + timedelta(hours=rng.choice((20, 40, 60, 90)))
    score = rng.choices((5, 4, 3, 1), (7, 6, 2, 1))[0]
    steps = [
        (replied, "reply", {"by": owner, "text": "已联系相关方，正在处理"}),
        (resolved, "resolve", {"by": owner, "cause": "管理疏漏", "action": "已整改并回复投诉人", "how": "fix"}),
        (called, "callback", {"by": other, "result": "reached", "score": str(score), "solved": "no" if score < 3 else "yes",
                              **({"reason": "又发生"} if score < 3 else {})}),
    ]  # fmt: skip
    if score < 3:
        steps.append((called + timedelta(days=2), "resolve", {"by": owner, "cause": "未根治", "action": "更换设备"}))
        steps.append((called + timedelta(days=4), "callback", {"by": other, "result": "reached", "score": "4", "solved": "yes"}))
    _later(desk, rng, until, record, steps if rng.random() < 0.985 or (until - at).days > 45 else steps[: rng.randint(0, 1)])


def _repair(desk, rng, at, until):
    trade = rng.choice(list(FAULTS))
    party = rng.choices(("property", "equipment", "developer", "tenant_self"), (8, 3, 2, 1))[0]
    urgency = rng.choices(("normal", "emergency", "planned"), (10, 2, 1))[0]
    worker = rng.choice(WORKERS[party])
    where = {"unit": rng.choice(UNITS)} if rng.random() < 0.8 else {"place": rng.choice(("北门广场", "二楼连廊", "地下车库 B1"))}
    record = desk.take(
        "repair", at, **where, fault=rng.choice(FAULTS[trade]), trade=trade, reporter="王芳", contact="13800001234",
        channel="phone", urgency=urgency, party="pending" if rng.random() < 0.03 and (until - at).days < 30 else party,
        due=at + timedelta(hours=168 if urgency == "planned" else 24),
    )  # fmt: skip
    if "pending" in str(desk.records[record][0].data.party):
        return
    sent = at + timedelta(minutes=rng.randint(3, 30))
    arrived = sent + timedelta(minutes=rng.randint(10, 200))
    steps = [(sent, "dispatch", {"to": worker}), (arrived, "arrive", {})]
    finished = arrived + timedelta(minutes=rng.choice((20, 45, 90, 240, 900, 1500)))
    if rng.random() < 0.1:
        back = arrived + timedelta(hours=rng.randint(6, 60))
        steps += [(arrived + timedelta(minutes=5), "pause", {"reason": "parts", "until": back}), (back, "resume", {})]
        finished = back + timedelta(minutes=60)
    cost = {"cost": f"{rng.randint(20, 400)}.00", "payer": "tenant"} if party == "property" and rng.random() < 0.3 else {}
    steps.append((finished, "finish", {"result": rng.choice(("fixed", "fixed", "replaced", "no_fault")), "minutes": "40", **cost}))
    steps.append((finished + timedelta(hours=5), "verify", {"by": "李敏"}))
    if rng.random() < 0.05:
        again = finished + timedelta(days=3)
        steps += [(again, "reopen", {"reason": "又坏了"}), (again + timedelta(hours=9), "finish", {"result": "fixed"})]
    else:
        steps.append((finished + timedelta(days=1), "callback", {"by": "陈静", "result": "reached", "score": "5", "solved": "yes"}))
    _later(desk, rng, until, record, steps if rng.random() < 0.96 or (until - at).days > 40 else steps[:2])


GOLDEN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "golden")


# -- a small week, every kind of thing in it --------------------------------------------------------------------------


def week(**keys):
    """Week 47 of 2026 (16 to 22 November) at a small desk, with some of the week before."""
    desk = Desk(targets=TARGETS, points=POINTS, **keys)
    noise = {"content": "夜间装修噪音，请回电13812345678", "contact": "13800001234", "name": "王芳", "severity": "general",
             "category": "noise", "unit": "A-101", "owner": "李敏", "channel": "phone"}  # fmt: skip
    # the week before: one closed, one carried over
    a = desk.take("complaint", "11-10 09:00", **noise, promised=moment("11-11 09:00"), target=moment("11-13 09:00"))
    desk.then(a, "reply", "11-10 10:00", text="已通知停工")
    desk.then(a, "resolve", "11-11 12:00", cause="违规施工", action="书面整改", how="fix")
    desk.then(a, "callback", "11-12 10:00", by="陈静", result="reached", score="5", solved="yes")
    b = desk.take("complaint", "11-14 16:00", **{**noise, "category": "hygiene", "content": "地面积水", "unit": "B-110"},
                  promised=moment("11-15 16:00"), target=moment("11-17 16:00"))  # fmt: skip
    desk.then(b, "reply", "11-15 18:00", text="保洁已到场")  # late: the promise was broken
    desk.then(b, "resolve", "11-17 15:00", cause="下水堵塞", action="疏通", how="fix")
    desk.then(b, "callback", "11-18 11:00", by="陈静", result="reached", score="1", solved="no", reason="又积水")
    # this week: kept and closed, unanswered and overdue, merged, withdrawn, voided, amended, recorded late
    c = desk.take("complaint", "11-16 09:30", **{**noise, "severity": "serious"}, promised=moment("11-16 13:30"), target=moment("11-18 09:30"))
    desk.then(c, "reply", "11-16 11:00", text="已联系")
    desk.then(c, "resolve", "11-17 09:00", cause="违规施工", action="停工", how="fix")
    desk.then(c, "callback", "11-17 15:00", by="陈静", result="reached", score="4", solved="yes")
    d = desk.take("complaint", "11-18 14:00", **{**noise, "category": "parking", "unit": "C-001"}, promised=moment("11-19 14:00"), target=moment("11-21 14:00"))
    desk.then(d, "assign", "11-18 14:10", owner="王海涛", by="李敏")
    e = desk.take("complaint", "11-19 10:00", **noise, promised=moment("11-20 10:00"), target=moment("11-22 10:00"))
    desk.then(e, "merge", "11-19 10:30", into=c)
    f = desk.take("complaint", "11-20 10:00", **{**noise, "category": "fee"}, promised=moment("11-21 10:00"), target=moment("11-23 10:00"))
    desk.then(f, "withdraw", "11-20 12:00", reason="误会")
    g = desk.take("complaint", "11-21 09:00", **noise, promised=moment("11-22 09:00"), target=moment("11-24 09:00"))
    desk.then(g, "void", "11-21 09:20", reason="重复登记 13911112222", approved_by="陈静")
    h = desk.take("complaint", "11-22 20:00", recorded="11-24 08:00", **noise, promised=moment("11-23 20:00"), target=moment("11-25 20:00"))
    desk.then(h, "amend", "11-24 09:00", category="merchant", reason="类别选错")
    # repairs: carried over and paused, on time, late, without a liable party, cancelled, reworked
    light = {"fault": "卫生间灯不亮", "trade": "power", "reporter": "王芳", "contact": "13800001234", "urgency": "normal", "party": "property"}
    r = desk.take("repair", "11-13 10:00", **light, unit="A-102", due=moment("11-14 10:00"))
    desk.then(r, "dispatch", "11-13 10:20", to="周师傅")
    desk.then(r, "pause", "11-13 11:00", reason="parts", until=moment("11-25 09:00"))
    s = desk.take("repair", "11-16 08:00", **light, unit="A-101", due=moment("11-17 08:00"))
    desk.then(s, "dispatch", "11-16 08:10", to="周师傅")
    desk.then(s, "arrive", "11-16 08:40", by="周师傅")
    desk.then(s, "finish", "11-16 09:30", result="replaced", cost="35.50", payer="tenant", by="周师傅")
    desk.then(s, "callback", "11-17 10:00", by="陈静", result="reached", score="5", solved="yes")
    t = desk.take("repair", "11-17 08:00", **{**light, "fault": "北门扶梯异响", "trade": "lift", "party": "equipment"}, place="北门", due=moment("11-18 08:00"))
    desk.then(t, "dispatch", "11-17 08:30", to="通力电梯")
    desk.then(t, "finish", "11-18 20:00", result="fixed")
    desk.then(t, "reopen", "11-20 08:00", reason="又响了")
    desk.take("repair", "11-19 08:00", **{**light, "party": "pending", "trade": ""}, unit="B-203", due=moment("11-20 08:00"))
    u = desk.take("repair", "11-20 08:00", **light, unit="B-203", due=moment("11-21 08:00"))
    desk.then(u, "cancel", "11-20 08:30", reason="重复报修")
    v = desk.take("repair", "11-22 18:00", **{**light, "urgency": "emergency"}, unit="C-001", due=moment("11-23 18:00"))
    desk.then(v, "dispatch", "11-22 18:05", to="周师傅")
    found_and_missed(desk)
    charged_and_paid(desk)
    handed_over(desk)
    planned(desk)
    return desk


def planned(desk):
    """Tasks: in time, late, moved out of the week, missed, dropped in time, of the next week and of the month after."""

    def task(at, what, due, owner="马东", **fields):
        return desk.take("plan", at, by="陈静", what=what, owner=owner, due=f"2026-{due}", **{"type": "week", **fields})

    desk.then(task("11-13 16:00", "清点前台钥匙", "11-18"), "done", "11-17 10:00")
    desk.then(task("11-13 16:01", "更换指示牌灯箱", "11-17", owner="周师傅", weight="3"), "done", "11-19 10:00", reason="灯箱片重新制作")
    away = task("11-13 16:02", "走访装修商户", "11-20", owner="王海涛")
    desk.then(away, "move", "11-20 09:00", due="2026-11-25", reason="两家停工")
    gone = task("11-13 16:03", "清洗玻璃幕墙", "11-22", owner="周师傅")
    desk.then(gone, "cancel", "11-21 09:00", reason="并入下月计划")
    missed = task("11-09 09:00", "上门核对欠费账单", "11-13", owner="王海涛")
    desk.then(missed, "miss", "11-16 09:00", reason="商户出差，回电13812345678")
    task("11-20 16:00", "检查消防通道", "11-27")
    task("11-20 16:01", "圣诞季保障方案", "12-04", owner="陈静", type="project", title="圣诞季")


def found_and_missed(desk):
    """Carried over and held too long, handed back, gone to the police, claimed; missed and matched, missed and searched for."""
    bag = {"place": "中庭", "found_by": "保洁小刘", "storage": "失物柜1层", "qty": "1"}
    old = desk.take("lost", "08-20 10:00", item="帆布袋", category="bag", value="ordinary", hold_until=moment("11-18 10:00"), **bag)
    desk.then(old, "contact", "08-21 10:00", via="广播", result="没有人来，留了电话13812345678")
    phone = desk.take("lost", "11-14 10:00", item="黑色手机", category="electronics", value="valuable", second="陈静",
                      hold_until=moment("2027-11-14 10:00"), **bag)  # fmt: skip
    missed = desk.take("lost", "11-16 11:00", event="report", what="手机", where="中庭", contact="13800001234", name="周女士")
    desk.then(missed, "match", "11-16 11:05", item=phone)
    desk.then(phone, "claim", "11-17 10:00", claimant="周女士", described="锁屏是一只猫", verified_by="李敏", id_type="身份证", id_last4="123X")
    desk.then(phone, "return", "11-17 10:10", to="周女士", how="in_person", second="陈静")
    card = desk.take("lost", "11-09 09:00", item="身份证", category="id_doc", value="document", hold_until=moment("11-16 09:00"), **bag)
    desk.then(card, "dispose", "11-18 09:00", how="police", approved_by="陈静", witness="派出所民警")
    scarf = desk.take("lost", "11-18 15:00", item="围巾", value="ordinary", hold_until=moment("2027-02-16 15:00"), **bag)
    desk.then(scarf, "claim", "11-21 15:00", claimant="吴小姐", described="灰色", verified_by="李敏")
    desk.take("lost", "11-21 16:00", event="report", what="戒指", where="A区2楼", contact="13900005678", name="吴小姐")


def charged_and_paid(desk):
    """Arrears, credit, an allocation to both months; reversed, waived, refunded, in cash at the point; a late fee."""

    def charge(at, tenant, item, amount, due, month):
        return desk.do("fee", "charge", at, "沈洁", tenant=tenant, item=item, amount=amount, due=due, month=month, unit=UNITS[int(tenant[-1])])[0]

    def pay(at, tenant, amount, method, **fields):
        return desk.do("fee", "pay", at, "沈洁", tenant=tenant, amount=amount, method=method, **fields)[0]

    charge("10-01 09:00", "T-001", "property", "588.20", "2026-10-10", "2026-10")
    charge("10-05 09:00", "T-002", "electricity", "342.62", "2026-10-20", "2026-10")
    pay("10-12 10:00", "T-001", "588.20", "bank", ref="BK1", payer="王芳")
    charge("11-01 09:00", "T-001", "property", "588.20", "2026-11-10", "2026-11")
    rent = charge("11-01 09:01", "T-002", "venue_rent", "1200.00", "2026-11-10", "2026-11")
    charge("11-01 09:02", "T-003", "property", "588.20", "2026-11-10", "2026-11")
    charge("11-01 09:03", "T-003", "waste", "90.00", "2026-11-25", "2026-11")
    ahead = pay("11-05 10:00", "T-003", "1000.00", "wechat", ref="WX1")
    pay("11-16 14:00", "T-001", "588.20", "cash", receipt="R-1", point="front")
    pay("11-17 10:00", "T-002", "500.00", "bank", ref="BK2")
    bounced = pay("11-18 10:00", "T-002", "200.00", "cheque", ref="CQ1")
    desk.do("fee", "reverse", "11-19 10:00", "沈洁", of=bounced, reason="bounced", approved_by="陈静")
    desk.do("fee", "adjust", "11-19 11:00", "沈洁", of=rent, type="waiver", amount="50.00", reason="停业三天", approved_by="陈静")
    desk.do("fee", "refund", "11-20 10:00", "沈洁", of=ahead, amount="20.00", method="cash", reason="多缴", approved_by="陈静", point="front")
    charge("11-21 09:00", "T-002", "late_fee", "12.00", "2026-11-30", "2026-11")


def handed_over(desk):
    """A short made good in time and an over of the same amount that is not; skipped, missing, checked; an over after the week."""

    def cash(event, at, by, **fields):
        return desk.do("cash", event, at, by, point="front", **fields)

    cash("move", "11-15 12:00", "李敏", type="sale", amount="500.00")
    cash("count", "11-15 20:00", "李敏", count="100x15", to="周芸")
    cash("count", "11-16 08:02", "周芸", count="100x10", to="李敏")
    cash("remit", "11-16 09:30", "李敏", shifts=["D@2026-11-15"], count="100x5", bag="0017", witness="陈静")
    short = cash("count", "11-16 20:01", "李敏", count="100x15,50x1,20x1,1x2,0.1x2", to="周芸")[1]  # 16.00 short
    cash("move", "11-16 22:00", "周芸", type="sale", amount="16.00")
    over = cash("count", "11-17 08:00", "周芸", count="100x10,10x3,1x2", to="李敏")[1]  # 16.00 over
    cash("remit", "11-17 09:30", "李敏", shifts=["D@2026-11-16"], count="100x5,50x1,20x1,1x2,0.1x2", bag="0018", witness="陈静")
    desk.do("cash", "settle", "11-17 12:00", "李敏", of=short, how="short_made_good", amount="16.00", doc="R-31")
    cash("count", "11-17 20:00", "李敏", count="100x10", to="safe", seal_no="231", witness="陈静")
    cash("skip", "11-18 09:00", "李敏", shift="N", date="2026-11-17", reason="夜间停业")
    desk.do("cash", "settle", "11-19 12:00", "李敏", of=over, how="over_paid_in", amount="10.00", doc="R-32")
    for day in (19, 20, 21, 22):  # nobody counted on the 18th
        if day == 20:
            cash("check", "11-20 15:00", "陈静", count="100x9,50x1,10x3")
        count = "100x10" if day < 20 else "100x9,50x1,10x3"
        cash("count", f"11-{day} 20:00", "李敏", count=count, to="safe", seal_no=f"23{day}", witness="陈静")
        if day < 22:
            cash("skip", f"11-{day + 1} 08:30", "李敏", shift="N", date=f"2026-11-{day}", reason="夜间停业")
    cash("count", "11-23 08:00", "周芸", count="100x9,50x1,10x3,5x1", to="李敏")  # 5.00 over, of the night of the 22nd
