"""Every finding the SQL gate can give, in both languages, with what to do about it. Never a value from the data."""

from __future__ import annotations

from assistant.domain import Finding, Text

# code: (zh, en, hint for whoever repairs the draft); {what} is a name from the SQL text itself, never from the data
_MESSAGES: dict[str, tuple[str, str, str]] = {
    "empty": ("没有 SQL 语句。", "There is no SQL statement.", "Write one SELECT."),
    "too_long": ("语句过长。", "The statement is too long.", "Ask for less at once."),
    "too_deep": ("语句嵌套过深或引用过多。", "The statement is nested too deeply.", "Flatten the subqueries."),
    "syntax": ("语句无法解析。", "The statement cannot be parsed.", "Check the syntax near the position given."),
    "several_statements": ("只接受一条语句。", "Only one statement is accepted.", "Send one SELECT, no semicolons."),
    "not_a_query": ("只接受查询语句，不执行写入、配置或管理命令。", "Only queries are accepted.", "Write one SELECT."),
    "unsupported_syntax": ("不支持的写法：{what}。", "Not supported: {what}.", "Say it with plain SELECT clauses."),
    "recursive_cte": ("不支持递归查询。", "Recursive queries are not supported.", "Use a plain CTE."),
    "table_function": ("不支持表函数或文件读取：{what}。", "Table functions and files are not readable: {what}.",
                       "Use the governed tables by name."),
    "system_catalog": ("不提供系统目录或带库名前缀的表。", "System catalogs and qualified table names are not served.",
                       "Ask the data catalog; write table names without a schema."),
    "unknown_table": ("没有这张表：{what}。", "No such table: {what}.", "Use one of the tables offered."),
    "unknown_column": ("列名无法解析：{what}。", "No such column: {what}.", "Use the columns of its table."),
    "shadowed_table": ("子查询不能与数据表同名：{what}。", "CTE named like a table: {what}.", "Rename the CTE."),
    "unknown_function": ("函数不在许可清单：{what}。", "Function is not on the list: {what}.",
                         "Use standard aggregates, dates and text functions."),
    "unresolved_star": ("星号无法完全展开。", "A star cannot be expanded fully.", "Name the columns."),
    "not_grouped": ("列既未分组也未汇总：{what}。", "Column is neither grouped nor aggregated: {what}.",
                    "Add it to GROUP BY or aggregate it."),
    "group_by_all": ("请写明分组列，不用 GROUP BY ALL。", "Name the columns to group by.", "List the keys."),
    "cross_join": ("表之间缺少连接条件：{what}。", "Not linked to the other tables: {what}.", "Join on their keys."),
    "undeclared_join": ("未登记的连接：{what}。", "The join is not declared: {what}.", "Join along the declared keys."),
    "aggregate_misplaced": ("汇总函数位置不当：{what}。", "Aggregate used where none may stand: {what}.",
                            "Aggregate in SELECT or HAVING."),
    "uncountable_shape": ("这种写法无法核对每个结果背后的单位数。", "The units behind each result cannot be counted.",
                          "Use one grouped SELECT over the tables, joined by their keys."),
    "reserved_name": ("名称不能以两个下划线开头：{what}。", "Names may not begin with two underscores: {what}.",
                      "Choose another name."),
    "not_enforced": ("改写后的语句与决定不符：{what}。", "The rewritten statement is not what was decided: {what}.",
                     "This is a fault of the system: tell the administrator."),
    "unknown_mask": ("未知的脱敏方式：{what}。", "Unknown mask: {what}.", "Use a registered mask."),
    "unknown_obligation": ("附带义务无法落实：{what}。", "The obligation cannot be applied: {what}.",
                           "Check table and column of the policy."),
}  # fmt: skip


def finding(code: str, what: str = "", *, line: int | None = None, column: int | None = None) -> Finding:
    """The finding `code`; `what` names the offending piece of the statement (cut to 60 characters)."""
    zh, en, hint = _MESSAGES[code]
    name = what if len(what) <= 60 else what[:57] + "..."
    text = Text(zh=zh.replace("{what}", name), en=en.replace("{what}", name))
    return Finding(code=code, message=text, hint=hint, line=line, column=column)
