"""SQL text -> one syntax tree: punctuation folded, parsed, names resolved against the schema, outputs named."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from importlib import metadata

from sqlglot import Dialect, exp, parse
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.expressions import apply_index_offset
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from assistant.domain import Finding
from assistant.nl2sql.findings import finding

# sqlglot warns about commands it keeps as text; they are refused anyway.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FULL_WIDTH.update({0x3000: 0x20, 0x3002: 0x2E, 0x2018: 0x27, 0x2019: 0x27, 0x201C: 0x22, 0x201D: 0x22, 0x3001: 0x2C})
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
# As the installed engine reads it: before 2.0, `~` is a match of the whole text.
_READ = {"duckdb": f"duckdb, version={metadata.version('duckdb')}"}
# text literals, quoted names and comments keep their characters
_VERBATIM = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def fold_punctuation(text: str) -> str:
    """Full-width punctuation, digits and letters outside literals become the ASCII that was meant.

    sqlglot and DuckDB read `a，b` as one column and `“名称”` as an identifier; the asker meant a comma and quotes.
    """
    pieces: list[str] = []
    end = 0
    for match in _VERBATIM.finditer(text):
        pieces += [_fold(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*pieces, _fold(text[end:])])


def _fold(text: str) -> str:
    return text.translate(_FULL_WIDTH).translate(_INVISIBLE)


def parse_one(text: str, dialect: str) -> exp.Expr | Finding:
    """Exactly one statement, or the finding that says what else it was."""
    try:
        statements = parse(text, dialect=_READ.get(dialect, dialect))
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        return finding("syntax", line=where.get("line"), column=where.get("col"))
    except (TokenError, RecursionError):
        return finding("syntax")
    written = [statement for statement in statements if statement is not None]
    if not written:
        return finding("empty")
    return finding("several_statements") if len(written) > 1 else _places_as_written(written[0], dialect)


def _places_as_written(tree: exp.Expr, dialect: str) -> exp.Expr:
    """x[1] with the place that was written: sqlglot counts from 0 where it takes x for a list, and not from 1
    again where x turns out to be a text.
    """
    offset = Dialect.get_or_raise(dialect).INDEX_OFFSET
    for node in tree.find_all(exp.Bracket):
        node.set("expressions", apply_index_offset(node.this, node.expressions, offset, dialect=dialect))
        node.set("offset", offset)
    return tree


def resolve(tree: exp.Expr, schema: Mapping[str, Mapping[str, str]], dialect: str) -> exp.Expr | Finding:
    """Every name qualified and quoted, stars expanded, types annotated; the tree given is changed."""
    used = {table.name.lower() for table in tree.find_all(exp.Table)}
    part: dict[str, object] = {table: dict(columns) for table, columns in schema.items() if table.lower() in used}
    mapping = MappingSchema(part, dialect=dialect)
    try:
        resolved = qualify(tree, schema=mapping, dialect=dialect)
        drop_idle_ctes(resolved)
        name_outputs(resolved)
        return written_as_read(annotate_types(resolved, schema=mapping, dialect=dialect))
    except OptimizeError as error:
        return _resolution_finding(str(error))
    except RecursionError:
        return finding("too_deep")


def written_as_read(tree: exp.Expr) -> exp.Expr:
    """`tree`, changed so that what is rendered means what was parsed, where sqlglot lets types decide otherwise.

    A cast around APPROX_QUANTILE parts it from its FILTER; DATE_ADD of a plain number stays a date as d + 3 does, and
    becomes a timestamp as d + INTERVAL 3 DAY.
    """
    for node in list(tree.find_all(exp.ApproxQuantile, exp.DateAdd)):
        if isinstance(node, exp.ApproxQuantile):
            node.type = exp.DataType.build(exp.DataType.Type.UNKNOWN)
        elif node.args.get("unit") is None and not isinstance(node.expression, exp.Interval):
            node.replace(exp.Paren(this=exp.Add(this=node.this, expression=node.expression)))
    return tree


def drop_idle_ctes(tree: exp.Expr) -> None:
    """Remove the CTEs that nothing reads: an engine may run them all the same, and nobody would have judged them."""
    for with_ in list(tree.find_all(exp.With)):
        while idle := [cte for cte in with_.expressions if not _is_read(cte, tree)]:
            with_.set("expressions", [cte for cte in with_.expressions if cte not in idle])
        if not with_.expressions:
            with_.pop()


def _is_read(cte: exp.CTE, tree: exp.Expr) -> bool:
    return any(
        table.name == cte.alias and cte is not table.find_ancestor(exp.CTE) for table in tree.find_all(exp.Table)
    )


def _resolution_finding(message: str) -> Finding:
    name = re.search(r"[Cc]olumn '\"?([^'\"]{1,80})", message) or re.search(r"[Cc]olumn \"?([^\s\"]{1,80})", message)
    place = re.search(r"Line: (\d+), Col: (\d+)", message)
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    return finding("unknown_column", name[1].strip('"') if name else "", line=line, column=column)


def name_outputs(tree: exp.Expr) -> None:
    """Give every bare output (`_col_0`) a name that says what it is: count, avg_base_salary ..."""
    renamed: dict[str, str] = {}
    first = next(_leading_selects(tree), None)
    if first is None:
        return
    taken = {projection.alias_or_name for projection in first.expressions}
    for projection in first.expressions:
        if isinstance(projection, exp.Alias) and re.fullmatch(r"_col_\d+", projection.alias):
            name = _free(_describe(projection.this), taken)
            taken.add(name)
            renamed[projection.alias] = name
            projection.set("alias", exp.to_identifier(name, quoted=True))
    if renamed:
        _rename_order(tree, renamed)


def _leading_selects(tree: exp.Expr) -> Iterator[exp.Select]:
    """The SELECT that names the result's columns."""
    while isinstance(tree, exp.Subquery | exp.SetOperation):
        tree = tree.this
    if isinstance(tree, exp.Select):
        yield tree


def _rename_order(tree: exp.Expr, renamed: Mapping[str, str]) -> None:
    node: exp.Expr = tree
    while isinstance(node, exp.Query):
        for clause in ("order", "qualify"):
            value = node.args.get(clause)
            for column in value.find_all(exp.Column) if value is not None else ():
                if not column.table and column.name in renamed:
                    column.set("this", exp.to_identifier(renamed[column.name], quoted=True))
        node = node.this if isinstance(node, exp.Subquery | exp.SetOperation) else exp.Null()


def _describe(node: exp.Expr) -> str:
    words: list[str] = []
    for part in node.walk():
        if isinstance(part, exp.Column):
            words.append(part.name)
        elif isinstance(part, exp.Anonymous):
            words.append(part.name.lower())
        elif isinstance(part, exp.Func) and not isinstance(part, exp.Cast | exp.Connector):
            words.append(part.sql_name().lower())
    return "_".join(dict.fromkeys(words[:3])) or "value"


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
