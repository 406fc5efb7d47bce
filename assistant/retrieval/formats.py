"""The bytes of one document -> its text, one paragraph a line, tables as Markdown rows. One reader a format.

What comes out is plain: the structure (articles, headings) is found later, in one place, for all formats alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError
from assistant.retrieval.docx_reader import read_docx
from assistant.retrieval.markdown_tables import markdown_table
from assistant.retrieval.pdf_reader import read_pdf

_BLOCKS = ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "section", "article", "dt", "dd", "blockquote")
_NOISE = ("script", "style", "noscript", "nav", "header", "footer", "aside", "form", "button", "template", "svg")
_COMMON = re.compile(r"[的第一条條章国國法规規定和、，。]")


class DocumentUnreadable(UserError):
    """This document cannot be read; `text` says why and what to do."""


def read_body(path: Path) -> str:
    """The text of a document. Raises DocumentUnreadable; never anything else."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise DocumentUnreadable(
            Text(
                zh=f"不支持 {path.suffix or '无后缀'} 格式，请转换为 {known} 之一。",
                en=f"the format {path.suffix or '(none)'} is not read; convert it to one of {known}.",
            )
        )
    body = reader(path)
    if not body.strip():
        raise DocumentUnreadable(
            Text(
                zh="文件中没有文字。扫描件请先做文字识别（OCR）。",
                en="holds no text. A scan needs OCR first.",
            )
        )
    return body


def decode_text(content: bytes) -> str:
    """Bytes of unknown encoding as text: a byte order mark decides, then UTF-8, then what reads more like Chinese."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guesses = [content.decode(name, "replace") for name in ("gb18030", "big5")]
        return max(guesses, key=lambda text: len(_COMMON.findall(text)) - 5 * text.count("\ufffd"))


def _plain(path: Path) -> str:
    try:
        return decode_text(path.read_bytes())
    except OSError as error:
        raise _broken(error) from error


def _html(path: Path) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(_plain(path), "html.parser")
    for tag in soup(_NOISE):
        tag.decompose()
    for table in soup("table"):
        rows = [[" ".join(cell.get_text(" ").split()) for cell in row(["td", "th"])] for row in table("tr")]
        table.replace_with("\n" + markdown_table(rows) + "\n")
    for line_break in soup("br"):
        line_break.replace_with("\n")
    for block in soup(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    title = soup.title.get_text().strip() if soup.title else ""
    if soup.title:
        soup.title.decompose()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in soup.get_text().splitlines())
    return "\n".join(filter(None, (f"# {title}" if title else "", *lines)))


def _guarded(reader: Callable[[Path], str]) -> Callable[[Path], str]:
    """A parser's own exceptions (each library has dozens) become the one that names the document."""

    def read(path: Path) -> str:
        try:
            return reader(path)
        except DocumentUnreadable:
            raise
        except Exception as error:
            raise _broken(error) from error

    return read


def _broken(error: Exception) -> DocumentUnreadable:
    kind = type(error).__name__
    return DocumentUnreadable(
        Text(
            zh=f"文件已损坏、加密或不是所称的格式（{kind}）。请重新导出后再放入。",
            en=f"is damaged, encrypted or not what its suffix says ({kind}). Export it again.",
        )
    )


READERS: Mapping[str, Callable[[Path], str]] = {
    ".md": _plain,
    ".markdown": _plain,
    ".txt": _plain,
    ".html": _guarded(_html),
    ".htm": _guarded(_html),
    ".docx": _guarded(read_docx),
    ".pdf": _guarded(read_pdf),
}
SUFFIXES: frozenset[str] = frozenset(READERS)
