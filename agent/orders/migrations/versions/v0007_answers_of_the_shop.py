"""What became of a change that the shop refused: who must look at it, whether it was told."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns."""
    op.add_column(
        "outbox",
        sa.Column("needs_staff", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("outbox", sa.Column("told_at", UtcTime(), nullable=True))
    op.create_index("ix_outbox_customer_id_status", "outbox", ["customer_id", "status"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_outbox_customer_id_status", "outbox")
    for column in ("needs_staff", "told_at"):
        op.execute(f"ALTER TABLE outbox DROP COLUMN {column}")
