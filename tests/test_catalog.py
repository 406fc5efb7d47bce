from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant.catalog import CORE_METADATA, load_catalog, read_catalog
from assistant.catalog_checks import check_against_schema
from assistant.domain import CatalogResource, Category, ColumnRole, Level, OpenType, SharingType
from assistant.errors import CatalogError

CORPORA = Path(__file__).parents[1] / "corpora"
GOOD = """
resource_id: T-1
name: 人员
category: 人口
provider: 市公安局
sharing_type: 有条件共享
sharing_condition: 依职责
update_cycle: 每日
table: person
unit: person
unit_column: id
elements:
  - {column: id, name: 编号, role: surrogate_key, level: G3}
  - {column: age, name: 年龄, type: integer, role: quasi_id, level: G2, categories: [personal]}
  - {column: note, name: 备注}
"""


def workspace(root: Path, **files: str) -> Path:
    (root / "catalog").mkdir()
    for name, text in files.items():
        (root / "catalog" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root


def wrong(root: Path, old: str, new: str) -> CatalogError:
    assert old in GOOD
    with pytest.raises(CatalogError) as caught:
        load_catalog(workspace(root, only=GOOD.replace(old, new)))
    return caught.value


def test_a_resource_is_built_with_its_items_and_labels(tmp_path: Path) -> None:
    catalog = load_catalog(workspace(tmp_path, person=GOOD))
    resource = catalog.by_table["person"]
    assert catalog.by_id["T-1"] is resource
    age = catalog.element("person.age")
    assert age is not None
    assert age.label is not None
    assert (age.label.level, age.label.role) == (Level.G2, ColumnRole.QUASI_ID)
    assert age.label.categories == (Category.PERSONAL,)
    assert catalog.resource_of("person.age") is resource
    note = catalog.element("person.note")
    assert note is not None
    assert note.label is None, "an item without label keys is unclassified, not G1"
    assert catalog.element("person.nothing") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("provider: 市", "providr: 市", 5, "providr", "Did you mean provider"),
        ("role: quasi_id, level: G2", "role: quasi_id, levl: G2", 14, "elements[1].levl", "Did you mean level"),
        ("role: quasi_id, level: G2", "role: quasi_id", 14, "elements[1]", "the key level is missing"),
        ("level: G2", "level: G7", 14, "elements[1].level", "not a known value"),
        ("type: integer", "type: number of years", 14, "elements[1].type", "must be one of"),
        ("categories: [personal]", "mask: stars", 14, "elements[1].mask", "must be one of"),
        ("sharing_condition: 依职责\n", "", 2, "", "needs its condition"),
        ("有条件共享\nsharing_condition: 依职责", "不予共享", 2, "", "needs its legal basis"),
        ("unit_column: id", "unit_column: ident", 11, "unit_column", "no column of this resource"),
        ("unit_column: id\n", "", 10, "unit", "go together"),
        ("update_cycle: 每日", "update_cycle: 有空", 8, "update_cycle", "must be one of"),
        ("name: 年龄", "name: 编号", 13, "elements[0]", "there twice"),
        ("column: age, ", "", 14, "elements[1]", "needs its column"),
        ("category: 人口", "category: 人口\nlevel: WS", 10, "table", "never served"),
        ("category: 人口", "category: 人口\nrelated: [T-9]", 5, "related", "does not exist"),
        ("resource_id: T-1", "resource_id: T.1", 2, "resource_id", "dot"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, key: str, says: str
) -> None:
    error = wrong(tmp_path, old, new)
    first = error.text.en.splitlines()[0]
    assert says in first
    assert f"only.yaml:{line}" in first
    assert error.key == key


def test_a_wrong_file_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    other = GOOD.replace("T-1", "T-2").replace("table: person", "table: people")
    root = workspace(tmp_path, broken="resource_id: [", person=GOOD, people=other.replace("level: G3", "level: X"))
    catalog, errors = read_catalog(root)
    assert [r.resource_id for r in catalog.resources] == ["T-1"]
    assert {Path(e.file).name for e in errors} == {"broken.yaml", "people.yaml"}


def test_the_same_code_and_table_twice_is_an_error(tmp_path: Path) -> None:
    catalog, errors = read_catalog(workspace(tmp_path, a=GOOD, b=GOOD))
    assert [(Path(e.file).name, e.key) for e in errors] == [("b.yaml", "resource_id"), ("b.yaml", "table")]
    assert len(catalog.resources) == 1


def test_the_version_changes_with_the_content(tmp_path: Path) -> None:
    first = load_catalog(workspace(tmp_path, a=GOOD)).version
    (tmp_path / "catalog" / "a.yaml").write_text(GOOD.replace("人员", "居民"), encoding="utf-8")
    assert load_catalog(tmp_path).version != first


def test_every_physical_column_must_be_labelled(tmp_path: Path) -> None:
    catalog = load_catalog(workspace(tmp_path, a=GOOD))
    schema = {
        "person": {"id": "VARCHAR", "age": "VARCHAR", "note": "VARCHAR", "extra": "DATE"},
        "secret": {"a": "INTEGER"},
    }
    found = {f.code for f in check_against_schema(catalog, schema)}
    assert found == {"type_differs", "column_without_label", "column_not_in_catalog", "table_not_in_catalog"}
    gone = {f.code for f in check_against_schema(catalog, {})}
    assert gone == {"table_not_in_engine"}


def test_every_core_key_is_a_field() -> None:
    names = set(CatalogResource.__dataclass_fields__)
    assert {c.key for c in CORE_METADATA} <= names
    assert all(c.name and c.name_en and c.dcat for c in CORE_METADATA)


# ------------------------------------------------------------------------------------------ the demo city's catalog


@pytest.fixture(scope="module")
def city() -> tuple[CatalogResource, ...]:
    return load_catalog(CORPORA).resources


def test_the_city_is_as_large_as_promised(city: tuple[CatalogResource, ...]) -> None:
    assert len(city) >= 60
    assert sum(r.table is not None for r in city) >= 28
    assert sum(len(r.elements) for r in city) >= 300


def test_every_item_of_the_city_is_classified_with_its_basis(city: tuple[CatalogResource, ...]) -> None:
    loose = [e.element_id for r in city for e in r.elements if e.label is None or not e.label.basis]
    assert loose == []


def test_the_base_databases_and_topics_are_there(city: tuple[CatalogResource, ...]) -> None:
    base = {"人口", "法人", "电子证照", "社会信用", "自然资源与空间地理", "共享材料"}
    topics = {
        "12345热线",
        "惠民惠农补贴",
        "医保",
        "不动产",
        "企业纳税",
        "统计调查",
        "环境监测",
        "共享交换日志",
        "开放目录下载",
        "数据质量",
    }
    assert base | topics <= {r.category for r in city if r.table}


def test_names_are_in_both_languages_and_unique(city: tuple[CatalogResource, ...]) -> None:
    assert [r.resource_id for r in city if not r.name_en] == []
    assert max(Counter(r.name for r in city).values()) == 1
    assert [e.element_id for r in city for e in r.elements if not e.name_en] == []


def test_what_must_not_be_open_is_not(city: tuple[CatalogResource, ...]) -> None:
    for resource in city:
        strict = {ColumnRole.SENSITIVE_ATTR, ColumnRole.SECRET_MEASURE, ColumnRole.FREE_TEXT}
        roles = {e.label.role for e in resource.elements if e.label}
        if resource.open_type is OpenType.UNCONDITIONAL:
            assert not roles & strict, resource.name
            assert resource.level <= Level.G2, resource.name


def test_direct_identifiers_are_high_and_masked(city: tuple[CatalogResource, ...]) -> None:
    labels = [(e.element_id, e.label) for r in city for e in r.elements if e.label]
    direct = [(i, label) for i, label in labels if label.role is ColumnRole.DIRECT_ID]
    assert len(direct) >= 30
    assert [i for i, label in direct if label.level < Level.G3 or label.mask is None] == []


def test_personal_tables_name_their_unit(city: tuple[CatalogResource, ...]) -> None:
    neutral = {ColumnRole.NEUTRAL}
    for resource in city:
        roles = {e.label.role for e in resource.elements if e.label}
        if resource.table and roles - neutral:
            assert resource.unit_column, resource.table


def test_important_data_and_the_work_secret(city: tuple[CatalogResource, ...]) -> None:
    secret = [r for r in city if r.level is Level.WS]
    assert len(secret) == 1
    assert secret[0].table is None
    assert secret[0].sharing_type is SharingType.NOT_SHARED
    assert [r.table for r in city if r.level is Level.IMP] == ["infra_facility"]


def test_the_last_quarter_of_the_survey_is_not_released(city: tuple[CatalogResource, ...]) -> None:
    survey = next(r for r in city if r.table == "stat_survey")
    releases = dict(survey.releases)
    assert [period for period, day in releases.items() if day is None] == ["2025Q3"]
    assert len(releases) == 15


def test_the_steward_has_gaps_to_find(city: tuple[CatalogResource, ...]) -> None:
    assert sum(not r.owner_office for r in city) >= 3
    assert sum(not r.abstract for r in city) >= 2
