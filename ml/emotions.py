"""The six emotions, and the label that says there is none."""

from enum import IntEnum
from typing import Final


class Emotion(IntEnum):
    """The emotions of `dair-ai/emotion`; the ids are the data set's and never change."""

    SADNESS = 0
    JOY = 1
    LOVE = 2
    ANGER = 3
    FEAR = 4
    SURPRISE = 5

    @property
    def label(self) -> str:
        """The name used in data files and on the command line: `sadness`, `joy`, …"""
        return self.name.lower()


NO_EMOTION: Final = 6
"""A label beside the six: the text carries no emotion."""

LABELS: Final = (*(emotion.label for emotion in Emotion), "none")
"""Names of the labels, by id: the six, then `none`."""

COLOURS: Final = ("#4477aa", "#ccbb44", "#aa3377", "#ee6677", "#228833", "#66ccee", "#bbbbbb")
"""A colour for each label, everywhere the same, told apart by the colour-blind too: Paul Tol's "bright" scheme
(SRON/EPS/TN/09-002, issue 3.2)."""
