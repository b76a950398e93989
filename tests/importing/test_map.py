"""An import map: what it may say, and how what is wrong in it is named."""

from dataclasses import FrozenInstanceError

import pytest

from svcctl.errors import NotFound, Refused
from svcctl.importing.map import check_columns, check_events, header_map, load_map
from svcctl.importing.template import MapTemplate, Template, parse

CONTRACT_MAP = """\
noun: repair
timezone: America/Chicago        # of the times in the file; default: the site's
dates: ["%m/%d/%y %I:%M %p", "%m/%d/%y"]   # a date without a time in `at` means the end of that day
by: import                       # `by` of every entry, may be "{Column}"
row:                             # the entries of one row, in this order; the first is the record
  - event: add
    key: "kc:{CASE ID}"          # its follow-ups get kc:…/finish/1 and so on
    at: "{CREATION DATE} {CREATION TIME}"
    place: "{STREET ADDRESS}"
    fault: "{TYPE}: {DETAIL}"
    party: property
  - event: dispatch
    to: "{WORK GROUP}"
    at: "{CREATION DATE} {CREATION TIME}"
  - event: finish
    if: {STATUS: RESOL, CLOSED DATE: "*"}   # every column named has this text; "*" is any, "" is empty
    at: "{CLOSED DATE}"
    result: fixed
values:                          # what raw text means, by field; "" an empty cell, "*" the rest
  urgency: {HIGH: emergency, "*": normal}
skip_invalid: false              # true: bad rows go to FILE.rejected.csv with the reason, good rows are written
"""
FIELDS = {"add": ["place", "fault", "party", "urgency"], "dispatch": ["to"], "finish": ["result"]}


@pytest.fixture
def loaded(tmp_path):
    def load(text):
        path = tmp_path / "map.yaml"
        path.write_text(text, encoding="utf-8")
        return load_map(str(path))

    return load


@pytest.fixture
def refusal(loaded, tmp_path):
    """What is said of a map that is refused, with the folder left out."""

    def said(text, lang="en"):
        with pytest.raises(Refused) as caught:
            loaded(text)
        return caught.value.say(lang).replace(f"{tmp_path}/", "").splitlines()

    return said


def opens(event):
    return event == "add"


def test_the_map_of_the_contract_is_read_as_it_stands(loaded):
    imap = loaded(CONTRACT_MAP)
    assert (imap.noun, imap.timezone, imap.skip_invalid) == ("repair", "America/Chicago", False)
    assert imap.dates == ("%m/%d/%y %I:%M %p", "%m/%d/%y")
    assert imap.by == Template(("import",), 4)
    assert [event.event for event in imap.row] == ["add", "dispatch", "finish"]
    assert imap.row[0].fields["fault"] == Template(("", "TYPE", ": ", "DETAIL", ""), 10)
    assert imap.row[0].key.columns == ("CASE ID",)
    assert imap.row[2].condition == {"STATUS": "RESOL", "CLOSED DATE": "*"}
    assert imap.values == {"urgency": {"HIGH": "emergency", "*": "normal"}}
    assert (imap.header, imap.sheet, imap.header_row) == (None, None, None)
    check_events(imap, FIELDS, opens)
    with pytest.raises(FrozenInstanceError):
        imap.noun = "complaint"


def test_the_keys_for_other_files_and_kinds_of_fields(loaded):
    imap = loaded(
        "noun: fee\nheader: [a, b]\nsheet: 明细\nheader_row: 3\nskip_invalid: true\nvalues: {finish.result: {Y: fixed}}\n"
        'row:\n- event: pay\n  optional: true\n  by: "{b}"\n  note: x\n  for: {"key:ar:{a}": "{b}"}\n  shifts: [A, "{b}"]\n'
    )
    assert (imap.header, imap.sheet, imap.header_row, imap.skip_invalid) == (("a", "b"), "明细", 3, True)
    assert imap.values == {"finish.result": {"Y": "fixed"}}
    (pay,) = imap.row
    assert pay.optional
    assert pay.fields["for"] == MapTemplate(((Template(("key:ar:", "a", ""), 12), Template(("", "b", ""), 12)),), 12)
    assert pay.fields["shifts"] == (Template(("A",), 13), Template(("", "b", ""), 13))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ("plain",)),
        ("", ("",)),
        ("{ Case  ID }", ("", "Case ID", "")),
        ("a{{b}}{c}d", ("a{b}", "c", "d")),
        ("{a}{b}", ("", "a", "", "b", "")),
        ("{a.__class__}", ("", "a.__class__", "")),
    ],
)
def test_templates_name_columns_and_nothing_else(text, parts):
    assert parse(text) == Template(parts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("noun: repair", "nuon: repair"), "map.yaml:1: unknown key: expected noun, timezone"),
        (("noun: repair", "noun: [x]"), "map.yaml:1: noun: expected one text"),
        (("America/Chicago", "America/Chikago"),
         'expected a time zone like America/Chicago, got "America/Chikago". Did you mean America/Chicago?'),
        (("America/Chicago", "/etc/passwd"), "map.yaml:2: timezone: expected a time zone"),
        (('"%m/%d/%y"]', '"%m/%q/%y"]'),
         'map.yaml:3: dates: expected a format like %m/%d/%Y %I:%M %p; unknown %q, got "%m/%q/%y"'),
        (('"%m/%d/%y"]', '"%m/%d"]'), "year, month or day is missing"),
        (('"%m/%d/%y"]', '"%m/%d/%y %I:%M"]'), "%I and %p belong together"),
        (('"%m/%d/%y"]', '"%m/%d/%y %M"]'), "without the hour"),
        (('"%m/%d/%y"]', '"%m/%d/%y %d"]'), "one part twice"),
        (("by: import", "by: {Column}"), 'map.yaml:4: by: expected one text. Put it in quotes: "{Column}"'),
        (("event: add", "event:"), "map.yaml:6: event: expected a value"),
        (("- event: add", "- evnt: add"), "map.yaml:6: event: expected a value, it is required"),
        (("{CASE ID}", "{CASE ID"), "map.yaml:7: key: `{` should be followed by a column"),
        (("{CASE ID}", "CASE ID}"), "map.yaml:7: key: `}` without `{`"),
        (("    place:", "    found-by:"),
         'map.yaml:9: unknown key: expected a field like found_by, got "found-by". Did you mean found_by?'),
        (("    place:", "    recorded:"), 'map.yaml:9: unknown key: expected a field like found_by, got "recorded"'),
        (('{STATUS: RESOL, CLOSED DATE: "*"}', "STATUS"), "map.yaml:16: if: expected `column: text`"),
        (('CLOSED DATE: "*"', "CLOSED DATE: *"), "map.yaml:16: "),
        (("  urgency:", "  urgency.HIGH.x:"), "map.yaml:20: values.urgency.HIGH.x: expected a field or event.field"),
        (('{HIGH: emergency, "*": normal}', "{HIGH: [emergency]}"), "map.yaml:20: values.urgency: expected one text"),
        (("skip_invalid: false", "skip_invalid: maybe"), 'map.yaml:21: skip_invalid: expected true or false, got "maybe"'),
        (("skip_invalid: false", "header_row: first"), "map.yaml:21: header_row: expected the number of a row"),
        (("skip_invalid: false", "header: a"), "map.yaml:21: header: expected a list"),
        (("skip_invalid: false", "by: x"), "map.yaml:21: the same key twice"),
        (("party: property", "party: &p property"), "map.yaml:11: anchors and aliases"),
        (("party: property", "party: !!str property"), "map.yaml:11: tags"),
        (("party: property", "party: [[[[[[[x]]]]]]]"), "map.yaml:11: nested too deep"),
        (("party: property", "party: 'x"), "not readable as YAML"),
        (("party: property", "<<: x"), "map.yaml:11: merge keys"),
        (('place: "{STREET ADDRESS}"', "place:"), "map.yaml:9: place: expected a value"),
    ],
)  # fmt: skip
def test_each_wrong_key_or_value_is_named_with_its_line(refusal, change, said):
    assert change[0] in CONTRACT_MAP
    (first, *_) = refusal(CONTRACT_MAP.replace(*change, 1))
    assert said in first


def test_everything_that_is_wrong_is_said_at_once_in_the_language_asked_for(refusal):
    assert refusal("by: []\nrow: []\nskip_invalid: 1\n", "zh") == [
        "map.yaml:1: noun：应为一个值（必填）",
        "map.yaml:2: row：应为至少一项的列表，每项有 event",
        "map.yaml:1: by：应为一个文本",
        "map.yaml:3: skip_invalid：应为true 或 false，得到“1”",
    ]


def test_two_entries_of_one_row_cannot_have_the_same_key(refusal):
    two = 'noun: fee\nrow:\n- event: charge\n  key: "{n}"\n- event: pay\n  key: "{n}"\n'
    assert refusal(two) == [
        "map.yaml:4: key: expected a key of its own for each entry",
        "map.yaml:6: key: expected a key of its own for each entry",
    ]


def test_an_empty_map_a_list_and_two_documents_are_refused(refusal):
    assert "noun: expected a value, it is required" in refusal("# nothing\n")[0]
    assert "expected lines of the form" in refusal("- a\n")[0]
    assert "a second document" in refusal("noun: x\n---\nnoun: y\n")[0]


def test_a_hundred_thousand_brackets_are_one_clear_message(refusal):
    (said,) = refusal("noun: " + "[" * 100_000)
    assert said.startswith("map.yaml:1: not readable as YAML")
    assert refusal("noun: " + "[" * 500) == ["map.yaml:1: nested too deep; 6 levels are the most"]


def test_a_missing_map_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        load_map(str(tmp_path / "map.yaml"))


def test_unknown_columns_are_refused_up_front_with_the_near_ones(loaded):
    imap = loaded(CONTRACT_MAP)
    header = ["CASE ID", "CREATION DATE", "CREATION TIME", "STREET ADRESS", "TYPE", "DETAIL", "WORK GROUP", "CLOSED DATE"]
    with pytest.raises(Refused) as caught:
        check_columns(imap, header)
    lines = caught.value.say("en").splitlines()
    assert ':9: the file has no column "STREET ADDRESS". Did you mean "STREET ADRESS"?' in lines[0]
    assert ':16: the file has no column "STATUS": expected CASE ID, CREATION DATE' in lines[1]
    assert len(lines) == 2
    check_columns(imap, [*header, "STREET ADDRESS", "STATUS"])


def test_events_fields_and_values_are_held_against_the_noun(loaded):
    text = CONTRACT_MAP.replace("event: dispatch", "event: dispach").replace("fault:", "falt:").replace("urgency:", "urgncy:")
    with pytest.raises(Refused) as caught:
        check_events(loaded(text), FIELDS, opens)
    fault, dispatch, urgency = caught.value.say("en").splitlines()
    assert ':10: repair add has no such field: expected place, fault, party, urgency, got "falt". Did you mean "fault"?' in fault
    assert ':12: repair has no such event: expected add, dispatch, finish, got "dispach". Did you mean "dispatch"?' in dispatch
    assert ":20: `values` for a field that does not exist" in urgency


def test_a_row_that_begins_with_a_follow_up_is_refused(loaded):
    imap = loaded("noun: repair\nrow:\n- event: finish\n  result: fixed\n")
    with pytest.raises(Refused, match="first entry of a row should open a record"):
        check_events(imap, FIELDS, opens)


@pytest.mark.parametrize(
    ("key", "fine"),
    [("finish.result", True), ("finish.by", True), ("by", True), ("finish.place", False), ("close.result", False)],
)
def test_values_may_be_given_for_one_event(loaded, key, fine):
    imap = loaded(f"noun: repair\nvalues: {{{key}: {{a: b}}}}\nrow: [{{event: add, place: x}}]\n")
    if fine:
        check_events(imap, FIELDS, opens)
    else:
        with pytest.raises(Refused, match="`values` for a field that does not exist"):
            check_events(imap, FIELDS, opens)


LABELS = {"place": ("地点", "Place"), "found_by": ("拾获人", "Found by")}


@pytest.mark.parametrize("header", [["place", "found_by", "at"], ["地点", " 拾获人 ", "时间"], ["PLACE", "Found By", "TIME"],
                                    ["Place", "found-by", "At"]])  # fmt: skip
def test_without_a_map_the_header_is_the_map(header):
    imap = header_map(LABELS, header, noun="lost")
    (row,) = imap.row
    assert (imap.noun, row.event, set(row.fields)) == ("lost", "add", {"place", "found_by"})
    assert row.at.columns == (header[2],)
    check_columns(imap, header)


def test_without_a_map_other_columns_are_refused_with_the_near_ones():
    with pytest.raises(Refused) as caught:
        header_map(LABELS, ["plce", "Colour", "found_by", "拾获人"], path="a.csv")
    assert caught.value.say("en").splitlines() == [
        'a.csv: column "plce" is no field. Did you mean "place"?',
        'a.csv: column "Colour" is no field: expected place, found_by',
        'a.csv: two columns of the field found_by, got "拾获人"',
    ]


@pytest.mark.parametrize("name", ["nyc_311", "kansas_city"])
def test_the_example_maps_can_be_loaded(name):
    from pathlib import Path

    imap = load_map(str(Path(__file__).parents[2] / "templates" / "maps" / f"{name}.yaml"))
    assert imap.row[0].key is not None
    assert imap.timezone is not None
