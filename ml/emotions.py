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

OUTPUTS: Final = 2 * len(LABELS)
"""The network's. It reads each text twice, as one that tells of feeling (`ml.text.TELLING`) and as any other: for each
the six emotions, then none. Who asks knows which of the two the text is. With one reading for both, each kind costs the
other accuracy."""

COLOURS: Final = ("#4793fd", "#a58f2f", "#f646bc", "#bb3434", "#9a34b8", "#217571", "#858585")
"""A colour for each label, the same in every picture and on every page.

Each has a contrast of 3 or more to white and to a dark page (WCAG 2.2, 1.4.11), and they are further apart for the
colour-blind than the sets that are known for it: searched for by that, and held to it by `tests/ml/test_emotions.py`.
"""
