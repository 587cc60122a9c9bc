"""Customers who were erased: what an import knows them by, and whose anonymous orders stay."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was erased so far."""
    op.create_table(
        "tombstone",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("key_mark", sa.String(length=16), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_tombstone")),
    )
    op.create_index(op.f("ix_tombstone_email_hash"), "tombstone", ["email_hash"], unique=False)
    op.add_column("customer", sa.Column("erased_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """An import would bring erased customers back afterwards."""
    op.execute("ALTER TABLE customer DROP COLUMN erased_at")
    op.drop_table("tombstone")
