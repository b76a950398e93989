"""The units of the sample street and who has leased them. All of it is made up."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Shop(NamedTuple):
    """A unit; ``brand`` and ``company`` are those of its tenant, empty where nobody trades."""

    no: str
    zone: str
    floor: str
    type: str
    area: str
    brand: str
    company: str


class Lease(NamedTuple):
    """A tenant's lease of a unit: from its first day to its last."""

    company: str
    unit: Shop
    first: date
    last: date


Rows = tuple[tuple[str, str, str], ...]


def _units(zone: str, floor: str, type_: str, first: str, rows: Rows) -> tuple[Shop, ...]:
    letter, number = first.split("-")
    width = len(number)
    return tuple(
        Shop(f"{letter}-{int(number) + i:0{width}}", zone, floor, type_, area, brand, company)
        for i, (area, brand, company) in enumerate(rows)
    )


SHOPS = (
    *_units("A区", "1", "shop", "A-101", (
        ("86.5", "云栖茶记", "杭州云栖茶记餐饮有限公司"), ("64.2", "拾穗面包", "拾穗烘焙食品有限公司"),
        ("120.0", "木棉布衣", "木棉布衣服饰有限公司"), ("98.4", "青瓷里", "青瓷里文化用品商行"),
        ("75.0", "早安豆浆", "早安豆浆早餐店"), ("142.8", "北屿咖啡", "北屿咖啡（悦和里）有限公司"),
        ("58.6", "一杯山楂", "一杯山楂饮品店"), ("110.3", "知麦文具", "知麦文具有限公司"),
        ("92.7", "暖橙童装", "暖橙童装专卖店"), ("68.0", "", ""),
        ("54.0", "竹笺书屋", "竹笺书屋"), ("88.6", "云上旗袍", "云上旗袍定制工作室"),
        ("102.5", "小满药房", "小满大药房有限公司"), ("71.3", "禾下拌饭", "禾下拌饭餐饮店"),
    )),
    *_units("A区", "2", "shop", "A-201", (
        ("186.0", "九里火锅", "九里火锅餐饮管理有限公司"), ("154.5", "半亩茶室", "半亩茶室文化有限公司"),
        ("132.0", "溪语美发", "溪语美发有限公司"), ("88.8", "光影照相", "光影照相服务部"),
        ("240.6", "小舟儿童乐园", "小舟儿童娱乐有限公司"), ("98.0", "指尖陶艺", "指尖陶艺体验馆"),
        ("124.5", "素问推拿", "素问健康咨询有限公司"), ("86.0", "花漾美甲", "花漾美甲店"), ("165.4", "星河影咖", "星河影咖文化有限公司"),
    )),
    *_units("B区", "1", "shop", "B-101", (
        ("78.4", "南巷米线", "南巷米线餐饮店"), ("66.9", "阿满烧饼", "阿满烧饼铺"),
        ("105.2", "远山户外", "远山户外用品有限公司"), ("95.0", "晴川眼镜", "晴川眼镜有限公司"),
        ("82.3", "喵屋宠物", "喵屋宠物服务有限公司"), ("73.5", "巧手裁缝", "巧手裁缝店"),
        ("128.0", "悦鲜果行", "悦鲜果业有限公司"), ("60.4", "晚灯书店", "晚灯书店（个体）"),
        ("84.5", "石磨豆坊", "石磨豆坊餐饮店"), ("56.8", "青柠小站", "青柠小站饮品店"),
        ("112.0", "行囊箱包", "行囊箱包商行"), ("91.2", "百味腊坊", "百味腊坊食品店"),
    )),
    *_units("B区", "2", "shop", "B-201", (
        ("210.0", "一盏桌游", "一盏桌游俱乐部"), ("175.2", "和田健身", "和田健身管理有限公司"),
        ("118.6", "语林英语", "语林英语培训有限公司"), ("96.0", "墨池书画", "墨池书画社"),
        ("142.0", "桐声琴行", "桐声琴行有限公司"), ("108.5", "糖豆写真", "糖豆儿童摄影有限公司"),
        ("126.0", "九格棋院", "九格棋院"), ("94.6", "慢针手工", "慢针手工坊"),
    )),
    *_units("C区", "1", "shop", "C-101", (
        ("268.0", "渔家小馆", "渔家小馆餐饮有限公司"), ("152.4", "蜀巷串串", "蜀巷串串餐饮有限公司"),
        ("84.0", "丰收粮油", "丰收粮油经营部"), ("76.8", "灯芯五金", "灯芯五金商行"),
        ("90.5", "花间晚", "花间晚花艺工作室"), ("88.0", "邻里洗衣", "邻里洗衣服务部"),
        ("136.0", "江畔烤鱼", "江畔烤鱼餐饮有限公司"), ("78.2", "拐角便利", "拐角便利商行"),
        ("102.0", "巷尾麻鸭", "巷尾麻鸭餐饮店"), ("65.5", "快印通", "快印通图文服务部"),
    )),
    *_units("中庭", "1", "kiosk", "K-01", (
        ("12.0", "冰岛甜筒", "冰岛甜筒冷饮店"), ("9.6", "纸鸢饰品", "纸鸢饰品店"), ("10.8", "手作糖画", "手作糖画坊"),
        ("8.4", "香片铺子", "香片铺子"), ("10.2", "贴纸研究所", "贴纸研究所饰品店"), ("9.0", "鲜榨站", "鲜榨站果饮店"),
    )),
    *_units("中庭", "1", "venue", "V-01", (("180.0", "季风文化", "季风文化活动策划有限公司"),)),
    *_units("C区", "B1", "storage", "S-01", (("45.0", "", ""), ("38.5", "", ""), ("52.0", "", ""), ("36.0", "", ""), ("60.5", "", ""))),
    *_units("B区", "3", "office", "O-301", (("160.0", "启程人力", "启程人力资源有限公司"),)),
)  # fmt: skip
BY_NO = {s.no: s for s in SHOPS}

# Storage that shops have leased beside their own unit; S-01 is the street's own.
STORAGE = (("S-02", "丰收粮油"), ("S-03", "九里火锅"), ("S-04", "渔家小馆"), ("S-05", "悦鲜果行"))
NEW, NEW_FROM = "B-108", date(2026, 9, 1)  # let anew in September
LEFT, LEFT_ON = "B-206", date(2026, 10, 15)  # left before the lease was over, owing money
LEFT_LEASED_TO = date(2027, 6, 30)


def tenants() -> list[Shop]:
    """The units by which the tenants are known, each tenant's own; in the order of the tenants' numbers."""
    return sorted((s for s in SHOPS if s.company), key=lambda s: s.no == NEW)


def number(company: str) -> str:
    """A tenant's number."""
    return _NUMBERS[company]


def trades(shop: Shop, day: date) -> bool:
    """Whether somebody trades in the unit on a day."""
    return bool(shop.brand) and not (shop.no == NEW and day < NEW_FROM) and not (shop.no == LEFT and day > LEFT_ON)


def leases() -> list[Lease]:
    """Every lease, as it was signed. They began in different years and run for one to five."""
    found = []
    for place, shop in enumerate(s for s in SHOPS if s.company):
        first = NEW_FROM if shop.no == NEW else date(2022 + place % 5, 1 + place * 5 % (6 if place % 5 == 4 else 12), 1)
        years = 1 if shop.type == "kiosk" else 3 + place % 2 * 2
        last = LEFT_LEASED_TO if shop.no == LEFT else _until(first, years)
        found.append(Lease(shop.company, shop, first, last))
    owners = {s.brand: s.company for s in SHOPS if s.brand}
    return found + [Lease(owners[brand], BY_NO[no], date(2026, 1, 1), date(2026, 12, 31)) for no, brand in STORAGE]


def _until(first: date, years: int) -> date:
    """The last day of a lease that still runs through 2026, renewed as often as it takes."""
    year = first.year + years
    while year < 2027:
        year += years
    return date.fromordinal(date(year, first.month, 1).toordinal() - 1)


_NUMBERS = {shop.company: f"T-{place:03}" for place, shop in enumerate(tenants(), 1)}
