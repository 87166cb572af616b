"""How a text becomes token ids: the same code in training and in serving.

The data set is lower case with no punctuation and split contractions ("i don t", "im"); chat has capitals, apostrophes,
emoji and typos. Normalising brings both to one form.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final
