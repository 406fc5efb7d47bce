"""The constant sentences of an answer: what is withheld, rounded, cut off or empty. None tells how much."""

from __future__ import annotations

from assistant.domain import Text

SUPPRESSED = Text(
    zh="标“c”的数据因没有对象、对象过少或可由其他数据推算而不予公布。",
    en='Figures marked "c" are withheld: no units or too few stand behind them, or they could be derived from others.',
)
WITHHELD = Text(zh="对象过少的类别不列出。", en="Categories with too few units are not listed.")  # whether or not any
AMONG_PUBLISHED = Text(
    zh="名次和取舍只在可以公布的数据之间比较。",
    en="Ranked and chosen among the figures that can be published.",
)
ROUNDED = Text(
    zh="中位数等分位数只给出约数，以免显示单个对象的数值。",
    en="Medians and other percentiles are round numbers, so that no single unit's value is shown.",
)
NONE_LISTED = Text(
    zh="没有可以列出的数据：没有对象或对象过少的类别都不列出。请放宽时间或范围后再问。",
    en="Nothing can be listed: categories with no units or too few are left out. Widen the period or the range.",
)
TRUNCATED = Text(
    zh="结果超出行数上限，只列出前面的部分；请缩小范围。",
    en="The result exceeds the row limit and is cut off; narrow the question.",
)
EMPTY = Text(
    zh="没有符合条件的数据。请放宽时间或范围，或查看该数据的起止时间。",
    en="No data match. Widen the period or the range, or look at the dates that the data cover.",
)
ALL_WITHHELD = Text(
    zh="符合条件的数据都不予公布。请改问更大的范围（如全市、全年）。",
    en="All matching figures are withheld. Ask for a wider range (the whole city, the whole year).",
)
DETAILS = Text(zh="符合条件的记录见下表。", en="The matching records are in the table below.")
