"""Readings a day, and beside each correction what its reading claimed: figures are quick however many there are.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COPIED = {
    "said": "CASE WHEN taught IS NOT NULL THEN NULL WHEN emotion IS NOT NULL THEN emotion "
    "WHEN unsure = 'no emotion' THEN 6 END",
    "model_version": "model_version",
}


def upgrade() -> None:
    """Make the table, the columns and the index. Days are counted when they are first asked for."""
    op.create_table(
        "days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "label", name="pk_days"),
    )
    op.create_index("ix_readings_created_at", "readings", ["created_at"])
    op.add_column("corrections", sa.Column("said", sa.SmallInteger()))
    op.add_column("corrections", sa.Column("model_version", sa.Integer()))
    for column, value in _COPIED.items():
        op.execute(
            f"UPDATE corrections SET {column} = "  # noqa: S608 - of constants
            f"(SELECT {value} FROM readings WHERE readings.id = corrections.reading_id)"
        )


def downgrade() -> None:
    """Take them away."""
    op.drop_column("corrections", "model_version")
    op.drop_column("corrections", "said")
    op.drop_index("ix_readings_created_at", "readings")
    op.drop_table("days")
