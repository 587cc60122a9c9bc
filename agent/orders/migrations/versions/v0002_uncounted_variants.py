"""A variant's stock may be unknown, as a product's may: a shop need not count it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow NULL."""
    with op.batch_alter_table("variant") as table:
        table.alter_column("stock", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    """What nobody counts becomes none."""
    op.execute("UPDATE variant SET stock = 0 WHERE stock IS NULL")
    with op.batch_alter_table("variant") as table:
        table.alter_column("stock", existing_type=sa.BigInteger(), nullable=False)
