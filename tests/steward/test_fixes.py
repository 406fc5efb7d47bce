from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.catalog import load_catalog
from assistant.domain import LabelStatus, Level, Text
from assistant.errors import CatalogError
from assistant.steward.estate import Estate
from assistant.steward.filtering import apply_filter
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.fixes import Change, as_diff, propose_fixes
from assistant.steward.resource_yaml import as_yaml
from assistant.steward.yaml_patch import Setting, patched
from tests.steward.conftest import AS_OF, NEUTRAL, ROOT, item, resource


def _workspace(folder: Path, *texts: str) -> Estate:
    (folder / "catalog").mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / "catalog" / f"{number}.yaml").write_text(text, encoding="utf-8")
    return Estate(resources=load_catalog(folder).resources, as_of=AS_OF)


def _apply(diff: str, folder: Path) -> None:
    """As `patch -p1` does, for diffs that fit exactly."""
    for part in diff.split("--- a/")[1:]:
        name, _, body = part.partition("\n")
        before = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        after, at = [], 0
        for line in body.splitlines(keepends=True)[1:]:
            if line.startswith("@@"):
                start = int(line.split()[1].lstrip("-").split(",")[0]) - 1
                after += before[at:start]
                at = start
            elif line.startswith("+"):
                after.append(line[1:])
            else:
                assert before[at] == line[1:]
                after += [] if line.startswith("-") else [before[at]]
                at += 1
        (folder / name).write_text("".join(after + before[at:]), encoding="utf-8")


def _asked(subject: Subject, *conditions: tuple[str, Op, str]) -> CatalogFilter:
    return CatalogFilter(
        subject=subject,
        conditions=tuple(Condition(field=f, op=op, values=(v,) if v else ()) for f, op, v in conditions),
    )


def test_an_office_is_proposed_where_the_department_has_only_one(tmp_path: Path) -> None:
    held = _workspace(
        tmp_path,
        as_yaml(resource("R1", owner_office="")),
        as_yaml(resource("R2", owner_office="户政科")),
        as_yaml(resource("R3", "市教育局", owner_office="")),
    )
    asked = _asked(Subject.RESOURCE, ("owner_office", Op.MISSING, ""))
    fixes = propose_fixes(asked, apply_filter(asked, held), held, tmp_path)
    assert [(one.resource_id, one.value) for one in fixes.changes] == [("R1", "户政科")]
    assert any("R3" in one.zh for one in fixes.open)
    assert load_catalog(tmp_path).by_id["R1"].owner_office == ""  # nothing was applied
    _apply(fixes.diff, tmp_path)
    assert load_catalog(tmp_path).by_id["R1"].owner_office == "户政科"


def test_an_id_number_that_is_not_marked_gets_a_label_that_only_raises(tmp_path: Path) -> None:
    open_id = item("经办人身份证号", label=NEUTRAL)
    held = _workspace(tmp_path, as_yaml(resource("R1", elements=(open_id, item("状态", label=NEUTRAL)))))
    asked = _asked(Subject.RESOURCE, ("holds", Op.HAS, "id_card"), ("sensitive", Op.IS, "no"))
    fixes = propose_fixes(asked, apply_filter(asked, held), held, tmp_path)
    _apply(fixes.diff, tmp_path)
    after = {one.name: one.label for one in load_catalog(tmp_path).by_id["R1"].elements}
    label = after["经办人身份证号"]
    assert label is not None
    assert label.level is Level.G4
    assert label.status is LabelStatus.PROPOSED
    assert after["状态"] == NEUTRAL


def test_a_synonym_is_added_beside_those_that_stand_there(tmp_path: Path) -> None:
    plain = item("统一社会信用代码", "a", column="uscc", label=NEUTRAL)
    other = item("企业编号", "b", column="uscc", synonyms=("企业号",), label=NEUTRAL)
    held = _workspace(
        tmp_path,
        as_yaml(resource("R1", table="a", elements=(plain,))),
        as_yaml(resource("R2", table="b", elements=(other,))),
    )
    asked = _asked(Subject.ELEMENT, ("item", Op.SAME_MEANING, "统一社会信用代码"))
    fixes = propose_fixes(asked, apply_filter(asked, held), held, tmp_path)
    _apply(fixes.diff, tmp_path)
    after = load_catalog(tmp_path)
    assert after.by_id["R2"].elements[0].synonyms == ("企业号", "统一社会信用代码")
    assert after.by_id["R1"].elements[0].synonyms == ()  # it carries the name itself


def test_overdue_is_for_the_office_to_mend(estate: Callable[..., Estate], tmp_path: Path) -> None:
    held = estate(resource("R1", update_cycle="每日"))
    asked = _asked(Subject.RESOURCE, ("overdue", Op.IS, "yes"))
    fixes = propose_fixes(asked, apply_filter(asked, held), held, tmp_path)
    assert fixes.diff == ""
    assert "R1" in fixes.open[0].en


def test_the_citys_files_take_every_fix_and_stay_in_order(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpora" / "catalog", tmp_path / "catalog")
    held = Estate(resources=load_catalog(tmp_path).resources, as_of=AS_OF)
    asked = _asked(Subject.RESOURCE, ("owner_office", Op.MISSING, ""))
    fixes = propose_fixes(asked, apply_filter(asked, held), held, tmp_path)
    assert fixes.diff.count("--- a/catalog/") == len({one.resource_id for one in fixes.changes}) > 0
    _apply(fixes.diff, tmp_path)
    after = load_catalog(tmp_path)
    assert all(after.by_id[one.resource_id].owner_office == one.value for one in fixes.changes)


# --------------------------------------------------------------------------- the text of a file


@pytest.mark.parametrize(
    ("before", "setting", "after"),
    [
        ("a: 1\nb: 2  # why\n", Setting((), "b", "x"), "a: 1\nb: x  # why\n"),
        ("a:\nb: 2\n", Setting((), "a", "x"), "a: x\nb: 2\n"),
        ("a: 1\nitems:\n  - {n: 1}\n", Setting((), "c", "x"), "a: 1\nc: x\nitems:\n  - {n: 1}\n"),
        ("items:\n  - {n: 1, m: [a]}\n", Setting(("items", 0), "m", ["a", "b"]), "items:\n  - {n: 1, m: [a, b]}\n"),
        ("items:\n  - {n: 1}\n", Setting(("items", 0), "k", "v"), "items:\n  - {n: 1, k: v}\n"),
        ("items:\n  - n: 1\n    m: 2\n", Setting(("items", 0), "k", "v"), "items:\n  - n: 1\n    m: 2\n    k: v\n"),
    ],
)
def test_one_key_is_set_and_the_rest_stays(before: str, setting: Setting, after: str) -> None:
    assert patched(before, [setting]) == after


@given(st.text(max_size=30), st.sampled_from(["a", "new"]))
def test_any_text_is_written_so_that_it_reads_back(value: str, key: str) -> None:
    text = patched("a: 1\nitems:\n  - {n: 1}\n", [Setting((), key, value), Setting(("items", 0), "k", value)])
    read = yaml.safe_load(text)
    assert read[key] == value
    assert read["items"][0] == {"n": 1, "k": value}


def test_a_path_that_is_not_there_is_an_error_in_words() -> None:
    with pytest.raises(CatalogError):
        patched("a: 1\n", [Setting(("items", 3), "k", "v")])


def test_changes_of_unknown_resources_change_nothing(tmp_path: Path) -> None:
    _workspace(tmp_path, as_yaml(resource("R1")))
    change = Change(resource_id="R9", element_id="", key="owner_office", value="x", why=Text(zh="", en=""))
    assert as_diff([change], tmp_path) == ""
