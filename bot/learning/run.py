"""One run, step by step: hand files to the child, take files back, judge, and store what came of it.

Nothing here knows of leases' time; that a run is still its trainer's is checked where it matters, in the transaction
that promotes.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from bot.learning import child, live
from bot.learning.gate import Clause, ReportError, Verdict, judge
from bot.learning.reviewing import corpus_labels, readable, to_review
from bot.learning.samples import Limits, common_words, weigh
from bot.storage import corrections, forgetting, models, review
from bot.storage.corrections import KeptCorrection
from bot.storage.database import Database
from bot.storage.models import Status
from bot.storage.review import Found
from bot.storage.runs import Failure, RunRow
from bot.storage.vault import Vault
from ml.bundle import MAX_BYTES, BundleError

CHAMPION: Final = "champion.bundle"
CORRECTIONS: Final = "corrections.jsonl"
WORDS: Final = "words.txt"
CANDIDATE: Final = "candidate.bundle"

_SPANS: Final = {"reading": (0.0, 0.15), "training": (0.15, 0.85), "exporting": (0.85, 0.95), "judging": (0.95, 1.0)}
"""Where the child's stages lie in the whole, by the time they take with the data set and without it."""

logger = logging.getLogger(__name__)


class FailedError(Exception):
    """The run cannot come to a verdict; the message says why."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(failure.told(detail))


@dataclass(frozen=True, slots=True)
class Means:
    """What runs are trained with.

    Attributes:
        folder: where the folder of each run is made, and what earlier ones left is removed.
        dataset: folder of the data set; without it, or where it is not there, the child starts from the shipped bundle.
        corpora: names of the chat corpora that train beside it; None for all that are there.
        threads: processor threads of the child.
        time_limit: seconds after which the child is killed.
        command: the program that speaks `ml.retrain`'s protocol.
        limits: how much people count; None for as much as usual.
    """

    folder: Path
    dataset: Path | None
    threads: int
    time_limit: float
    command: Sequence[str] = (sys.executable, "-m", "ml.retrain")
    limits: Limits | None = None
    corpora: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What a child left.

    Attributes:
        champion: the version that it compared with.
        forgettings: how many there had been when the corrections were read.
        candidate: the file that it made.
        ended: what it said.
    """

    champion: int
    forgettings: int
    candidate: bytes
    ended: child.Ended

    @property
    def base(self) -> str:
        """What the child says it started from: `data set` or `shipped bundle`."""
        return child.clean(str(self.ended.report.get("base")), 40)

    @property
    def fingerprint(self) -> str:
        """What the child says its data hash to."""
        return child.clean(str(self.ended.report.get("fingerprint")), 80)


async def train(
    database: Database,
    vault: Vault,
    means: Means,
    folder: Path,
    progress: Callable[[str, float], None],
    clock: Callable[[], datetime],
) -> Trained:
    """Export to `folder`, and run the child to its end, telling the stage and the share of the whole that is done.

    What an admin should look at is queued on the way.

    Raises:
        FailedError: there is no champion, or no candidate.
        child.ChildError: the child gave no report.
        OSError: a file could not be written or read.
    """
    given = await database.read(_inputs)
    found = await asyncio.to_thread(_export, folder, given, vault, means.limits)
    await database.write(review.queue, found, clock())
    ended = await child.run(
        _command(means, folder),
        folder=folder,
        threads=means.threads,
        time_limit=means.time_limit,
        progress=lambda stage, done: progress(stage, _of_the_whole(stage, done)),
    )
    candidate = await asyncio.to_thread(_read, folder / CANDIDATE)
    return Trained(given.champion, given.forgettings, candidate, ended)


async def verdict(trained: Trained) -> Verdict:
    """Try whether the candidate can be served, and put it through the gate.

    Raises:
        FailedError: the child's report cannot be judged.
    """
    unservable = await asyncio.to_thread(_unservable, trained.candidate)
    try:
        return judge(trained.ended.report, unservable=unservable)
    except ReportError as error:
        raise FailedError(Failure.BAD_REPORT, str(error)) from error


def store(connection: Connection, run: RunRow, trained: Trained, verdict: Verdict, now: datetime) -> None:
    """Store the candidate, promote or reject it, and end its run: all of it or nothing.

    A file that serves already is not promoted again, nor one that was rolled back, nor another of the same data.

    Raises:
        StaleRunError: the run is no longer its trainer's.
        ChampionChangedError: the verdict is to promote, and what the candidate was compared with no longer serves.
    """
    report = trained.ended.report
    version = models.add(
        connection,
        trained.candidate,
        metrics=report["candidate"],
        base=trained.base,
        now=now,
        run_id=run.id,
        fingerprint=trained.fingerprint,
        forgettings=trained.forgettings,
    )
    known = _known(connection, version, trained.fingerprint)
    if known is not None:
        verdict = verdict.but(known)
    if not verdict.promote:
        models.reject(
            connection,
            version,
            verdict.reason,
            now,
            run_id=run.id,
            epoch=run.epoch,
            report=report,
            verdict=verdict.to_json(),
        )
        return
    models.promote(
        connection,
        version,
        now,
        run_id=run.id,
        epoch=run.epoch,
        report=report,
        verdict=verdict.to_json(),
        expected=trained.champion,
    )


def champion_changed(trained: Trained) -> Clause:
    """The clause that a candidate fails when it was compared with what is no longer the champion."""
    return Clause("same_champion", False, {"version": trained.champion})


def _of_the_whole(stage: str, done: float) -> float:
    """How far the run is when its child is so far with a stage; nothing for a stage that is not known."""
    start, end = _SPANS.get(stage, (0.0, 0.0))
    return start + (end - start) * done


def _known(connection: Connection, version: int, fingerprint: str) -> Clause | None:
    """The clause that a candidate fails when it, or one of its data, serves already or was tried in vain."""
    known = models.get(connection, version)
    if known is not None and known.status in (Status.CHAMPION, Status.ROLLED_BACK):
        return Clause("new", False, {"version": version, "same": "file", "status": known.status})
    tried = models.rolled_back_from(connection, fingerprint)
    if tried is not None:
        return Clause("new", False, {"version": tried, "same": "data", "status": Status.ROLLED_BACK})
    return None


@dataclass(frozen=True, slots=True)
class _Given:
    """What a run starts from: the champion, how much was forgotten before, and the corrections that may teach."""

    champion: int
    bundle: bytes
    forgettings: int
    kept: list[KeptCorrection]


def _inputs(connection: Connection) -> _Given:
    champion = models.champion_version(connection)
    if champion is None:
        raise FailedError(Failure.NO_CHAMPION)
    forgettings = forgetting.total(connection)
    return _Given(champion, models.bundle(connection, champion), forgettings, corrections.for_training(connection))


def _export(folder: Path, given: _Given, vault: Vault, limits: Limits | None) -> list[Found]:
    (folder / CHAMPION).write_bytes(given.bundle)
    said = readable(given.kept, vault)
    weighed = weigh(said, corpus_labels(), limits)
    with (folder / CORRECTIONS).open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(asdict(sample))}\n" for sample in weighed.samples)
    (folder / WORDS).write_text("\n".join(common_words(said)), encoding="utf-8")
    return to_review(said, weighed)


def _command(means: Means, folder: Path) -> list[str]:
    command = [
        *means.command,
        *("--champion", str(folder / CHAMPION)),
        *("--corrections", str(folder / CORRECTIONS)),
        *("--words", str(folder / WORDS)),
        *("--out", str(folder / CANDIDATE)),
        *("--threads", str(means.threads)),
    ]
    if means.dataset is not None and means.dataset.is_dir():
        command += ["--data", str(means.dataset), "--keep", str(means.folder)]
        if means.corpora is not None:
            command += ["--corpora", *means.corpora]
    return command


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise FailedError(Failure.NO_CANDIDATE) from None
    if len(content) > MAX_BYTES:
        raise FailedError(Failure.TOO_LARGE)
    return content


def _unservable(content: bytes) -> str | None:
    """Why the candidate cannot be served; None when it can."""
    try:
        live.load(content, sha256(content).hexdigest())
    except BundleError as error:
        return str(error)
    return None
