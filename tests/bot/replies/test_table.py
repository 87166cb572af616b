"""Figures in columns."""

from bot.replies.table import table


def test_columns_are_aligned_and_escaped() -> None:
    assert table([("a", "1", "10"), ("long <b>", "100", "1")]) == (
        "<pre>a           1  10\nlong &lt;b&gt;  100   1</pre>"
    )


def test_empty_cells_leave_no_blanks_at_the_end() -> None:
    assert table([("", "old"), ("x", "")]) == "<pre>   old\nx</pre>"
