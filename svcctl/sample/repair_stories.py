"""What breaks in the sample street, who is liable and what is done: hand-written, with places that ``script`` fills.

``{n}`` is a small number. A story with a ``place`` is about the public areas, any other about a unit.
"""

from __future__ import annotations

from typing import NamedTuple


class RepairStory(NamedTuple):
    """A fault: ``parts`` are what it costs if a part is replaced (yuan from, to); ``months`` as for complaints."""

    trade: str
    party: str
    faults: tuple[str, ...]
    basis: str = ""
    place: tuple[str, ...] = ()
    parts: tuple[int, int] = (0, 0)
    urgency: str = "normal"
    months: str = "89ab"
    shops: str = "indoor"  # the kind of shop it can be in, as in ``people.KINDS``


R = RepairStory
OWN = "公共区域，物业自修"
LIFT = "电梯维保合同第3条"
HVAC = "空调维保合同附件二"
FIRE = "消防维保合同第5条"
WARRANTY = "质保期至2027-06-30，开发商维保"
FITOUT = "商家二次装修，装修协议第8条自保"
REPAIRS = (
    R("power", "property", ("走廊筒灯{n}盏不亮", "应急照明常亮不灭"), OWN, ("A区2楼走廊", "B区1楼走廊", "C区连廊"), (40, 180)),
    R("power", "property", ("商铺总闸跳闸，合不上", "商铺插座全部没电"), "计量表后至户内总开关由物业维护", (), (60, 260)),
    R("power", "tenant_self", ("射灯轨道不亮，灯带忽明忽暗", "店内轨道灯烧了{n}个"), FITOUT, (), (80, 420), shops="lights"),
    R("power", "tenant_self", ("冷柜一开就跳闸，自带插排发烫", "后厨增加设备后电箱过载"), FITOUT, (), (200, 900), shops="food"),
    R("power", "property", ("广场地灯进水不亮", "地灯闪烁，井盖松动"), OWN, ("北门广场", "南门广场"), (90, 380)),
    R("power", "developer", ("配电间桥架滴水到母线槽上方", "配电箱进线发热，温度偏高"), WARRANTY, ("B区配电间", "A区强电井"), (0, 0), "emergency"),
    R("weak", "property", ("门禁刷卡没反应", "门禁常开，锁不上"), OWN, ("A区员工通道", "地下车库P1电梯厅"), (120, 460)),
    R("weak", "property", ("监控画面黑屏", "摄像头角度偏了，拍不到收银台"), OWN, ("C区后巷", "B区2楼走廊"), (150, 680)),
    R("weak", "equipment", ("停车道闸不抬杆", "车牌识别屏不显示余位"), "停车设备维保合同第2条", ("P1出口", "P2入口"), (200, 900)),
    R("weak", "equipment", ("背景音乐分区没有声音", "广播有杂音"), "广播维保合同", ("中庭", "A区1楼"), (0, 0)),
    R("weak", "property", ("导视屏死机", "电子屏花屏，颜色不对"), OWN, ("北门入口", "中庭"), (80, 300)),
    R("plumbing", "property", ("洗手盆龙头关不紧", "感应龙头一直出水"), OWN, ("A区2楼公共卫生间", "B区1楼公共卫生间"), (45, 160)),
    R("plumbing", "property", ("小便斗堵塞，水漫出来", "蹲位冲水阀失灵，水流不停"), OWN, ("A区2楼公共卫生间", "C区公共卫生间"), (30, 150)),
    R("plumbing", "property", ("店内地漏返水，有异味", "洗手池下水慢"), "立管至户内支管接口由物业维护", (), (30, 160)),
    R("plumbing", "developer", ("吊顶上方排水管接口渗水", "卫生间立管接头漏水到店内"), WARRANTY, (), (120, 600)),
    R("plumbing", "tenant_self", ("后厨隔油池满溢", "洗碗机接口漏水"), FITOUT, (), (150, 600), shops="kitchen"),
    R("plumbing", "property", ("水管爆裂，水流到走廊", "给水阀门崩开，店里进水"), OWN, ("B区管井", "C区后巷"), (120, 520), "emergency"),
    R("plumbing", "property", ("热水器不出热水", "直饮水机出水很小"), OWN, ("母婴室", "员工休息室"), (60, 320)),
    R("hvac", "equipment", ("空调出风不冷", "风机盘管有异响"), HVAC, (), (180, 760), "normal", "89a"),
    R("hvac", "equipment", ("空调滴水到货架上", "冷凝水盘溢水"), HVAC, (), (60, 220), "normal", "89a"),
    R("hvac", "equipment", ("空调没有热风", "供暖切换后出风仍是冷的"), HVAC, (), (180, 900), "normal", "b"),
    R("hvac", "equipment", ("新风机停机报警", "冷却塔补水阀不动作"), HVAC, ("B区屋面机房", "A区新风机房"), (300, 1800)),
    R("hvac", "property", ("排风扇不转，卫生间异味", "排风口百叶脱落"), OWN, ("A区2楼公共卫生间", "C区公共卫生间"), (80, 260)),
    R("hvac", "tenant_self", ("厨房排烟风机皮带断了", "油烟净化器报警"), FITOUT, (), (180, 880), shops="kitchen"),
    R("fire", "equipment", ("烟感误报，主机一直响", "消防主机报{n}号回路故障"), FIRE, ("消防控制室", "B区2楼走廊"), (120, 480)),
    R("fire", "equipment", ("消火栓箱门打不开", "防火卷帘下不来"), FIRE, ("A区1楼", "地下车库P2"), (0, 0)),
    R("fire", "equipment", ("喷淋头被碰歪，开始滴水", "喷淋末端压力表归零"), FIRE, (), (90, 260), "emergency"),
    R("lift", "equipment", ("扶梯异响，踏板一顿一顿", "扶梯扶手带比踏板慢"), LIFT, ("中庭扶梯", "B区扶梯")),
    R("lift", "equipment", ("客梯关人，乘客已安抚", "电梯门反复开关，停在二楼"), LIFT, ("A区1号客梯", "B区2号客梯"), (0, 0), "emergency"),
    R("lift", "equipment", ("货梯按钮不亮", "轿厢照明不亮"), LIFT, ("C区货梯",), (60, 200)),
    R("civil", "developer", ("地砖空鼓翘起{n}块", "花岗岩台阶松动，踩着晃"), WARRANTY, ("南门广场", "A区1楼主通道"), (80, 400)),
    R("civil", "developer", ("墙面开裂掉粉", "吊顶石膏板下沉"), WARRANTY, ()),
    R("civil", "property", ("盲道砖缺失{n}块", "路沿石被车撞断"), OWN, ("北门广场", "P1出口"), (120, 480)),
    R("civil", "property", ("墙面踢脚线脱落", "天花检修口盖板掉了"), OWN, ("B区2楼走廊", "A区2楼走廊"), (20, 90)),
    R("roof", "developer", ("下雨天花板滴水，用桶接着", "变形缝漏雨到店内货架"), WARRANTY, (), (0, 0), "normal", "89a"),
    R("roof", "developer", ("屋面防水鼓包，雨水渗到二楼", "采光顶胶条老化漏雨"), WARRANTY, ("B区屋面", "中庭采光顶"), (0, 0), "planned", "89a"),
    R("door", "property", ("卷帘门卡住，落不到底", "卷帘门遥控失灵，店里锁不了门"), "卷帘门为交付标准，物业维护", (), (60, 360)),
    R("door", "property", ("玻璃门地弹簧漏油，门关不严", "玻璃门下沉擦地"), OWN, ("A区北门", "B区南门"), (180, 420)),
    R("door", "tenant_self", ("店内自装感应门不关", "仓库门锁芯断了"), FITOUT, (), (120, 560)),
    R("door", "property", ("防火门闭门器坏了，一直敞着", "卫生间隔间门锁坏"), OWN, ("C区楼梯间", "A区2楼公共卫生间"), (35, 160)),
    R("signage", "tenant_self", ("门头灯箱一半不亮", "店招字脱落一个"), FITOUT, (), (260, 980)),
    R("signage", "property", ("吊挂导视牌灯不亮", "停车场指示牌掉漆看不清"), OWN, ("地下车库P1", "中庭"), (60, 240)),
    R("signage", "developer", ("外立面灯带断了一段", "楼体发光字缺一笔"), WARRANTY, ("A区外立面", "北门外立面"), (300, 1200)),
    R("furniture", "property", ("休息长椅木条断裂", "儿童推车轮子卡死{n}辆"), OWN, ("中庭", "服务台"), (40, 220)),
    R("appliance", "property", ("烘手机不出风", "饮水机漏电保护跳"), OWN, ("B区1楼公共卫生间", "员工休息室"), (60, 260)),
    R("gas", "equipment", ("燃气报警器报警，已关阀疏散", "燃气报警探头故障灯亮"), "燃气设施维保合同第4条", (), (0, 0), "emergency", shops="kitchen"),
    R("other", "property", ("鸟窝堵住雨水口", "店门口井盖松动，踩着响"), OWN, ("B区屋面", "C区后巷"), (20, 80)),
    R("power", "equipment", ("发电机月度试机", "双电源切换柜检查"), "发电机维保合同，月度计划", ("发电机房",), (0, 0), "planned"),
    R("hvac", "equipment", ("空调机组季度保养", "滤网集中清洗"), HVAC, ("A区新风机房", "B区屋面机房"), (0, 0), "planned"),
    R("civil", "property", ("仓库货架加固", "车位线重新划线"), OWN, ("C区仓库", "地下车库P2"), (200, 780), "planned"),
)
OUTSIDE = {"lift": "安捷电梯维保", "hvac": "清岚空调维保", "fire": "守安消防维保", "weak": "通衢弱电维保",
           "gas": "悦能燃气维保", "power": "恒源机电维保"}  # fmt: skip
DEVELOPER = "和筑建设维保部"
TENANTS_OWN = "商家自聘维修"
STAFF_BY_TRADE = {"power": "周大海", "weak": "周大海", "appliance": "周大海", "signage": "周大海",
                  "plumbing": "吴志强", "hvac": "吴志强", "roof": "吴志强"}  # fmt: skip
OTHER_STAFF = "郑国平"
PAUSES = (("parts", 5), ("access", 2), ("owner_ok", 2), ("third_party", 1), ("quote", 2))
FOLLOWED = ("催过，答复今天安排人", "对方称配件在途，预计明天到", "项目经理电话未接，已发函", "约定明早八点前到场", "已抄送开发商客服，等回复")
HANDED_ON = ("原师傅调休，换人处理", "需要登高车，转班组", "工作量大，增派人手", "原单位今天无人，改派")
OTHER_PARTY = (
    ("tenant_self", "现场查明是商家改动后造成"), ("developer", "查质保清单后改由开发商处理"), ("property", "不在维保范围，物业先修"),
)  # fmt: skip
REWORK = ("又不亮了", "同一处又漏水", "用了两天又坏", "异响没有消除", "门还是关不严")
CANCELLED = ("重复报修", "商家已自行处理", "误报，现场正常", "报修人撤回")
