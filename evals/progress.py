"""Progress of a long run on stderr: how many, how good so far, how long still."""

from __future__ import annotations

import sys
import time
from collections import deque
from typing import TextIO

_EVERY_S = 1.0
_WINDOW = 20  # cases
_EVERY_PLAIN_S = 15.0  # where nobody watches a line being rewritten (a log file)


class Progress:
    """Rewrites one line on a terminal; in a log, writes a line now and then."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self._label, self._total = label, total
        self._stream = stream or sys.stderr
        self._start = self._shown = time.monotonic()
        self._done = self._fresh = 0
        self._warm = self._start  # when the first case was measured: loading models is paid once
        self._recent: deque[float] = deque(maxlen=_WINDOW)  # when the last cases were measured
        self._passed = self._judged = 0

    def step(self, *, cached: bool, passed: bool | None) -> None:
        """One case is done. The estimate rests on the cases measured now, after the first: stored ones cost nothing.

        A suite may come to slower kinds at its end: the pace is that of the run or of the last cases, the slower one.
        """
        self._done += 1
        self._fresh += not cached
        self._judged += passed is not None
        self._passed += bool(passed)
        now = time.monotonic()
        self._warm = now if not cached and self._fresh == 1 else self._warm
        if not cached:
            self._recent.append(now)
        wait = _EVERY_S if self._stream.isatty() else _EVERY_PLAIN_S
        if now - self._shown >= wait or self._done == self._total:
            self._shown = now
            self._write(self.line(now))

    def line(self, now: float) -> str:
        """`nl2sql 12/40  9 right, 2 wrong, 1 unjudged  ~3 min 20 s left`; unjudged = abstained, failed, not scored."""
        wrong, unjudged = self._judged - self._passed, self._done - self._judged
        counts = ((self._passed, "right"), (wrong, "wrong"), (unjudged, "unjudged"))
        right = "  " + ", ".join(f"{count} {word}" for count, word in counts if count) if self._done else ""
        measured = self._fresh - 1  # since the first one
        left = self._pace(now, measured) * (self._total - self._done) if measured > 0 else 0.0
        return f"{self._label} {self._done}/{self._total}{right}{f'  ~{duration(left)} left' if left >= 1 else ''}"

    def _pace(self, now: float, measured: int) -> float:
        """Seconds a case."""
        lately = (now - self._recent[0]) / (len(self._recent) - 1) if len(self._recent) > 1 else 0.0
        return max((now - self._warm) / measured, lately)

    def _write(self, text: str) -> None:
        terminal = self._stream.isatty()
        end = "\n" if not terminal or self._done == self._total else ""
        self._stream.write(f"\r\033[K{text}{end}" if terminal else f"{text}\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """75 -> 1 min 15 s."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
