"""People, readings, corrections, kept texts, models, runs and trainers.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)
json = sa.JSON(none_as_null=True)
champion = sa.text("status = 'champion'")
active = sa.text("active")


def upgrade() -> None:
    """Make the first tables, those that others point to first."""
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("consent", sa.Boolean()),
        sa.Column("consent_at", moment),
        sa.Column("language", sa.Text()),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "models",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("metrics", json, nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("promoted_at", moment),
        sa.PrimaryKeyConstraint("version", name="pk_models"),
        sa.UniqueConstraint("sha256", name="uq_models_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_models_champion", "models", ["status"], unique=True, sqlite_where=champion, postgresql_where=champion
    )
    op.create_table(
        "bundles",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_bundles"),
        sa.ForeignKeyConstraint(["version"], ["models.version"], name="fk_bundles_version_models", ondelete="CASCADE"),
    )
    op.create_table(
        "readings",
        sa.Column("id", counting, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("reply_id", sa.BigInteger()),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("emotion", sa.SmallInteger()),
        sa.Column("unsure", sa.Text()),
        sa.Column("none", sa.Double(), nullable=False),
        sa.Column("sadness", sa.Double(), nullable=False),
        sa.Column("joy", sa.Double(), nullable=False),
        sa.Column("love", sa.Double(), nullable=False),
        sa.Column("anger", sa.Double(), nullable=False),
        sa.Column("fear", sa.Double(), nullable=False),
        sa.Column("surprise", sa.Double(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["model_version"], ["models.version"], name="fk_readings_model_version_models"),
        sa.CheckConstraint("emotion BETWEEN 0 AND 5", name=op.f("ck_readings_emotion")),
        sa.CheckConstraint("(emotion IS NULL) = (unsure IS NOT NULL)", name=op.f("ck_readings_unsure")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_readings_author_id", "readings", ["author_id"])
    op.create_table(
        "corrections",
        sa.Column("id", counting, nullable=False),
        sa.Column("reading_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("undone_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("reading_id", "person_id", name="uq_corrections_reading_id_person_id"),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.id"], name="fk_corrections_reading_id_readings", ondelete="CASCADE"
        ),
        sa.CheckConstraint("label BETWEEN 0 AND 6", name=op.f("ck_corrections_label")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_person_id", "corrections", ["person_id"])
    op.create_table(
        "texts",
        sa.Column("reading_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cipher", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reading_id", name="pk_texts"),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.id"], name="fk_texts_reading_id_readings", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_texts_key", "texts", ["key"])
    op.create_table(
        "runs",
        sa.Column("id", counting, nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.BigInteger()),
        sa.Column("chat_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("language", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", moment),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", moment),
        sa.Column("stage", sa.Text()),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("base", sa.Text()),
        sa.Column("report", json),
        sa.Column("verdict", json),
        sa.Column("outcome", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("log_tail", sa.Text()),
        sa.Column("candidate_version", sa.Integer()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("started_at", moment),
        sa.Column("finished_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["candidate_version"], ["models.version"], name="fk_runs_candidate_version_models"),
        sa.CheckConstraint("active = (state IN ('waiting', 'running'))", name=op.f("ck_runs_active")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_runs_active", "runs", ["active"], unique=True, sqlite_where=active, postgresql_where=active)
    op.create_table(
        "trainers",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_trainers"),
    )


def downgrade() -> None:
    """Drop them, and all that is in them."""
    for table in ("trainers", "runs", "texts", "corrections", "readings", "bundles", "models", "people"):
        op.drop_table(table)
