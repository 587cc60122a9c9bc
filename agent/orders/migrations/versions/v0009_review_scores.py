"""A review keeps how it feels, of what, and which model says so."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is scored yet: an import or `shopclerk reviews score` does it."""
    op.add_column("review", sa.Column("polarity", sa.String(), nullable=True))
    op.add_column("review", sa.Column("sentiment", sa.Double(), nullable=True))
    op.add_column("review", sa.Column("aspects", sa.JSON(), nullable=True))
    scored_by = sa.Column("scored_by", sa.String(64), nullable=False, server_default="")
    op.add_column("review", scored_by)


def downgrade() -> None:
    """Forget the scores."""
    for column in ("scored_by", "aspects", "sentiment", "polarity"):
        op.drop_column("review", column)
