"""What the rules look at: one order of one customer, their methods, and the variants on offer."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.cards import options_text
from agent.context import Shopper
from agent.errors import NotFound
from agent.orders.formats import order_number
from agent.orders.models import AfterSale, Customer, Order, PaymentMethod, Product, Variant
from agent.orders.views import OrderView, order_view, own_orders


@dataclass(frozen=True, slots=True)
class Method:
    """One way in which the customer can pay; `balance` in minor units, of gift cards alone."""

    id: str
    kind: str
    label: str
    balance: int | None
    currency: str

    @property
    def is_gift_card(self) -> bool:
        """Whether it can only pay what it holds."""
        return self.balance is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant as it is on offer now; `stock` None: not counted. `options` is localised."""

    product_id: str
    id: str
    options: dict[str, str]
    price: int
    currency: str
    stock: int | None


@dataclass(frozen=True)
class OrderState:
    """One order and everything that decides on what may be done with it."""

    order: OrderView
    items_changed: bool
    has_after_sale: bool
    methods: tuple[Method, ...]
    choices: tuple[Choice, ...]
    categories: dict[str, frozenset[str]]

    def method(self, method_id: str) -> Method | None:
        """The customer's method of this id."""
        return next((method for method in self.methods if method.id == method_id), None)

    def choices_of(self, product_id: str) -> list[Choice]:
        """The variants of a product that the shop has now."""
        return [choice for choice in self.choices if choice.product_id == product_id]


def find_order(session: Session, shopper: Shopper, order_id: str, *, lock: bool = False) -> Order:
    """The shopper's own order. Raises NotFound, alike for a missing and for a foreign one.

    With `lock` nobody else changes it before this transaction ends.
    """
    own = own_orders(shopper).where(Order.number == order_number(order_id))
    if lock:
        own = own.with_for_update(of=Order)
    order = session.scalar(own)
    if order is None:
        raise NotFound("There is no order of yours with that number.")
    return order


def read_state(session: Session, order: Order, zone: ZoneInfo, *, lock: bool = False) -> OrderState:
    """Everything about `order` that the rules need.

    With `lock` the rows are locked, always in this sequence, so that two confirmations wait for
    one another and never in a circle: the order (by the caller), methods, products, variants.
    """
    methods = read_methods(session, order.customer_id, lock=lock)
    choices, categories = _on_offer(session, {line.product_id for line in order.lines}, lock=lock)
    return OrderState(
        order=order_view(order, zone),
        items_changed=order.items_changed,
        has_after_sale=session.get(AfterSale, order.id) is not None,
        methods=methods,
        choices=choices,
        categories=categories,
    )


def read_methods(session: Session, customer_id: str, *, lock: bool = False) -> tuple[Method, ...]:
    """The customer's ways to pay."""
    query = select(PaymentMethod).where(PaymentMethod.customer_id == customer_id)
    query = query.order_by(PaymentMethod.id).execution_options(populate_existing=True)
    rows = session.scalars(query.with_for_update() if lock else query)
    return tuple(
        Method(row.id, row.kind, row.label or row.kind, row.balance_minor, row.currency)
        for row in rows
    )


def read_customer(session: Session, shopper: Shopper, *, lock: bool = False) -> Customer:
    """The shopper's own record. Raises NotFound for an anonymous one."""
    found = session.get(Customer, shopper.customer_id or "", with_for_update=lock or None)
    if found is None:
        raise NotFound("There is no such customer.")
    return found


def _on_offer(
    session: Session, product_ids: Iterable[str], *, lock: bool
) -> tuple[tuple[Choice, ...], dict[str, frozenset[str]]]:
    """The variants of these products, and the products' categories in every language."""
    wanted = sorted(product_ids)
    of_products = select(Product).where(Product.id.in_(wanted)).order_by(Product.id)
    of_variants = (
        select(Variant)
        .where(Variant.product_id.in_(wanted))
        .order_by(Variant.product_id, Variant.position)
    )
    if lock:
        of_products, of_variants = of_products.with_for_update(), of_variants.with_for_update()
    products = {row.id: row for row in session.scalars(of_products)}
    choices = tuple(_choice(row, products[row.product_id]) for row in session.scalars(of_variants))
    return choices, {id_: frozenset(row.category.values()) for id_, row in products.items()}


def _choice(row: Variant, product: Product) -> Choice:
    en, zh = options_text(row.attributes, "en"), options_text(row.attributes, "zh")
    options = {"": en} if en == zh else {"en": en, "zh": zh}
    return Choice(row.product_id, row.id, options, row.price_minor, product.currency, row.stock)
