"""A template from the tree of its YAML: every wrong key or value is named with its line, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from svcctl import measures, nouns, rows
from svcctl.errors import refuse
from svcctl.fields import BadValue, ChoiceType, IntType, MoneyType, near, span
from svcctl.reports import audience_in, defaults, details, extending, groups, naming, template_keys
from svcctl.reports.form import Form, Lines, Path, Tree, key_name, number_between, words
from svcctl.reports.template import (
    TONES,
    ByTable,
    ChartSpec,
    ChecksSpec,
    ClosingSpec,
    ComingSpec,
    CompareSpec,
    DefinitionsSpec,
    DetailsSpec,
    FieldColumn,
    FigureColumn,
    Line,
    Matrix,
    OverviewSpec,
    Ref,
    SheetSpec,
    SummarySpec,
    TableSpec,
    TablesSpec,
    Template,
    TextSpec,
    Trend,
)
from svcctl.texts import Text

PERIODS = ("day", "week", "month", "range")
CHARTS = ("column", "bar", "line", "pie", "doughnut")
MOST_CHARTS, MOST_FIGURES = 12, 24  # of those that are there for sites that do not use every noun
LONGEST = {"day": 62, "week": 53, "month": 24}  # of a trend: the work grows with it
RESERVED = (
    "compare", "overview", "checks", "attention", "entries", "late_entries", "corrections", "without_effect", "damage",
    "late_entries_sealed", "accepted_entries", "published_changed",
)  # fmt: skip
_NOWHERE = Ref("", "")


def read(tree: Tree, lines: Lines, file: str, name: str, base_of: Callable[[str], Template] = extending.nothing) -> Template:
    """The template in a tree of texts. Raises every problem of it (Refused, with ``file:line``).

    ``base_of`` gives the template that this one extends, by its name; it raises BadValue if there is none.
    """
    form = Form(lines, file, quoting=True)
    extends = isinstance(tree, dict) and "extends" in tree
    base = form.value(("extends",), tree["extends"], base_of, None) if extends else None
    refuse(form.problems)  # what of it is wrong cannot be told without what it is made from
    needed = ("svcctl",) if base else template_keys.needed("template")
    top = form.table((), tree, template_keys.keys("template"), needed)
    if top.get("svcctl", "1") != "1":
        form.wrong(("svcctl",), Text("1", "1"), top["svcctl"])
    period = form.word(("period",), top.get("period", base.period if base else "day"), PERIODS)
    own: tuple[SheetSpec, ...] = form.list_of(("sheets",), top.get("sheets"), partial(_sheet, form, base is not None))
    if base is None and "without" in top:
        form.wrong(("without",), Text("与 extends 一起写", "an `extends` beside it"))
    sheets, others = extending.merged(form, top, base, own) if base else (own, ())
    _unique(form, own, top.get("sheets"), others)
    _charts_lead_somewhere(form, own, sheets)
    _overviews(form, own, sheets, period)
    title = base.title if base and "title" not in top else form.text(("title",), top.get("title", "-"))
    audiences = extending.audiences(audience_in.read(form, top.get("audiences"), sheets), base)
    brand = form.value(("brand",), top.get("brand", base.brand if base else ""), audience_in.workbook_name, "")
    sign = base.sign if base and "sign" not in top else audience_in.sign(form, top.get("sign"))
    refuse(form.problems)
    kind: Any = period
    return Template(
        name=name, period=kind, title=title, sheets=sheets, audiences=audiences, brand=brand, sign=sign,
        extends=top["extends"] if base else "",
    )  # fmt: skip


# -- sheets -----------------------------------------------------------------------------------------------------------


def _sheet(form: Form, placed: bool, path: Path, tree: Tree) -> SheetSpec | None:
    if not isinstance(tree, dict):
        form.wrong(path, Text("几行“键: 值”", "`key: value` lines"), tree)
        return None
    show = form.word((*path, "show"), tree.get("show"), tuple(_SHEETS))
    known = template_keys.keys(show) + (template_keys.keys("placed") if placed else ())
    form.table(path, tree, known, template_keys.needed(show))
    key = form.value((*path, "key"), tree.get("key", defaults.sheet_key(show, tree)), key_name, "sheet")
    title = form.text((*path, "title"), tree["title"]) if "title" in tree else defaults.sheet_title(show, tree)
    return _SHEETS[show](form, path, tree, key, title)


def _intro(form: Form, path: Path, tree: Tree) -> Text:
    return form.optional_text((*path, "intro"), tree.get("intro"))


def _summary(form: Form, path: Path, tree: Tree, key: str, title: Text) -> SummarySpec:
    figures = form.list_of((*path, "figures"), tree.get("figures"), partial(_named, form, naming.measure_name))
    charts = form.list_of((*path, "charts"), tree.get("charts"), partial(_chart, form))
    for what, found, most in (("figures", figures, MOST_FIGURES), ("charts", charts, MOST_CHARTS)):
        if len(found) > most:
            form.wrong((*path, what), Text(f"最多 {most} 个", f"at most {most}"), str(len(found)))
    within = timedelta(days=1)
    if tree.get("attention") not in (None, ""):
        table = form.table((*path, "attention"), tree["attention"], ("within",), ("within",))
        within = form.value((*path, "attention", "within"), table.get("within", "1d"), span, within)
    return SummarySpec(key=key, title=title, figures=figures, charts=charts, within=within)


def _text(form: Form, path: Path, tree: Tree, key: str, title: Text) -> TextSpec:
    lines = form.list_of((*path, "lines"), tree.get("lines"), partial(_line, form))
    return TextSpec(key=key, title=title, intro=_intro(form, path, tree), lines=lines)


def _compare(form: Form, path: Path, tree: Tree, key: str, title: Text) -> CompareSpec:
    def one(where: Path, item: Tree) -> str:
        return form.value(where, item, naming.pattern, "")

    chosen = form.list_of((*path, "measures"), tree.get("measures"), one)
    return CompareSpec(key=key, title=title, intro=_intro(form, path, tree), measures=chosen)


def _overview(form: Form, path: Path, tree: Tree, key: str, title: Text) -> OverviewSpec:
    made = _compare(form, path, tree, key, title)
    sheet, _, section = str(tree.get("lines", "")).partition(".")
    return OverviewSpec(key=key, title=title, intro=made.intro, measures=made.measures, sheet=sheet, section=section)


def _details(form: Form, path: Path, tree: Tree, key: str, title: Text) -> DetailsSpec:
    noun = form.value((*path, "noun"), tree.get("noun", "repair"), naming.noun_name, "")
    known = details.columns(nouns.noun(noun)) if naming.exists(noun) else None
    records = form.list_of((*path, "records"), tree.get("records", list(defaults.RECORDS)), partial(_group, form, noun))
    columns = form.list_of((*path, "columns"), tree.get("columns", defaults.columns(noun)), partial(_field, form, known))
    by = tree.get("sort")
    order = form.list_of((*path, "sort"), [by] if isinstance(by, str) and by else by, partial(_order, form, known))
    where = _where(form, noun, (*path, "where"), tree.get("where"))
    for what, found in (("records", records), ("columns", columns)):
        if not found:
            form.wrong((*path, what), Text("至少一项", "at least one"))
    return DetailsSpec(
        key=key, title=title, intro=_intro(form, path, tree), noun=noun, records=records, columns=columns,
        sort=order or (("at", False),), where=where, limit=_limit(form, path, tree),
    )  # fmt: skip


def _where(form: Form, noun: str, path: Path, tree: Tree) -> tuple[tuple[str, str], ...]:
    """Fields of the noun with the value each is to have, as it is stored."""
    if tree in (None, "") or not naming.exists(noun):
        return ()
    known = rows.headings(nouns.noun(noun))
    found = []
    for key, item in form.table(path, tree, tuple(known)).items():
        kind = known[key].type if key in known else None
        codes = tuple(kind.labels) if isinstance(kind, ChoiceType) else ()
        found.append((key, form.word((*path, key), item, codes) if codes else form.value((*path, key), item, str, "")))
    return tuple(found)


def _limit(form: Form, path: Path, tree: Tree) -> int:
    return form.value((*path, "limit"), tree.get("limit", "0"), number_between(0, 1000), 0)


def _records(form: Form, path: Path, tree: Tree) -> DetailsSpec:
    """Records on a sheet of tables."""
    form.table(path, tree, template_keys.keys("records"), template_keys.needed("records"))
    key = form.value((*path, "key"), tree.get("key", defaults.section_key("records", tree)), key_name, "table")
    return _details(form, path, tree, key, form.optional_text((*path, "title"), tree.get("title")))


def _tables(form: Form, path: Path, tree: Tree, key: str, title: Text) -> TablesSpec:
    sections: tuple[TableSpec, ...] = form.list_of((*path, "sections"), tree.get("sections"), partial(_section, form))
    use = form.word((*path, "use"), tree.get("use", "read"), ("read", "charts"))
    return TablesSpec(key=key, title=title, intro=_intro(form, path, tree), data=use == "charts", sections=sections)


def _coming(form: Form, path: Path, tree: Tree, key: str, title: Text) -> ComingSpec:
    return ComingSpec(key=key, title=title, intro=_intro(form, path, tree))


def _checks(form: Form, path: Path, tree: Tree, key: str, title: Text) -> ChecksSpec:
    return ChecksSpec(key=key, title=title, intro=_intro(form, path, tree))


def _closing(form: Form, path: Path, tree: Tree, key: str, title: Text) -> ClosingSpec:
    return ClosingSpec(key=key, title=title, intro=_intro(form, path, tree))


def _definitions(form: Form, path: Path, tree: Tree, key: str, title: Text) -> DefinitionsSpec:
    return DefinitionsSpec(key=key, title=title, intro=_intro(form, path, tree))


_Make = Callable[[Form, Path, Tree, str, Text], SheetSpec]
_SHEETS: dict[str, _Make] = {
    "summary": _summary, "text": _text, "overview": _overview, "compare": _compare, "details": _details, "tables": _tables,
    "coming": _coming,
    "closing": _closing, "checks": _checks, "definitions": _definitions,
}  # fmt: skip


# -- what sheets are made of ------------------------------------------------------------------------------------------


def _named(form: Form, reader: Callable[[str], Ref], path: Path, tree: Tree) -> Ref:
    return form.value(path, tree, reader, _NOWHERE)


def _line(form: Form, path: Path, tree: Tree) -> Line:
    when: tuple[Ref, ...] = ()
    alert = False
    if isinstance(tree, dict) and not {"zh", "en"} & set(tree):
        table = form.table(path, tree, template_keys.keys("line"), template_keys.needed("line"))
        when = form.list_of((*path, "when"), table.get("when"), partial(_named, form, naming.spoken))
        alert = form.word((*path, "tone"), table.get("tone", "plain"), ("plain", "alert")) == "alert"
        path, tree = (*path, "text"), table.get("text", "-")
    text = form.text(path, tree)
    refs = {}
    for lang, part in zip(("zh", "en"), text, strict=True):
        where = (*path, lang)
        for name in naming.PLACE.findall(part):
            refs[name] = form.value(where, name, naming.spoken, _NOWHERE)
        rest = naming.PLACE.sub("", part)
        if "{" in rest or "}" in rest:
            form.wrong(where, Text("花括号里是一个指标，如 {repair.received}", "in braces a figure such as {repair.received}"))
    return Line(text, refs, when, alert)


def _chart(form: Form, path: Path, tree: Tree) -> ChartSpec:
    table = form.table(path, tree, template_keys.keys("chart"), template_keys.needed("chart"))
    kind: Any = form.word((*path, "kind"), table.get("kind", "column"), CHARTS)
    sheet, _, section = str(table.get("of", "")).partition(".")
    read = partial(_named, form, naming.reference)
    series = form.list_of((*path, "series"), table.get("series"), read)
    lines = form.list_of((*path, "lines"), table.get("lines"), read)
    drawn = (*series, *lines)
    title = form.text((*path, "title"), table["title"]) if "title" in table else defaults.chart_title(drawn)
    return ChartSpec(
        kind=kind, title=title, sheet=sheet, section=section, series=drawn, lines=frozenset(r.key for r in lines)
    )


def _group(form: Form, noun: str, path: Path, tree: Tree) -> str:
    if not naming.exists(noun):
        return str(tree)
    return form.word(path, tree, groups.names(nouns.noun(noun)))


def _field(form: Form, known: dict[str, Any] | None, path: Path, tree: Tree) -> FieldColumn:
    if isinstance(tree, str):
        return FieldColumn(_field_key(form, known, path, tree))
    table = form.table(path, tree, template_keys.keys("column"), template_keys.needed("column"))
    key = _field_key(form, known, (*path, "field"), table.get("field", "id"))
    title = form.text((*path, "title"), table["title"]) if "title" in table else None
    tone: Any = form.word((*path, "tone"), table["tone"], TONES) if "tone" in table else None
    total = form.word((*path, "total"), table.get("total", "no"), ("no", "yes")) == "yes"
    width = form.value((*path, "width"), table.get("width", "0"), number_between(0, 80), 0)
    return FieldColumn(key, title, tone, total, width)


def _field_key(form: Form, known: dict[str, Any] | None, path: Path, tree: Tree) -> str:
    return str(tree) if known is None else form.word(path, tree, tuple(known))


def _order(form: Form, known: dict[str, Any] | None, path: Path, tree: Tree) -> tuple[str, bool]:
    falling = isinstance(tree, str) and tree.startswith("-")
    return _field_key(form, known, path, tree[1:] if falling else tree), falling


# -- statistics -------------------------------------------------------------------------------------------------------


def _section(form: Form, path: Path, tree: Tree) -> TableSpec | None:
    if not isinstance(tree, dict):
        form.wrong(path, Text("几行“键: 值”", "`key: value` lines"), tree)
        return None
    if "records" in tree:
        return _records(form, path, tree)
    own = "each" if "each" in tree or "last" in tree else "across" if "across" in tree or "group" in tree else "by"
    form.table(path, tree, template_keys.keys(own), template_keys.needed(own), ("across", "each", "records"))
    key = form.value((*path, "key"), tree.get("key", defaults.section_key(own, tree)), key_name, "table")
    title, intro = form.optional_text((*path, "title"), tree.get("title")), _intro(form, path, tree)
    if own == "each":
        each: Any = form.word((*path, "each"), tree.get("each", "day"), tuple(LONGEST))
        last = form.value((*path, "last"), tree.get("last", "1"), number_between(1, LONGEST[each]), 1)
        columns = form.list_of((*path, "columns"), tree.get("columns"), partial(_figure, form, "", ""))
        for n, column in enumerate(columns):
            if column.ref.part not in ("", "num", "den"):
                form.wrong((*path, "columns", n), Text("不带对比的指标", "a figure without a comparison"), column.ref.key)
        return Trend(key=key, title=title, intro=intro, each=each, last=last, columns=columns)
    noun = form.value((*path, "noun"), tree.get("noun", "repair"), naming.noun_name, "")
    by = _split(form, noun, (*path, "by"), tree.get("by", ""))
    if own == "across":
        across = _split(form, noun, (*path, "across"), tree.get("across", ""))
        group = _group(form, noun, (*path, "group"), tree.get("group", "received"))
        return Matrix(
            key=key, title=title, intro=intro, noun=noun, by=by, across=across, group=group, sum=_summed(form, noun, path, tree),
            total=form.word((*path, "total"), tree.get("total", "yes"), ("yes", "no")) == "yes",
        )  # fmt: skip
    columns = form.list_of((*path, "columns"), tree.get("columns", defaults.figures(noun, by)), partial(_figure, form, noun, by))
    sort = str(tree.get("sort", "")).removeprefix("-")
    if sort and sort not in [c.ref.key for c in columns]:
        form.wrong((*path, "sort"), words(c.ref.key for c in columns), sort, near(sort, [c.ref.key for c in columns]))
    return ByTable(
        key=key, title=title, intro=intro, noun=noun, by=by, columns=columns, sort=sort,
        used=form.word((*path, "rows"), tree.get("rows", "used"), ("used", "all")) == "used",
        total=form.word((*path, "total"), tree.get("total", "yes"), ("yes", "no")) == "yes",
        limit=_limit(form, path, tree), rest=form.text((*path, "rest"), tree["rest"]) if "rest" in tree else None,
    )  # fmt: skip


def _split(form: Form, noun: str, path: Path, tree: Tree) -> str:
    if not naming.exists(noun):
        return str(tree)
    return form.word(path, tree, tuple(dict.fromkeys((*rows.headings(nouns.noun(noun)), *_dimensions(noun)))))


def _summed(form: Form, noun: str, path: Path, tree: Tree) -> str:
    """The field of money or whole numbers that a table by two fields adds up; none: it counts."""
    if "sum" not in tree or not naming.exists(noun):
        return ""
    known = rows.headings(nouns.noun(noun))
    return form.word((*path, "sum"), tree["sum"], tuple(k for k, h in known.items() if isinstance(h.type, MoneyType | IntType)))


def _dimensions(noun: str) -> tuple[str, ...]:
    """What the measures of a noun are split by."""
    return tuple(measures.register(noun).dimensions) if noun in measures.NOUNS else ()


def _figure(form: Form, noun: str, by: str, path: Path, tree: Tree) -> FigureColumn:
    title = None
    if not isinstance(tree, str):
        table = form.table(path, tree, template_keys.keys("figure"), template_keys.needed("figure"))
        title = form.text((*path, "title"), table["title"]) if "title" in table else None
        tree, path = table.get("figure", "repair.received"), (*path, "figure")

    def column(text: str) -> Ref:
        ref = naming.reference(text, column)
        if "{" in ref.id:
            raise BadValue(Text("不带拆分的指标", "a figure without a split"))
        if not noun:
            return ref
        if ref.noun != noun:
            raise BadValue(Text(f"{noun} 的指标", f"a figure of {noun}"))
        if ref.group and naming.exists(noun) and by not in rows.headings(nouns.noun(noun)):
            raise BadValue(Text(f"按 {by} 拆分的指标；记录没有这个字段", f"a measure split by {by}; records have no such field"))
        if not ref.group and naming.exists(noun) and by not in measures.find(ref.id).measure.splits:
            name = ref.id.partition(".")[2]
            if not ref.part and name in groups.names(nouns.noun(noun)):
                return ref._replace(group=name)  # any field can be asked how many records there are
            what = Text("记录组；这个指标只能按 {splits} 拆分", "a group of records; this measure is split by {splits} only")
            raise BadValue(what.fill(splits=words(measures.find(ref.id).measure.splits)))
        return ref

    return FigureColumn(form.value(path, tree, column, _NOWHERE), title)


# -- what goes together -----------------------------------------------------------------------------------------------


def _unique(form: Form, sheets: tuple[SheetSpec, ...], tree: Tree, others: tuple[SheetSpec, ...]) -> None:
    """Keys are what tables are called in JSON, so that each may stand once, among ``others`` too."""
    seen = {key: key for key in audience_in.keys_of(others)}
    paths: list[tuple[Path, str, bool, dict[str, Tree]]] = []
    for sheet, (n, written) in zip(sheets, _tables_in(tree), strict=True):
        own = isinstance(sheet, SummarySpec | OverviewSpec | CompareSpec | ClosingSpec | ChecksSpec | DefinitionsSpec)
        paths.append((("sheets", n, "key"), sheet.key, own, written))
        if isinstance(sheet, TablesSpec):
            parts = zip(sheet.sections, _tables_in(written.get("sections")), strict=True)
            paths.extend((("sheets", n, "sections", i, "key"), s.key, False, part) for s, (i, part) in parts)
    for path, key, own, written in paths:
        if key in seen or (key in RESERVED and not own):
            if "key" in written:
                form.wrong(path, Text("没有用过的名字", "a key that is not used elsewhere"), key)
            else:
                form.wrong(path, Text(f"自己的 key；不写就两处都叫 {key}", f"a `key:` of its own; without one both would be called {key}"))
        seen[key] = key


def _tables_in(tree: Tree) -> list[tuple[int, dict[str, Tree]]]:
    """The items of a list that could be read at all, each with its number (from 0)."""
    return [(n, item) for n, item in enumerate(tree) if isinstance(item, dict)] if isinstance(tree, list) else []


def _overviews(form: Form, sheets: tuple[SheetSpec, ...], all_sheets: tuple[SheetSpec, ...], period: str) -> None:
    """The year to date is one of months; the small charts need a trend."""
    trends = [f"{s.key}.{t.key}" for s in all_sheets if isinstance(s, TablesSpec) for t in s.sections if isinstance(t, Trend)]
    for n, sheet in enumerate(sheets):
        if not isinstance(sheet, OverviewSpec):
            continue
        if period != "month":
            what = Text("month（period: month 的报表才有本年累计）", "month: the year to date is one of months")
            form.wrong(("period",), what, period)
        place = f"{sheet.sheet}.{sheet.section}" if sheet.section else sheet.sheet
        if place and place not in trends:
            form.wrong(("sheets", n, "lines"), words(trends), place, near(place, trends))


def _charts_lead_somewhere(form: Form, sheets: tuple[SheetSpec, ...], all_sheets: tuple[SheetSpec, ...]) -> None:
    tables = {f"{s.key}.{t.key}": t for s in all_sheets if isinstance(s, TablesSpec) for t in s.sections}
    for n, sheet in enumerate(sheets):
        for i, chart in enumerate(sheet.charts if isinstance(sheet, SummarySpec) else ()):
            place = f"{chart.sheet}.{chart.section}"
            table = tables.get(place)
            if table is None or isinstance(table, Matrix | DetailsSpec):
                known = [p for p, t in tables.items() if isinstance(t, ByTable | Trend)]
                form.wrong(("sheets", n, "charts", i, "of"), words(known), place, near(place, known))
                continue
            columns = [c.ref.key for c in table.columns]
            for ref in chart.series:
                if ref.key not in columns:
                    form.wrong(("sheets", n, "charts", i, "series"), words(columns), ref.key, near(ref.key, columns))
