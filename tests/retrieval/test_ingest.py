"""Documents as bureaus have them: every format, wrong ones reported by name, nothing hidden by a neighbour."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from assistant.domain import Level
from assistant.retrieval.document_info import SecretDocument, read_info
from assistant.retrieval.formats import decode_text, read_body
from assistant.retrieval.ingest import LONGEST, read_document, read_documents, split_long

FRONT = """---
title: 某市数据办法
issuer: 某市人民政府
doc_no: 某政发〔2024〕1号
issued_on: 2024-11-01
valid_from: 2025-01-01
valid_to: null
superseded_by: null
level: G2
open_type: 依申请公开
department: 市大数据局
language: zh
---

# 某市数据办法

第一条 甲。

第二条 乙。
"""
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "retrieval" / "govpolicy"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_front_matter_reaches_every_passage(tmp_path: Path) -> None:
    passages, doubts = read_document(write(tmp_path, "a.md", FRONT))
    assert [passage.section for passage in passages] == ["第一条", "第二条"]
    first = passages[0]
    assert (first.title, first.level, first.department, first.is_public) == (
        "某市数据办法",
        Level.G2,
        "市大数据局",
        False,
    )
    assert (first.issued_on, first.valid_from, first.valid_to) == (date(2024, 11, 1), date(2025, 1, 1), None)
    assert first.doc_no == "某政发〔2024〕1号"
    assert not doubts


def test_a_wrong_front_matter_names_file_line_and_key(tmp_path: Path) -> None:
    write(tmp_path, "wrong.md", FRONT.replace("open_type: 依申请公开", "open_tipe: 依申请公开"))
    write(tmp_path, "right.md", FRONT)
    ingested = read_documents(tmp_path)
    (problem,) = ingested.problems
    assert problem.file == "wrong.md"
    assert "open_tipe" in problem.text.zh
    assert ":10" in problem.text.zh
    assert len(ingested.passages) == 2


def test_an_unreadable_document_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, "a.md", FRONT)
    write(tmp_path, "broken.pdf", b"%PDF-1.7 nonsense")
    write(tmp_path, "broken.docx", b"not a zip")
    write(tmp_path, "old.wps", b"\x00")
    write(tmp_path, "empty.txt", b" \n")
    ingested = read_documents(tmp_path)
    assert {problem.file for problem in ingested.problems} == {"broken.pdf", "broken.docx", "old.wps", "empty.txt"}
    assert all(problem.left_out for problem in ingested.problems)
    assert len(ingested.passages) == 2


def test_without_an_open_type_a_document_is_not_public(tmp_path: Path) -> None:
    passages, doubts = read_document(write(tmp_path, "memo.txt", "关于数据工作的几点考虑\n请各处研究。"))
    assert not passages[0].is_public
    assert "open_type" in doubts[0].zh


def test_a_promulgated_law_is_public_by_law(tmp_path: Path) -> None:
    text = (
        "# 中华人民共和国某某法\n\n2021年8月20日 第三十次会议通过\n\n<!-- INFO END -->\n\n## 第一章 总则\n\n"
        "第一条 甲。\n\n第二条 本法自2021年11月1日起施行。\n"
    )
    passages, _ = read_document(write(tmp_path, "law.md", text))
    assert passages[0].is_public
    assert (passages[0].issued_on, passages[0].valid_from) == (date(2021, 8, 20), date(2021, 11, 1))
    assert passages[0].title == "中华人民共和国某某法"


def test_rules_of_an_office_for_itself_are_not_public_because_they_take_effect(tmp_path: Path) -> None:
    text = "某局考勤管理办法\n\n第一条 甲。\n\n第二条 本办法自2025年1月1日起施行。\n"
    passages, doubts = read_document(write(tmp_path, "inner.txt", text))
    assert not passages[0].is_public
    assert "open_type" in doubts[0].zh
    assert passages[0].valid_from == date(2025, 1, 1)


def test_a_marked_secret_is_not_held(tmp_path: Path) -> None:
    path = write(tmp_path, "secret.txt", "机密★10年\n第一条 甲。")
    with pytest.raises(SecretDocument):
        read_info(path, read_body(path))
    assert read_documents(tmp_path).passages == ()


def test_a_note_beside_a_file_describes_it(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "第一条 甲。\n第二条 乙。")
    write(tmp_path, "b.txt.yaml", "title: 乙办法\nopen_type: 主动公开\nlevel: G1\ndepartment: 市统计局\n")
    ingested = read_documents(tmp_path)
    assert {passage.title for passage in ingested.passages} == {"乙办法"}
    assert all(passage.is_public for passage in ingested.passages)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
def test_text_in_the_encodings_of_offices(encoding: str) -> None:
    text = "第一條 為了規範資料，制定本辦法。" if encoding == "big5" else "第一条 为了规范数据，制定本办法。"
    assert decode_text(text.encode(encoding)) == text


def test_html_keeps_blocks_and_tables_and_drops_navigation(tmp_path: Path) -> None:
    page = (
        "<html><head><title>某市办法</title><style>p{}</style></head><body><nav>首页</nav>"
        "<div><p>第一条 甲<b>乙</b>。</p><p>第二条 丙。<br>丁。</p></div>"
        "<table><tr><th>级</th><th>义</th></tr><tr><td>G1</td><td>公开</td></tr></table>"
        "<script>x()</script></body></html>"
    )
    body = read_body(write(tmp_path, "a.html", page))
    assert "第一条 甲乙。" in body.splitlines()
    assert "| G1 | 公开 |" in body
    assert "首页" not in body
    assert "x()" not in body


def test_docx_keeps_tables_and_writes_out_automatic_numbers(tmp_path: Path) -> None:
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    numbering = document.part.numbering_part.element
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    numbering.insert(
        0,
        parse_xml(
            f'<w:abstractNum xmlns:w="{space}" w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
            '<w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum>'
        ),
    )
    numbering.append(parse_xml(f'<w:num xmlns:w="{space}" w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for text in ("甲。", "乙。"):
        paragraph = document.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = 77
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "级", "义"
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert read_body(path).splitlines() == ["第一条 甲。", "第二条 乙。", "| 级 | 义 |", "| --- | --- |"]


def pdf(lines: Sequence[tuple[float, float, str]], rules: str = "") -> bytes:
    """A one-page PDF with Latin text at (x, y): enough to test the reader without a Chinese font."""
    content = "BT /F1 12 Tf " + " ".join(f"1 0 0 1 {x} {y} Tm ({text}) Tj" for x, y, text in lines) + f" ET {rules}"
    stream = zlib.compress(content.encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = struct.pack("0s", b"") + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (6, len(out))
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_pdf_lines_are_put_together_again(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(
        pdf(
            [
                (50, 350, "Article 1 This guide explains to all residents how data are"),
                (50, 335, "found and used."),
                (50, 320, "Article 2 Data that are open may be downloaded by anyone at"),
                (50, 305, "no cost."),
                (190, 20, "- 1 -"),
            ]
        )
    )
    assert read_body(path).splitlines() == [
        "Article 1 This guide explains to all residents how data are found and used.",
        "Article 2 Data that are open may be downloaded by anyone at no cost.",
    ]


def ruled_pdf() -> bytes:
    """A page with two lines of text and a ruled table of two rows between them."""
    rules = " ".join(f"50 {y} m 250 {y} l S" for y in (300, 280, 260)) + " "
    rules += " ".join(f"{x} 260 m {x} 300 l S" for x in (50, 150, 250))
    words = [(50, 350, "Article 1 The levels are these."), (55, 285, "G1"), (155, 285, "open")]
    words += [(55, 265, "G2"), (155, 265, "internal"), (50, 240, "Article 2 Levels are reviewed every year.")]
    return pdf(words, rules)


def test_a_table_in_a_pdf_stays_a_table_of_its_article(tmp_path: Path) -> None:
    passages, _ = read_document(write(tmp_path, "a.pdf", ruled_pdf()))
    first, second = passages
    assert first.text.splitlines()[0] == "The levels are these."
    assert "| G1 | open |" in first.text
    assert "| G2 | internal |" in first.text
    assert second.text == "Levels are reviewed every year."


LAW = """# {title}

{issued}通过

<!-- INFO END -->

第一条 甲{mark}。

第二条 乙。

第三条 丙。

第四条 {last}
"""


def law(title: str, year: int, mark: str = "", last: str = "") -> str:
    ends = last or f"本法自{year}年1月1日起施行。"
    return LAW.format(title=title, issued=f"{year - 1}年6月1日", mark=mark, last=ends)


def test_of_several_versions_the_newest_applies(tmp_path: Path) -> None:
    write(tmp_path, "2017.md", law("某某法", 2017, "旧"))
    write(tmp_path, "2025.md", law("中华人民共和国某某法", 2025, "新"))
    write(tmp_path, "2021.md", law("某某法", 2021, "中"))
    write(tmp_path, "other.md", law("某某法实施条例", 2017))
    firsts = {item.text: item for item in read_documents(tmp_path).passages if item.section == "第一条"}
    assert (firsts["甲旧。"].valid_to, firsts["甲旧。"].superseded_by) == (date(2021, 1, 1), "某某法（2021-01-01）")
    assert (firsts["甲中。"].valid_to, firsts["甲中。"].superseded_by) == (date(2025, 1, 1), "中华人民共和国某某法")
    assert (firsts["甲新。"].valid_to, firsts["甲新。"].superseded_by) == (None, "")
    assert firsts["甲。"].superseded_by == ""
    assert len({item.passage_id for item in firsts.values()}) == 4


def test_a_law_that_does_not_say_when_it_takes_effect_is_probably_cut(tmp_path: Path) -> None:
    write(tmp_path, "cut.md", law("某省大数据条例", 2020, last="省人民政府应当"))
    write(tmp_path, "whole.md", law("某市大数据条例", 2020))
    (problem,) = read_documents(tmp_path).problems
    assert (problem.file, problem.left_out) == ("cut.md", False)
    assert "截断" in problem.text.zh


def test_inserted_articles_numbered_notices_and_appendices_reach_the_index(tmp_path: Path) -> None:
    write(tmp_path, "law.md", law("某某刑法", 2021).replace("第二条 乙", "第一条之一 加。\n\n第二条 乙"))
    write(
        tmp_path,
        "notice.txt",
        "关于数据工作的通知\n各处：\n一、先登记。\n二、后共享。\n附件1\n| 级 | 义 |\n| G1 | 公开 |\n",
    )
    passages = read_documents(tmp_path).passages
    labels: dict[str, list[str]] = {item.title: [] for item in passages}
    for item in passages:
        labels[item.title].append(item.section)
    assert labels["某某刑法"] == ["第一条", "第一条之一", "第二条", "第三条", "第四条"]
    assert [label for label in labels["关于数据工作的通知"] if label] == ["一", "二", "附件1"]
    assert "| G1 | 公开 |" in next(item.text for item in passages if item.section == "附件1")


def test_an_over_long_article_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = "\n".join(f"第{number}款，" + "数据应当依法处理" * 12 + "。" for number in range(12))
    pieces = split_long(text)
    assert len(pieces) > 1
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece.endswith("。") for piece in pieces)


def test_a_table_is_never_cut() -> None:
    table = "\n".join("| " + "长" * 40 + " | 值 |" for _ in range(40))
    pieces = split_long("说明。" * 300 + "\n" + table)
    assert table in pieces


def test_markdown_without_articles_splits_at_its_headings(tmp_path: Path) -> None:
    path = write(tmp_path, "guide.md", "# 手册\n\n总述文字。\n\n## 申请\n\n怎么申请。\n\n## 审批\n\n怎么审批。\n")
    passages, _ = read_document(path)
    assert [passage.section for passage in passages if passage.section] == ["申请", "审批"]
    assert passages[-1].text == "怎么审批。"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared retrieval data is not beside this checkout")
def test_real_laws_split_exactly_as_annotated() -> None:
    import json

    gold = [json.loads(line) for line in (SHARED / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    ingested = read_documents(SHARED / "policies")
    found = {
        (passage.title.removeprefix("中华人民共和国"), passage.section): passage.text for passage in ingested.passages
    }
    wrong = [item["_id"] for item in gold if found.get((item["title"], item["_id"].split("#")[1])) != item["text"]]
    assert wrong == []
    assert len(found) == len(gold) == 579
    assert ingested.problems == ()
