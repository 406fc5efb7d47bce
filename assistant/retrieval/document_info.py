"""What a document says of itself: front matter, a note beside the file, or its own first and last lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Literal

from assistant.domain import Level, Text
from assistant.errors import ConfigurationError
from assistant.retrieval.numbering import to_number
from assistant.yaml_build import build
from assistant.yaml_source import read_text, read_yaml

OpenTypeOfDocument = Literal["主动公开", "依申请公开", "不予公开"]
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.S)
_INFO_END = re.compile(r"<!--\s*INFO END\s*-->")
_NUMBER = "[0-9一二三四五六七八九十]{1,3}"
_DAY = rf"([0-9]{{4}}|[〇零一二三四五六七八九]{{4}})\s*年\s*({_NUMBER})\s*月\s*({_NUMBER})\s*日"
_DATE = re.compile(rf"{_DAY}(?!\s*起?\s*施行)")
_EFFECTIVE = re.compile(rf"自\s*({_DAY})\s*起\s*(?:施行|实施|實施|執行|执行|生效)")
_EFFECTIVE_LINE = re.compile(rf"^({_DAY})\s*起?\s*施行\s*$", re.M)
_DOC_NO = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[（(]\s*\d{4}\s*[〕\]）)]\s*(?:第\s*)?\d+\s*[号號]")
_HEADING = re.compile(r"^#\s+(.+?)\s*#*$", re.M)
# Normative documents are published by law (政府信息公开条例 第二十条), so one that names its promulgation is public.
_NORMATIVE = re.compile(
    r"(?:法|条例|條例|规定|規定|办法|辦法|细则|細則|决定|決定|解释|解釋|规章|規章)(?:[（(].*[)）])?$"
)
_PROMULGATED = re.compile(r"公布|通过|通過|发布|發布|令第")
# A marking that a classified document must carry (保守国家秘密法实施条例): such a file is not ingested at all.
_SECRET = re.compile(r"(?:绝密|机密|秘密|絕密|機密)\s*[★☆]|^\s*(?:绝密|机密|秘密)\s*$", re.M)
_HEAD = 600  # characters in which a marking, a number and the dates of adoption stand


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInfo:
    """The front matter of a document. Without open_type a document is not public."""

    title: str = ""
    title_en: str = ""
    issuer: str = ""
    doc_no: str = ""
    issued_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None  # exclusive
    superseded_by: str | None = None
    level: Level | None = None
    open_type: OpenTypeOfDocument | None = None
    department: str = ""
    language: Literal["zh", "zh-Hant", "en"] | None = None

    @property
    def is_public(self) -> bool:
        return self.open_type == "主动公开"


class SecretDocument(ConfigurationError):
    """The file is marked as a state secret: this system may not hold it."""


def read_info(path: Path, body: str) -> tuple[DocumentInfo, str]:
    """What is known of the document, and its text without front matter.

    Order: front matter (Markdown, TXT), a note `<file name>.yaml` beside it, then what the text itself shows. Raises
    ConfigurationError (file, line, key) for a wrong front matter, SecretDocument for a marked file.
    """
    if _SECRET.search(body[:_HEAD]):
        raise SecretDocument(
            Text(
                zh="文件带有国家秘密标志，不得存入本系统（保守国家秘密法第三十一条）。请按保密规定处置。",
                en="is marked as a state secret and may not be held here. Handle it under the secrecy rules.",
            ),
            file=path.name,
        )
    declared, rest = _declared(path, body)
    return _completed(declared, _observed(path, rest)), _INFO_END.split(rest)[-1]


def _declared(path: Path, body: str) -> tuple[DocumentInfo, str]:
    match = _FRONT.match(body)
    if match:
        node = read_text("\n" + match[1], path)
        return build(DocumentInfo, node, ConfigurationError), body[match.end() :]
    note = path.with_name(path.name + ".yaml")
    if note.is_file():
        return build(DocumentInfo, read_yaml(note), ConfigurationError), body
    return DocumentInfo(), body


def _completed(declared: DocumentInfo, observed: DocumentInfo) -> DocumentInfo:
    """What is declared stands; what is not is filled in from the text."""
    filled = {
        item.name: getattr(observed, item.name)
        for item in fields(DocumentInfo)
        if getattr(declared, item.name) in (None, "")
    }
    if declared.open_type is not None or declared.level is not None:
        filled.pop("open_type", None)
    return replace(declared, **filled)


def _observed(path: Path, body: str) -> DocumentInfo:
    parts = _INFO_END.split(body, maxsplit=1)
    head = parts[0] if len(parts) == 2 else body[:_HEAD]
    title = _title(path, body)
    adopted = [found for match in _DATE.finditer(head) if (found := _date(match))]
    effective = [found for match in _EFFECTIVE.finditer(body) if (found := _date(match, 2))]
    effective += [found for match in _EFFECTIVE_LINE.finditer(head) if (found := _date(match, 2))]
    number = _DOC_NO.search(head)
    # Rules of an office for itself take effect too; only what names its adoption at its head was promulgated.
    public = bool(_NORMATIVE.search(title) and adopted and _PROMULGATED.search(head))
    return DocumentInfo(
        title=title,
        doc_no=number[0] if number else "",
        issued_on=max(adopted, default=None),
        valid_from=max(effective, default=None),
        open_type="主动公开" if public else None,
        level=Level.G1 if public else None,
    )


def _title(path: Path, body: str) -> str:
    heading = _HEADING.search(body[:_HEAD])
    if heading:
        return re.sub(r"\s+", "" if re.search(r"[\u4e00-\u9fff]", heading[1]) else " ", heading[1].strip("* "))
    for line in body.splitlines()[:6]:
        bare = line.strip()
        if 4 <= len(bare) <= 60 and not bare.startswith(("|", "<")) and not bare.endswith(("。", "，", "；")):
            return re.sub(r"\s+", "", bare) if re.search(r"[\u4e00-\u9fff]", bare) else bare
    return path.stem


def _date(match: re.Match[str], first: int = 1) -> date | None:
    year, month, day = match[first], match[first + 1], match[first + 2]
    digits = "".join(str(to_number(character)) for character in year)
    try:
        return date(int(digits), to_number(month) or 0, to_number(day) or 0)
    except ValueError:
        return None
