"""What a reading in a group, of an edited message, or reacted to needs; inline queries counted; hints once a while.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, and an index by the message that tells a reading."""
    op.add_column("people", sa.Column("hinted_at", moment))
    op.add_column("readings", sa.Column("edited_at", moment))
    op.add_column("readings", sa.Column("language", sa.Text()))
    op.add_column("floods", sa.Column("queries", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_readings_reply", "readings", ["chat_id", "reply_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_readings_reply", "readings")
    for table, column in (
        ("floods", "queries"),
        ("readings", "language"),
        ("readings", "edited_at"),
        ("people", "hinted_at"),
    ):
        op.drop_column(table, column)
