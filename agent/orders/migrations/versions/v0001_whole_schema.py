"""Create every table: catalogue, customers, orders, policies, reviews, conversations."""

import sqlalchemy as sa
from alembic import op

from agent.orders.base import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "catalogue_version",
    "customer",
    "policy",
    "review",
    "chat_session",
    "order",
    "payment_method",
    "product",
    "hand_off",
    "order_line",
    "payment",
    "shipment",
    "turn",
    "variant",
    "feedback",
    "shipment_event",
    "shipment_line",
)


def upgrade() -> None:
    """Create the tables, parents first."""
    op.create_table(
        "catalogue_version",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("product_count", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("product_count >= 0", name=op.f("ck_catalogue_version_product_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_version")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("anchored_at", UtcTime(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_email"), "customer", ["email"], unique=False)
    op.create_table(
        "policy",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("anchored_at", UtcTime(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("ck_policy_locale")),
        sa.CheckConstraint("effective_to >= effective_from", name=op.f("ck_policy_effective")),
        sa.PrimaryKeyConstraint("id", "locale", "version", name=op.f("pk_policy")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=True),
        sa.Column("source_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("anchored_at", UtcTime(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_review_rating")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_product_id"), "review", ["product_id"], unique=False)
    op.create_table(
        "chat_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("handles", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.CheckConstraint("lang IN ('en', 'zh')", name=op.f("ck_chat_session_lang")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_chat_session_customer"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_session")),
    )
    op.create_index(
        op.f("ix_chat_session_customer_id"), "chat_session", ["customer_id"], unique=False
    )
    op.create_table(
        "order",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("placed_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("anchored_at", UtcTime(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'processed', 'shipped', 'delivered', 'cancelled', "
            "'return_requested', 'exchange_requested', 'returned')",
            name=op.f("ck_order_status"),
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_order_currency")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_order_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("id", "customer_id", name=op.f("uq_order_id_customer_id")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
    )
    op.create_index(
        "ix_order_customer_id_placed_at", "order", ["customer_id", "placed_at"], unique=False
    )
    op.create_table(
        "payment_method",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'gift_card') = (balance_minor IS NOT NULL)",
            name=op.f("ck_payment_method_gift_card"),
        ),
        sa.CheckConstraint(
            "kind IN ('credit_card', 'paypal', 'gift_card', 'alipay', 'wechat_pay')",
            name=op.f("ck_payment_method_kind"),
        ),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_payment_method_balance")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payment_method_currency")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_payment_method_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("customer_id", "id", name=op.f("pk_payment_method")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("category", sa.JSON(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("review_count", sa.BigInteger(), nullable=False),
        sa.Column("image_url", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("catalogue_version", sa.String(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_product_currency")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_product_price")),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_product_rating")),
        sa.CheckConstraint("review_count >= 0", name=op.f("ck_product_review_count")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_product_stock")),
        sa.ForeignKeyConstraint(
            ["catalogue_version"],
            ["catalogue_version.id"],
            name=op.f("fk_product_catalogue_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index(op.f("ix_product_position"), "product", ["position"], unique=False)
    op.create_table(
        "hand_off",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'taken', 'closed')", name=op.f("ck_hand_off_status")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["chat_session.id"],
            name=op.f("fk_hand_off_chat_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_hand_off")),
    )
    op.create_index("ix_hand_off_session_id", "hand_off", ["session_id"], unique=False)
    op.create_index(
        "ix_hand_off_status_created_at", "hand_off", ["status", "created_at"], unique=False
    )
    op.create_table(
        "order_line",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("variant_id", sa.String(), nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("line >= 1", name=op.f("ck_order_line_line")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_line_quantity")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_order_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["order_id", "customer_id"],
            ["order.id", "order.customer_id"],
            name=op.f("fk_order_line_order"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_product_id"), "order_line", ["product_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("method_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('payment', 'refund')", name=op.f("ck_payment_kind")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["customer_id", "method_id"],
            ["payment_method.customer_id", "payment_method.id"],
            name=op.f("fk_payment_payment_method"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "customer_id"],
            ["order.id", "order.customer_id"],
            name=op.f("fk_payment_order"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_payment")),
    )
    op.create_table(
        "shipment",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column("eta", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "customer_id"],
            ["order.id", "order.customer_id"],
            name=op.f("fk_shipment_order"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_shipment")),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("lang IN ('en', 'zh')", name=op.f("ck_turn_lang")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["chat_session.id"],
            name=op.f("fk_turn_chat_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_turn_session_id_number")),
    )
    op.create_index(op.f("ix_turn_created_at"), "turn", ["created_at"], unique=False)
    op.create_table(
        "variant",
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_variant_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_variant_stock")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_variant_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "id", name=op.f("pk_variant")),
    )
    op.create_table(
        "feedback",
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("score IN (-1, 1)", name=op.f("ck_feedback_score")),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.id"], name=op.f("fk_feedback_turn"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_feedback")),
    )
    op.create_table(
        "shipment_event",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("shipment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "shipment"],
            ["shipment.order_id", "shipment.number"],
            name=op.f("fk_shipment_event_shipment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "shipment", "number", name=op.f("pk_shipment_event")),
    )
    op.create_table(
        "shipment_line",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("shipment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "line"],
            ["order_line.order_id", "order_line.line"],
            name=op.f("fk_shipment_line_order_line"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "shipment"],
            ["shipment.order_id", "shipment.number"],
            name=op.f("fk_shipment_line_shipment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "shipment", "line", name=op.f("pk_shipment_line")),
    )


def downgrade() -> None:
    """Drop them, children first."""
    for table in reversed(TABLES):
        op.drop_table(table)
