"""One small office as a real SQLite and a real DuckDB file: declared and undeclared keys, codes, and personal data."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SURNAMES, GIVEN, TAILS = "王李张刘陈", "伟芳娜敏静", "强丽军洋秀"
DISTRICTS = tuple((f"99010{number}", name) for number, name in enumerate(("东岸区", "西溪区", "南屏区"), start=1))
STATES = ("已办结", "办理中", "已退回")
HANDLERS = ("王伟", "李娜")
SCHEMA = """
create table dim_district (district_code varchar(6) primary key, district_name varchar(40));
create table resident (
  resident_id integer primary key,
  full_name varchar(40), -- 姓名，身份证上的
  phone varchar(20),
  birth_date date,
  district_code varchar(6)
);
create table service_case (
  case_id integer primary key,
  resident_id integer references resident(resident_id),
  district_code varchar(6),
  status varchar(20),
  handler varchar(20),
  fee decimal(10,2),
  accepted_date date
);
"""


def residents() -> list[tuple[Any, ...]]:
    return [
        (
            at,
            SURNAMES[at % 5] + GIVEN[at // 5 % 5] + TAILS[at // 25 % 5],
            f"1381234{at:04d}",
            f"{1950 + at % 50}-0{1 + at % 9}-1{at % 9}",
            DISTRICTS[at % 3][0],
        )
        for at in range(1, 301)
    ]


def cases() -> list[tuple[Any, ...]]:
    return [
        (
            at,
            1 + at % 300,
            DISTRICTS[at % 3][0],
            STATES[at % 3],
            HANDLERS[at % 2],
            at % 7 + 0.5,
            f"2025-0{1 + at % 9}-05",
        )
        for at in range(1, 601)
    ]


def _fill(connection: Any) -> None:
    connection.executemany("insert into dim_district values (?, ?)", DISTRICTS)
    connection.executemany("insert into resident values (?, ?, ?, ?, ?)", residents())
    connection.executemany("insert into service_case values (?, ?, ?, ?, ?, ?, ?)", cases())


def sqlite_file(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        _fill(connection)
        connection.commit()
    return path


def duckdb_file(path: Path) -> Path:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        connection.begin()
        _fill(connection)
        connection.commit()
        connection.execute("comment on column resident.full_name is '姓名，身份证上的'")
    return path


def postgres_database(url: str) -> str:
    """The same in the server at `url`; returns the url."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        cursor.executemany("insert into dim_district values (%s, %s)", DISTRICTS)
        cursor.executemany("insert into resident values (%s, %s, %s, %s, %s)", residents())
        cursor.executemany("insert into service_case values (%s, %s, %s, %s, %s, %s, %s)", cases())
        cursor.execute("comment on column resident.full_name is '姓名，身份证上的'")
    return url
