"""Who may take a run."""

from datetime import datetime, timedelta

from bot.storage import trainers
from bot.storage.database import Database


def test_a_trainer_lives_while_it_says_so(database: Database, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    assert database.read_now(trainers.alive, now) == 0
    for owner, moment in (("one", now), ("two", now), ("one", later)):
        database.write_now(trainers.seen, owner, moment)
    assert database.read_now(trainers.alive, now) == 2
    assert database.read_now(trainers.alive, later) == 1
    database.write_now(trainers.gone, "one")
    database.write_now(trainers.gone, "nobody")
    assert database.read_now(trainers.alive, now) == 1
