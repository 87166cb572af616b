"""What a reading costs: ours beside Keras on the same weights, and TF-IDF with logistic regression.

Each is measured in a fresh process of its own, held to one core, on the project's corpus: the time from the start of
the process to the first reading and the memory then, one message at a time, and 100,000 messages in one go, by
processor time: ours by `feelback classify`, from a file of them to a file of answers, its start included; the peers in
memory, once they have started, and in batches of 1,024, all of which helps them. Of ours, the parts of a reading of one
message too, and what it takes to explain one: of 30 tokens, of a whole window, and the longest that Telegram sends.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

MESSAGES = 100_000
CALLS = 20_000
TAUGHT = 20_000
BATCH = 1024
EXPLAINED = 30
LONGEST = 4096
"""Characters of a message at most."""

CORPUS = Path(__file__).parent.parent / "ml" / "corpus" / "everyday.csv"


@dataclass
class Figures:
    """Times of one message in microseconds, start in seconds after the process', memory in MB, messages a second."""

    start: float = 0.0
    memory: float = 0.0
    median: float = 0.0
    slow: float = 0.0
    throughput: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


def ours(bundle: Path, began: float) -> Figures:
    """`Classifier.read`, as the bot calls it."""
    from ml.bundle import Bundle
    from ml.classifier import LENGTHS, WINDOW, Classifier
    from ml.text import Vocabulary, find_tokens, normalise

    loaded = Bundle.load(bundle)
    classifier = Classifier(loaded)
    classifier.read("hello")
    figures = _started(began)
    messages = _messages()
    _time_each(figures, classifier.read, messages)
    figures.throughput = classified(bundle, messages)
    vocabulary = Vocabulary(loaded.vocabulary)
    ids = [vocabulary.encode(text) or [1] for text in messages]
    short = [tokens for tokens in ids if len(tokens) <= LENGTHS[0]]
    parts: dict[str, float] = {"normalise": _median(normalise, messages)}
    parts["look up the words"] = _median(vocabulary.encode, messages) - parts["normalise"]
    for network, length, shorter in zip(classifier._networks, LENGTHS, (0, *LENGTHS), strict=False):
        fitting = [tokens for tokens in ids if shorter < len(tokens) <= length]
        parts[f"network, up to {length} tokens"] = _median(network.logits, fitting)
    logits = classifier._networks[0].logits(short[0])
    parts["calibrate"] = _median(lambda tokens: classifier._calibrate(tokens, logits), short)
    explained = [text for text, tokens in zip(messages, ids, strict=True) if len(tokens) == EXPLAINED]
    parts[f"why, of {EXPLAINED} tokens"] = _median(classifier.why, explained)
    long = longest(messages[:CALLS])
    window = [text[: find_tokens(text)[WINDOW - 1].end] for text in long]
    parts[f"why, of {WINDOW} tokens"] = _median(classifier.why, window)
    parts[f"why, of {LONGEST:,} characters"] = _median(classifier.why, long)
    figures.parts = parts
    return figures


def keras(bundle: Path, began: float) -> Figures:
    """`predict` of the same network, with the same weights and tokens."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf

    from ml.bundle import Bundle
    from ml.network import NetworkConfig, build, set_weights
    from ml.text import Vocabulary

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loaded = Bundle.load(bundle)
    vocabulary = Vocabulary(loaded.vocabulary)
    model = build(NetworkConfig.from_json(loaded.config))
    set_weights(model, loaded.weights())

    def read(texts: Sequence[str]) -> Any:
        ids = [vocabulary.encode(text) or [1] for text in texts]
        longest = max(map(len, ids))
        padded = np.array([tokens + [0] * (longest - len(tokens)) for tokens in ids], np.int32)
        return model.predict(padded, batch_size=BATCH, verbose=0)

    read(["hello"])
    figures = _started(began)
    messages = _messages()
    _time_each(figures, lambda text: read([text]), messages[:200])
    figures.throughput = _throughput(read, messages)
    return figures


def tfidf(bundle: Path, began: float) -> Figures:
    """`predict_proba` of scikit-learn's logistic regression on TF-IDF of words and pairs, trained on a part of the
    corpus, which makes it smaller and faster."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    del bundle
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = list(islice(csv.DictReader(file), TAUGHT))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
    trained_from = time.time()
    model.fit([row["text"] for row in rows], [row["label"] for row in rows])
    trained = time.time() - trained_from
    model.predict_proba(["hello"])
    figures = _started(began + trained)
    messages = _messages()
    _time_each(figures, lambda text: model.predict_proba([text]), messages)
    figures.throughput = _throughput(model.predict_proba, messages)
    return figures


CONTENDERS: dict[str, Callable[[Path, float], Figures]] = {
    "Feelback (LiteRT)": ours,
    "Keras predict": keras,
    "TF-IDF, logistic regression": tfidf,
}


def _started(began: float) -> Figures:
    return Figures(start=time.time() - began, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def _messages() -> list[str]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def longest(messages: Sequence[str]) -> list[str]:
    """Messages put together to as many of `LONGEST` characters."""
    joined = " ".join(messages)
    return [joined[start : start + LONGEST] for start in range(0, len(joined) - LONGEST + 1, LONGEST)]


def _times(function: Callable[[Any], object], inputs: Sequence[Any]) -> list[float]:
    """Microseconds of each call, after some to warm up: with `CALLS` of the inputs, drawn by chance, or with all."""
    now = time.perf_counter_ns
    for value in inputs[:200]:
        function(value)
    times = []
    for value in Random(0).sample(inputs, min(CALLS, len(inputs))):  # noqa: S311 - no secret
        start = now()
        function(value)
        times.append((now() - start) / 1e3)
    return times


def _median(function: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    return median(_times(function, inputs))


def _time_each(figures: Figures, function: Callable[[str], object], messages: Sequence[str]) -> None:
    times = _times(function, messages)
    figures.median, figures.slow = median(times), quantiles(times, n=100)[98]


def _throughput(function: Callable[[Sequence[str]], object], messages: Sequence[str]) -> float:
    many = list(islice(cycle(messages), MESSAGES))
    start = time.process_time()
    for place in range(0, MESSAGES, BATCH):
        function(many[place : place + BATCH])
    return MESSAGES / (time.process_time() - start)


def classified(bundle: Path, messages: Sequence[str], count: int = MESSAGES) -> float:
    """Messages a second of processor time that `feelback classify` takes for a file of so many lines, from its start to
    the end of the file of answers.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "bot", "classify", "--bundle", str(bundle)]
    with TemporaryDirectory() as folder:
        given, told = Path(folder) / "messages.txt", Path(folder) / "answers.txt"
        lines = (" ".join(text.split()) for text in islice(cycle(messages), count))
        given.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with given.open("rb") as questions, told.open("wb") as answers:
            subprocess.run(command, stdin=questions, stdout=answers, stderr=subprocess.PIPE, check=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return count / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _measure(contender: str, bundle: Path) -> Figures:
    """The figures of one contender, from a process of its own."""
    command = [sys.executable, __file__, "--bundle", str(bundle), "--child", contender, "--began", str(time.time())]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        sys.exit(f"{contender}: {done.stderr}")
    return Figures(**json.loads(done.stdout))


def _show(figures: dict[str, Figures]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=120)
    base = next(iter(figures.values()))
    table = Table(
        title="Reading messages of the project's corpus on one core",
        caption="messages a second: Feelback's with the start, from file to file; the peers' in memory, once started",
    )
    table.add_column()
    for column in ("start, s", "memory, MB", "one message, µs", "1 in 100, µs", "messages a second"):
        table.add_column(column, justify="right")
    for name, row in figures.items():
        table.add_row(
            name,
            f"{row.start:.2f} ({row.start / base.start:.1f}x)",
            f"{row.memory:.0f} ({row.memory / base.memory:.1f}x)",
            f"{row.median:,.1f} ({row.median / base.median:,.1f}x)",
            f"{row.slow:,.1f} ({row.slow / base.slow:,.1f}x)",
            f"{row.throughput:,.0f} ({row.throughput / base.throughput:.3g}x)",
        )
    for part, microseconds in base.parts.items():
        table.add_row(f"  {part}", "", "", f"{microseconds:.1f}", "", "")
    console.print(table)


def main() -> None:
    """Measure each contender in turn and print the table, or be the process that measures one."""
    from ml.bundle import SHIPPED

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=SHIPPED)
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        json.dump(asdict(CONTENDERS[arguments.child](arguments.bundle, arguments.began)), sys.stdout)
        return
    _show({name: _measure(name, arguments.bundle) for name in CONTENDERS})


if __name__ == "__main__":
    main()
