"""Staff have accounts, and conversations of their own."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is staff yet. Both databases add a column with its CHECK in place."""
    op.create_table(
        "staff",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("made_at_start", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_staff")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_id")),
    )
    op.execute(
        "ALTER TABLE chat_session ADD COLUMN staff_name VARCHAR CONSTRAINT ck_chat_session_owner "
        "CHECK (customer_id IS NULL OR staff_name IS NULL)"
    )


def downgrade() -> None:
    """Conversations of staff would be nobody's: they go."""
    op.execute("DELETE FROM chat_session WHERE staff_name IS NOT NULL")
    op.execute("ALTER TABLE chat_session DROP COLUMN staff_name")
    op.drop_table("staff")
