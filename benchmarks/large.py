"""What large tables cost: /stats, claims, retention and /forget over 1,000,000 readings and 100,000 corrections.

On a SQLite file and on PostgreSQL, filled by SQL: readings of the last half year, each tenth of them corrected with its
text kept, by two thousand people, and claims of three days. Each row of the table is one transaction, the median of
several, all of which are rolled back; beside it stands how the database goes about its slowest statement.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, event

from benchmarks.postgres import a_postgresql
from bot.handlers.admin import _standing
from bot.storage import claims, days, migration, models, people, readings, retention
from bot.storage.claims import State
from bot.storage.database import Database
from ml.classifier import Reading
from ml.emotions import Emotion

TIMES = 5
ALLOWED = 200.0
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=15)
SAID = Reading(Emotion.JOY, None, 0.1, (0.1, 0.5, 0.1, 0.1, 0.1, 0.1), "0123456789ab")

NUMBERS = {
    "sqlite": "(WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {0}) "
    "SELECT i FROM counted)",
    "postgresql": "(SELECT i FROM generate_series(1, {0}) AS counted(i))",
}
BEFORE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', '2026-07-01 12:00:00', '-' || ({0}) || ' seconds')",
    "postgresql": "timestamptz '2026-07-01 12:00:00+00' - ({0}) * interval '1 second'",
}
BYTES = {"sqlite": "randomblob({0})", "postgresql": "substr(sha512(i::text::bytea) || sha512(i::text::bytea), 1, {0})"}


def fill(connection: Connection, number: int) -> None:
    """So many readings, one each 15 s until now; a tenth as many corrections and texts; claims; people."""
    dialect = connection.dialect.name
    numbers, before, some = (forms[dialect].format for forms in (NUMBERS, BEFORE, BYTES))
    yes = {"sqlite": "1", "postgresql": "true"}[dialect]
    then = before(f"({number} - i) * 15")
    statements = [
        f"INSERT INTO people (id, consent, consent_at, created_at) SELECT i, {yes}, {before('0')}, {before('0')} "
        f"FROM {numbers(2_000)} AS n",
        "INSERT INTO readings (id, chat_id, message_id, reply_id, author_id, emotion, none, sadness, joy, love, anger, "
        "fear, surprise, model_version, created_at) SELECT i, i % 2000 + 1, i, i + 1, i % 2000 + 1, i % 6, 0.1, 0.5, "
        f"0.1, 0.1, 0.1, 0.1, 0.1, 1, {then} FROM {numbers(number)} AS n",
        "INSERT INTO corrections (id, reading_id, person_id, label, said, model_version, created_at, changed_at) "
        f"SELECT i / 10, i, i % 2000 + 1, i % 7, i % 6, 1, {then}, {then} FROM {numbers(number)} AS n WHERE i % 10 = 0",
        "INSERT INTO texts (reading_id, author_id, cipher, key, held_out) "
        f"SELECT i, i % 2000 + 1, {some(120)}, {some(32)}, i % 100 = 0 FROM {numbers(number)} AS n WHERE i % 10 = 0",
        f"INSERT INTO claims (bot_id, update_id, state, owner, until) SELECT 1, i, 'done', 'a process', "
        f"{before('i * 0.8 + 10')} FROM {numbers(3 * number // 10)} AS n",
    ]
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%") if dialect == "postgresql" else statement)
    if dialect == "postgresql":
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('readings', 'id'), max(id)) FROM readings")


class Clock:
    """Notes how long each statement of a connection takes."""

    def __init__(self, connection: Connection) -> None:
        self.statements: list[tuple[float, str, Any]] = []
        self._began = 0.0
        event.listen(connection, "before_cursor_execute", self._begin)
        event.listen(connection, "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _end(self, _: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        self.statements.append((time.perf_counter() - self._began, statement, parameters))


def measure(database: Database, name: str, call: Callable[[Connection], object]) -> tuple[str, float, list[str]]:
    """Milliseconds of a call, and the plan of its slowest statement."""
    times, plan = [], []
    for _ in range(TIMES):
        with database._writer.connect() as connection:
            clock = Clock(connection)
            began = time.perf_counter()
            call(connection)
            times.append((time.perf_counter() - began) * 1e3)
            _, statement, parameters = max(clock.statements[1:] or clock.statements, key=lambda each: each[0])
            plan = explain(connection, statement, parameters)
            connection.rollback()
    return name, median(times), plan


def explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """How the database goes about a statement, as it tells."""
    if isinstance(parameters, list):
        return ["(many times)"]
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    rows = connection.exec_driver_sql(f"{how} {statement}", parameters)
    return [str(row[-1]) for row in rows][:12]


def stats(connection: Connection) -> None:
    """What /stats does."""
    days.roll_up(connection, NOW)
    _standing(connection, NOW.date() - timedelta(days=29))


def claim(connection: Connection) -> None:
    """All that is stored of a claim on an update."""
    claims.take(connection, 1, 10**9, "me", NOW, LEASE)
    claims.hold(connection, 1, 10**9, "me", State.SENDING, NOW, LEASE)
    claims.end(connection, 1, 10**9, "me", State.DONE, NOW)


def store(connection: Connection) -> None:
    """All that is stored of a reading."""
    reading_id = readings.add(
        connection, chat_id=1, message_id=10**9, author_id=1, reading=SAID, model_version=1, now=NOW
    )
    readings.set_reply(connection, reading_id, 10**9 + 1)


CALLS: dict[str, Callable[[Connection], object]] = {
    "/stats": stats,
    "a claim, from taking it to its end": claim,
    "claims of old forgotten, 5,000 of them": lambda connection: claims.prune(connection, NOW + claims.KEPT),
    "a reading and its reply": store,
    "retention, nothing is old": lambda connection: (
        retention.texts_before(connection, NOW - timedelta(days=365)),
        retention.readings_before(connection, NOW - timedelta(days=180)),
    ),
    "retention, 500 texts": lambda connection: retention.texts_before(connection, NOW - timedelta(days=100)),
    "retention, 500 readings": lambda connection: retention.readings_before(connection, NOW - timedelta(days=100)),
    "/forget, of 500 readings": lambda connection: people.forget(connection, 10, NOW),
}


def rows(url: str, number: int) -> list[tuple[str, float, list[str]]]:
    """Fill a database, and measure."""
    migration.upgrade(url)
    with Database(url) as database:
        database.write_now(lambda c: models.add(c, b"benchmark", metrics={}, base="benchmark", now=NOW))
        database.write_now(fill, number)
        database.write_now(lambda connection: connection.exec_driver_sql("ANALYZE"))
        database.write_now(days.roll_up, NOW - timedelta(days=1))
        return [measure(database, name, call) for name, call in CALLS.items()]


def main() -> None:
    """Print a table for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000, help="how many readings there are")
    number = parser.parse_args().readings
    with tempfile.TemporaryDirectory() as folder, a_postgresql(durable=True) as postgresql:
        for name, url in (("SQLite", f"sqlite:///{folder}/large.db"), ("PostgreSQL", postgresql.get_uri())):
            table = Table(title=f"{name}, {number:,} readings, {number // 10:,} corrections", show_lines=True)
            for column in ("what", "ms", f"under {ALLOWED:g} ms", "its slowest statement"):
                table.add_column(column)
            for what, milliseconds, plan in rows(url, number):
                table.add_row(what, f"{milliseconds:.1f}", "yes" if milliseconds < ALLOWED else "NO", "\n".join(plan))
            Console(width=140).print(table)


if __name__ == "__main__":
    main()
