"""``import``: somebody else's CSV, workbook, JSON lines or YAML into entries, all or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.book.importer import Importer
from svcctl.book.planning import Bad, Plan, Planner
from svcctl.book.record import Recorder
from svcctl.book.values import MISSING
from svcctl.book.wish import Draft, Stored
from svcctl.cli import write
from svcctl.cli.params import JSON, LATE
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused, RefusedMany, SvcError, Usage
from svcctl.importing.columns import check_columns, check_events, header_map, known_columns
from svcctl.importing.map import load_map
from svcctl.importing.model import ImportMap
from svcctl.importing.probe import binary, named_workbook
from svcctl.importing.problems import each
from svcctl.importing.rejects import RejectWriter
from svcctl.importing.source import Row, Source, open_source
from svcctl.mask import mask_numbers
from svcctl.table import safe
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from svcctl.importing.form_rows import FormFile

TOLD = 1000  # bad rows that are told one by one
LISTED = 100  # ids that are listed on a terminal
NOTED = 20  # values that were understood, though not written as they should be
_PARAMS = (
    Param("file", ("FILE",), Text("要导入的文件", "The file"), metavar="FILE", required=True),
    Param("map", ("--map",), Text("说明每一列是什么的文件", "What each column means"), metavar="MAP.yaml"),
    Param("noun", ("--noun",), Text("不用 --map：表头就是这个名词的字段名（svcctl form 的表单都不用说）", "Instead of --map: the header is this noun's fields (a form of `svcctl form` needs neither)"), metavar="NOUN"),
    Param("by_", ("--by",), Text("录入人（文件里没有时）", "Who records, where the file does not say"), metavar="NAME"),
    Param("skip", ("--skip-invalid",), Text("不能接受的行写到 FILE.rejected.csv，其余照写", "Put bad rows into FILE.rejected.csv and write the rest"), kind="flag"),
    LATE,
    Param("dry_", ("-n", "--dry-run"), Text("只看会写什么，不写", "Show what would be written, write nothing"), kind="flag"),
    JSON,
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Import a file."""
    if not given["file"]:
        raise Usage(Text("缺少要导入的文件", "the file is missing"))
    if given["map"] and given["noun"]:
        raise Usage(Text("--map 和 --noun 只要一个", "either --map or --noun, not both"))
    form = None if given["map"] else _form(given)
    if form is None and not given["map"] and not given["noun"]:
        raise Usage(
            Text("要有 --map 或 --noun 之一", "either --map or --noun is needed"),
            todo=Text("只有 svcctl form 做的表单不用说", "Only a form made by `svcctl form` does without"),
        )  # fmt: skip
    by, late = (given["by_"] or "").strip(), given["late_"] or ""
    if form is not None:
        taken: Import = _form_in(session, form, given, by, late)
    else:
        taken = _mapped(session, given, by or write.who(session), late)
    for note in taken.notes:
        session.say(note)
    session.notice()
    if given["dry_"]:
        plan = taken.planner.plan(lambda: Recorder(session.book, lambda: session.book.now, lenient=taken.source is not None))
        _said_before(session, plan, taken)
        _dry(session, plan, taken, bool(given["json_"]))
        return
    with session.book.writer() as writer:
        # One moment for all of it: the microseconds that keep entries apart are counted from the desk's last one.
        plan = taken.planner.plan(lambda: Recorder(session.book, lambda: writer.recorded(session.book.now), lenient=taken.source is not None))
        if plan.bad and not taken.skip:
            raise RefusedMany(_problems(plan.bad, taken))
        rejected = _reject(plan, taken.source, session) if taken.source is not None else ""
        keep = _said_before(session, plan, taken)
        writer.append_group((d.file, d.doc) for d in plan.drafts)
        keep()
    _tell(session, plan, rejected)
    _acknowledge(session, plan, bool(given["json_"]))


def _said_before(session: Session, plan: Plan, taken: Import) -> Callable[[], None]:
    """Say that a file was imported before whose records have no keys, so that they are written once more.

    Returns what keeps in mind that it was imported.
    """
    if taken.source is None or all(d.entry.key or d.entry.of for d in plan.drafts):
        return lambda: None
    from svcctl.store import imported

    root = session.book.root
    name = imported.digest(taken.source.path, plan.drafts[0].entry.kind)
    when = imported.imported(root, name)
    if when:
        session.say(Text(
            f"提醒：这个文件 {when} 导入过；没有 key 的行不认得是同一条，会再写一遍。加一列 key，或在 map 里写 key，就只写新的",
            f"note: this file was imported on {when}; rows without a key are not known again and are written once more. With a column key, "
            "or a key in the map, only what is new is written",
        ))  # fmt: skip
    return lambda: imported.remember(root, name, f"{session.book.now:%Y-%m-%d %H:%M}")


class Import(NamedTuple):
    """A file that was read: what plans its entries, what is to be told of it, and the source, unless it is a form."""

    planner: Planner
    notes: list[Text]
    skip: bool = False
    source: Source | None = None

    def place(self, row: Row) -> str:
        """Where a row stands."""
        return self.source.place(row.line) if self.source is not None else self.planner.cell(row, "")


def _form(given: dict[str, Any]) -> FormFile | None:
    """The form that a file is, whatever its name, or None."""
    if not named_workbook(given["file"]) and not binary(given["file"]):
        return None
    from svcctl.importing.form_rows import open_form

    form = open_form(given["file"], sure=not given["noun"])
    if form is not None and given["noun"] and given["noun"] not in {part.mark.noun for part in form.parts}:
        nouns = ", ".join(dict.fromkeys(part.mark.noun for part in form.parts))
        raise Refused(Text("这是另一个名词的表单", "the form is of another noun"), where=given["file"], expected=same(nouns), got=given["noun"])
    return form


def _form_in(session: Session, form: FormFile, given: dict[str, Any], by: str, late: str) -> Import:
    from svcctl.book.form_in import FormImporter, skip_is_for_maps

    if given["skip"]:
        raise skip_is_for_maps()
    planner = FormImporter(session.book, form, by)
    planner.late = late
    if not planner.by:
        planner.by = write.who(session)
    planner.read()
    if planner.nameless:
        raise Usage(MISSING.fill(names="--by"), todo=Text("或在表单第一张表上写填表人", "Or write on the form's first sheet who filled it in"))
    return Import(planner, planner.notes)


def _mapped(session: Session, given: dict[str, Any], by: str, late: str) -> Import:
    imap, source = _opened(session, given)
    planner = Importer(
        session.book, imap, by, late, strict=bool(given["noun"]), epoch=source.epoch, cell=source.cell
    )  # fmt: skip
    planner.read(source.rows)
    if planner.nameless:
        raise Usage(MISSING.fill(names="--by"), todo=Text("或在 map 里写 by:", "Or say so in the map: by:"))
    return Import(planner, [*source.notes, *_few(planner.notes)], imap.skip_invalid or bool(given["skip"]), source)


def _few(notes: list[Text]) -> list[Text]:
    """Notes on single cells: the first ones, and how many more there are."""
    more = len(notes) - NOTED
    return notes if more <= 0 else [*notes[:NOTED], Text(f"还有 {more} 处", f"and {more} more")]


def _opened(session: Session, given: dict[str, Any]) -> tuple[ImportMap, Source]:
    def opens(event: str) -> bool:
        verb = noun.verb(event)
        return verb is not None and verb.opens

    if given["map"]:
        imap = load_map(given["map"])
        noun = session.book.noun(imap.noun)
        fields = {v.event: (*(s.name for s in v.specs), *v.short) for v in noun.verbs}
        check_events(imap, fields, opens)
        header = list(imap.header) if imap.header else None
        source = open_source(given["file"], header=header, sheet=imap.sheet, header_row=imap.header_row)
        check_columns(imap, source.header)
        return imap, source
    noun = session.book.noun(given["noun"])
    source = open_source(given["file"])
    openings = {v.event: {s.short or s.name: (s.label.zh, s.label.en) for s in v.specs} for v in noun.verbs if v.opens}
    event = max(openings, key=lambda e: known_columns(openings[e], source.header))  # the first one of equals
    return header_map(openings[event], source.header, noun=noun.name, event=event, path=given["file"]), source


def _problems(bad: list[Bad], taken: Import) -> list[Any]:
    told = [line for one in bad[:TOLD] for line in _placed(one, taken)]
    if len(bad) > TOLD:
        told.append(Refused(Text(f"还有 {len(bad) - TOLD} 行", f"and {len(bad) - TOLD} more rows")))
    aside = _aside(taken)
    told.append(Refused(Text(
        f"{len(bad)} 行不能接受，什么都没有写；改好再导入{aside.zh}",
        f"{len(bad)} rows cannot be taken and nothing was written; mend them{aside.en}",
    )))  # fmt: skip
    return told


def _aside(taken: Import) -> Text:
    if taken.source is None:
        return same("")
    return Text("，或用 --skip-invalid（map 里是 skip_invalid）把它们放到一边", ", or set them aside with --skip-invalid (skip_invalid in a map)")


def _nothing(plan: Plan, taken: Import) -> Text:
    """That bad rows keep all the others from being written."""
    aside, n = _aside(taken), len(plan.bad)
    return Text(
        f"有 {n} 行不能接受，所以什么都不会写；改好再导入{aside.zh}",
        f"{n} rows cannot be taken, so nothing would be written; mend them{aside.en}",
    )


def _placed(bad: Bad, taken: Import) -> list[SvcError]:
    """What is wrong with a row: a line a cell of a workbook, else one line."""
    if taken.planner.cell(bad.row, ""):
        return each(bad.problem)
    place = taken.place(bad.row)
    zh, en = bad.problem.say("zh"), bad.problem.say("en")
    known = place in zh
    return [Refused(Text("; ".join(zh.splitlines()), "; ".join(en.splitlines())), where="" if known else place)]


def _reject(plan: Plan, source: Source, session: Session) -> str:
    """Put bad rows aside; returns the file's name, if there are any."""
    if not plan.bad:
        return ""
    with RejectWriter(source) as writer:
        for bad in plan.bad:
            writer.add(bad.row, bad.problem.say(session.lang))
    return writer.path


def _tell(session: Session, plan: Plan, rejected: str) -> None:
    for bad in plan.left_out[:TOLD]:
        message = "; ".join(bad.problem.say(session.lang).splitlines())
        session.say(Text(f"第 {bad.row.line} 行有一条没有录入：{message}", f"row {bad.row.line}: one entry was left out: {message}"))
    session.say(Text(
        f"{plan.rows} 行：新写 {len(plan.drafts)} 条，已有 {plan.there} 条，不能接受 {len(plan.bad)} 行",
        f"{plan.rows} rows: {len(plan.drafts)} entries written, {plan.there} there already, {len(plan.bad)} rows rejected",
    ))  # fmt: skip
    if rejected:
        session.say(Text(
            f"不能接受的行在 {rejected}（含原文，可能有个人信息，权限 0600）",
            f"the rejected rows are in {rejected} (in the source's own words, perhaps personal; mode 0600)",
        ))  # fmt: skip


def _acknowledge(session: Session, plan: Plan, as_json: bool) -> None:
    """The ids, row by row as the file has them, or the entries as JSON; what was there before too."""
    ids = tuple(one for made in plan.made for one in made.ids)
    if not as_json and session.on_terminal and len(ids) > LISTED:
        session.say(Text(
            f"{len(ids)} 个编号没有列在终端上；要编号请加 > 文件", f"the {len(ids)} ids are not listed on a terminal; to have them add > FILE",
        ))  # fmt: skip
        return
    look = Text("查看：svcctl log；每行有 key 的文件再导一次是安全的", "Look: svcctl log; a file whose rows have keys can be imported again safely")
    write.acknowledge(session, _array(session, plan.made) if as_json else ids, ids, look)


def _array(session: Session, made: Iterable[Draft | Stored]) -> Iterator[str]:
    """The entries as one JSON array, an object a line, so that a hundred thousand never stand in memory at once."""
    before = "["
    for outcome in made:
        for shown in write.objects(session, outcome):
            yield before + json.dumps(shown, ensure_ascii=False)
            before = ","
    yield "]" if before == "," else "[]"


def _dry(session: Session, plan: Plan, taken: Import, as_json: bool) -> None:
    if as_json:
        seen = [one._replace(brings=()) for made in plan.made if isinstance(made, Draft) for one in write.sighted(made)]
        for line in _array(session, seen):
            session.out(line)
    tell = session.say if as_json else lambda text: session.out(text.to(session.lang))
    for file, count in sorted(Counter(d.file for d in plan.drafts).items()):
        tell(Text(f"{file}: {count} 条", f"{file}: {count} entries"))
    tell(Text(
        f"共 {len(plan.drafts)} 条新的，{plan.there} 条已有，{len(plan.bad)} 行不能接受",
        f"{len(plan.drafts)} new entries, {plan.there} there already, {len(plan.bad)} rows rejected",
    ))  # fmt: skip
    for bad in plan.bad:
        for problem in _placed(bad, taken):
            tell(Text(mask_numbers(safe(problem.say("zh"))), mask_numbers(safe(problem.say("en")))))
    if plan.bad and not taken.skip:
        session.exit_code = Refused.exit_code
        tell(_nothing(plan, taken))


COMMAND = Command(
    "import", Text("把别人的文件（CSV、XLSX、JSON 行、YAML）导入台账，全有或全无；行里有 key 的，再导一次只写新的。",
                   "Import somebody else's file (CSV, XLSX, JSON lines, YAML), all or nothing; where rows have keys, again writes only what is new."),
    (Text("svcctl import 投诉登记表.xlsx", "svcctl import complaints.xlsx"),
     Text("svcctl import 报修.csv --noun repair -n", "svcctl import repairs.csv --noun repair -n"),
     Text("svcctl import requests.csv --map templates/maps/kansas_city.yaml",
          "svcctl import requests.csv --map templates/maps/kansas_city.yaml")),
    _PARAMS, run,
)  # fmt: skip
