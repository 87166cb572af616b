"""What admins are to be told, whom of them it was told, and who wrote too fast in the last day.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notices",
        sa.Column("id", counting, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("told_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "told",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("admin_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "admin_id", name="pk_told"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_told_notice_id_notices", ondelete="CASCADE"),
    )
    op.create_table(
        "flooders",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("floods", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_flooders"),
    )
    op.create_index("ix_flooders_since", "flooders", ["since"])


def downgrade() -> None:
    """Undo all of it; what was not told yet is lost."""
    for table in ("flooders", "told", "notices"):
        op.drop_table(table)
