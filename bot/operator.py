"""What an operator does from a shell: a retraining, and a way back."""

import asyncio
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from bot import console
from bot.application import NotPossibleError, means, now, require_tables
from bot.learning.live import LiveModel
from bot.learning.trainer import ALIVE, Trainer, can_train
from bot.replies.run import run_message
from bot.replies.texts import LANGUAGES, texts_for
from bot.settings import Settings
from bot.storage import models, runs, trainers
from bot.storage.database import Database
from bot.storage.models import RolledBack
from bot.storage.runs import Outcome, RunRow, State, Trigger
from bot.storage.vault import Vault

_LOOK_SECONDS: Final = 0.5


async def retrain(settings: Settings, tell: Callable[[str], None]) -> bool:
    """Ask for a run and follow it to its end, training here if TRAINER is on; returns whether it came to a verdict.

    Raises:
        NotPossibleError: no run can be asked for, or nobody would take it.
    """
    await require_tables(settings)
    with Database(settings.database_url) as database:
        here = settings.trainer and can_train()
        if not here and not await database.read(trainers.alive, now() - ALIVE):
            raise NotPossibleError(
                "No process is there to train: set TRAINER=on and install the extra `train`, here or for the bot."
            )
        await LiveModel(database, clock=now).start()
        run_id = await database.write(_ask)
        if run_id is None:
            raise NotPossibleError("A retraining is under way already.")
        run = await _to_its_end(database, run_id, settings if here else None)
        tell(console.plain(run_message(run, now(), texts_for(LANGUAGES[0]))))
        return run.outcome in (Outcome.PROMOTED, Outcome.REJECTED)


def _ask(connection: Connection) -> int | None:
    """The run that is to be followed: a new one, or one that waits already; None while one trains.

    One whose process died is given up, so that it is not in the way.
    """
    runs.fail_expired(connection, now())
    run_id = runs.request(connection, Trigger.OPERATOR, now())
    if run_id is None and (run := runs.active(connection)) is not None and run.state is State.WAITING:
        return run.id
    return run_id


def roll_back(settings: Settings, version: int) -> str:
    """Make `version` the champion again; returns what to tell.

    Raises:
        NotPossibleError: there is no such version.
    """
    asyncio.run(require_tables(settings))
    with Database(settings.database_url) as database:
        try:
            changed = database.write_now(_roll_back, version)
        except LookupError:
            known = ", ".join(str(model.version) for model in reversed(database.read_now(models.history)))
            raise NotPossibleError(f"There is no model version {version}; there are: {known or 'none'}.") from None
    return f"Version {version} serves now." if changed else f"Version {version} serves already."


def _roll_back(connection: Connection, version: int) -> bool:
    if models.champion_version(connection) == version:
        return False
    models.roll_back(connection, version, now(), RolledBack.OPERATOR)
    return True


async def _to_its_end(database: Database, run_id: int, settings: Settings | None) -> RunRow:
    """The run when it has ended; trained here where settings are given, unless another process takes it first."""
    with console.progress("waiting") as show:

        async def announce(run: RunRow) -> None:
            show(run.stage or "waiting", run.progress)

        trainer = None
        if settings is not None:
            vault = Vault([key.get_secret_value() for key in settings.text_keys])
            trainer = Trainer(database, vault, means(settings), clock=now, announce=announce)
        try:
            while True:
                run = await database.read(runs.get, run_id)
                if run is None:
                    raise NotPossibleError(f"Run {run_id} is gone from the database.")
                if run.state not in (State.WAITING, State.RUNNING):
                    return run
                await announce(run)
                if trainer is None or not await trainer.take_one():
                    await asyncio.sleep(_LOOK_SECONDS)
        finally:
            if trainer is not None:
                await database.write(trainers.gone, trainer.owner)
