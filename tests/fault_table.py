"""docs/faults.md, made by the tests: each that is marked `fault` says what it saw, and that is a row of the table.

    @pytest.mark.fault("what goes wrong", promise="what is promised then")
    async def test_…(seen: Seen) -> None:
        …
        seen(f"arrived {number}")

`make faults` writes the table anew. Otherwise a test whose row is not in it fails.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

Seen = Callable[[str], None]
"""Says what was seen; the same in every run."""

TABLE: Final = Path(__file__).parents[1] / "docs" / "faults.md"
_HEAD: Final = """\
# Faults, and what was seen

Each row is what a test saw with real parts: the playground's Bot API server, SQLite files, a PostgreSQL server, child
processes. `make faults` runs them and writes this page; `make test` checks that it is current. A longer run with faults
at random is `make soak` ([delivery.md](delivery.md#measured)).

| what goes wrong | what is promised | what was seen | test |
| --- | --- | --- | --- |
"""


def row(item: pytest.Item, said: str) -> str | None:
    """The row of a test that has passed; None of a case that is not marked."""
    mark = item.get_closest_marker("fault")
    if mark is None:
        return None
    path, _, name = item.nodeid.partition("::")
    return f"| {mark.args[0]} | {mark.kwargs['promise']} | {said} | `{path}::{name.partition('[')[0]}` |"


def write(rows: list[str]) -> None:
    """Write the page; what several cases of a test saw alike is one row."""
    TABLE.write_text(_HEAD + "".join(f"{each}\n" for each in dict.fromkeys(rows)), encoding="utf-8")


def check(fault: str) -> None:
    """Make sure that the page has a row."""
    rows = TABLE.read_text(encoding="utf-8").splitlines() if TABLE.exists() else []
    assert fault in rows, f"{TABLE.name} lacks this row; `make faults` writes it anew:\n{fault}"
