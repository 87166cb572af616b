"""The command line: `feelback …`, or `python -m bot …`.

What a command needs is imported inside it, so that `classify` starts in an instant, and nothing but `train` and
`evaluate` loads the libraries of training.
"""

import json
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, cast

import typer

if TYPE_CHECKING:
    from io import BufferedReader

    from bot.settings import Settings
    from ml.classifier import Classifier
    from ml.sources import Source

app = typer.Typer(
    name="feelback",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A Telegram bot that reads the emotion in a message, is corrected by people, and learns from them.",
    epilog="Settings come from the environment and from .env; .env.example explains each of them.",
)

FAILED: Final = 1
WRONG_USE: Final = 2
_T = TypeVar("_T")
_BOT: Final = "The bot"
_MODEL: Final = "The model alone"

_data = typer.Typer(no_args_is_help=True, help="The data that training starts from.")
app.add_typer(_data, name="data", rich_help_panel=_MODEL)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"feelback {version('feelback')}")
        raise typer.Exit


@app.callback()
def feelback(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, metavar="", help="Show the version and exit."),
    ] = False,
) -> None:
    """Hold the options that belong to no command."""


@app.command(rich_help_panel=_BOT)
def demo(
    port: Annotated[int, typer.Option(help="Where the page is; if taken, the next free one.", max=65535, min=1)] = 8765,
    folder: Annotated[Path, typer.Option(help="Where the demo stores everything.")] = Path("var/demo"),
) -> None:
    """Chat with the bot on a local page: no token, no network, nothing to prepare."""
    from bot.application import stop_on_signals
    from bot.demo import demo as run_demo

    settings = _settings()
    _log(settings)

    async def until_stopped() -> None:
        with stop_on_signals() as stop:
            await run_demo(folder, port, stop, typer.echo)

    with _told_plainly():
        _run(until_stopped())


@app.command(rich_help_panel=_BOT)
def run() -> None:
    """Run the bot on Telegram. Needs TELEGRAM_BOT_TOKEN."""
    _serve(takes_updates=True)


@app.command(rich_help_panel=_BOT)
def trainer() -> None:
    """Retrain whenever that is asked for, beside bots that answer; this process takes no messages. Needs TRAINER=on."""
    _serve(takes_updates=False)


def _serve(takes_updates: bool) -> None:
    from bot.application import serve, stop_on_signals

    settings = _settings()
    _log(settings)

    async def until_stopped() -> None:
        with stop_on_signals() as stop:
            await serve(settings, stop, takes_updates=takes_updates)

    with _told_plainly():
        _run(until_stopped())


@app.command(rich_help_panel=_BOT)
def migrate() -> None:
    """Bring the database's tables to what this version needs."""
    from bot import console
    from bot.storage.migration import upgrade

    settings = _settings()
    with _told_plainly(), console.progress("migrating"):
        upgrade(settings.database_url)
    typer.echo("The database is up to date.")


@app.command(rich_help_panel=_BOT)
def doctor() -> None:
    """Look at all that the bot needs, and say what to do where it is not well. Fails if something is to be mended."""
    from bot import console
    from bot.application import now
    from bot.doctor import Verdict, examine

    settings = _settings()

    async def look() -> bool:
        well = True
        async for finding in examine(settings, now):
            console.print_finding(finding)
            well = well and finding.verdict is not Verdict.ILL
        return well

    with _told_plainly(), _without_greeting():
        well = _run(look())
    if not well:
        raise typer.Exit(FAILED)


@app.command(rich_help_panel=_BOT)
def retrain() -> None:
    """Have the bot learn from the corrections now, and see it to its end.

    With TRAINER=on this shell trains; with TRAINER=off a bot process that may does.
    """
    from bot.operator import retrain as ask

    settings = _settings()
    _log(settings)
    with _told_plainly():
        if not _run(ask(settings, typer.echo)):
            raise typer.Exit(FAILED)


@app.command(rich_help_panel=_BOT)
def rollback(version: Annotated[int, typer.Argument(help="The model version that is to serve again.")]) -> None:
    """Let an earlier model version serve again. Bots that run swap to it within seconds."""
    from bot.operator import roll_back

    settings = _settings()
    with _told_plainly():
        typer.echo(roll_back(settings, version))


@app.command(rich_help_panel=_MODEL)
def classify(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Messages; none: one a line from standard input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="One JSON object a line.")] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle to read with; the shipped one if none is given.", show_default=False)
    ] = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why", metavar="", help="The words that carried each reading too; %: how much less probable without it."
        ),
    ] = False,
) -> None:
    """Read the emotion in messages. Answers come one a line, in order, as messages come in.

    Put -- before a message that starts with a dash: feelback classify -- "-_-"
    """
    from bot import console

    classifier = _classifier(bundle)
    show = console.as_json if as_json else console.as_line
    if not texts and sys.stdin.isatty():
        typer.echo("One message a line; Ctrl-D ends it.", err=True)
    given = [list(map(_encodable, texts))] if texts else console.followed(cast("BufferedReader", sys.stdin.buffer))
    try:
        for lines in given:
            for text, reading in zip(lines, classifier.read_many(lines), strict=True):
                answer = show(text, reading, classifier.why(text) if why else None)
                sys.stdout.buffer.write(f"{answer}\n".encode())
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter must find nothing left to flush into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command(rich_help_panel=_MODEL)
def evaluate(
    data: Annotated[Path, typer.Option(help="Labelled messages: csv, gzipped csv, parquet, or `text;emotion` lines.")],
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle to measure; the shipped one if none is given.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="The figures as one JSON object.")] = False,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Folder to draw confusion matrix, ROC curves and reliability into.",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Measure how well a bundle reads labelled messages. Needs the extra `train`."""
    with _told_plainly():
        from bot import console
        from ml import dataset, evaluation
        from ml.emotions import NO_EMOTION

        rows = dataset.read(data, with_none=True)
        if (rows.labels == NO_EMOTION).all():
            raise dataset.DatasetError(f"{data}: no row is labelled with one of the six emotions")
        classifier = _classifier(bundle)
        with console.progress("reading") as show:
            readings = list(classifier.read_many(console.counted(rows.texts, show)))
            show("measuring", 1.0)
            labels = rows.labels.tolist()
            metrics = evaluation.measure(readings, labels)
            drawn = []
            if plots:
                from ml.plots import draw

                show("drawing", 1.0)
                drawn = draw(plots, readings, labels)
    if as_json:
        typer.echo(json.dumps({"model": classifier.model} | metrics.to_json()))
    else:
        console.print_metrics(metrics)
    for path in drawn:
        typer.echo(f"{path} is drawn.", err=True)
    for bad in rows.bad:
        typer.echo(f"{data}, line {bad.line}: left out, {bad.reason}", err=True)


@app.command(rich_help_panel=_MODEL)
def train(
    data: Annotated[Path, typer.Option(help="Folder of the data set, or one of its files.")],
    out: Annotated[Path, typer.Option(help="Where to write the bundle.", dir_okay=False)],
    seed: Annotated[int, typer.Option(help="Same seed, data, machine and threads: same bundle.")] = 0,
) -> None:
    """Train a bundle from the data set and measure it on its held-out tenth. Needs the extra `train`."""
    names = _settings().corpora
    with _told_plainly():
        from bot import console
        from ml import base

        with console.progress("reading"):
            loaded = base.load(data, names)
        out.parent.mkdir(parents=True, exist_ok=True)
        typer.echo("Loading TensorFlow …", err=True)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with _without_greeting():
            from ml import candidate, evaluation
            from ml.bundle import SHIPPED, Bundle, BundleError
            from ml.classifier import Classifier
            from ml.samples import join
        with _without_greeting(), suppress(BundleError):  # it would tear the bar; ours may be of an older format
            Classifier(Bundle.load(SHIPPED))

        with console.progress("training") as show:
            bundle = candidate.from_base(loaded, seed=seed, progress=show)
            texts, labels = evaluation.label_rows(join(list(loaded.held_out.values())))
            metrics = evaluation.evaluate(Classifier(bundle), console.counted(texts, show), labels)
            bundle = replace(bundle, metrics=metrics.to_json())
            bundle.save(out)
    parts = ", ".join(f"{count:,} rows of {name}" for name, count in loaded.rows.items())
    typer.echo(f"{out}: bundle {bundle.id}, trained on {parts}. On held-out rows:")
    console.print_metrics(metrics)


@_data.command()
def fetch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to bring it into.", file_okay=False)] = Path(
        "var/data"
    ),
    origin: Annotated[
        Literal["huggingface", "kaggle"], typer.Option("--from", help="Where the data set itself comes from.")
    ] = "huggingface",
) -> None:
    """Bring the data set and the chat corpora from their public homes. Needs the extra `data`.

    What is in the folder already is not brought again. Licences differ: docs/model-card.md lists them.
    """
    with _told_plainly():
        from bot import console
        from ml import fetch, sources

        wanted = (*sources.data_set(origin), *sources.CHAT)
        missing: dict[Source, fetch.FetchError] = {}
        silent: set[str] = set()
        for source in wanted:
            try:
                arrived = fetch.fetch(source, folder, console.progress, silent=silent)
            except fetch.FetchError as error:
                missing[source] = error
                typer.echo(error, err=True)
            else:
                typer.echo(console.arrival(source, arrived))
    if missing:
        typer.echo(console.what_is_missing(missing, len(wanted), folder.resolve()), err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"All of it is in {folder.resolve()}. To train from it, set DATASET_DIR={folder.resolve()}")


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    import asyncio

    return asyncio.run(work)


def _settings() -> "Settings":
    from bot.settings import SettingsError, load

    try:
        return load()
    except SettingsError as error:
        typer.echo(error, err=True)
        raise typer.Exit(WRONG_USE) from None


def _log(settings: "Settings") -> None:
    """Log from now on, when LiteRT has greeted already: its greeting passes by `sys.stderr`, and is no line of JSON."""
    from bot.logs import configure

    _classifier(None)
    configure(settings.log_level, settings.secrets())


def _classifier(bundle: Path | None) -> "Classifier":
    from ml.bundle import SHIPPED, Bundle
    from ml.classifier import Classifier

    with _told_plainly(), _without_greeting():
        return Classifier(Bundle.load(bundle or SHIPPED))


@contextmanager
def _without_greeting() -> Iterator[None]:
    """TensorFlow and LiteRT tell of themselves on standard error, past `sys.stderr`, when they are loaded."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _encodable(argument: str) -> str:
    """An argument of the command line, whose bytes may have been anything, as text that can be written."""
    return os.fsencode(argument).decode("utf-8", "replace")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Say in a sentence what is wrong with what was given, and end; any other exception stays one."""
    try:
        yield
    except Exception as error:
        told = _sentence(error)
        if told is None:
            raise
        sentence, status = told
        typer.echo(sentence, err=True)
        raise typer.Exit(status) from None


def _sentence(error: Exception) -> tuple[str, int] | None:
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from bot.application import NotPossibleError
    from ml.bundle import BundleError
    from ml.dataset import DatasetError

    match error:
        case NotPossibleError():
            return str(error), WRONG_USE
        case CommandError():
            return "The database was migrated by a newer version of Feelback than this one.", FAILED
        case SQLAlchemyError():
            return f"The database of DATABASE_URL can't be used: {type(error).__name__}.", FAILED
        case BundleError() | DatasetError():
            return str(error), FAILED
        case ModuleNotFoundError(name="httpx" | "kagglehub"):
            return "This needs the extra `data`: pip install 'feelback[data]'.", FAILED
        case ModuleNotFoundError(name="pyarrow" | "sklearn" | "tensorflow"):
            return "This needs the extra `train`: pip install 'feelback[train]'.", FAILED
        case OSError(strerror=str(reason)):
            return f"{error.filename or 'the operating system'}: {reason}", FAILED
    return None
