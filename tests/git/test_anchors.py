"""What was audited has to stay: commits amended, reset, rebased or pushed away by force, and what of their entries is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from git_kit import clone, git, hub

FRONT = "repairs/2026-11.front.yaml"


def audited(svc: Any) -> list[str]:
    """Two entries, a commit each, both pushed and audited."""
    hub(svc)
    ids = []
    for n in range(2):
        ids.append(svc(f"repair add --unit A-{n} --fault 灯").id)
        svc("sync")
    svc("audit")
    return ids


def anchors(svc: Any) -> Path:
    path: Path = svc.ledger / ".svcctl/audit.json"
    return path


def without_last(svc: Any) -> None:
    path = svc.ledger / FRONT
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"---\n")])


def test_an_audited_commit_that_is_amended_away_is_missed_though_the_remote_still_has_it(svc: Any) -> None:
    ids = audited(svc)
    was = git(svc, "rev-parse HEAD").strip()
    without_last(svc)
    git(svc, "commit -qa --amend --allow-empty -m other")

    for _ in range(2):  # until it is back, or looked into
        said = svc("audit", code=1, lang="en")
        assert said.out == f"{was[:12]} {FRONT}: {ids[1]}: lost: was there when last audited; the history was rewritten without it\n"
        assert f"git merge {was[:12]}" in said.err and "svcctl audit --anew" in said.err
    (found,) = svc("audit --json", code=1).json
    assert (found["commit"], found["id"], found["code"]) == (was, ids[1], "lost")
    git(svc, f"merge -q -s ours --no-edit {was}")
    assert ids[1] in svc("audit", code=1).out  # that is no way back


def test_an_audited_entry_that_is_changed_by_amending(svc: Any) -> None:
    ids = audited(svc)
    path = svc.ledger / FRONT
    path.write_text(path.read_text(encoding="utf-8").replace("A-1", "B-1"), encoding="utf-8")
    git(svc, "commit -qa --amend --allow-empty -m other")

    assert f"{FRONT}: {ids[1]}: 改动：上次核对时是别的内容" in svc("audit", code=1).out


def test_a_reset_below_what_was_audited_and_pulling_it_back(svc: Any) -> None:
    ids = audited(svc)
    git(svc, "reset -q --hard HEAD~1")

    assert [line.split(": ")[1] for line in svc("audit", code=1).out.splitlines()] == [ids[1]]
    git(svc, "pull -q --ff-only")
    assert svc("audit").out == ""
    git(svc, "reset -q --hard HEAD~1")
    git(svc, "merge -q origin/main")
    assert "audited 0 new commits" in svc("audit", lang="en").err


def test_commits_that_were_rebased_before_they_were_pushed_are_all_there(svc: Any) -> None:
    audited(svc)
    other = clone(svc, "night")
    other("repair add --unit B --fault 门")
    other("sync")
    svc("repair add --unit A-3 --fault 窗")
    svc("sync --local")
    was = git(svc, "rev-parse HEAD").strip()
    assert svc("audit").out == ""
    git(svc, "pull -q --rebase")

    said = svc("audit", lang="en")

    assert said.out == "" and f"the commit of main last audited, {was[:12]}, is not in the history any more" in said.err
    assert "其中的记录都在" not in svc("audit").err  # told once
    assert "0 new commits" in svc("audit", lang="en").err
    git(svc, "commit -q --amend -m words")
    assert "其中的记录都在" in svc("audit").err


def test_a_rebased_commit_that_lost_an_entry_on_the_way(svc: Any) -> None:
    audited(svc)
    kept = svc("repair add --unit A-3 --fault 窗").id
    gone = svc("repair add --unit A-4 --fault 窗").id
    svc("sync --local")
    svc("audit")
    git(svc, "reset -q --soft HEAD~1")
    without_last(svc)
    git(svc, "commit -qam again")

    out = svc("audit", code=1).out
    assert gone in out and kept not in out


def test_another_branch_has_an_anchor_of_its_own(svc: Any) -> None:
    ids = audited(svc)
    git(svc, "checkout -q -b trial HEAD~1")

    assert svc("audit").out == ""  # main still has it
    assert set(json.loads(anchors(svc).read_text())["refs"]) == {"refs/heads/main", "refs/heads/trial", "refs/remotes/origin/main"}
    git(svc, "update-ref -d refs/remotes/origin/main")
    git(svc, "branch -q -f main trial")
    assert ids[1] in svc("audit", code=1).out
    git(svc, "checkout -q --detach")
    assert ids[1] in svc("audit", code=1).out
    git(svc, "checkout -q trial")
    git(svc, "branch -q -D main")
    assert ids[1] in svc("audit", code=1).out
    assert svc("audit --anew").out == ""
    assert set(json.loads(anchors(svc).read_text())["refs"]) == {"refs/heads/trial"}


def test_a_branch_that_was_merged_and_deleted_or_renamed_is_no_loss(svc: Any) -> None:
    audited(svc)
    git(svc, "branch -q -m main street")
    said = svc("audit", lang="en")
    assert said.out == "" and "note" not in said.err
    assert "refs/heads/main" not in json.loads(anchors(svc).read_text())["refs"]


def test_a_remote_that_was_pushed_to_by_force(svc: Any) -> None:
    ids = audited(svc)
    other = clone(svc, "night")
    git(other, "reset -q --hard HEAD~1")
    git(other, "push -q -f origin main")
    git(svc, "fetch -q")

    said = svc("audit", lang="en")  # all of it is still here
    assert said.out == "" and "note: the history of origin/main was rewritten" in said.err
    assert "改写过" not in svc("audit").err
    git(svc, "push -q origin main")
    svc("audit")
    git(other, "commit -q --amend --allow-empty -m other")
    git(other, "push -q -f origin main")
    git(svc, "fetch -q")
    git(svc, "reset -q --hard origin/main")

    out = svc("audit", code=1, lang="en").out
    assert out.count(ids[1]) == 1 and "lost" in out and ids[0] not in out


def test_a_commit_that_git_has_thrown_away_proves_nothing(svc: Any) -> None:
    audited(svc)
    git(svc, "commit -q --amend -m other")
    git(svc, "push -q -f origin main")
    git(svc, "reflog expire --expire=now --all")
    git(svc, "gc -q --prune=now")

    assert "cannot be shown that nothing was lost" in svc("audit", code=1, lang="en").out
    assert "不能证明" in svc("audit", code=1).out


def test_anchors_in_an_unknown_form_mean_a_walk_over_everything(svc: Any) -> None:
    audited(svc)
    head = git(svc, "rev-parse HEAD").strip()
    for text in (json.dumps({"commits": [head]}), '{"refs": ["x"]}', '{"refs": {"refs/heads/main": "--all", "HEAD": 3}}', "[]", "x"):
        anchors(svc).write_text(text)
        assert "audited 3 new commits" in svc("audit", lang="en").err
        assert "audited 0 new commits" in svc("audit", lang="en").err
