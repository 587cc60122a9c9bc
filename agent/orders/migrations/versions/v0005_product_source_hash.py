"""A product remembers what it was written from, so that an update need not compare all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; empty, the next update compares the product whole."""
    column = sa.Column("source_hash", sa.String(64), nullable=False, server_default="")
    op.add_column("product", column)


def downgrade() -> None:
    """Forget it."""
    op.drop_column("product", "source_hash")
