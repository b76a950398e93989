"""Every key that a template may have: what it is called, what it means, an example. What reads templates and what
explains them (``svcctl help templates``, README) both take their keys from here."""

from __future__ import annotations

from typing import NamedTuple

from svcctl.texts import Text


class Key(NamedTuple):
    """A key of a block: what it means, and an example of its value as it stands in YAML. ``needed``: it has to be there."""

    name: str
    about: Text
    example: str
    needed: bool = False


class Block(NamedTuple):
    """Keys that stand together; ``where`` says in which place of a template."""

    where: Text
    keys: tuple[Key, ...]


_KEY = Key("key", Text("在 JSON 里、在 of 和 without 里的名字；不写就照种类取", "its name in JSON, in `of` and in `without`; taken from its sort unless given"), "open_repairs")
_TITLE = Key("title", Text("标题，也是工作表名；不写就照内容取", "the title, which is the sheet's name too; taken from what is in it unless given"), "{zh: 未结报修, en: Open repairs}")
_INTRO = Key("intro", Text("标题下的一行说明", "a line of explanation below the title"), "{zh: 截至日未结的, en: Open at the as-of}")
COMMON = (_KEY, _TITLE, _INTRO)  # explained once
_NOUN = Key("noun", Text("哪个名词的记录", "whose records"), "repair", needed=True)
_BY = Key("by", Text("按哪个字段分行（指标要能按它细分；记录组可以按任何字段）", "the field that makes the rows (measures: one of their splits; groups of records: any field)"), "party", needed=True)


_RECORDS = Key("records", Text("哪些记录：received carried_over ended reopened open overdue coming，或一种状态；不写是 received 和 open",
                               "which ones: received, carried_over, ended, reopened, open, overdue, coming, or a state; received and open unless given"), "[received, open]")
_CHOSEN = (
    Key("where", Text("只要字段等于这个值的（svcctl kinds 列出各值）", "only those in which a field has this value (as svcctl kinds lists it)"), "{party: property}"),
    Key("sort", Text("排序字段，前面加 - 从大到小；可以是列表", "the field to sort by, with - the largest first; may be a list"), "-at"),
    Key("limit", Text("只要前几条，0 是全部", "only the first so many; 0 is all"), "20"),
    Key("columns", Text("列：字段名，或带标题等的一组（见“列”）；不写就取主要字段", "columns: field names, or with a title and more (see column); the main fields unless given"), "[id, at, fault, state]"),
)


def _show(kind: str, about: Text) -> Key:
    return Key("show", about, kind, needed=True)


BLOCKS: dict[str, Block] = {
    "template": Block(Text("文件开头", "at the top of the file"), (
        Key("svcctl", Text("模板语言的版本", "the version of the template language"), "1", needed=True),
        Key("period", Text("期间：day week month range", "the sort of period: day, week, month, range"), "week"),
        Key("title", Text("报表名；{zh: …, en: …}，或两种语言通用的一段文字", "what the report is called; {zh: …, en: …}, or one text for both languages"), "{zh: 机电组周报, en: Engineering}", needed=True),
        Key("extends", Text("在哪个模板上改：名字；那里的都沿用，下面写的换掉或加上（title、sheets 就不是必填）；与自己同名就是被自己盖住的那个",
                            "the template it is a change of, by its name: all of that is taken over, what stands here replaces it or is added (title and sheets "
                            "need not be there then); its own name means the one that it hides"), "weekly"),
        Key("without", Text("extends 的不要哪些：工作表、统计表的 key，指标；noun.* 是这个名词的一切", "what of that is left out: sheets and tables by their keys, measures; noun.* is all about a noun"), "[words, cash.*]"),
        Key("brand", Text("套用哪个工作簿的外观：本台账 templates/ 里的文件名，或 none；不写就用 brand.xlsx（如果有）",
                          "whose look it takes: the name of a workbook in the ledger's templates/, or none; brand.xlsx, if there is one, unless given"), "none"),
        Key("sign", Text("首页末签字栏里的名字，可以不写，留空手签（见“签字”）", "the names in the line to sign on page 1; left blank unless given (see sign)"), "{prepared: 李敏}"),
        Key("audiences", Text("report --audience 可以给谁，各自略去什么（见“读者”）", "for whom `report --audience` may make it, and what each is not shown (see audience)"), "{manager: {}, team: {}}"),
        Key("sheets", Text("工作表，按这个次序", "the sheets, in this order"), "[{show: checks}]", needed=True),
    )),
    "sign": Block(Text("签字：sign 下面", "sign: below sign"), (
        Key("prepared", Text("编制的人", "who prepared the report"), "李敏"),
        Key("checked", Text("审核的人", "who checked it"), "{zh: 王海涛, en: Wang Haitao}"),
        Key("approved", Text("批准的人", "who approved it"), "陈静"),
    )),
    "summary": Block(Text("show: summary，首页", "show: summary, page 1"), (
        _KEY, _show("summary", Text("首页：数字、图、需要关注的", "page 1: figures, charts, what needs attention")), _TITLE,
        Key("figures", Text("指标，最多列 24 个，显示所用名词的前 8 个", "measures, up to 24; the first 8 of the nouns in use are shown"), "[repair.received, repair.on_time_rate]"),
        Key("charts", Text("图，最多列 12 个，显示前 3 个（见“图”）", "charts, up to 12; the first 3 are shown (see chart)"), "[]"),
        Key("attention", Text("需要关注：再过多久到期的也列出", "what needs attention: list also what is due within that time"), "{within: 1d}"),
    )),
    "text": Block(Text("show: text，一页文字", "show: text, sentences"), (
        _KEY, _show("text", Text("几句话，花括号里是指标", "sentences with figures in braces")), _TITLE, _INTRO,
        Key("lines", Text("句子；{指标} 换成数字，:change :yoy 是环比同比；提到没用的名词的句子略去",
                          "the sentences; {figure} becomes its number, :change and :yoy compare it; one about a noun not in use is left out"),
            "['报修 {repair.received} 单，环比 {repair.received:change}']"),
    )),
    "line": Block(Text("句子：lines 里的一项，有条件或要醒目时", "a sentence: an item of lines that has a condition, or stands out"), (
        Key("text", Text("这句话", "the sentence"), "{zh: '投诉超时 {complaint.overdue} 件', en: '{complaint.overdue} overdue'}", needed=True),
        Key("when", Text("这些指标里有一个不为零才有这句", "it is there only where one of these figures is not zero"), "[complaint.overdue]"),
        Key("tone", Text("alert：要注意的，醒目显示", "alert: something to worry about, made to stand out"), "alert"),
    )),
    "overview": Block(Text("show: overview，运营总览（只用于月报）", "show: overview, the headline measures of a month"), (
        _KEY, _show("overview", Text("本月、上月、去年同月、本年累计、目标、灯、走势", "month, previous, last year, year to date, targets, lights, small charts")), _TITLE, _INTRO,
        Key("measures", Text("指标；noun.* 是一个名词的全部", "measures; noun.* is all of a noun's"), "[repair.*, complaint.received]"),
        Key("lines", Text("小图画哪张走势表：工作表的 key.表的 key", "the trend behind the small charts: key of the sheet.key of the table"), "tables.by_month"),
    )),
    "compare": Block(Text("show: compare，指标对比", "show: compare, the comparison"), (
        _KEY, _show("compare", Text("本期、上期、去年同期、目标", "this period, the previous one, last year's, targets")), _TITLE, _INTRO,
        Key("measures", Text("指标；noun.* 是一个名词的全部", "measures; noun.* is all of a noun's"), "[repair.*, complaint.received]"),
    )),
    "details": Block(Text("show: details，明细", "show: details, one row a record"), (
        _KEY, _show("details", Text("一条记录一行", "one row a record")), _TITLE, _INTRO, _NOUN,
        _RECORDS, *_CHOSEN,
    )),
    "tables": Block(Text("show: tables，统计", "show: tables, statistics"), (
        _KEY, _show("tables", Text("一页几张表，一张接一张", "tables of figures or records, one below the other")), _TITLE, _INTRO,
        Key("use", Text("read 给人看，charts 是图的数据", "read: for readers; charts: the data of charts"), "read"),
        Key("sections", Text("各表（见“分组表”“交叉表”“记录表”“走势表”）", "the tables (see by, across, records, each)"), "[{noun: repair, by: party}]"),
    )),
    "coming": Block(Text("show: coming，下期到期", "show: coming, what falls due next"), (
        _KEY, _show("coming", Text("下一期（日报为明日）到期的事，各名词排在一张表里", "what is due in the period that follows, of a day tomorrow, of all nouns in one list")), _TITLE, _INTRO,
    )),
    "closing": Block(Text("show: closing，补录与更正", "show: closing, late entries and corrections"), (
        _KEY, _show("closing", Text("结账之后才录入的，和因此变了的数；没有就略去", "what came after months were sealed, and what it changed; left out if nothing did")), _TITLE, _INTRO,
    )),
    "checks": Block(Text("show: checks，校验", "show: checks, the checks"), (
        _KEY, _show("checks", Text("勾稽、所用条目、晚录、更正", "reconciliations, the entries used, late ones, corrections")), _TITLE, _INTRO,
    )),
    "definitions": Block(Text("show: definitions，口径", "show: definitions, how figures are defined"), (
        _KEY, _show("definitions", Text("本报表各指标的算法", "how each figure of the report is computed")), _TITLE, _INTRO,
    )),
    "placed": Block(Text("有 extends 时，每张工作表：key 相同就换掉原来的，不同就是新的，放在校验之前", "in every sheet where the template extends another: of the same key it replaces that one, else it is a new one before the checks"), (
        Key("before", Text("放在哪张工作表前面（key）", "the sheet it comes before, by its key"), "compare"),
        Key("after", Text("放在哪张工作表后面（key）", "the sheet it comes after, by its key"), "summary"),
    )),
    "chart": Block(Text("图：首页 charts 里的一项", "a chart: an item of charts on page 1"), (
        Key("kind", Text("column bar line pie doughnut", "column, bar, line, pie, doughnut"), "bar", needed=True),
        Key("title", Text("标题；不写就是指标名", "its title; what its figures are called unless given"), "{zh: 报修, en: Repairs}"),
        Key("of", Text("画哪张表：工作表的 key.表的 key", "the table it draws: key of the sheet.key of the table"), "tables.repair_by_party", needed=True),
        Key("series", Text("画哪些列", "the columns it draws"), "[repair.received]", needed=True),
        Key("lines", Text("其中画成线的（column 图）", "those drawn as lines over the columns"), "[repair.on_time_rate]"),
    )),
    "by": Block(Text("分组表：sections 里的一项，每个值一行", "a table by a field: an item of sections, one row a value"), (
        _KEY, _TITLE, _INTRO, _NOUN, _BY,
        Key("columns", Text("指标或记录组，可带 :num :den :previous :change :last_year :yoy :share（占比）:cumulative（累计占比）；不写就是能这样分的全部指标",
                            "measures or groups of records, with :num, :den, :previous, :change, :last_year, :yoy, :share or :cumulative (of the total); all measures that can be split so unless given"),
            "[repair.received, 'repair.on_time_rate:change']"),
        Key("rows", Text("used 只要有数的行，all 全部", "used: rows with something in them; all: every one"), "all"),
        Key("total", Text("要不要合计行", "whether there is a row of totals"), "no"),
        Key("sort", Text("按哪一列从大到小", "the column by which the largest come first"), "repair.received"),
        Key("limit", Text("只要前几行，0 是全部", "only the first so many rows; 0 is all"), "10"),
        Key("rest", Text("没有值的那一行叫什么", "what the row without a value is called"), "{zh: 其余, en: The rest}"),
    )),
    "across": Block(Text("交叉表：sections 里的一项，两个字段", "a table by two fields: an item of sections"), (
        _KEY, _TITLE, _INTRO, _NOUN, _BY,
        Key("across", Text("哪个字段分列", "the field that makes the columns"), "trade", needed=True),
        Key("group", Text("数哪些记录，不写是 received", "the records that are counted; received unless given"), "open"),
        Key("sum", Text("不数条数，而把这个金额或数量字段加起来", "add up this field of money or numbers instead of counting"), "cost"),
        Key("total", Text("要不要合计行", "whether there is a row of totals"), "no"),
    )),
    "records": Block(Text("记录表：sections 里的一项，一条记录一行", "a list of records: an item of sections, one row a record"), (
        _KEY, _TITLE, _INTRO, _NOUN, _RECORDS._replace(needed=True, example="[coming]"), *_CHOSEN,
    )),
    "each": Block(Text("走势表：sections 里的一项，每期一行", "a table over time: an item of sections, one row a period"), (
        _KEY, _TITLE, _INTRO,
        Key("each", Text("每 day week month 一行", "one row a day, week or month"), "week", needed=True),
        Key("last", Text("最近几期：最多 62 天、53 周、24 个月", "the last so many: up to 62 days, 53 weeks, 24 months"), "8", needed=True),
        Key("columns", Text("指标或记录组，可带 :num :den", "measures or groups of records, with :num or :den"), "[repair.received, repair.open]", needed=True),
    )),
    "figure": Block(Text("统计表的列，要另起标题时", "a column of a table, with a title of its own"), (
        Key("figure", Text("指标或记录组", "the measure or group"), "'repair.on_time_rate:change'", needed=True),
        Key("title", Text("列标题", "the title of the column"), "{zh: 变化, en: Change}"),
    )),
    "column": Block(Text("列：明细的列，要另起标题时", "a column of a detail sheet, with more than its name"), (
        Key("field", Text("字段（svcctl kinds 名词），或 no scope where next next_by age_days late_hours last progress last_at",
                          "the field (svcctl kinds NOUN), or no, scope, where, next, next_by, age_days, late_hours, last, progress, last_at"), "fault", needed=True),
        Key("title", Text("列标题", "the title of the column"), "{zh: 故障, en: Fault}"),
        Key("tone", Text("是就是好（good）还是要注意（alert）", "whether a yes is good, or needs attention (alert)"), "alert"),
        Key("total", Text("下面要不要合计", "whether there is a sum below"), "yes"),
        Key("width", Text("至少几个半角字符宽", "at least so many half-width characters wide"), "24"),
    )),
    "audience": Block(Text("读者：audiences 下 team manager finance public 各一组；没写到的都给看", "an audience, below audiences: team, manager, finance or public; what is not named is shown"), (
        Key("nouns", Text("只给看这些名词的", "only what is about these nouns"), "[complaint, repair, lost]"),
        Key("without", Text("略去的工作表、统计表（key）、指标（repair.minutes、fee.*）", "what is left out: sheets and tables by their keys, measures (repair.minutes, fee.*)"), "[checks, repair.minutes]"),
        Key("attention", Text("no：首页不列需要关注的", "no: page 1 does not list what needs attention"), "no"),
        Key("records", Text("no：单条记录的都略去（明细、关注、晚录、更正）；给 public 的总是 no", "no: nothing about single records (details, attention, late ones, corrections); always no for public"), "no"),
        Key("names", Text("no：人名、商户、铺位和一切自由文字都略去；给 public 的总是 no", "no: no people, tenants or units, and nothing that somebody wrote; always no for public"), "no"),
        Key("smallest", Text("统计表分项里 1 到它减 1 的数不列（连同能推出它们的）；0 是都列；records、names 都是 no 的不写就是 3，给 public 的至少 3",
                             "numbers from 1 to one below it are not told in split tables, nor what they could be computed from; 0: all are; 3 unless given where records and names are no; "
                             "at least 3 for public"), "5"),
        Key("accounts", Text("no：各商户欠多少、交多少略去，只留合计；给 public、team 的总是 no", "no: what single tenants owe and paid is left out, totals stay; always no for public and team"), "no"),
    )),
}  # fmt: skip


def keys(block: str) -> tuple[str, ...]:
    """The keys that a block may have."""
    return tuple(key.name for key in BLOCKS[block].keys)


def needed(block: str) -> tuple[str, ...]:
    """Those of them that have to be there."""
    return tuple(key.name for key in BLOCKS[block].keys if key.needed)
