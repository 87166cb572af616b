"""The schedule is paused or not, for everybody."""

from datetime import datetime, timedelta

from bot.storage import pausing, people
from bot.storage.database import Database
from bot.storage.pausing import Paused


def test_it_is_paused_once_and_resumed_once(database: Database, now: datetime) -> None:
    later = now + timedelta(hours=1)
    assert database.read_now(pausing.paused) is None
    assert not database.write_now(pausing.resume, now)
    for _ in range(2):
        assert database.write_now(pausing.pause, 7, now)
        assert not database.write_now(pausing.pause, 8, later)
        assert database.read_now(pausing.paused) == Paused(now, 7)
        assert database.read_now(pausing.resumed_at) is None
        assert database.write_now(pausing.resume, later)
        assert not database.write_now(pausing.resume, now)
        assert database.read_now(pausing.paused) is None
        assert database.read_now(pausing.resumed_at) == later


def test_who_paused_is_forgotten_and_the_pause_is_not(database: Database, now: datetime) -> None:
    database.write_now(pausing.pause, 7, now)
    database.write_now(people.forget, 7, now)
    assert database.read_now(pausing.paused) == Paused(now, None)
