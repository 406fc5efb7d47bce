"""A harvested database -> the files of a draft workspace. Everything in it is unclassified, so nothing of it is served.

What only a person can decide stays empty (provider, category, sharing, cycle, level and role of every item), and
`govdata check` names each by file, line and key. The files hold names, types, keys and joins, and no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError
from assistant.harvest.names import ProposedName, proposed_name
from assistant.harvest.structure import Harvested, HarvestedColumn, HarvestedTable
from assistant.policies.column_evidence import Proposal
from assistant.steward.yaml_patch import flow_text
from assistant.warehouse.filling import COLUMN_TYPES, SOURCE_FILE
from assistant.warehouse.sources import quoted_name as quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a draft is made of. `proposals`: {"table.column": what its values look like}, for comments only."""

    harvested: Harvested
    address: str  # of the database, without a password
    title: str
    inferred: tuple[tuple[str, str], ...] = ()
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    provider: str = ""
    category: str = ""


def write_draft(draft: Draft, folder: Path, *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write the draft below `folder`. Raises UserError rather than overwrite a file without being told to."""
    files = dict(_files(draft))
    present = [name for name in files if (folder / name).exists()]
    if present and not overwrite:
        raise UserError(
            Text(
                zh=f"{folder} 已有 {present[0]} 等 {len(present)} 个文件，不会覆盖。请换一个目录，或加 --overwrite。",
                en=f"{folder} already holds {present[0]} ({len(present)} files would be overwritten). Name another "
                "folder, or add --overwrite.",
            )
        )
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (folder / "documents").mkdir(exist_ok=True)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        zh, en = (
            f"无法写入 {folder}：{reason}。请换一个目录。",
            f"{folder} cannot be written: {reason}. Name another folder.",
        )
        raise UserError(Text(zh=zh, en=en)) from None
    return tuple(folder / name for name in files)


def _files(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "workspace.yaml", _card(draft)
    for place, table in enumerate(draft.harvested.tables, start=1):
        yield f"catalog/{place:03d}-{_file_name(table.name)}.yaml", _resource(draft, table, place)
    yield "semantic/model.yaml", _semantic(draft)
    yield "policies/purposes.yaml", _PURPOSES
    yield "policies/users.yaml", _USERS
    yield "warehouse/schema.sql", "\n".join(_create(table) for table in draft.harvested.tables) + "\n"
    yield SOURCE_FILE, _source(draft)


def _file_name(table: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in table)[:80]


def _card(draft: Draft) -> str:
    return "\n".join(
        (
            "# 由 govdata harvest 生成的草稿 / a draft by govdata harvest. 填写说明见 docs/operations.md",
            f"name: {flow_text(draft.title)}",
            f"name_en: {flow_text(draft.title)}",
            "languages: [zh, zh-Hant, en]",
            "# as_of: 2025-12-31  # 数据截止日；不写则按今天 / the data end here; left out: today",
            "level_scheme: national",
            f"engine: {{kind: url, url: {flow_text(draft.address)}}}  # 只读；只取已分类分级的列 / read-only",
            "users: policies/users.yaml\n",
        )
    )


# --------------------------------------------------------------------------- catalog


def _resource(draft: Draft, table: HarvestedTable, place: int) -> str:
    named = proposed_name(table.source, table.words, table.comment)
    lines = [
        f"# 草稿：来自表 {table.source}。空的必填项和每个信息项的 role、level 由数据管理员填写".replace("\n", " "),
        f"resource_id: HARVEST-{place:03d}",
        f"name: {flow_text(named.name)}",
        *([f"name_en: {flow_text(named.name_en)}"] if named.name_en else []),
        *([f"synonyms: {flow_text(list(named.aliases))}"] if named.aliases else []),
        *([f"abstract: {flow_text(named.description)}"] if named.description else []),
        f"category: {flow_text(draft.category)}",
        f"provider: {flow_text(draft.provider)}",
        "sharing_type: 不予共享  # 无条件共享 | 有条件共享（写明 sharing_condition）| 不予共享（写明 sharing_basis）",
        'sharing_basis: ""',
        "open_type: 不予开放",
        'update_cycle: ""  # 实时 每日 每周 每月 每季度 每年 不定期 一次性',
        "level: G4  # 未定级时按最严 / the strictest until a steward decides",
        f"table: {flow_text(table.name)}",
        "elements:",
    ]
    taken: set[str] = set()
    for column in table.columns:
        lines += _item(draft, table, column, taken)
    return "\n".join(lines) + "\n"


def _item(draft: Draft, table: HarvestedTable, column: HarvestedColumn, taken: set[str]) -> Iterator[str]:
    """A comment line that says what is missing, and the item itself on one line."""
    proposal = draft.proposals.get(f"{table.name}.{column.name}")
    hint = f"；取值像 {proposal.kind}，建议 role: {proposal.role.value}" if proposal is not None else ""
    yield f"  # 待分类分级：补上 role、level、categories、basis{hint}"
    named = proposed_name(column.source, column.words, column.comment)
    yield "  - " + flow_text(_written(column, _own_name(named, column, taken)))


def _own_name(named: ProposedName, column: HarvestedColumn, taken: set[str]) -> ProposedName:
    name = named.name if named.name not in taken else f"{named.name} ({column.name})"
    taken.add(name)
    return ProposedName(name=name, name_en=named.name_en, description=named.description, aliases=named.aliases)


def _written(column: HarvestedColumn, named: ProposedName) -> dict[str, object]:
    found: dict[str, object] = {"column": column.name, "name": named.name}
    if named.name_en:
        found["name_en"] = named.name_en
    found["type"] = column.kind
    if named.aliases:
        found["synonyms"] = list(named.aliases)
    if named.description:
        found["description"] = named.description
    if column.values:
        found["code_list"] = {value: value for value in column.values}
    return found


# --------------------------------------------------------------------------- semantic model


def _semantic(draft: Draft) -> str:
    tables = draft.harvested.tables
    lines = [
        "# 实体、连接与维度；指标由业务部门另行定义 / entities, joins, dimensions; metrics are for people to define"
    ]
    lines += _listed("entities", [_entity(table) for table in tables])
    lines += _listed("joins", [_join(pair) for pair in draft.harvested.joins])
    if draft.inferred:
        lines += ["" if draft.harvested.joins else "joins:"]
        lines += ["  # 以下为推断：列名相符，且取值全部落在对方的唯一列中；请核对 / inferred: check them"]
        lines += [f"  - {flow_text(_join(pair))}" for pair in draft.inferred]
    lines += _listed("dimensions", [one for table in tables for one in _dimensions(table)])
    return "\n".join(line for line in lines if line) + "\n"


def _listed(key: str, items: Sequence[Mapping[str, object]]) -> list[str]:
    return [f"{key}:", *(f"  - {flow_text(dict(item))}" for item in items)] if items else []


def _entity(table: HarvestedTable) -> dict[str, object]:
    named = proposed_name(table.source, table.words, table.comment)
    names: dict[str, object] = {"table": table.name, "name": named.name, "name_en": named.name_en or named.name}
    return names | {"key": table.key}


def _join(pair: tuple[str, str]) -> dict[str, object]:
    return {"left": pair[0], "right": pair[1]}


def _dimensions(table: HarvestedTable) -> Iterator[dict[str, object]]:
    for column in table.columns:
        if column.kind == "string":
            named = proposed_name(column.source, column.words, column.comment)
            name = f"{table.name}.{column.name}"
            yield {"id": name, "name": named.name, "name_en": named.name_en or named.name, "column": name}


# --------------------------------------------------------------------------- warehouse and policies


def _create(table: HarvestedTable) -> str:
    columns = ", ".join(f"{quoted(column.name)} {COLUMN_TYPES[column.kind]}" for column in table.columns)
    return f"create table {quoted(table.name)}({columns});"


def _source(draft: Draft) -> str:
    lines = ["# 工作区的表和列在源库中的名称 / what tables and columns are called in the database", "tables:"]
    for table in draft.harvested.tables:
        columns = {column.name: column.source for column in table.columns}
        lines.append(f"  - {flow_text({'table': table.name, 'source': table.source, 'columns': columns})}")
    return "\n".join(lines) + "\n"


_PURPOSES = """\
# 登记用途，例如 / registered purposes, for example:
#   - {code: macro_analysis, name: {zh: 宏观统计分析, en: Macro-statistical analysis}, kind: data}
purposes: []
"""
_USERS = """\
# 用户与授权，例如 / users and grants, for example:
#   - user_id: analyst
#     name: {zh: 分析员, en: Analyst}
#     department: 市大数据局
#     roles: [analyst]
#     clearance: G2
#     purposes: [macro_analysis]
#     grants: [{grant_id: A-1, dataset: "*", mode: aggregate, purposes: [macro_analysis]}]
users: []
"""
