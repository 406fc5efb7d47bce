"""What a drafted query asks, in people's words: only the shown reading saves a user from a plausible wrong query.

Computed from the SQL itself and never from the question, so it says what was run and not what was meant. What has no
plain words (a subquery) is named as such and left to the SQL below the answer.
"""

from __future__ import annotations

from typing import cast

import sqlglot
from sqlglot import exp

from assistant.domain import Lang, Text
from assistant.nl2sql.drafts.offered_schema import ContextColumn, SchemaContext
from assistant.nl2sql.select_parts import sources_of

_COMPARE: dict[type[exp.Expression], Text] = {
    exp.EQ: Text(zh="为", en="is"),
    exp.NEQ: Text(zh="不为", en="is not"),
    exp.GT: Text(zh="大于", en="above"),
    exp.GTE: Text(zh="不小于", en="at least"),
    exp.LT: Text(zh="小于", en="below"),
    exp.LTE: Text(zh="不大于", en="at most"),
    exp.Like: Text(zh="形如", en="like"),
    exp.ILike: Text(zh="形如", en="like"),
}
_MEASURE: dict[type[exp.Expression], Text] = {
    exp.Sum: Text(zh="{}合计", en="total {}"),
    exp.Avg: Text(zh="{}平均值", en="average {}"),
    exp.Min: Text(zh="{}最小值", en="lowest {}"),
    exp.Max: Text(zh="{}最大值", en="highest {}"),
    exp.Year: Text(zh="{}的年份", en="year of {}"),
    exp.Quarter: Text(zh="{}的季度", en="quarter of {}"),
    exp.Month: Text(zh="{}的月份", en="month of {}"),
}
_SET_WORDS = {
    exp.Union: Text(zh="；合并", en="; combined with "),
    exp.Intersect: Text(zh="；并且同时满足", en="; and also "),
    exp.Except: Text(zh="；除去", en="; except "),
}
_NESTED = Text(zh="（子查询，见 SQL）", en="(a subquery, see the SQL)")


def restate(sql: str, context: SchemaContext, *, dialect: str, lang: Lang) -> str:
    """One sentence: sources, conditions, keys, outputs, order and cut-off of `sql`."""
    return _Words(context, lang).query(cast(exp.Expression, sqlglot.parse_one(sql, read=dialect)))


def output_labels(sql: str, context: SchemaContext, *, dialect: str, lang: Lang) -> dict[str, str]:
    """{output name: its label in people's words} of the outermost SELECT."""
    tree = sqlglot.parse_one(sql, read=dialect)
    select = tree.find(exp.Select)
    if select is None:
        return {}
    words = _Words(context, lang)
    words.enter(select)
    return {item.alias_or_name: words.value(item.unalias()) for item in select.expressions if item.alias_or_name}


class _Words:
    """Speaks of one query; knows which alias stands for which table."""

    def __init__(self, context: SchemaContext, lang: Lang) -> None:
        self._context, self._english = context, lang == "en"
        self._tables: dict[str, str] = {}

    def _say(self, text: Text) -> str:
        return text.en if self._english else text.zh

    def enter(self, select: exp.Select) -> None:
        self._tables = {(table.alias or table.name).lower(): table.name for table in select.find_all(exp.Table)}

    def query(self, tree: exp.Expression) -> str:
        for kind, word in _SET_WORDS.items():
            if isinstance(tree, kind):
                return self.query(tree.this) + self._say(word) + self.query(tree.expression)
        select = tree if isinstance(tree, exp.Select) else tree.find(exp.Select)
        if select is None:
            return self._say(_NESTED)
        self.enter(select)
        parts = [self._sources(select), self._where(select), self._groups(select), self._outputs(select)]
        parts += [self._having(select), self._order(select)]
        return (", " if self._english else "，").join(part for part in parts if part)

    def _sources(self, select: exp.Select) -> str:
        tables = (node for node in sources_of(select) if isinstance(node, exp.Table))
        names = list(dict.fromkeys(self._table(node) for node in tables))
        if not names:
            return ""
        return f"From {', '.join(names)}" if self._english else f"从{'、'.join(names)}中"

    def _table(self, node: exp.Table) -> str:
        known = self._context.table(node.name)
        return (known.label or known.name) if known else node.name

    def _where(self, select: exp.Select) -> str:
        where = select.args.get("where")
        if where is None:
            return ""
        said = self.condition(where.this)
        return f"where {said}" if self._english else f"筛选{said}"

    def _having(self, select: exp.Select) -> str:
        having = select.args.get("having")
        if having is None:
            return ""
        said = self.condition(having.this)
        return f"keeping {said}" if self._english else f"只留{said}"

    def _groups(self, select: exp.Select) -> str:
        group = select.args.get("group")
        keys = [self.value(key) for key in group.expressions] if group is not None else []
        if not keys:
            return ""
        return f"by {', '.join(keys)}" if self._english else f"按{'、'.join(keys)}"

    def _outputs(self, select: exp.Select) -> str:
        group = select.args.get("group")
        keys = {key.sql() for key in group.expressions} if group is not None else set()
        shown = [item.unalias() for item in select.expressions]
        said = [self.value(item) for item in shown if item.sql() not in keys] or [self.value(item) for item in shown]
        distinct = select.args.get("distinct") is not None
        if self._english:
            return f"{'the different ' if distinct else ''}{', '.join(said)}"
        counting = any(item.find(exp.AggFunc) for item in shown)
        return f"{'统计' if counting else '列出不同的' if distinct else '列出'}{'、'.join(said)}"

    def _order(self, select: exp.Select) -> str:
        order, limit = select.args.get("order"), select.args.get("limit")
        parts = []
        if order is not None:
            aliases = {item.alias: item.unalias() for item in select.expressions if item.alias}
            first = order.expressions[0]
            target = aliases.get(first.this.name, first.this) if isinstance(first.this, exp.Column) else first.this
            down = bool(first.args.get("desc"))
            word = Text(zh="从高到低", en="highest first") if down else Text(zh="从低到高", en="lowest first")
            name = self.value(target)
            parts.append(f"ordered by {name}, {word.en}" if self._english else f"按{name}{word.zh}")
        if limit is not None:
            count = limit.expression.name
            parts.append(f"the first {count}" if self._english else f"取前{count}")
        return (", " if self._english else "，").join(parts)

    def condition(self, node: exp.Expression) -> str:
        """A predicate in words."""
        if isinstance(node, exp.Paren):
            return f"({self.condition(node.this)})" if self._english else f"（{self.condition(node.this)}）"
        if isinstance(node, exp.And | exp.Or):
            word = Text(zh="且", en=" and ") if isinstance(node, exp.And) else Text(zh="或", en=" or ")
            return self.condition(node.this) + self._say(word) + self.condition(node.expression)
        if isinstance(node, exp.Not):
            return f"not ({self.condition(node.this)})" if self._english else f"并非（{self.condition(node.this)}）"
        for kind, word in _COMPARE.items():
            if isinstance(node, kind):
                left, right = self.value(node.this), self._operand(node.expression, node.this)
                return f"{left} {word.en} {right}" if self._english else f"{left}{word.zh}{right}"
        if isinstance(node, exp.Between):
            low, high = self.value(node.args["low"]), self.value(node.args["high"])
            subject = self.value(node.this)
            return f"{subject} from {low} to {high}" if self._english else f"{subject}在{low}至{high}之间"
        if isinstance(node, exp.In):
            listed = [self._operand(item, node.this) for item in node.expressions] or [self._say(_NESTED)]
            subject = self.value(node.this)
            return f"{subject} among {', '.join(listed)}" if self._english else f"{subject}属于{'、'.join(listed)}"
        if isinstance(node, exp.Is):
            subject = self.value(node.this)
            return f"{subject} is missing" if self._english else f"{subject}为空"
        return self._say(_NESTED) if node.find(exp.Select) else node.sql()

    def _operand(self, node: exp.Expression, against: exp.Expression) -> str:
        """A literal by its name in the code list of the column it is compared with."""
        column = self._column(against)
        if isinstance(node, exp.Literal) and column is not None:
            return dict(column.codes).get(node.name, node.name)
        return self.value(node)

    def value(self, node: exp.Expression) -> str:
        """A column, a literal or an aggregate in words."""
        if isinstance(node, exp.Count):
            return self._count(node)
        for kind, word in _MEASURE.items():
            if isinstance(node, kind):
                return self._say(word).format(self.value(node.this))
        column = self._column(node)
        if column is not None:
            return column.label or column.name
        if isinstance(node, exp.Literal | exp.Column):
            return node.name
        return self._say(_NESTED) if node.find(exp.Select) else node.sql()

    def _count(self, node: exp.Count) -> str:
        inner = node.this
        if isinstance(inner, exp.Distinct):
            names = (", " if self._english else "、").join(self.value(item) for item in inner.expressions)
            return f"number of different {names}" if self._english else f"不同{names}的个数"
        if isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star):
            return f"number of {self.value(inner)}" if self._english else f"有{self.value(inner)}的记录数"
        return "number of records" if self._english else "记录数"

    def _column(self, node: exp.Expression) -> ContextColumn | None:
        if not isinstance(node, exp.Column):
            return None
        table = self._context.table(self._tables.get(node.table.lower(), node.table))
        return table.column(node.name) if table is not None else None
