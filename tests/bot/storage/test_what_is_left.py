"""Nothing of what a person had deleted, or of what was kept long enough, is left: in the bytes of a SQLite file and of
what lies beside it, and in a dump of PostgreSQL."""

import asyncio
import subprocess
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.learning.retention import Retention, delete_old
from bot.storage import corrections, floods, people, runs
from bot.storage.database import Database
from bot.storage.vault import Vault

PERSON = 0x51_4D_3B_2A_1F
"""Five bytes that nothing else has; SQLite keeps them in six, the first of them zero."""
TEXT = "such an unmistakable text"

Content = Callable[[], bytes]


@pytest.fixture
def content(request: pytest.FixtureRequest, database: Database, database_url: str, tmp_path: Path) -> Content:
    """All bytes of a SQLite file and its log, or a dump of PostgreSQL."""

    def read() -> bytes:
        if database_url.startswith("sqlite"):
            return b"".join(path.read_bytes() for path in tmp_path.glob("feelback.db*"))
        dump = [request.getfixturevalue("postgres").bin_path / "pg_dump", "--data-only", database_url]
        return subprocess.run(dump, check=True, capture_output=True).stdout

    return read


@pytest.fixture
def kept(database: Database, database_url: str, add_reading: Callable[..., int], now: datetime) -> dict[str, bytes]:
    """A person's text, kept, and all else that is stored of them; and how each is written where they are."""
    vault = Vault([Fernet.generate_key().decode()])
    cipher, key = vault.encrypt(TEXT), vault.key_of(TEXT)
    database.write_now(people.set_consent, PERSON, True, now)
    database.write_now(people.set_language, PERSON, "ru", now)
    reading = add_reading(author_id=PERSON)
    database.write_now(corrections.put, reading, PERSON, 3, now)
    database.write_now(corrections.keep_text, reading, cipher=cipher, key=key, held_out=False)
    database.write_now(floods.add, PERSON, floods.Kind.MESSAGES, now)
    database.write_now(runs.request, runs.Trigger.ADMIN, now, requested_by=PERSON, chat_id=PERSON, message_id=5)
    if database_url.startswith("sqlite"):
        return {"text": cipher, "key": key, "person": PERSON.to_bytes(6, "big")}
    return {"text": cipher.hex().encode(), "key": key.hex().encode(), "person": str(PERSON).encode()}


def found(needles: dict[str, bytes], content: bytes) -> Iterable[str]:
    return {name for name, needle in needles.items() if needle in content}


def test_after_forget_neither_texts_nor_the_person_are_left(
    database: Database, kept: dict[str, bytes], content: Content, now: datetime
) -> None:
    assert found(kept, content()) == {"text", "key", "person"}
    assert TEXT.encode() not in content()
    database.write_now(people.forget, PERSON, now)
    asyncio.run(database.forget())
    assert found(kept, content()) == set()


def test_after_a_no_no_text_is_left(
    database: Database, kept: dict[str, bytes], content: Content, now: datetime
) -> None:
    database.write_now(people.set_consent, PERSON, False, now)
    asyncio.run(database.forget())
    assert found(kept, content()) == {"person"}


def test_after_their_time_neither_texts_nor_readings_are_left(
    database: Database, kept: dict[str, bytes], content: Content, now: datetime
) -> None:
    before = content()
    assert found(kept, before) == {"text", "key", "person"}
    day = timedelta(days=1)
    deleted = asyncio.run(delete_old(database, Retention(day, day, day, bundles=1), now + 2 * day))
    assert (deleted.texts, deleted.readings) == (1, 1)
    assert not {"text", "key"} & set(found(kept, content()))
