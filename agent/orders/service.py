"""The order desk: what a shopper may see of their own orders.

The owner is part of the one query, so an order of somebody else and one that does not exist are
the same case with the same answer. Nothing is cached: every read is the database's present state.
"""

from zoneinfo import ZoneInfo

from agent.clock import Clock
from agent.context import Shopper
from agent.errors import InvalidInput, NotFound
from agent.orders.database import Database
from agent.orders.formats import order_number
from agent.orders.models import Order, OrderStatus
from agent.orders.views import OrderView, order_view, readable_orders

_NEWEST_FIRST = (Order.placed_at.desc(), Order.id)


class OrderDesk:
    """Reads orders for the shopper who owns them. Threads may share it."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    def list_orders(self, shopper: Shopper, status: str | None = None) -> list[OrderView]:
        """The orders that the shopper may read, newest first; an anonymous shopper has none.

        Raises InvalidInput for a status that no order can have.
        """
        query = readable_orders(shopper).order_by(*_NEWEST_FIRST)
        if status is not None:
            query = query.where(Order.status == _known(status))
        with self._db.read(shopper) as session:
            return [order_view(order, self._zone) for order in session.scalars(query)]

    def get_order(self, shopper: Shopper, order_id: str) -> OrderView:
        """One of these orders, its id matched without '#', spaces and case.

        Raises NotFound, worded alike for a missing order and for somebody else's.
        """
        query = readable_orders(shopper).where(Order.number == order_number(order_id))
        with self._db.read(shopper) as session:
            order = session.scalar(query)
            if order is None:
                raise NotFound("There is no order of yours with that number.")
            return order_view(order, self._zone)


def _known(status: str) -> OrderStatus:
    try:
        return OrderStatus(status)
    except ValueError:
        known = ", ".join(OrderStatus)
        raise InvalidInput(f"{status!r} is no order status; use one of {known}") from None
