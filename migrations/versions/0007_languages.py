"""The language of an admin's Telegram, for what is told without having been asked.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the column."""
    op.add_column("people", sa.Column("telegram_language", sa.Text()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("people", "telegram_language")
