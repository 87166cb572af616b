"""The figures of `benchmarks.learning`: kept in a file, printed as a table, drawn."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

CLEAN: Final = "goemotions"
NAMES: Final = {"goemotions": "no trolls", "trolls": "2 of 40 are trolls", "coordinated": "12 of 40 are trolls"}
_COLOURS: Final = {"goemotions": "#2a7f62", "trolls": "#c98a1b", "coordinated": "#b3392f", "meld": "#34568b"}
_INK: Final = "#333333"
_FAINT: Final = "#dddddd"


class Results:
    """A file of JSON lines, one a round of an experiment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._rows: dict[tuple[str, int], Row] = {}
        for row in map(json.loads, lines):
            self._rows[row["experiment"], row["round"]] = row

    def has(self, experiment: str, number: int) -> bool:
        """Whether the round is there."""
        return (experiment, number) in self._rows

    def of(self, experiment: str) -> list[Row]:
        """The rounds of an experiment, in order."""
        return [row for (name, _), row in sorted(self._rows.items()) if name == experiment]

    def curve(self, experiment: str, name: str) -> list[float]:
        """A figure of the model that serves, before the first round and after each; empty if it was not measured."""
        return [row["figures"][name] for row in self.of(experiment) if name in row["figures"]]

    def add(self, experiment: str, number: int, **figures: Any) -> None:
        """Note a round, for good."""
        row = {"experiment": experiment, "round": number, **figures}
        self._rows[experiment, number] = row
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(row)}\n")


def print_table(results: Results) -> None:
    """What is there, beside what it should be, as Markdown."""
    print("| experiment | what | goal | measured |\n| --- | --- | --- | --- |")
    for name, what, goal, measured, is_met in _lines(results):
        print(f"| `{name}` | {what} | {goal} | {measured}{'' if is_met else ' (not met)'} |")
    names = [curve for curve in _CURVES if any(results.curve(name, curve) for name in _PLAYED)]
    print("\n| experiment | round | outcome | " + " | ".join(names) + " | least trust | trolls' |")
    print("| --- | --- | --- |" + " --- |" * (len(names) + 2))
    for name in _PLAYED:
        for row in results.of(name):
            figures = row["figures"]
            curves = " | ".join(f"{figures[curve]:.1%}" if curve in figures else "" for curve in names)
            trust = row.get("trust", {"honest_least": None, "trolls": []})
            least, most = trust["honest_least"], max(trust["trolls"], default=None)
            told = " | ".join("" if share is None else f"{share:.2f}" for share in (least, most))
            print(f"| `{name}` | {row['round']} | {row.get('outcome', '')} | {curves} | {told} |")


_PLAYED: Final = ("goemotions", "meld", "trolls", "coordinated", "few")
_CURVES: Final = ("goemotions_dev", "meld_dev", "official_test, of six", "natural_mix, of six", "everyday")
_TEST: Final = "official_test, of six"

_Line = tuple[str, str, str, str, bool]


def _lines(results: Results) -> Iterator[_Line]:
    for name, crowd, goal in (("goemotions", "goemotions_dev", 15), ("meld", "meld_dev", 5)):
        if results.curve(name, crowd):
            yield _gain(results, name, crowd, goal)
    if results.curve(CLEAN, _TEST):
        yield _damage(results, CLEAN)
    for name in ("goemotions", "meld", "few"):
        yield from _uptake(results, name)
    yield from _trolls(results)
    yield from _coordinated(results)
    yield from _kills(results)
    yield from _swap(results)


def _gain(results: Results, name: str, crowd: str, goal: float) -> _Line:
    curve = results.curve(name, crowd)
    shown = ", ".join(f"{share:.1%}" for share in curve)
    gain = 100 * (curve[-1] - curve[0])
    return (name, f"accuracy on {crowd} by round", f"+{goal} points", f"{shown}: {gain:+.1f}", gain >= goal)


def _damage(results: Results, name: str) -> _Line:
    curve = results.curve(name, _TEST)
    least = 100 * (min(curve) - curve[0])
    shown = ", ".join(f"{share:.1%}" for share in curve)
    return (name, "accuracy on official_test by round", "never -0.5 points", f"{shown}: {least:+.2f}", least >= -0.5)


def _uptake(results: Results, name: str) -> Iterator[_Line]:
    rows = [row for row in results.of(name) if "uptake" in row]
    if not rows:
        return
    for kind, goal in (("trained", 0.95), ("paraphrases", 0.85)):
        shares = [row["uptake"][kind]["right"] for row in rows]
        shown = ", ".join(f"{share:.1%}" for share in shares)
        what = f"corrected texts read as corrected after the next run, by round: {kind}"
        yield (name, what, f"{goal:.0%}", shown, min(shares) >= goal)
    shown = ", ".join(f"{row['uptake']['held out']['right']:.1%}" for row in rows if "held out" in row["uptake"])
    yield (name, "the same, held out", "told apart", shown, True)


def _trolls(results: Results) -> Iterator[_Line]:
    if not results.of("trolls"):
        return
    clean, trolled = (results.curve(name, "goemotions_dev") for name in (CLEAN, "trolls"))
    kept = (trolled[-1] - trolled[0]) / (clean[-1] - clean[0]) if clean[-1] != clean[0] else 0.0
    yield ("trolls", "share of the gain without trolls that is kept", "80%", f"{kept:.0%}", kept >= 0.8)
    if results.curve("trolls", _TEST):
        yield _damage(results, "trolls")


def _coordinated(results: Results) -> Iterator[_Line]:
    rows = results.of("coordinated")
    if not rows:
        return
    sets = [name for name in _CURVES if results.curve("coordinated", name)]
    worst = min((row["figures"][name] - rows[0]["figures"][name], name) for row in rows for name in sets)
    shown = f"{100 * worst[0]:+.1f} on {worst[1]}"
    yield (
        "coordinated",
        "champion beside the base, on its worst set of all rounds",
        "-1 point",
        shown,
        worst[0] >= -0.01,
    )


def _kills(results: Results) -> Iterator[_Line]:
    rows = results.of("kills")
    if not rows:
        return
    bad = [row for row in rows if not row["whole"] or row["stuck"] or row["left_over"] or row["lost"]]
    shown = f"{len(rows) - len(bad)} of {len(rows)} as it should be, {rows[-1]['corrections']} corrections, none lost"
    if bad:
        shown = f"{len(bad)} of {len(rows)} wrong"
    yield (
        "kills",
        "state after kill -9 of the bot or its child",
        "champion whole, nothing stuck, left or lost",
        shown,
        not bad,
    )


def _swap(results: Results) -> Iterator[_Line]:
    for row in results.of("swap"):
        wrong = row["lost"] + row["doubled"]
        yield ("swap", "messages lost or doubled", "0", f"{wrong} of {row['messages']:,}", not wrong)
        pause = f"{row['own_pause']:.1f} ms of its own, {row['pause']:.1f} ms with the machine's"
        yield ("swap", "worst pause of the event loop around the swap", "5 ms", pause, row["own_pause"] <= 5)
        times = row["training_p99"] / row["idle_p99"]
        p99 = f"{row['training_p99']:.0f} ms beside {row['idle_p99']:.0f} ms: {times:.1f} times"
        yield ("swap", "p99 until the answer, during training beside idle", "2 times", p99, times <= 2)


def draw(results: Results, path: Path) -> None:
    """Accuracy by round: what the crowd gains, and what the data set's own test keeps."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2), sharey=True)
    panels = (
        (left, "GoEmotions' crowd, base: the data set alone", "goemotions_dev", NAMES),
        (right, "MELD's crowd, base: shipped, without sitcoms", "meld_dev", {"meld": "no trolls"}),
    )
    for axes, title, crowd, names in panels:
        for name, label in names.items():
            line: dict[str, Any] = {"color": _COLOURS[name], "linewidth": 1.8}
            if curve := results.curve(name, crowd):
                axes.plot(curve, marker="o", markersize=4, label=f"{crowd}, {label}", **line)
            if curve := results.curve(name, _TEST):
                axes.plot(curve, linestyle=":", label=f"official_test, {label}", **line)
        axes.set_title(title, fontsize=10, color=_INK)
        axes.set_xlabel("round", color=_INK)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.grid(color=_FAINT, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=_INK)
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    left.set_ylabel("read right", color=_INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
