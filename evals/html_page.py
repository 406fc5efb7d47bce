"""One self-contained HTML page a report: it opens with what changed, then the numbers, then every case. No CDN.

Made of escaped text only: questions, SQL and answers in a report are other people's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from evals.compare import Change, Comparison, flat, named, outcome_words
from evals.junit import GUARDED
from evals.report import Report

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#b42318;--soft:#8881}
@media(prefers-color-scheme:dark){:root{--good:#4ac26b;--bad:#ff7b72}}
body{font:15px/1.6 "Source Han Sans SC","Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;margin:2rem auto;
max-width:1100px;padding:0 1rem;overflow-wrap:anywhere}
svg{max-width:100%}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;padding:.3rem .6rem;vertical-align:top;
border-bottom:1px solid var(--line)}th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wide{overflow-x:auto}.wide th,.wide td{overflow-wrap:normal}.wide pre,.wide td.w{overflow-wrap:anywhere}
.wide td.w{min-width:9rem}
#cases td:nth-child(2),#cases td:nth-child(3){min-width:14rem}thead{background:var(--soft)}
.bad{color:var(--bad)}.good{color:var(--good)}.gate{border:2px solid;padding:.6rem 1rem;border-radius:.4rem}
small{opacity:.75}input,select{font:inherit;padding:.2rem .5rem}pre{white-space:pre-wrap;margin:0}
@media print{#filter{display:none}}
"""
_SCRIPT = """
const words=document.getElementById('words'),state=document.getElementById('state');
function show(){const w=words.value.toLowerCase(),s=state.value;
document.querySelectorAll('#cases tbody tr').forEach(r=>{
r.hidden=(s&&r.dataset.state!==s)||(w&&!r.textContent.toLowerCase().includes(w))})}
words.oninput=show;state.onchange=show;
"""


def html_page(report: Report, comparison: Comparison | None, breaches: Sequence[str]) -> str:
    """The whole page. `comparison`: with the report that stood there before, or None."""
    title = f"评测 {report['suite']} · evaluation"
    body = [
        f"<h1>{escape(title)}</h1>",
        _conditions_line(report),
        _gates(breaches),
        _guarded(report),
        _changes(comparison),
        _metrics(report, comparison),
        *(_split(name, groups) for name, groups in report["by"].items()),
        _extra(report),
        _cases(report),
        _environment(report),
    ]
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(part for part in body if part)
        + f"\n<script>{_SCRIPT}</script></body></html>\n"
    )


def _conditions_line(report: Report) -> str:
    env = report["environment"]
    states = " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in flat(report["states"]))
    cut = "（中断，未跑完 / interrupted）" if env.get("interrupted") else ""
    models = " · ".join(f"{part} {one.get('id')}" for part, one in env.get("models", {}).items())
    what = env.get("workspace") or env.get("data") or ""
    return (
        f"<p>n = {report['n']} / {env.get('of')}{cut}, seed {env.get('seed')} · {escape(states)}<br><small>"
        f"{escape(str(env.get('at')))} · commit {escape(str(env.get('commit')))} · {env.get('cores')} cores · "
        f"{escape(str(what))} · {escape(models)} · stored observations used: {env.get('cached')}</small></p>"
    )


def _guarded(report: Mapping[str, Any]) -> str:
    """Leaks and false permits before anything else: one is too many, and none of n is not never."""
    found = {name: report["metrics"].get(name) for name in GUARDED}
    told = [f"{name.replace('_', ' ')}: {number(value)}" for name, value in found.items() if value is not None]
    if not told:
        return ""
    extra = report.get("extra", {})
    rate = extra.get("leak_rate_upper_95", extra.get("false_permits_upper_95"))
    bound = f" · 95 %: ≤ {rate:.3f} of such cases / 此类用例中的上限" if rate is not None else ""
    tone = "bad" if any(found.values()) else "good"
    return f'<p class="{tone}"><b>{escape(", ".join(told))}</b>{bound}</p>'


def _gates(breaches: Sequence[str]) -> str:
    if not breaches:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in breaches)
    return f'<div class="gate bad"><b>门限未通过 / gates that do not hold</b><ul>{items}</ul></div>'


def _changes(comparison: Comparison | None) -> str:
    if comparison is None:
        return "<h2>有何变化 / what changed</h2><p>没有可比的上一份报告 / no earlier report to compare with.</p>"
    test = comparison.test
    lead = (
        f"<p>新错 newly broken {test.only_first} · 新对 newly fixed {test.only_second} · 同对 same right "
        f"{comparison.same_right} · 同错 same wrong {comparison.same_wrong} · McNemar p = {test.p_value:.3f}<br><small>"
        f"相同用例 shared cases {comparison.shared} · 对照 compared with {escape(comparison.before_at)}</small></p>"
    )
    return (
        f"<h2>有何变化 / what changed</h2>{lead}"
        + _changed("新错 / newly broken", comparison.broken, "bad")
        + _changed("新对 / newly fixed", comparison.fixed, "good")
        + _changed("状态变化 / changed state", comparison.moved, "")
        + _not_compared(comparison)
        + _folded("条件变化 / conditions that changed", ("", "before", "after"), comparison.conditions)
    )


def _not_compared(comparison: Comparison) -> str:
    apart = (
        ("仅前次有 / only before", comparison.only_before),
        ("仅本次有 / only now", comparison.only_after),
        ("用例已改 / edited in between", comparison.edited),
    )
    return "".join(
        f"<p>{title}: {len(names)}<br><small>{escape(named(names))}</small></p>" for title, names in apart if names
    )


def _folded(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    return f"<details><summary>{title}: {len(rows)}</summary>{_table(head, rows)}</details>"


def _changed(title: str, changes: Iterable[Change], tone: str) -> str:
    rows = [(one.id, one.text, one.before, one.after) for one in changes]
    if not rows:
        return ""
    return f'<h3 class="{tone}">{title}</h3>' + _table(("id", "case", "before", "after"), rows)


def _metrics(report: Report, comparison: Comparison | None) -> str:
    intervals = report.get("intervals", {})
    before = {name: old for name, old, _ in comparison.metrics} if comparison else {}
    rows = []
    for name, value in report["metrics"].items():
        low_high = intervals.get(name)
        interval = f"{low_high[0]:.3f} – {low_high[1]:.3f}" if low_high else ""
        rows.append((name, number(value), interval, *([number(before.get(name))] if comparison else [])))
    head = ("metric", "value", "95 %", *(["before"] if comparison else []))
    whole = "" if comparison is None or not (comparison.only_before or comparison.only_after) else _OTHER_CASES
    return f"<h2>指标 / metrics</h2>{whole}" + _table(head, rows, numeric=(1, 2, 3))


_OTHER_CASES = (
    "<p><small>before: 前次的全部用例，与本次不尽相同 / "
    "of all cases of that report, which are not all of these</small></p>"
)


def _split(name: str, groups: Mapping[str, Mapping[str, Any]]) -> str:
    if not groups or any(isinstance(one, Mapping) for group in groups.values() for one in group.values()):
        return ""  # `all` holds the splits of its suites, which have pages of their own
    columns = list(dict.fromkeys(metric for group in groups.values() for metric in group))
    rows = [(label, *(number(group.get(column)) for column in columns)) for label, group in groups.items()]
    return f"<h2>按 {escape(name)} / by {escape(name)}</h2>" + _table(
        (name, *columns), rows, numeric=tuple(range(1, len(columns) + 1))
    )


def _extra(report: Report) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.get("notes", []))
    extra = dict(report.get("extra", {}))
    curve = _curve(extra.pop("risk_coverage", []))
    rows = list(flat(extra))
    found = f"<ul>{notes}</ul>" if notes else ""
    return f"<h2>说明 / notes</h2>{found}{_table(('', ''), rows) if rows else ''}{curve}" if notes or rows else curve


def _curve(points: Sequence[Sequence[float]]) -> str:
    """Risk (share wrong of what is answered) over coverage, drawn; steps, since between two points nothing is known."""
    if not points:
        return ""
    wide, high = 420, 180
    steps, risk_before = [], points[0][1]
    for coverage, risk in points:
        x = 40 + coverage * (wide - 60)
        steps += [f"{x:.1f},{_height(risk_before, high):.1f}", f"{x:.1f},{_height(risk, high):.1f}"]
        risk_before = risk
    marks = "".join(
        f'<text x="4" y="{_height(share, high) + 4:.0f}" font-size="11">{share:.1f}</text>' for share in (0.0, 0.5, 1.0)
    )
    return (
        "<h3>风险—覆盖率 / risk over coverage</h3>"
        f'<svg viewBox="0 0 {wide} {high + 30}" width="{wide}" role="img" aria-label="risk over coverage" '
        f'fill="currentColor"><rect x="40" y="10" width="{wide - 60}" height="{high - 20}" fill="none" '
        f'stroke="currentColor" opacity=".3"/><polyline points="{" ".join(steps)}" fill="none" stroke="currentColor" '
        f'stroke-width="2"/>{marks}<text x="40" y="{high + 14}" font-size="11">0</text>'
        f'<text x="{wide - 26}" y="{high + 14}" font-size="11">1</text></svg>'
    )


def _height(share: float, high: int) -> float:
    return high - 10 - share * (high - 20)


def _cases(report: Report) -> str:
    options = "".join(f"<option>{name}</option>" for name in ("wrong", "right", "abstained", "failed", "not_scored"))
    rows = "".join(_case_row(case) for case in report["cases"])
    return (
        "<h2>用例 / cases</h2>"
        '<p id="filter"><input id="words" placeholder="筛选 / filter" aria-label="filter"> '
        f'<select id="state" aria-label="state"><option value="">全部 / all</option>{options}</select></p>'
        '<div class="wide"><table id="cases"><thead><tr>'
        "<th>id</th><th>case</th><th>result</th><th>answer</th><th>s</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _case_row(case: Mapping[str, Any]) -> str:
    judged = "right" if case["passed"] else ("wrong" if case["state"] == "scored" else case["state"])
    said = next((score["answer"] for score in case["scores"].values() if score.get("answer")), "")
    tone = {"right": "good", "wrong": "bad"}.get(judged, "")
    return (
        f'<tr data-state="{escape(judged)}"><td>{escape(case["id"])}<br><small>{escape(case["lang"])}</small></td>'
        f"<td><pre>{escape(str(case['text']))}</pre></td>"
        f'<td class="{tone}">{escape(outcome_words(dict(case)))}</td><td>{escape(str(said))}</td>'
        f'<td class="n">{case["seconds"]:.2f}</td></tr>'
    )


def _environment(report: Report) -> str:
    return "<h2>环境 / environment</h2>" + _table(("", ""), list(flat(report["environment"])))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: tuple[int, ...] = ()) -> str:
    heads = "".join(
        f'<th class="n">{escape(str(text))}</th>' if at in numeric else f"<th>{escape(str(text))}</th>"
        for at, text in enumerate(head)
    )
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td class="n">{escape(str(text))}</td>' if at in numeric else f'<td class="w">{escape(str(text))}</td>'
            for at, text in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    top = f"<thead><tr>{heads}</tr></thead>" if any(head) else ""
    return f'<div class="wide"><table>{top}<tbody>{lines}</tbody></table></div>'


def number(value: Any) -> str:
    """A measured value; a dash where nothing was measured."""
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) or float(value).is_integer() else f"{value:.3f}"
