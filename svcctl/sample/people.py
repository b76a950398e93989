"""Who and what there is in the sample street: units, tenants, staff, callers. All of it is made up."""

from __future__ import annotations

from typing import NamedTuple


class Shop(NamedTuple):
    """A unit; ``brand`` is empty where nobody trades."""

    no: str
    zone: str
    floor: str
    type: str
    area: str
    brand: str


def _shops(zone: str, floor: str, type_: str, first: str, rows: tuple[tuple[str, str], ...]) -> tuple[Shop, ...]:
    letter, number = first.split("-")
    width = len(number)
    return tuple(
        Shop(f"{letter}-{int(number) + i:0{width}}", zone, floor, type_, area, brand) for i, (area, brand) in enumerate(rows)
    )


SHOPS = (
    *_shops("A区", "1", "shop", "A-101", (
        ("86.5", "云栖茶记"), ("64.2", "拾穗面包"), ("120.0", "木棉布衣"), ("98.4", "青瓷里"), ("75.0", "早安豆浆"),
        ("142.8", "北屿咖啡"), ("58.6", "一杯山楂"), ("110.3", "知麦文具"), ("92.7", "暖橙童装"), ("68.0", ""),
    )),
    *_shops("A区", "2", "shop", "A-201", (
        ("186.0", "九里火锅"), ("154.5", "半亩茶室"), ("132.0", "溪语美发"), ("88.8", "光影照相"), ("240.6", "小舟儿童乐园"),
    )),
    *_shops("B区", "1", "shop", "B-101", (
        ("78.4", "南巷米线"), ("66.9", "阿满烧饼"), ("105.2", "远山户外"), ("95.0", "晴川眼镜"), ("82.3", "喵屋宠物"),
        ("73.5", "巧手裁缝"), ("128.0", "悦鲜果行"), ("60.4", ""),
    )),
    *_shops("B区", "2", "shop", "B-201", (
        ("210.0", "一盏桌游"), ("175.2", "和田健身"), ("118.6", "语林英语"), ("96.0", "墨池书画"),
    )),
    *_shops("C区", "1", "shop", "C-101", (
        ("268.0", "渔家小馆"), ("152.4", "蜀巷串串"), ("84.0", "丰收粮油"), ("76.8", "灯芯五金"), ("90.5", "花间晚"), ("88.0", ""),
    )),
    *_shops("中庭", "1", "kiosk", "K-01", (("12.0", "冰岛甜筒"), ("9.6", "纸鸢饰品"), ("10.8", "手作糖画"))),
    *_shops("C区", "B1", "storage", "S-01", (("45.0", ""), ("38.5", ""), ("52.0", ""))),
    *_shops("B区", "3", "office", "O-301", (("160.0", ""),)),
)  # fmt: skip

_NAMES = (
    "杭州云栖茶记餐饮有限公司", "拾穗烘焙食品有限公司", "木棉布衣服饰有限公司", "青瓷里文化用品商行", "早安豆浆早餐店",
    "北屿咖啡（悦和里）有限公司", "一杯山楂饮品店", "知麦文具有限公司", "暖橙童装专卖店", "九里火锅餐饮管理有限公司",
    "半亩茶室文化有限公司", "溪语美发有限公司", "光影照相服务部", "小舟儿童娱乐有限公司", "南巷米线餐饮店", "阿满烧饼铺",
    "远山户外用品有限公司", "晴川眼镜有限公司", "喵屋宠物服务有限公司", "巧手裁缝店", "悦鲜果业有限公司", "一盏桌游俱乐部",
    "和田健身管理有限公司", "语林英语培训有限公司", "墨池书画社", "渔家小馆餐饮有限公司", "蜀巷串串餐饮有限公司", "丰收粮油经营部",
    "灯芯五金商行", "花间晚花艺工作室", "冰岛甜筒冷饮店", "纸鸢饰品店", "手作糖画坊",
)  # fmt: skip
BRANDS = tuple(s.brand for s in SHOPS if s.brand)
KITCHENS = ("九里火锅", "南巷米线", "阿满烧饼", "渔家小馆", "蜀巷串串", "早安豆浆")
KINDS: dict[str, tuple[str, ...]] = {
    "": BRANDS,
    "kitchen": KITCHENS,
    "food": (*KITCHENS, "云栖茶记", "拾穗面包", "北屿咖啡", "一杯山楂", "冰岛甜筒"),
    "clothes": ("木棉布衣", "暖橙童装", "远山户外"),
    "cards": ("溪语美发", "和田健身", "小舟儿童乐园", "语林英语"),
    "lights": ("青瓷里", "木棉布衣", "知麦文具", "光影照相", "晴川眼镜", "远山户外", "墨池书画"),
    "indoor": tuple(s.brand for s in SHOPS if s.brand and s.type == "shop"),
}

TENANTS = tuple(zip(_NAMES, BRANDS, strict=True))

EARLY = "李敏"  # the desk, 08:30 to 15:00
LATE = "王晓燕"  # the desk, 15:00 to 22:00
SPARE = "赵琳"
HEAD = "陈志远"  # head of customer service
MANAGER = "何建国"
OWNERS = {
    "noise": "孙立", "hygiene": "钱红梅", "facility": "林国栋", "repair": "林国栋", "safety": "马东", "parking": "马东",
    "fee": "沈洁", "fitout": "孙立", "merchant": "许倩", "food": "许倩",
}  # fmt: skip



def shops(kind: str) -> list[Shop]:
    """The shops of a kind."""
    return [s for s in SHOPS if s.brand in KINDS[kind]]


SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
TITLES = ("女士", "女士", "先生", "先生", "店长")
GIVEN = ("芳", "建军", "丽娟", "伟", "小雨", "志明", "秀英", "浩", "婷", "国庆", "思远", "雪梅")
