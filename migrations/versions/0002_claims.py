"""Claims on updates, and how much a person writes.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "claims",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name="pk_claims"),
    )
    op.create_index("ix_claims_until", "claims", ["until"])
    op.create_table(
        "floods",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_floods"),
    )
    op.create_index("ix_floods_since", "floods", ["since"])


def downgrade() -> None:
    """Drop them, and all that is in them."""
    op.drop_table("floods")
    op.drop_table("claims")
