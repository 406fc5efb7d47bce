"""The core-metadata table (政务信息资源目录编制指南; GB/T 21063.3) as xlsx, both ways: resources and items."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from assistant.domain import CatalogResource, Category, DataElement, Level, OpenType, SharingType, Text
from assistant.errors import CatalogError

_RESOURCES, _ITEMS = "信息资源", "信息项"
# key of the resource -> column heading
_COLUMNS = {
    "category": "信息资源分类",
    "name": "信息资源名称",
    "name_en": "英文名称",
    "resource_id": "信息资源代码",
    "provider": "信息资源提供方",
    "provider_code": "信息资源提供方代码",
    "owner_office": "责任处室",
    "abstract": "信息资源摘要",
    "abstract_en": "英文摘要",
    "format": "信息资源格式",
    "sharing_type": "共享类型",
    "sharing_condition": "共享条件",
    "sharing_method": "共享方式",
    "sharing_basis": "不予共享依据",
    "open_type": "开放属性",
    "open_condition": "开放条件",
    "update_cycle": "更新周期",
    "published_on": "发布日期",
    "updated_on": "更新日期",
    "related": "关联资源代码",
    "synonyms": "又称",
    "level": "数据级别",
    "categories": "数据类别",
    "table": "库表",
}
_ITEM_COLUMNS = {
    "resource_id": "信息资源代码",
    "name": "信息项名称",
    "name_en": "英文名称",
    "column": "字段名",
    "type": "数据类型",
    "unit": "计量单位",
    "description": "含义",
    "synonyms": "同义词",
    "code_list": "取值代码",
}
_LISTS = ("related", "synonyms", "categories")


def to_xlsx(resources: Iterable[CatalogResource]) -> bytes:
    """The workbook's bytes. Every cell is text, so that no spreadsheet runs or rounds it."""
    from openpyxl import Workbook

    listed = tuple(resources)
    book = Workbook()
    _fill(book.active, _RESOURCES, _COLUMNS, [[_cell(getattr(one, key)) for key in _COLUMNS] for one in listed])
    rows = [
        [one.resource_id if key == "resource_id" else _cell(getattr(item, key)) for key in _ITEM_COLUMNS]
        for one in listed
        for item in one.elements
    ]
    _fill(book.create_sheet(), _ITEMS, _ITEM_COLUMNS, rows)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def from_xlsx(content: bytes) -> tuple[CatalogResource, ...]:
    """The resources of such a workbook; columns by their heading, in any order. Raises CatalogError naming the cell."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as problem:
        raise _wrong("", f"不是可以读取的 xlsx 文件：{problem}", f"is no readable xlsx file: {problem}") from None
    try:
        listed = _rows(book, _RESOURCES, _COLUMNS, ("resource_id", "name", "category", "provider"))
        items = _rows(book, _ITEMS, _ITEM_COLUMNS, ("resource_id", "name"))
    finally:
        book.close()
    by_code: dict[str, list[Mapping[str, str]]] = {}
    for _, item in items:
        by_code.setdefault(item["resource_id"], []).append(item)
    return tuple(_resource(line, row, by_code.get(row["resource_id"], [])) for line, row in listed)


def _fill(sheet: Any, title: str, columns: Mapping[str, str], rows: list[list[str]]) -> None:
    from openpyxl.styles import Font

    sheet.title = title
    for index, row in enumerate([list(columns.values()), *rows], start=1):
        for position, value in enumerate(row, start=1):
            if not value:
                continue
            cell = sheet.cell(row=index, column=position, value=value)
            cell.data_type = "s"
            if index == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return json.dumps(dict(value), ensure_ascii=False)
    if isinstance(value, tuple):
        return "\n".join(str(one) for one in value)
    return value.name if isinstance(value, Level) else str(value)


def _rows(
    book: Any, title: str, columns: Mapping[str, str], needed: tuple[str, ...]
) -> list[tuple[int, dict[str, str]]]:
    if title not in book.sheetnames:
        raise _wrong(title, "缺少这个工作表", "this sheet is missing")
    lines = list(book[title].iter_rows(values_only=True))
    heads = [str(one or "").strip() for one in (lines[0] if lines else ())]
    absent = [columns[key] for key in needed if columns[key] not in heads]
    if absent:
        raise _wrong(title, f"缺少列：{'、'.join(absent)}", f"columns are missing: {', '.join(absent)}")
    places = {key: heads.index(head) for key, head in columns.items() if head in heads}
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if any(value not in (None, "") for value in line):
            found.append((number, {key: _text(line[at] if at < len(line) else None) for key, at in places.items()}))
    return found


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def _resource(line: int, row: Mapping[str, str], items: list[Mapping[str, str]]) -> CatalogResource:
    known: dict[str, Any] = {key: value for key, value in row.items() if value and key in _COLUMNS}
    try:
        known["sharing_type"] = SharingType(row.get("sharing_type") or SharingType.NOT_SHARED.value)
        known["open_type"] = OpenType(row.get("open_type") or OpenType.NOT_OPEN.value)
        known["level"] = Level[row.get("level") or Level.G4.name]
        for key in ("published_on", "updated_on"):
            known[key] = date.fromisoformat(row[key]) if row.get(key) else None
        for key in _LISTS:
            known[key] = tuple(one for one in row.get(key, "").split("\n") if one)
        known["categories"] = tuple(Category(one) for one in known["categories"])
        owner = row.get("table") or row["resource_id"]
        return CatalogResource(**known, elements=tuple(_element(one, owner) for one in items))
    except (ValueError, KeyError, TypeError) as problem:
        where = f"{_RESOURCES}!{line}"
        raise _wrong(where, f"有不能识别的内容：{problem}", f"cannot be read: {problem}") from None


def _element(row: Mapping[str, str], owner: str) -> DataElement:
    column = row.get("column") or None
    return DataElement(
        element_id=f"{owner}.{column or row['name']}",
        name=row["name"],
        name_en=row.get("name_en", ""),
        column=column,
        type=row.get("type") or "string",
        unit=row.get("unit") or None,
        description=row.get("description", ""),
        synonyms=tuple(one for one in row.get("synonyms", "").split("\n") if one),
        code_list=tuple(json.loads(row["code_list"]).items()) if row.get("code_list") else (),
    )


def _wrong(where: str, zh: str, en: str) -> CatalogError:
    return CatalogError(Text(zh=f"{zh}。请检查目录表。", en=f"{en}. Check the table."), key=where)
