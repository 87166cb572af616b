"""The log of corrections, reviews, forgettings, pauses, cancelled runs; what a model learned from; texts by author.

Revision: 0003, after 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)

NEW_COLUMNS: dict[str, list[tuple[str, Any]]] = {
    "people": [("blocked_at", moment)],
    "readings": [("taught", sa.SmallInteger()), ("withdrawn_at", moment)],
    "models": [("fingerprint", sa.Text()), ("forgettings", sa.Integer()), ("predecessor", sa.Integer())],
    "runs": [
        ("forgettings", sa.Integer()),
        ("cancel_requested_at", moment),
        ("cancel_requested_by", sa.BigInteger()),
    ],
}


def upgrade() -> None:
    """Make the tables and columns. A kept text's author is that of its reading."""
    op.create_table(
        "correction_log",
        sa.Column("id", counting, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("reading_id", sa.BigInteger(), nullable=False),
        sa.Column("old_label", sa.SmallInteger()),
        sa.Column("new_label", sa.SmallInteger()),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_correction_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_log_person_id", "correction_log", ["person_id"])
    op.create_table(
        "reviews",
        sa.Column("correction_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("label", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", moment, nullable=False),
        sa.Column("decision", sa.Text()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", moment),
        sa.PrimaryKeyConstraint("correction_id", name="pk_reviews"),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name="fk_reviews_correction_id_corrections", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "forgettings",
        sa.Column("id", counting, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgettings"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("paused_at", moment),
        sa.Column("paused_by", sa.BigInteger()),
        sa.Column("resumed_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.CheckConstraint("id = 1", name=op.f("ck_schedule_one")),
    )
    for table, columns in NEW_COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.create_index("ix_readings_message", "readings", ["chat_id", "message_id"])
    _author_of_texts()


def _author_of_texts() -> None:
    op.add_column("texts", sa.Column("author_id", sa.BigInteger()))
    op.execute(
        "UPDATE texts SET author_id = (SELECT readings.author_id FROM readings WHERE readings.id = texts.reading_id)"
    )
    with op.batch_alter_table("texts") as batch:
        batch.alter_column("author_id", existing_type=sa.BigInteger(), nullable=False)
        batch.drop_index("ix_texts_key")
        batch.create_index("ix_texts_author_id_key", ["author_id", "key"])


def downgrade() -> None:
    """Undo all of it; what the log, reviews and forgettings held is lost."""
    with op.batch_alter_table("texts") as batch:
        batch.drop_index("ix_texts_author_id_key")
        batch.create_index("ix_texts_key", ["key"])
        batch.drop_column("author_id")
    op.drop_index("ix_readings_message", "readings")
    for table, columns in NEW_COLUMNS.items():
        for name, _ in columns:
            op.drop_column(table, name)
    for table in ("schedule", "forgettings", "reviews", "correction_log"):
        op.drop_table(table)
