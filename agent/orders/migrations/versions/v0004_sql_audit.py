"""Every query of the staff's is kept, let through or not."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. The views that they ask are made by `env.py`, after every migration."""
    op.create_table(
        "sql_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("sql", sa.String(), nullable=False),
        sa.Column("ran", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('answered', 'refused', 'failed')", name=op.f("ck_sql_audit_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sql_audit")),
    )
    op.create_index(op.f("ix_sql_audit_at"), "sql_audit", ["at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("sql_audit")
