"""What the bot stored about a message, in words for the demo's page."""

import asyncio
from typing import Any

from bot.learning.reviewing import corpus_labels, readable
from bot.learning.samples import weigh
from bot.replies import emotions
from bot.replies.texts import Texts, texts_for
from bot.storage import corrections, inspection
from bot.storage.corrections import KeptCorrection
from bot.storage.database import Database
from bot.storage.inspection import Stored
from bot.storage.vault import Vault
from ml.emotions import LABELS, NO_EMOTION, Emotion
from ml.text import normalise

Json = dict[str, Any]


class Inspector:
    """Looks into the bot's database, and changes nothing."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def __call__(self, chat_id: int, message_id: int, language: str) -> Json | None:
        """What is stored about a message, or about the bot's reply to it; None where nothing is."""
        stored = await self._database.read(inspection.about, chat_id, message_id)
        if stored is None:
            return None
        kept = [] if stored.cipher is None else await self._database.read(corrections.for_training)
        return await asyncio.to_thread(self._told, stored, kept, texts_for(language))

    def _told(self, stored: Stored, kept: list[KeptCorrection], texts: Texts) -> Json:
        reading = stored.reading
        weights = self._weights(stored, kept)
        return {
            "at": reading.created_at.timestamp(),
            "model": reading.model_version,
            "said": None if reading.said is None else _label(reading.said, texts),
            "shares": [_label(label, texts) | {"share": reading.probabilities[label]} for label in Emotion],
            "none": _label(NO_EMOTION, texts) | {"share": reading.none},
            "opinions": [
                _label(opinion.label, texts)
                | {
                    "person": opinion.person_id,
                    "confirms": opinion.label == reading.said,
                    "undone": opinion.undone,
                    "weight": None if opinion.undone else weights.get(opinion.label),
                }
                for opinion in stored.opinions
            ],
            "kept": stored.cipher is not None,
            "held_out": stored.held_out,
        }

    def _weights(self, stored: Stored, kept: list[KeptCorrection]) -> dict[int, float]:
        """What each label of the same text weighs in the next training."""
        if stored.cipher is None or stored.held_out:
            return {}
        text = normalise(self._vault.decrypt(stored.cipher))
        samples = weigh(readable(kept, self._vault), corpus_labels()).samples
        return {sample.label: sample.weight for sample in samples if normalise(sample.text) == text}


def _label(label: int, texts: Texts) -> Json:
    return {"key": LABELS[label], "emoji": emotions.EMOJI[label], "name": emotions.name(label, texts)}
