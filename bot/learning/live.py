"""The model that serves in this process, and its swap for the one that the database calls champion.

The order is: fetch, load, warm, check against its own golden examples, and only then point to it. All of it but the
last, a single assignment, happens in a thread; whoever still uses the old classifier keeps it until done.
"""

import asyncio
import ctypes
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import models, notices
from bot.storage.database import Database
from bot.storage.notices import Kind
from ml.bundle import SHIPPED, Bundle, BundleError
from ml.classifier import Classifier

LOOK_SECONDS: Final = 2.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """A model that is ready to read: its version in the database, and its classifier."""

    version: int
    classifier: Classifier


def load(content: bytes, digest: str) -> Classifier:
    """A classifier that is warm and reads its golden examples as it should. Blocks; meant for a thread.

    Raises:
        BundleError: the bytes are not those of `digest` (hex sha256), are no bundle, or fail to run or to reproduce the
            golden examples.
    """
    if sha256(content).hexdigest() != digest:
        raise BundleError("its sha256 is not the one it was stored with")
    bundle = Bundle.from_bytes(content)
    if not bundle.golden:
        raise BundleError("it has no golden examples to check it by")
    classifier = Classifier(bundle)
    try:
        classifier.check_golden()
    except RuntimeError as error:
        raise BundleError(f"it does not run: {error}") from error
    return classifier


class LiveModel:
    """The model of one bot process. Use `served` where version and classifier must belong together."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        shipped: Path = SHIPPED,
        interval: float = LOOK_SECONDS,
    ) -> None:
        """Prepare; nothing is loaded before `start`.

        Args:
            database: where the models are.
            clock: gives the time, with its zone.
            shipped: the bundle that a database without a champion starts with.
            interval: seconds between two looks of `watch`.
        """
        self._database = database
        self._clock = clock
        self._shipped = shipped
        self._interval = interval
        self._served: Served | None = None
        self._refused: set[int] = set()

    @property
    def served(self) -> Served:
        """What reads now. Raises RuntimeError before `start`."""
        if self._served is None:
            raise RuntimeError("no model is loaded yet")
        return self._served

    @property
    def version(self) -> int:
        return self.served.version

    @property
    def classifier(self) -> Classifier:
        return self.served.classifier

    async def start(self) -> None:
        """Load the champion; in a database without one, make the shipped bundle the champion.

        A champion that cannot be served is reported, and the shipped bundle serves in its place.

        Raises:
            BundleError: the shipped bundle is needed and cannot be served.
            OSError: it is needed and cannot be read.
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        if await self._database.read(models.champion_version) is None:
            await self._database.write(_ensure_champion, await self._read_shipped(), self._clock())
        await self.look()
        if self._served is None:
            shipped = await self._read_shipped()
            version = await self._database.write(_store_shipped, shipped, self._clock())
            self._served = await self._load(version, shipped, sha256(shipped).hexdigest())

    async def watch(self) -> None:
        """Look every `interval` seconds, until cancelled: whatever fails, the database above all, may be back soon."""
        failing = False
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.look()
            except SQLAlchemyError as error:
                if not failing:
                    logger.warning("cannot look for a new model: %s; trying on", type(error).__name__)
                failing = True
            except Exception:
                if not failing:
                    logger.exception("cannot look for a new model; trying on")
                failing = True
            else:
                failing = False

    async def look(self) -> bool:
        """Serve the database's champion, if it is another one than now and can be served; return whether that changed.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        champion = await self._database.read(models.champion)
        if champion is None or champion.version in self._refused:
            return False
        if self._served is not None and champion.version == self._served.version:
            return False
        try:
            content = await self._database.read(models.bundle, champion.version)
            self._served = await self._load(champion.version, content, champion.sha256)
            del content
            await asyncio.to_thread(_give_back)
        except (BundleError, LookupError) as error:
            await self._refuse(champion.version, str(error))
            return False
        logger.info("model version %d serves", champion.version)
        return True

    async def _read_shipped(self) -> bytes:
        return await asyncio.to_thread(self._shipped.read_bytes)

    async def _load(self, version: int, content: bytes, digest: str) -> Served:
        return Served(version, await asyncio.to_thread(load, content, digest))

    async def _refuse(self, version: int, reason: str) -> None:
        logger.error("model version %d cannot be served: %s", version, reason)
        details = {"version": version, "reason": reason}
        await self._database.write(notices.add, Kind.UNSERVABLE, version, self._clock(), details)
        self._refused.add(version)


def _give_back() -> None:
    """Give what a bundle was read with back to the machine; glibc would keep some 20 MB."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _ensure_champion(connection: Connection, shipped: bytes, now: datetime) -> None:
    """Of several replicas that start on an empty database, all come to the same version here."""
    if models.champion_version(connection) is None:
        models.promote(connection, _store_shipped(connection, shipped, now), now)


def _store_shipped(connection: Connection, shipped: bytes, now: datetime) -> int:
    bundle = Bundle.from_bytes(shipped)
    return models.add(connection, shipped, metrics=bundle.metrics, base="shipped bundle", now=now)
