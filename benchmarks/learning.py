"""What the feedback loop learns, withstands and survives.

A simulated crowd plays through the bot's own storage, and each round's retraining is `ml.retrain` as a child of the
bot's own trainer.

    python -m benchmarks.learning DATA [EXPERIMENT …] [--work FOLDER] [--plot FILE]

DATA is as for `benchmarks.quality`; without `chat/meld_dev.csv`, which no fetch brings, nothing tells what MELD's crowd
gains. A crowd is 40 people who each round send 400 messages of a corpus (rows whose label is exactly one of the six, or
none), correct half of what was read wrong and confirm a tenth of what was read right. What measures nobody sent.

- `goemotions`: the base is the data set alone, the crowd sends GoEmotions' train file, 5 rounds
- `meld`: the base is the shipped one without its sitcom rows, the crowd sends MELD's train file, 5 rounds
- `trolls`: as `goemotions`, but 2 of the 40 give 20 times as many corrections as the others, all of them "anger"
- `coordinated`: the same with 12 of the 40
- `few`: 5 people of MELD's crowd correct the shipped model, which is then taught further, without the data set
- `kills`: the bot, or its child, is killed at 20 random moments of a run (see `benchmarks.kills`)
- `swap`: 100 messages a second while a run trains and its model is swapped in (see `benchmarks.swap`)

Every figure is appended to FOLDER/results.jsonl as it comes; what is there already is not done again, so an experiment
that was stopped goes on where it was. At the end all that is there is printed as a table, and drawn.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.fernet import Fernet
from sqlalchemy import Connection

from benchmarks import crowd as crowds
from benchmarks import quality
from benchmarks.crowd import Crowd, Row, rows_of
from benchmarks.kills import kills
from benchmarks.results import Results, draw, print_table
from benchmarks.swap import swap
from benchmarks.uptake import right, uptake
from bot.application import now
from bot.learning import child
from bot.learning.live import LiveModel
from bot.learning.reviewing import corpus_labels, readable
from bot.learning.run import Means
from bot.learning.samples import weigh
from bot.learning.trainer import Trainer
from bot.storage import corrections, models, review, runs
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.runs import Outcome, RunRow, Trigger
from bot.storage.vault import Vault
from ml import base as bases
from ml import corpora, dataset
from ml.behaviour import met
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from ml.emotions import NO_EMOTION

TRAINING: Final = (sys.executable, "-m", "ml.retrain")
TIME_LIMIT: Final = 3600.0
THREADS: Final = 2
ROUNDS: Final = 5
SITCOM: Final = ("meld", "emorynlp")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A crowd, and the base that it meets.

    Attributes:
        corpus: of `chat/`, whose train file the crowd sends and whose dev file measures.
        corpora: of `ml.corpora`, what the base holds beside the data set; None to teach the shipped bundle further.
        trolls: of the people.
        people: how many there are.
        messages: what each sends a round.
        rounds: how many are played.
    """

    corpus: str
    corpora: tuple[str, ...] | None
    trolls: int = 0
    people: int = crowds.PEOPLE
    messages: int = crowds.MESSAGES
    rounds: int = ROUNDS


WITHOUT_SITCOM: Final = tuple(name for name in corpora.CORPORA if name not in SITCOM)

EXPERIMENTS: Final = {
    "goemotions": Experiment("goemotions", ()),
    "meld": Experiment("meld", WITHOUT_SITCOM),
    "trolls": Experiment("goemotions", (), trolls=2),
    "coordinated": Experiment("goemotions", (), trolls=12),
    "few": Experiment("meld", None, people=5, messages=40, rounds=1),
}


NAMES: Final = [*EXPERIMENTS, "kills", "swap"]


async def play(name: str, experiment: Experiment, data: Path, work: Path, results: Results) -> None:
    """Play the rounds that are not in the results yet."""
    folder = work / name
    folder.mkdir(parents=True, exist_ok=True)
    of_base = base_folder(experiment, data, work)
    base = await base_bundle(of_base, work)
    rows = rows_of(data / "chat" / f"{experiment.corpus}_train.csv")
    crowd = Crowd(rows, experiment.trolls, experiment.people, experiment.messages)
    sets = measured(data)
    vault = _vault(folder)
    url = f"sqlite:///{folder}/feelback.db"
    upgrade(url)
    with Database(url) as database:
        live = LiveModel(database, clock=now, shipped=base)
        await live.start()
        if not results.has(name, 0):
            results.add(name, 0, figures=figures(live.classifier, sets))
        for number in range(1, experiment.rounds + 1):
            if results.has(name, number):
                continue
            played: Any = None
            if not await database.read(crowds.was_played, number):
                _say(f"{name}, round {number}: {crowd.people} people send and correct")
                version = live.version
                playing = partial(crowds.play, classifier=live.classifier, version=version, vault=vault, clock=now)
                played = asdict(await database.write(playing, crowd, number))
            run = await retrain(f"{name}, round {number}", database, vault, folder, of_base)
            await live.look()
            results.add(name, number, played=played, **await _told(run, database, live, vault, sets, crowd))


async def retrain(what: str, database: Database, vault: Vault, folder: Path, of_base: Path | None) -> RunRow:
    """One run, from the request to its verdict.

    Raises:
        RuntimeError: it failed.
    """
    began = time.monotonic()

    async def announce(run: RunRow) -> None:
        _say(f"{what}: {run.stage or run.state} {run.progress:.0%}, {time.monotonic() - began:.0f} s", over=True)

    means = Means((of_base or folder) / "runs", of_base, THREADS, TIME_LIMIT, TRAINING)
    trainer = Trainer(database, vault, means, clock=now, announce=announce)
    while True:
        await database.write(runs.request, Trigger.OPERATOR, now())
        if await trainer.take_one():
            break
        await asyncio.sleep(1)  # the lease of a run that was stopped is not over yet
    run = await database.read(runs.latest)
    if run is None or run.outcome not in (Outcome.PROMOTED, Outcome.REJECTED):
        raise RuntimeError(f"{what}: {run and (run.error, run.log_tail)}")
    _say(f"{what}: {run.outcome} after {time.monotonic() - began:.0f} s. {_reason(run)}")
    return run


async def _told(
    run: RunRow, database: Database, live: LiveModel, vault: Vault, sets: "Mapping[str, Sequence[Row]]", crowd: Crowd
) -> dict[str, Any]:
    """What is noted of a round."""
    said = readable(await database.read(corrections.for_training), vault)
    weighed = weigh(said, corpus_labels())
    report = run.report or {}
    trust = {person: standing.trust for person, standing in weighed.people.items()}
    honest = [share for person, share in trust.items() if person > crowd.trolls]
    trolls = [share for person, share in trust.items() if person <= crowd.trolls]
    candidate = Classifier(Bundle.from_bytes(await database.read(_candidate, run)))
    return {
        "outcome": run.outcome,
        "reason": _reason(run),
        "seconds": report.get("seconds"),
        "held_out_corrections": report.get("held_out_corrections"),
        "corrections_trained": report.get("corrections_trained"),
        "figures": figures(live.classifier, sets),
        "candidate": figures(candidate, sets),
        "uptake": uptake(candidate, said, weighed.samples),
        "weight": sum(sample.weight for sample in weighed.samples),
        "trust": {"honest_least": min(honest), "honest_mean": float(np.mean(honest)), "trolls": trolls},
        "waiting": await database.read(review.count),
    }


def _candidate(connection: Connection, run: RunRow) -> bytes:
    if run.candidate_version is None:
        raise RuntimeError("the run made no candidate")
    return models.bundle(connection, run.candidate_version)


def _reason(run: RunRow) -> str:
    clauses = (run.verdict or {}).get("clauses", ())
    return "; ".join(f"{clause['name']} {clause['figures']}" for clause in clauses if clause["passed"] is False)


def figures(classifier: Classifier, sets: "Mapping[str, Sequence[Row]]") -> dict[str, float]:
    """Accuracy on each set. On the data set's own, as it is published, of the most probable of the six; elsewhere of
    what a person hears, "no emotion" being one of seven answers. And the cases of behaviour that are met."""
    told = {name: right(classifier, [(row.text, row.label) for row in rows]) for name, rows in sets.items()}
    for name, rows in sets.items():
        emotional = [row for row in rows if row.label != NO_EMOTION]
        readings = list(classifier.read_many([row.text for row in emotional]))
        of_six = sum(said.best == row.label for said, row in zip(readings, emotional, strict=True)) / len(emotional)
        told[f"{name}, of six"] = of_six
    return told | {"behaviour": met(classifier)}


@cache
def measured(data: Path) -> dict[str, list[Row]]:
    """The sets that only measure, by name."""
    own = {}
    for name, path in quality.own_files(data, quality.OWN).items():
        rows = dataset.read(path)
        own[name] = [Row(text, label) for text, label in zip(rows.texts, rows.labels.tolist(), strict=True)]
    held_out = bases.load_corpus().split().judge
    labels = held_out.targets.argmax(axis=1).tolist()
    files = {name: data / "chat" / f"{name}.csv" for name in ("goemotions_dev", "meld_dev")}
    return {
        **own,
        **{name: rows_of(path) for name, path in files.items() if path.exists()},
        "everyday": [Row(text, label) for text, label in zip(held_out.texts, labels, strict=True)],
    }


def base_folder(experiment: Experiment, data: Path, work: Path) -> Path | None:
    """A folder that holds, of the data, what the experiment's base does; None where it is the shipped bundle."""
    if experiment.corpora is None:
        return None
    folder = work / "-".join(["base", *experiment.corpora])
    (folder / "chat").mkdir(parents=True, exist_ok=True)
    files = [f"chat/{file}.csv" for name in experiment.corpora for file in corpora.CORPORA[name].files]
    for part in ("emotions", *files):
        if not (folder / part).is_symlink():
            (folder / part).symlink_to((data / part).resolve())
    return folder


async def base_bundle(folder: Path | None, work: Path) -> Path:
    """The model of a base, trained without corrections if it was not yet."""
    if folder is None:
        return SHIPPED
    out = folder / "base.bundle"
    if not out.exists():
        nothing, kept = folder / "nothing.jsonl", folder / "runs"
        nothing.touch()
        kept.mkdir(mode=0o700, exist_ok=True)
        files = ["--champion", SHIPPED, "--corrections", nothing, "--data", folder, "--out", out, "--keep", kept]

        def progress(stage: str, done: float) -> None:
            _say(f"{folder.name}: {stage} {done:.0%}", over=True)

        await child.run(
            [*TRAINING, *map(str, files), "--threads", str(THREADS)],
            folder=work,
            threads=THREADS,
            time_limit=TIME_LIMIT,
            progress=progress,
        )
    return out


def _vault(folder: Path) -> Vault:
    """With a key of the experiment's own, which stays beside its database."""
    path = folder / "text.key"
    if not path.exists():
        path.write_bytes(Fernet.generate_key())
    return Vault([path.read_text()])


def _say(what: str, *, over: bool = False) -> None:
    if not over or sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}" if over else f"{what}\n")
        sys.stderr.flush()


async def _run(name: str, data: Path, work: Path, results: Results) -> None:
    if name in EXPERIMENTS:
        await play(name, EXPERIMENTS[name], data, work, results)
        return
    rows = rows_of(data / "chat" / f"{EXPERIMENTS['few'].corpus}_train.csv")
    if name == "kills":
        await kills(rows, work, results)
    else:
        await swap(Crowd(rows, 0, EXPERIMENTS["few"].people, EXPERIMENTS["few"].messages), work, results)


def main() -> None:
    """Play what is asked for and not done yet, then print and draw all there is."""
    parser = argparse.ArgumentParser(description="What the feedback loop learns, withstands and survives.")
    parser.add_argument("data", type=Path)
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", default=NAMES)
    parser.add_argument("--work", type=Path, default=Path("var/learning"))
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    options.work.mkdir(parents=True, exist_ok=True)
    results = Results(options.work / "results.jsonl")
    if unknown := set(options.experiments) - set(NAMES):
        parser.error(f"no such experiment: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in options.experiments:
        asyncio.run(_run(name, options.data, options.work, results))
    print_table(results)
    if options.plot:
        draw(results, options.plot)


if __name__ == "__main__":
    main()
