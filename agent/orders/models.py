"""The shop's tables: catalogue, customers and orders. Conversations are in `chat_models`.

Amounts are integer minor units (`*_minor`), times are UTC, localised texts are JSON objects
({"en": …, "zh": …}, or {"": …} where a source has one unnamed language). Product and variant
ids in orders and reviews are no foreign keys: shops drop products, orders stay.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from agent.orders.base import Base, BigInt, Imported, check, one_of
from agent.orders.chat_models import ChatSession, Feedback, HandOff, HandOffStatus, Turn
from agent.orders.desk_models import (
    AfterSale,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleStatus,
    AuditEntry,
    DeliveryStatus,
    OneTimeCode,
    OutboxEvent,
    Proposal,
    ProposalKind,
    ProposalStatus,
    Receipt,
)
from agent.orders.privacy_models import Tombstone
from agent.orders.staff_models import StaffMember
from agent.sql.models import SqlAudit

__all__ = [
    "AfterSale",
    "AfterSaleKind",
    "AfterSaleLine",
    "AfterSaleStatus",
    "AuditEntry",
    "Base",
    "CatalogueVersion",
    "ChatSession",
    "Customer",
    "DeliveryStatus",
    "Feedback",
    "HandOff",
    "HandOffStatus",
    "MethodKind",
    "OneTimeCode",
    "Order",
    "OrderLine",
    "OrderStatus",
    "OutboxEvent",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "Policy",
    "Product",
    "Proposal",
    "ProposalKind",
    "ProposalStatus",
    "Receipt",
    "Review",
    "Shipment",
    "ShipmentEvent",
    "ShipmentLine",
    "SqlAudit",
    "StaffMember",
    "Tombstone",
    "Turn",
    "Variant",
]


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    PROCESSED = "processed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    EXCHANGE_REQUESTED = "exchange_requested"
    RETURNED = "returned"


class MethodKind(StrEnum):
    """What a customer can pay with."""

    CREDIT_CARD = "credit_card"
    PAYPAL = "paypal"
    GIFT_CARD = "gift_card"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"


class PaymentKind(StrEnum):
    """Which way the money went."""

    PAYMENT = "payment"
    REFUND = "refund"


class CatalogueVersion(Base):
    """One state of the catalogue, shared by these tables and the index on disk."""

    __tablename__ = "catalogue_version"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    product_count: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    __table_args__ = (check("product_count", "product_count >= 0"),)


class Product(Base):
    """What the shop sells. `stock` None: the shop does not say. `position`: catalogue order.

    `source_hash`: the digest of the catalogue's product that the row was written from.
    """

    __tablename__ = "product"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]] = mapped_column(default=dict)
    category: Mapped[dict[str, str]] = mapped_column(default=dict)
    brand: Mapped[str] = mapped_column(default="")
    price_minor: Mapped[BigInt]
    currency: Mapped[str] = mapped_column(String(3))
    stock: Mapped[BigInt | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rating: Mapped[float | None]
    review_count: Mapped[BigInt] = mapped_column(default=0)
    image_url: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(default=0, index=True)
    source_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    catalogue_version: Mapped[str | None] = mapped_column(ForeignKey("catalogue_version.id"))
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    variants: Mapped[list["Variant"]] = relationship(
        order_by="Variant.position", cascade="all, delete-orphan", passive_deletes=True
    )
    __table_args__ = (
        check("price", "price_minor >= 0"),
        check("currency", "length(currency) = 3"),
        check("stock", "stock >= 0"),
        check("rating", "rating BETWEEN 0 AND 5"),
        check("review_count", "review_count >= 0"),
    )


class Variant(Base):
    """One buyable form of a product; its id is unique within it. `stock` as the product's."""

    __tablename__ = "variant"

    product_id: Mapped[str] = mapped_column(
        ForeignKey("product.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    price_minor: Mapped[BigInt]
    stock: Mapped[BigInt | None]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (check("price", "price_minor >= 0"), check("stock", "stock >= 0"))


class Policy(Imported, Base):
    """One version of one policy in one language. `effective_to` is the last day it holds."""

    __tablename__ = "policy"

    id: Mapped[str] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(String(2), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        one_of("locale", ("en", "zh")),
        check("effective", "effective_to >= effective_from"),
    )


class Review(Imported, Base):
    """What a customer wrote of a product. `id` is the source's, or a hash of what it says.

    The last four are ours (`agent.reviews.scoring`): how it feels, from -1 to 1 as well, and of
    what; `scored_by` is the model's mark, empty while it has no score.
    """

    __tablename__ = "review"

    id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(index=True)
    rating: Mapped[int]
    text: Mapped[str]
    locale: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None]
    polarity: Mapped[str | None]
    sentiment: Mapped[float | None]
    aspects: Mapped[dict[str, Any] | None]
    scored_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    __table_args__ = (check("rating", "rating BETWEEN 1 AND 5"),)


class Customer(Imported, Base):
    """Who buys. `address` is {"line1", "line2", "city", "region", "postal_code", "country"};
    `email` is kept in lower case. `erased_at`: nobody any more, whose orders are kept."""

    __tablename__ = "customer"

    id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="", index=True)
    phone: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    address: Mapped[dict[str, str]] = mapped_column(default=dict)
    erased_at: Mapped[datetime | None]
    payment_methods: Mapped[list["PaymentMethod"]] = relationship(
        order_by="PaymentMethod.position", cascade="all, delete-orphan", passive_deletes=True
    )


class PaymentMethod(Base):
    """One way in which one customer can pay; the key begins with its owner on purpose."""

    __tablename__ = "payment_method"

    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    balance_minor: Mapped[BigInt | None]
    currency: Mapped[str] = mapped_column(String(3))
    position: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        one_of("kind", MethodKind),
        check("balance", "balance_minor >= 0"),
        check("gift_card", "(kind = 'gift_card') = (balance_minor IS NOT NULL)"),
        check("currency", "length(currency) = 3"),
    )


class Order(Imported, Base):
    """One order. `number` is its id as shoppers type it: no spaces, no '#', no case.

    `paid_minor` and `refunded_minor` are the sums of its payments; what was refunded can never
    exceed what was paid. `items_changed`, `cancel_reason` and `changed_here_at` are ours: an
    import leaves them as they are, but for the last, which ends with another record of the shop.
    """

    __tablename__ = "order"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    placed_at: Mapped[datetime]
    status: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    address: Mapped[dict[str, str]] = mapped_column(default=dict)
    paid_minor: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    refunded_minor: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    items_changed: Mapped[bool] = mapped_column(default=False, server_default=false())
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    changed_here_at: Mapped[datetime | None]
    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.line", cascade="all, delete-orphan", passive_deletes=True
    )
    shipments: Mapped[list["Shipment"]] = relationship(
        order_by="Shipment.number", cascade="all, delete-orphan", passive_deletes=True
    )
    payments: Mapped[list["Payment"]] = relationship(
        order_by="Payment.number", cascade="all, delete-orphan", passive_deletes=True
    )
    changes: Mapped[list[OutboxEvent]] = relationship(
        primaryjoin=lambda: Order.id == foreign(OutboxEvent.order_id),
        order_by=lambda: OutboxEvent.number,
        viewonly=True,
    )
    __table_args__ = (
        UniqueConstraint("id", "customer_id"),
        Index("ix_order_customer_id_placed_at", "customer_id", "placed_at"),
        one_of("status", OrderStatus),
        check("currency", "length(currency) = 3"),
        check("refunded", "refunded_minor BETWEEN 0 AND paid_minor"),
    )


def _of_order() -> ForeignKeyConstraint:
    """A row belongs to an order and to that order's owner, or it cannot exist."""
    return ForeignKeyConstraint(
        ["order_id", "customer_id"], ["order.id", "order.customer_id"], ondelete="CASCADE"
    )


class OrderLine(Base):
    """One line of an order, as it was sold."""

    __tablename__ = "order_line"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str]
    product_id: Mapped[str] = mapped_column(index=True)
    variant_id: Mapped[str | None]
    title: Mapped[dict[str, str]]
    options: Mapped[dict[str, str]] = mapped_column(default=dict)
    unit_price_minor: Mapped[BigInt]
    quantity: Mapped[int]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        _of_order(),
        check("line", "line >= 1"),
        check("unit_price", "unit_price_minor >= 0"),
        check("quantity", "quantity >= 1"),
    )


class Payment(Base):
    """Money in (`payment`) or out (`refund`); its method is one of the order's owner.

    What is not `settled` waits for goods that must come back first.
    """

    __tablename__ = "payment"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str]
    method_id: Mapped[str]
    kind: Mapped[str]
    amount_minor: Mapped[BigInt]
    settled: Mapped[bool] = mapped_column(default=True, server_default=true())
    at: Mapped[datetime]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    method: Mapped[PaymentMethod] = relationship(viewonly=True)
    __table_args__ = (
        _of_order(),
        ForeignKeyConstraint(
            ["customer_id", "method_id"], ["payment_method.customer_id", "payment_method.id"]
        ),
        one_of("kind", PaymentKind),
        check("amount", "amount_minor >= 0"),
    )


class Shipment(Base):
    """One parcel of an order, numbered from 1."""

    __tablename__ = "shipment"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str]
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    eta: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    lines: Mapped[list["ShipmentLine"]] = relationship(
        order_by="ShipmentLine.line", cascade="all, delete-orphan", passive_deletes=True
    )
    events: Mapped[list["ShipmentEvent"]] = relationship(
        order_by="ShipmentEvent.number", cascade="all, delete-orphan", passive_deletes=True
    )
    __table_args__ = (_of_order(),)


def _of_shipment() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["order_id", "shipment"], ["shipment.order_id", "shipment.number"], ondelete="CASCADE"
    )


class ShipmentLine(Base):
    """That a line of the order is in this parcel."""

    __tablename__ = "shipment_line"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    shipment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    __table_args__ = (
        _of_shipment(),
        ForeignKeyConstraint(
            ["order_id", "line"], ["order_line.order_id", "order_line.line"], ondelete="CASCADE"
        ),
    )


class ShipmentEvent(Base):
    """Where a parcel was seen. `place` and `text` are localised."""

    __tablename__ = "shipment_event"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    shipment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    place: Mapped[dict[str, str]] = mapped_column(default=dict)
    text: Mapped[dict[str, str]] = mapped_column(default=dict)
    __table_args__ = (_of_shipment(),)
