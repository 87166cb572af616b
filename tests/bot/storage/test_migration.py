"""Migrations lead to the tables of the code, up and down, on both databases, and leave the program's logging alone."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from bot.storage import migration
from bot.storage.database import Database
from bot.storage.tables import metadata, texts

ROOT = Path(migration.__file__).parents[2]
ALEMBIC = [sys.executable, "-m", "alembic", "upgrade", "head"]


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def drift(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_up_down_and_up_again(database_url: str) -> None:
    assert migration.current(database_url) is None
    assert not migration.is_current(database_url)
    with Database(database_url) as database:
        for _ in range(2):
            migration.upgrade(database_url)
            assert migration.is_current(database_url)
            assert database.read_now(table_names) == set(metadata.tables)
            assert database.read_now(drift) == []
            migration.downgrade(database_url, "base")
            assert database.read_now(table_names) == set()
            assert migration.current(database_url) is None


def test_a_text_kept_before_it_was_known_by_author_has_its_readings(database_url: str) -> None:
    migration.upgrade(database_url, "0002")
    with Database(database_url) as database:
        for statement in (
            "INSERT INTO models VALUES (1, 'f00d', 'champion', NULL, '{}', 'data set', NULL, CURRENT_TIMESTAMP, NULL)",
            "INSERT INTO readings (id, chat_id, message_id, author_id, emotion, none, sadness, joy, love, anger, fear,"
            " surprise, model_version, created_at) VALUES (5, 1, 1, 77, 1, 0, 0, 1, 0, 0, 0, 0, 1, CURRENT_TIMESTAMP)",
            "INSERT INTO texts VALUES (5, 'cipher', 'key', true)",
        ):
            database.write_now(execute, statement)
        migration.upgrade(database_url)
        row = database.read_now(lambda connection: connection.execute(select(texts)).one())
        assert (row.reading_id, row.author_id, row.held_out) == (5, 77, True)
        migration.downgrade(database_url, "0002")
        assert database.read_now(lambda connection: connection.execute(text("SELECT held_out FROM texts")).scalar_one())


def test_names_of_constraints_and_their_conditions_are_those_of_the_code(database_url: str) -> None:
    """What the drift check does not compare: checks, and the conditions of indexes."""

    def condition(index: ReflectedIndex) -> str:
        return f"{index['name']} {[str(option) for option in index.get('dialect_options', {}).values()]}"

    def found(connection: Connection) -> dict[str, object]:
        look = inspect(connection)
        return {
            table: (
                sorted((str(check["name"]), check["sqltext"]) for check in look.get_check_constraints(table)),
                sorted(condition(index) for index in look.get_indexes(table)),
                look.get_pk_constraint(table)["name"],
                sorted(str(key["name"]) for key in look.get_foreign_keys(table)),
                sorted(str(unique["name"]) for unique in look.get_unique_constraints(table)),
            )
            for table in metadata.tables
        }

    with Database(database_url) as database:
        migration.upgrade(database_url)
        migrated = database.read_now(found)
        migration.downgrade(database_url, "base")
        database.write_now(metadata.create_all)
        assert database.read_now(found) == migrated


def test_loggers_stay_alive(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("bot.somewhere")
    before = logging.getLogger().handlers[:], logging.getLogger().level
    migration.upgrade(database_url)
    assert (logging.getLogger().handlers, logging.getLogger().level) == before
    logger.warning("still heard")
    assert "still heard" in caplog.text


def test_a_newer_database_is_refused(database: Database, database_url: str) -> None:
    assert not migration.is_newer(database_url)
    database.write_now(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert not migration.is_current(database_url)
    assert migration.is_newer(database_url)
    with pytest.raises(CommandError, match="9999"):
        migration.upgrade(database_url)


def test_two_processes_that_start_together_do_not_migrate_twice(database_url: str) -> None:
    environment = os.environ | {"DATABASE_URL": database_url}
    processes = [
        subprocess.Popen(ALEMBIC, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert migration.is_current(database_url)


def test_the_command_says_which_setting_it_needs() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    result = subprocess.run(ALEMBIC, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "DATABASE_URL is not set" in result.stderr
