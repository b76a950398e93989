"""The desk's name, and that a copied ledger does not write under it."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from store_kit import ledger

from svcctl.errors import Refused
from svcctl.store.desk import bind_desk, current_desk, writing_desk
from svcctl.store.files import Root


def test_no_desk_then_a_named_one_then_the_variable(tmp_path):
    root = ledger(tmp_path)
    assert current_desk(root, {}) == writing_desk(root, {}) == ""
    assert os.listdir(tmp_path) == []
    bind_desk(root, "night")
    assert current_desk(root, {}) == writing_desk(root, {}) == "night"
    assert current_desk(root, {"SVCCTL_DESK": "day"}) == writing_desk(root, {"SVCCTL_DESK": "day"}) == "day"
    bind_desk(root, "day-2")
    assert current_desk(root, {"SVCCTL_DESK": ""}) == "day-2"


def test_a_copy_reads_on_but_does_not_write_until_it_is_named(tmp_path):
    bind_desk(ledger(tmp_path / "one"), "night")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    copy = Root(str(tmp_path / "two"))
    assert current_desk(copy, {}) == "night"
    with pytest.raises(Refused) as caught:
        writing_desk(copy, {})
    for lang in ("zh", "en"):
        assert "svcctl desk night" in caught.value.say(lang) and str(tmp_path / "one") in caught.value.say(lang)
    assert writing_desk(copy, {"SVCCTL_DESK": "day"}) == "day"  # the variable is not bound
    bind_desk(copy, "second")
    assert writing_desk(copy, {}) == "second"


def test_another_host_is_noticed(tmp_path):
    root = ledger(tmp_path)
    bind_desk(root, "night")
    path = tmp_path / ".svcctl" / "desk"
    path.write_text(json.dumps({**json.loads(path.read_text()), "host": "elsewhere"}))
    with pytest.raises(Refused, match="elsewhere"):
        writing_desk(root, {})


def test_the_same_folder_by_another_way_is_the_same_place(tmp_path):
    bind_desk(ledger(tmp_path / "real"), "night")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert writing_desk(Root(str(tmp_path / "link")), {}) == "night"


@pytest.mark.parametrize("name", ["", "Night", "-night", "night shift", "夜班", "a" * 25, "../x", "a.b", "night\n"])
def test_names_out_of_form_are_refused(tmp_path, name):
    root = ledger(tmp_path)
    with pytest.raises(Refused, match="not a name for a desk"):
        bind_desk(root, name)
    if name:
        with pytest.raises(Refused) as caught:
            current_desk(root, {"SVCCTL_DESK": name})
        assert caught.value.where == "$SVCCTL_DESK"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"night", b"\xff", b"[]", b"[" * 5000, b'{"name": "night"}',
                                     b'{"name": "../x", "host": "h", "path": "p"}'])  # fmt: skip
def test_a_desk_file_that_cannot_be_understood_is_refused(tmp_path, content):
    root = ledger(tmp_path)
    root.state_write("desk", content)
    with pytest.raises(Refused) as caught:
        writing_desk(root, {})
    assert caught.value.where == ".svcctl/desk"
