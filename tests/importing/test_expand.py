"""A row and a map give entries: templates, conditions, values, keys, times."""

import locale
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.errors import Refused
from svcctl.importing.map import expand, load_map, parse_when
from svcctl.importing.source import Row
from svcctl.importing.when import bad_format

CHICAGO = ZoneInfo("America/Chicago")
US = ("%m/%d/%y %I:%M %p", "%m/%d/%y")


@pytest.fixture
def planned(tmp_path):
    """The entries that one row becomes under a map of ``row:`` and perhaps ``values:``."""

    def plan(text, openers=("add",), **cells):
        path = tmp_path / "map.yaml"
        path.write_text("noun: repair\n" + text, encoding="utf-8")
        return expand(load_map(str(path)), Row(2, cells), lambda event: event in openers)

    return plan


REPAIR = """\
by: import
row:
  - {event: add, key: "kc:{ID}", at: "{CREATED}", place: "{PLACE}"}
  - {event: dispatch, to: "{GROUP}"}
  - {event: finish, if: {STATUS: RESOL, CLOSED: "*"}, at: "{CLOSED}", result: fixed}
"""


def test_a_row_becomes_a_record_and_its_follow_ups(planned):
    add, dispatch, finish = planned(REPAIR, ID="7", CREATED="1/7/20", PLACE=" 63rd St ", GROUP="D3", STATUS="RESOL", CLOSED="2/1/20")
    assert (add.event, add.key, add.at, add.by, add.fields, add.of) == (
        "add", "kc:7", "1/7/20", "import", {"place": "63rd St"}, None,
    )  # fmt: skip
    assert (dispatch.key, dispatch.at, dispatch.fields, dispatch.of) == ("kc:7/dispatch/1", "1/7/20", {"to": "D3"}, 0)
    assert (finish.key, finish.at, finish.of) == ("kc:7/finish/1", "2/1/20", 0)


@pytest.mark.parametrize(
    ("status", "closed", "events"),
    [("RESOL", "2/1/20", 3), (" RESOL ", "2/1/20", 3), ("RESOL", "  ", 2), ("OPEN", "2/1/20", 2), ("resol", "2/1/20", 2)],
)
def test_a_condition_holds_if_every_column_has_its_text(planned, status, closed, events):
    assert len(planned(REPAIR, ID="7", CREATED="1/7/20", PLACE="x", GROUP="y", STATUS=status, CLOSED=closed)) == events


def test_star_is_any_text_but_none_and_an_empty_condition_is_an_empty_cell(planned):
    text = 'row:\n- {event: add, place: x}\n- {event: one, if: {C: "*"}}\n- {event: two, if: {C: ""}}\n'
    assert [one.event for one in planned(text, C="anything")] == ["add", "one"]
    assert [one.event for one in planned(text, C=" ")] == ["add", "two"]


TWO_CALLS = """\
row:
  - {event: add, key: "k:{ID}"}
  - {event: follow, if: {FIRST: "*"}, text: "{FIRST}"}
  - {event: follow, if: {SECOND: "*"}, text: "{SECOND}"}
  - {event: follow, if: {THIRD: "*"}, text: "{THIRD}"}
"""


@given(st.tuples(*[st.sampled_from(["", "called"])] * 3), st.tuples(*[st.sampled_from(["", "called"])] * 3))
def test_an_entry_that_comes_later_changes_no_key_of_the_others(tmp_path_factory, before, after):
    path = tmp_path_factory.mktemp("map") / "map.yaml"
    path.write_text("noun: repair\n" + TWO_CALLS, encoding="utf-8")
    imap = load_map(str(path))

    def keys(calls):
        cells = dict(zip(("ID", "FIRST", "SECOND", "THIRD"), ("7", *calls), strict=True))
        return {one.key: one.line for one in expand(imap, Row(2, cells), lambda event: event == "add")}

    first, second = keys(before), keys(after)
    assert all(second[key] == line for key, line in first.items() if key in second)
    assert set(keys(("x", "", "x"))) == {"k:7", "k:7/follow/1", "k:7/follow/3"}


def test_each_record_of_a_row_has_a_key_and_follow_ups_of_its_own(planned):
    text = """\
row:
  - {event: charge, key: "c:{N}"}
  - {event: adjust}
  - {event: pay, key: "p:{N}", if: {PAID: "*"}}
  - {event: reverse}
  - {event: reverse}
  - {event: pay}
  - {event: reverse, key: "own:{N}"}
"""
    openers = ("charge", "pay")
    assert [(one.event, one.key, one.of) for one in planned(text, openers, N="1", PAID="y")] == [
        ("charge", "c:1", None), ("adjust", "c:1/adjust/1", 0), ("pay", "p:1", None), ("reverse", "p:1/reverse/1", 2),
        ("reverse", "p:1/reverse/2", 2), ("pay", None, None), ("reverse", "own:1", 5),
    ]  # fmt: skip
    assert [(one.event, one.key, one.of) for one in planned(text, openers, N="1", PAID="")] == [
        ("charge", "c:1", None), ("adjust", "c:1/adjust/1", 0), ("pay", None, None), ("reverse", "own:1", 2),
    ]  # fmt: skip


def test_a_row_whose_record_is_left_out_gives_nothing(planned):
    text = 'row:\n- {event: add, if: {KIND: street}, key: "{ID}"}\n- {event: finish}\n'
    assert planned(text, KIND="park", ID="") == []


def test_a_key_of_an_empty_cell_is_refused_because_all_such_rows_would_be_one(planned):
    with pytest.raises(Refused, match='column "ID", of which the key is made, is empty'):
        planned(REPAIR, ID=" ", CREATED="1/7/20", PLACE="x", GROUP="y", STATUS="", CLOSED="")


@pytest.mark.parametrize(("raw", "meant"), [("HIGH", "emergency"), (" HIGH ", "emergency"), ("low", "normal"), ("", "planned")])
def test_values_say_what_a_raw_text_means(planned, raw, meant):
    (add,) = planned('values: {urgency: {HIGH: emergency, "": planned, "*": normal}}\nrow: [{event: add, urgency: "{U}"}]\n', U=raw)
    assert add.fields == {"urgency": meant}


def test_what_values_do_not_list_is_taken_as_it_is_and_the_rest_has_the_empty_cell_too(planned):
    row = 'row: [{event: add, urgency: "{U}"}]\n'
    assert planned("values: {urgency: {HIGH: emergency}}\n" + row, U="soon")[0].fields == {"urgency": "soon"}
    assert planned("values: {urgency: {HIGH: emergency}}\n" + row, U="")[0].fields == {}
    assert planned('values: {urgency: {"*": normal}}\n' + row, U="")[0].fields == {"urgency": "normal"}
    assert planned('values: {urgency: {"": "", "*": normal}}\n' + row, U="")[0].fields == {}


def test_values_of_one_event_go_before_those_of_all(planned):
    text = """\
values: {result: {Y: fixed}, finish.result: {Y: replaced}, by: {MK: 马克}}
row: [{event: add, result: "{R}", by: "{WHO}"}, {event: finish, result: "{R}", by: "{WHO}"}]
"""
    add, finish = planned(text, R="Y", WHO="MK")
    assert (add.fields["result"], finish.fields["result"], add.by) == ("fixed", "replaced", "马克")


def test_empty_fields_are_left_out_and_braces_can_be_written(planned):
    text = 'row: [{event: add, place: "{A}{B}", fault: "{{x}} {A}", for: {"key:{A}": "{B}", "k": "1"}, shifts: ["{A}", z], note: "{A}"}]\n'
    (add,) = planned(text, A="", B=" ")
    assert (add.fields, add.note) == ({"fault": "{x}", "for": {"k": "1"}, "shifts": ["z"]}, "")
    (add,) = planned(text, A="a", B="b{C}")
    assert add.fields == {"place": "ab{C}", "fault": "{x} a", "for": {"key:a": "b{C}", "k": "1"}, "shifts": ["a", "z"]}


def test_two_parts_of_a_map_by_one_key_are_refused(planned):
    with pytest.raises(Refused, match="two parts of one row go by the same key"):
        planned('row: [{event: add, for: {"{A}": "1", "{B}": "2"}}]\n', A="x", B="x")


def test_where_the_map_says_no_time_there_is_none_but_an_empty_cell_is_empty(planned):
    assert planned("row: [{event: add}]\n")[0].at is None
    assert planned('row: [{event: add, at: "{T}"}]\n', T="")[0].at == ""


def when(text, *dates, mode="end"):
    return parse_when(text, dates, CHICAGO, mode).isoformat()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1/7/20 12:59 PM", "2020-01-07T12:59:00-06:00"),
        ("1/7/20  12:05 am", "2020-01-07T00:05:00-06:00"),
        ("07/08/19 11:00 PM", "2019-07-08T23:00:00-05:00"),
        ("2/12/20", "2020-02-12T23:59:59-06:00"),
        ("２/12/20", "2020-02-12T23:59:59-06:00"),
        ("2020-02-12", "2020-02-12T23:59:59-06:00"),
        ("20200212", "2020-02-12T23:59:59-06:00"),
        ("2020-02-12 08:05", "2020-02-12T08:05:00-06:00"),
        ("2020-02-12T08:05:09.999999", "2020-02-12T08:05:09-06:00"),
        ("2020-02-12T14:05:00Z", "2020-02-12T08:05:00-06:00"),
        ("2020-02-12T22:05:00+08:00", "2020-02-12T08:05:00-06:00"),
        ("2020/2/12 8:05", "2020-02-12T08:05:00-06:00"),
        ("2020年2月12日", "2020-02-12T23:59:59-06:00"),
        ("2020.2.12", "2020-02-12T23:59:59-06:00"),
    ],
)
def test_the_formats_of_the_map_then_iso_then_year_first(text, moment):
    assert when(text, *US) == moment


def test_the_first_format_that_fits_wins_even_over_iso():
    assert when("2020-03-02", "%Y-%d-%m") == "2020-02-03T23:59:59-06:00"
    assert when("3/2/20", "%d/%m/%y", "%m/%d/%y") == "2020-02-03T23:59:59-06:00"
    assert when("3/22/20", "%d/%m/%y", "%m/%d/%y") == "2020-03-22T23:59:59-05:00"


def test_a_date_may_mean_the_beginning_of_its_day():
    assert when("2/12/20", *US, mode="start") == "2020-02-12T00:00:00-06:00"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Fri, 07 Feb 2020 13:05:00 +0800", "%a, %d %b %Y %H:%M:%S %z"),
        ("friday 7 february 20 at 01:05 p.m.", "%A %d %B %y at %I:%M %p"),
        ("100% 070220 1305", "100%% %d%m%y %H%M"),
        ("7.2.2020 13:05:00.25", "%d.%m.%Y %H:%M:%S.%f"),
    ],
)
def test_every_directive_is_understood(text, form):
    assert bad_format(form) is None
    expected = datetime(2020, 2, 7, 13, 5, tzinfo=CHICAGO) if "%z" not in form else datetime(2020, 2, 7, 5, 5, tzinfo=UTC)
    assert parse_when(text, (form,), CHICAGO) == expected


def test_months_are_english_whatever_the_locale_of_the_process():
    usable = [name for name in ("de_DE.UTF-8", "zh_CN.UTF-8", "fr_FR.UTF-8", "C.UTF-8", "C") if _set(name)]
    assert usable
    try:
        for name in usable:
            locale.setlocale(locale.LC_TIME, name)
            assert when("7 May 2020 1:05 PM", "%d %b %Y %I:%M %p") == "2020-05-07T13:05:00-05:00"
    finally:
        locale.setlocale(locale.LC_TIME, "C")


def _set(name):
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    return True


def test_when_the_clocks_change_a_time_is_still_a_time():
    assert when("3/8/20 2:30 AM", *US) == "2020-03-08T03:30:00-05:00"
    assert when("11/1/20 1:30 AM", *US) == "2020-11-01T01:30:00-05:00"


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "13/1/20", "2/30/20", "2/12/20 13:05 PM", "2020-W07", "2020-02", "12:30", "43873", "0001-01-01"]
)
def test_what_is_no_time_is_refused_with_what_would_be_one(text):
    with pytest.raises(Refused) as caught:
        parse_when(text, US, CHICAGO)
    if text != "0001-01-01":
        assert "no time: expected %m/%d/%y %I:%M %p, %m/%d/%y, 2026-01-31 14:05" in caught.value.say("en")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)))  # noqa: DTZ001
def test_what_strftime_writes_is_read_as_strptime_reads_it(moment):
    for form in ("%m/%d/%Y %I:%M:%S %p", "%d-%b-%y %H:%M", "%Y%m%d%H%M%S", "%A %d %B %Y", "%m/%d/%y"):
        text = moment.strftime(form)
        expected = datetime.strptime(text, form).replace(tzinfo=UTC)
        if "%H" not in form and "%I" not in form:
            expected = expected.replace(hour=23, minute=59, second=59)
        assert parse_when(text, (form,), UTC) == expected


@given(st.text(max_size=20))
def test_no_text_whatever_makes_a_traceback(text):
    try:
        assert parse_when(text, US, CHICAGO).tzinfo is CHICAGO
    except Refused as refused:
        assert "no time" in refused.say("en") or "out of range" in refused.say("en")
