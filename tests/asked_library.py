"""A small harvested database for tests of asking back: branches, their services, courses; no semantic model."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.schema_words import SchemaWords, StoredValue
from evals.open_workspace import harvest

SCRIPT = """
create table branch (id integer primary key, branch_name text, opening_month integer, opening_year integer);
create table service (id integer primary key, service_name text, weekly_hours integer);
create table branch_service (branch_id integer, service_id integer,
  foreign key (branch_id) references branch(id), foreign key (service_id) references service(id));
create table course (id integer primary key, course_title text, course_kind text, spoken_language text, seats integer,
  branch_id integer, morning_fee real, evening_fee real, foreign key (branch_id) references branch(id));
insert into branch values (1, 'North Hall', 3, 2010), (2, 'South Hall', 9, 2015);
insert into service values (1, 'Copying', 40), (2, 'Reading Aloud', 10), (3, 'Archive', 5);
insert into branch_service values (1, 1), (1, 2), (2, 1), (2, 3);
insert into course values
  (1, 'Pottery for All', 'Workshop', 'Dutch', 12, 1, 5, 8), (2, 'Old Maps', 'Lecture', 'Dutch', 40, 1, 4, 6),
  (3, 'Bird Calls', 'Lecture', 'Welsh', 30, 2, 3, 5), (4, 'Bookbinding', 'Workshop', 'Welsh', 12, 2, 7, 9);
"""


def make_database(file: Path) -> Path:
    with closing(sqlite3.connect(file)) as made:
        made.executescript(SCRIPT)
    return file


def library_words(folder: Path) -> SchemaWords:
    """What a harvest of the database tells, with every short text as a value that may be named."""
    found = harvest(make_database(folder / "words.sqlite"))
    kinds = {"string": "text", "integer": "number", "number": "number"}
    tables = tuple(
        ContextTable(
            name=table.name,
            label=table.words,
            columns=tuple(
                ContextColumn(name=one.name, type=kinds[one.kind], label=one.words, primary=one.is_key)
                for one in table.columns
            ),
        )
        for table in found.tables
    )
    values = tuple(
        StoredValue(table=table.name, column=one.name, value=value)
        for table in found.tables
        for one in table.columns
        for value in one.values
    )
    return SchemaWords(
        schema=SchemaContext(tables=tables, joins=tuple(JoinPair.of(*pair) for pair in found.joins)), values=values
    )
