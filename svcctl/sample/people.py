"""Who there is in the sample street: kinds of shops, staff, callers. All of it is made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from svcctl.sample.street import SHOPS, Shop, trades

KITCHENS = ("九里火锅", "南巷米线", "阿满烧饼", "渔家小馆", "蜀巷串串", "早安豆浆", "禾下拌饭", "石磨豆坊", "江畔烤鱼", "巷尾麻鸭")
KINDS: dict[str, tuple[str, ...]] = {
    "": tuple(s.brand for s in SHOPS if s.brand and s.type in ("shop", "kiosk")),
    "kitchen": KITCHENS,
    "food": (*KITCHENS, "云栖茶记", "拾穗面包", "北屿咖啡", "一杯山楂", "冰岛甜筒", "青柠小站", "百味腊坊", "鲜榨站"),
    "clothes": ("木棉布衣", "暖橙童装", "远山户外", "云上旗袍"),
    "cards": ("溪语美发", "和田健身", "小舟儿童乐园", "语林英语", "素问推拿", "花漾美甲", "桐声琴行"),
    "lights": ("青瓷里", "木棉布衣", "知麦文具", "光影照相", "晴川眼镜", "远山户外", "墨池书画", "竹笺书屋", "行囊箱包"),
    "indoor": tuple(s.brand for s in SHOPS if s.brand and s.type == "shop"),
}

EARLY = "李敏"  # the desk, 08:30 to 15:00
LATE = "王晓燕"  # the desk, 15:00 to 22:00
SPARE = "赵琳"
HEAD = "陈志远"  # head of customer service
MANAGER = "何建国"
OWNERS = {
    "noise": "孙立", "hygiene": "钱红梅", "facility": "林国栋", "repair": "林国栋", "safety": "马东", "parking": "马东",
    "fee": "沈洁", "fitout": "孙立", "merchant": "许倩", "food": "许倩",
}  # fmt: skip

CASHIERS = ("周芸", "韩雪", "方静")  # the till by day
NIGHT = ("石磊", "罗军")  # the till at night, in the duty room
FINANCE = OWNERS["fee"]


def cashier(day: date, shift: str) -> str:
    """Who has the till in a shift (``A``, ``B``, ``C``) that starts on a day."""
    number = day.toordinal()
    if shift == "C":
        return NIGHT[number // 2 % 2]
    return CASHIERS[(number + (shift == "B")) % 3]


def at_the_till(moment: datetime) -> str:
    """Who has the till at a moment."""
    if moment.hour < 7:
        return cashier(moment.date() - timedelta(days=1), "C")
    return cashier(moment.date(), "A" if moment.hour < 15 else "B" if moment.hour < 23 else "C")


def shops(kind: str, day: date) -> list[Shop]:
    """The shops of a kind that trade on a day."""
    return [s for s in SHOPS if s.brand in KINDS[kind] and trades(s, day)]


SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
TITLES = ("女士", "女士", "先生", "先生", "店长")
GIVEN = ("芳", "建军", "丽娟", "伟", "小雨", "志明", "秀英", "浩", "婷", "国庆", "思远", "雪梅")
