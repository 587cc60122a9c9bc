"""The order desk: proposals, receipts, after-sales, one-time codes, the audit and the outbox."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "receipt",
    "outbox",
    "after_sale_line",
    "proposal",
    "after_sale",
    "one_time_code",
    "audit",
)
_ADDED = {
    "order": ("refunded_minor", "paid_minor", "items_changed", "cancel_reason", "changed_here_at"),
    "payment": ("settled",),
}


def upgrade() -> None:
    """Create the tables; sum up what was paid and refunded so far."""
    _add_columns()
    _create_tables()


def _add_columns() -> None:
    # SQLite can alter "order" only by such statements: made anew, it would lose what refers to it.
    op.add_column(
        "order", sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.execute(
        """ALTER TABLE "order" ADD COLUMN refunded_minor BIGINT DEFAULT 0 NOT NULL
        CONSTRAINT ck_order_refunded CHECK (refunded_minor BETWEEN 0 AND paid_minor)"""
    )
    op.add_column(
        "order",
        sa.Column("items_changed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "order", sa.Column("cancel_reason", sa.String(), server_default="", nullable=False)
    )
    op.add_column("order", sa.Column("changed_here_at", UtcTime(), nullable=True))
    op.add_column(
        "payment", sa.Column("settled", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    for column, kind in (("paid_minor", "payment"), ("refunded_minor", "refund")):
        op.execute(
            f"""UPDATE "order" SET {column} = COALESCE((SELECT SUM(amount_minor) FROM payment
            WHERE payment.order_id = "order".id AND payment.kind = '{kind}'), 0)"""  # noqa: S608
        )


def _create_tables() -> None:
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("proposal_id", sa.String(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_customer_id"), "audit", ["customer_id"], unique=False)
    op.create_index(op.f("ix_audit_order_id"), "audit", ["order_id"], unique=False)
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_one_time_code_attempts")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_one_time_code_expires")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_one_time_code_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(
        op.f("ix_one_time_code_customer_id"), "one_time_code", ["customer_id"], unique=False
    )
    op.create_table(
        "after_sale",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.CheckConstraint("kind IN ('return', 'exchange')", name=op.f("ck_after_sale_kind")),
        sa.CheckConstraint(
            "status IN ('requested', 'completed', 'refused')", name=op.f("ck_after_sale_status")
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "customer_id"],
            ["order.id", "order.customer_id"],
            name=op.f("fk_after_sale_order"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_after_sale")),
    )
    op.create_index(op.f("ix_after_sale_created_at"), "after_sale", ["created_at"], unique=False)
    op.create_index("ix_after_sale_customer_id", "after_sale", ["customer_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'profile_change') = (order_id IS NULL)", name=op.f("ck_proposal_order")
        ),
        sa.CheckConstraint(
            "kind IN ('cancellation', 'address_change', 'payment_change', 'item_change', 'return', "
            "'exchange', 'profile_change')",
            name=op.f("ck_proposal_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'dismissed', 'replaced')",
            name=op.f("ck_proposal_status"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_proposal_expires")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_proposal_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "customer_id"],
            ["order.id", "order.customer_id"],
            name=op.f("fk_proposal_order"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_customer_id", "proposal", ["customer_id"], unique=False)
    op.create_index("ix_proposal_order_id", "proposal", ["order_id"], unique=False)
    op.create_index(
        "ix_proposal_session_id_created_at", "proposal", ["session_id", "created_at"], unique=False
    )
    op.create_table(
        "after_sale_line",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("to_variant_id", sa.String(), nullable=True),
        sa.Column("to_price_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(to_variant_id IS NULL) = (to_price_minor IS NULL)", name=op.f("ck_after_sale_line_to")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_after_sale_line_amount")),
        sa.CheckConstraint("line >= 1", name=op.f("ck_after_sale_line_line")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_after_sale_line_quantity")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["after_sale.order_id"],
            name=op.f("fk_after_sale_line_after_sale"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_after_sale_line")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'delivered', 'accepted', 'refused', 'failed')",
            name=op.f("ck_outbox_status"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_outbox_proposal"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_outbox_proposal_id")),
    )
    op.create_index(op.f("ix_outbox_order_id"), "outbox", ["order_id"], unique=False)
    op.create_index(
        "ix_outbox_status_next_attempt_at", "outbox", ["status", "next_attempt_at"], unique=False
    )
    op.create_table(
        "receipt",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_receipt_proposal"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
    )


def downgrade() -> None:
    """Drop them; what they say is lost."""
    for name in TABLES:
        op.drop_table(name)
    for table, columns in _ADDED.items():
        for column in columns:
            op.execute(f'ALTER TABLE "{table}" DROP COLUMN {column}')
