"""The tables. Words that may grow (states, reasons) are plain text; what never changes (labels, ids) is checked.

People have no foreign keys to them: a row in `people` is made when a person decides about consent or language, which
may be after their first reading, or never.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in code, whatever its zone, and always given back in UTC; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC. Raises ValueError for a time that says no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone was given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id: Final = BigInteger().with_variant(Integer, "sqlite")
"""A primary key that counts: SQLite counts only a column whose type is exactly INTEGER."""

Object: Final = JSON[dict[str, Any]](none_as_null=True)
"""A JSON object, or no value at all."""

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _People(TypedColumns):
    id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)  # Telegram's user id
    consent: Named[bool | None]  # null: not answered
    consent_at: Named[datetime | None] = Column(UtcDateTime)  # when it was answered, or asked for; null: never
    language: Named[str | None] = Column(Text)  # that they chose
    telegram_language: Named[str | None] = Column(Text)  # of an admin, as their Telegram said it at /start
    blocked_at: Named[datetime | None] = Column(UtcDateTime)  # since when an admin lets their corrections teach nothing
    hinted_at: Named[datetime | None] = Column(UtcDateTime)  # when they were told last that only words are read
    created_at: Named[datetime] = Column(UtcDateTime)


people: Final = Table("people", metadata, _People)


class _Readings(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    chat_id: Named[int] = Column(BigInteger)
    message_id: Named[int] = Column(BigInteger)
    reply_id: Named[int | None] = Column(BigInteger)
    author_id: Named[int] = Column(BigInteger, index=True)
    emotion: Named[int | None] = Column(SmallInteger)
    unsure: Named[str | None] = Column(Text)
    none: Named[float] = Column(Double)
    sadness: Named[float] = Column(Double)
    joy: Named[float] = Column(Double)
    love: Named[float] = Column(Double)
    anger: Named[float] = Column(Double)
    fear: Named[float] = Column(Double)
    surprise: Named[float] = Column(Double)
    model_version: Named[int] = Column(Integer, ForeignKey("models.version"))
    created_at: Named[datetime] = Column(UtcDateTime, index=True)
    taught: Named[int | None] = Column(SmallInteger)  # what the person was told instead, having taught it before
    withdrawn_at: Named[datetime | None] = Column(UtcDateTime)  # when its message was edited, and read anew
    edited_at: Named[datetime | None] = Column(UtcDateTime)  # Telegram's time of the edit that was read; null: none
    language: Named[str | None] = Column(Text)  # in which it was told


# Ids are never used twice: an old button must not reach a newer reading.
readings: Final = Table(
    "readings",
    metadata,
    _Readings,
    CheckConstraint("emotion BETWEEN 0 AND 5", name="emotion"),
    CheckConstraint("(emotion IS NULL) = (unsure IS NOT NULL)", name="unsure"),
    Index("ix_readings_message", "chat_id", "message_id"),
    Index("ix_readings_reply", "chat_id", "reply_id"),
    sqlite_autoincrement=True,
)


class _Days(TypedColumns):
    day: Named[date] = Column(Date, primary_key=True)  # in UTC
    label: Named[int] = Column(SmallInteger, primary_key=True, autoincrement=False)  # 0 to 6; 7: none was told
    readings: Named[int] = Column(Integer)


# How many readings of each label a day that is over had, of all people together.
days: Final = Table("days", metadata, _Days)


class _Corrections(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    reading_id: Named[int] = Column(BigInteger, ForeignKey("readings.id", ondelete="CASCADE"))
    person_id: Named[int] = Column(BigInteger, index=True)
    label: Named[int] = Column(SmallInteger)
    created_at: Named[datetime] = Column(UtcDateTime)
    changed_at: Named[datetime] = Column(UtcDateTime)
    undone_at: Named[datetime | None] = Column(UtcDateTime)
    said: Named[int | None] = Column(SmallInteger)  # what its reading claimed, again here: agreement is counted often
    model_version: Named[int | None] = Column(Integer)  # its reading's, likewise


corrections: Final = Table(
    "corrections",
    metadata,
    _Corrections,
    UniqueConstraint("reading_id", "person_id"),
    CheckConstraint("label BETWEEN 0 AND 6", name="label"),
    sqlite_autoincrement=True,
)


class _CorrectionLog(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    person_id: Named[int] = Column(BigInteger, index=True)
    reading_id: Named[int] = Column(BigInteger)  # no foreign key: the log outlives what it tells of
    old_label: Named[int | None] = Column(SmallInteger)  # null: no correction stood
    new_label: Named[int | None] = Column(SmallInteger)  # null: it was taken back
    created_at: Named[datetime] = Column(UtcDateTime)


# What became of corrections, one row a change. Only ever added to, but that a person's rows go when they are forgotten.
correction_log: Final = Table("correction_log", metadata, _CorrectionLog, sqlite_autoincrement=True)


class _Reviews(TypedColumns):
    correction_id: Named[int] = Column(
        BigInteger, ForeignKey("corrections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    label: Named[int] = Column(SmallInteger)  # what it said; a decision is void once it says another
    reason: Named[str] = Column(Text)
    found_at: Named[datetime] = Column(UtcDateTime)
    decision: Named[str | None] = Column(Text)  # null: it waits
    decided_by: Named[int | None] = Column(BigInteger)
    decided_at: Named[datetime | None] = Column(UtcDateTime)


# Corrections that an admin is to look at, or has.
reviews: Final = Table("reviews", metadata, _Reviews)


class _Texts(TypedColumns):
    reading_id: Named[int] = Column(
        BigInteger, ForeignKey("readings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    author_id: Named[int] = Column(BigInteger)  # its reading's, again here for the index
    cipher: Named[bytes] = Column(LargeBinary)
    key: Named[bytes] = Column(LargeBinary)  # keyed hash of the normalised text
    held_out: Named[bool]


# What a person wrote: at most one text a reading, its author's, kept with the author's consent.
texts: Final = Table("texts", metadata, _Texts, Index("ix_texts_author_id_key", "author_id", "key"))


class _Forgettings(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    created_at: Named[datetime] = Column(UtcDateTime)


# That something which may have taught was deleted because a person wanted it, and when; never who.
forgettings: Final = Table("forgettings", metadata, _Forgettings, sqlite_autoincrement=True)


class _Models(TypedColumns):
    version: Named[int] = Column(Integer, primary_key=True)
    sha256: Named[str] = Column(Text, unique=True)
    status: Named[str] = Column(Text)
    reason: Named[str | None] = Column(Text)
    metrics: Named[dict[str, Any]] = Column(Object)
    base: Named[str] = Column(Text)
    run_id: Named[int | None] = Column(BigInteger)  # no foreign key: a run's row may be pruned before its model's
    fingerprint: Named[str | None] = Column(Text)  # of the data that it was trained from
    forgettings: Named[int | None] = Column(Integer)  # how many it is free of; null: it never saw anybody's corrections
    predecessor: Named[int | None] = Column(Integer)  # what it was promoted over; null once it is not watched
    created_at: Named[datetime] = Column(UtcDateTime)
    promoted_at: Named[datetime | None] = Column(UtcDateTime)


_champion = text("status = 'champion'")

models: Final = Table(
    "models",
    metadata,
    _Models,
    Index("uq_models_champion", "status", unique=True, sqlite_where=_champion, postgresql_where=_champion),
    sqlite_autoincrement=True,
)


class _Bundles(TypedColumns):
    version: Named[int] = Column(
        Integer, ForeignKey("models.version", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Named[bytes] = Column(LargeBinary)


# Apart from `models`: SQLite rewrites a whole row, megabytes and all, to change its status.
bundles: Final = Table("bundles", metadata, _Bundles)


class _Runs(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    trigger: Named[str] = Column(Text)
    requested_by: Named[int | None] = Column(BigInteger)
    chat_id: Named[int | None] = Column(BigInteger)
    message_id: Named[int | None] = Column(BigInteger)
    language: Named[str | None] = Column(Text)
    state: Named[str] = Column(Text)
    active: Named[bool]
    lease_owner: Named[str | None] = Column(Text)
    lease_until: Named[datetime | None] = Column(UtcDateTime)
    epoch: Named[int] = Column(Integer)
    heartbeat_at: Named[datetime | None] = Column(UtcDateTime)
    stage: Named[str | None] = Column(Text)
    progress: Named[float] = Column(Double)
    fingerprint: Named[str | None] = Column(Text)
    base: Named[str | None] = Column(Text)
    report: Named[dict[str, Any] | None] = Column(Object)
    verdict: Named[dict[str, Any] | None] = Column(Object)
    outcome: Named[str | None] = Column(Text)
    error: Named[str | None] = Column(Text)
    log_tail: Named[str | None] = Column(Text)
    forgettings: Named[int | None] = Column(Integer)  # how many there had been when its corrections were read
    cancel_requested_at: Named[datetime | None] = Column(UtcDateTime)
    cancel_requested_by: Named[int | None] = Column(BigInteger)
    candidate_version: Named[int | None] = Column(Integer, ForeignKey("models.version"))
    created_at: Named[datetime] = Column(UtcDateTime)
    started_at: Named[datetime | None] = Column(UtcDateTime)
    finished_at: Named[datetime | None] = Column(UtcDateTime)


_active = text("active")

# `active` is there for the index that lets one run at most wait or train.
runs: Final = Table(
    "runs",
    metadata,
    _Runs,
    CheckConstraint("active = (state IN ('waiting', 'running'))", name="active"),
    Index("uq_runs_active", "active", unique=True, sqlite_where=_active, postgresql_where=_active),
    sqlite_autoincrement=True,
)


class _Schedule(TypedColumns):
    id: Named[int] = Column(SmallInteger, primary_key=True, autoincrement=False)
    paused_at: Named[datetime | None] = Column(UtcDateTime)  # null: it is not paused
    paused_by: Named[int | None] = Column(BigInteger)
    resumed_at: Named[datetime | None] = Column(UtcDateTime)


# At most one row: whether the schedule is kept quiet.
schedule: Final = Table("schedule", metadata, _Schedule, CheckConstraint("id = 1", name="one"))


class _Trainers(TypedColumns):
    owner: Named[str] = Column(Text, primary_key=True)
    seen_at: Named[datetime] = Column(UtcDateTime)


# Processes that may take a run, each telling here that it lives.
trainers: Final = Table("trainers", metadata, _Trainers)


class _Notices(TypedColumns):
    id: Named[int] = Column(Id, primary_key=True)
    key: Named[str] = Column(Text, unique=True)  # what makes it the same happening
    kind: Named[str] = Column(Text)
    details: Named[dict[str, Any]] = Column(Object)
    created_at: Named[datetime] = Column(UtcDateTime)
    told_at: Named[datetime | None] = Column(UtcDateTime)  # when all admins had been told


# What admins are to be told.
notices: Final = Table("notices", metadata, _Notices, sqlite_autoincrement=True)


class _Told(TypedColumns):
    notice_id: Named[int] = Column(
        BigInteger, ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    admin_id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)


# Which admins were told of it, or are about to be.
told: Final = Table("told", metadata, _Told)


class _Claims(TypedColumns):
    bot_id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    state: Named[str] = Column(Text)
    owner: Named[str] = Column(Text)
    until: Named[datetime] = Column(UtcDateTime, index=True)  # end of the lease; of what is done, when that was


# Which process has which update in hand, and which were answered.
claims: Final = Table("claims", metadata, _Claims)


class _Floods(TypedColumns):
    person_id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    since: Named[datetime] = Column(UtcDateTime, index=True)
    messages: Named[int] = Column(Integer)
    queries: Named[int] = Column(Integer, server_default="0")  # inline


# How much a person wrote in the minute that began with `since`; kept for minutes.
floods: Final = Table("floods", metadata, _Floods)


class _Flooders(TypedColumns):
    person_id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    since: Named[datetime] = Column(UtcDateTime, index=True)
    floods: Named[int] = Column(Integer)


# In how many minutes a person wrote too much, in the day that began with `since`; kept for a day.
flooders: Final = Table("flooders", metadata, _Flooders)
