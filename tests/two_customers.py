"""A shop in which Ana and Ben have a row in every table that has customers in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.orders.database import Database
from agent.orders.models import (
    AfterSale,
    AfterSaleLine,
    AuditEntry,
    ChatSession,
    Customer,
    Feedback,
    HandOff,
    OneTimeCode,
    Order,
    OrderLine,
    OutboxEvent,
    Payment,
    PaymentMethod,
    Product,
    Proposal,
    Receipt,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
    Turn,
    Variant,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CUSTOMERS = ("ana", "ben")


def fill(db: Database) -> None:
    """Both customers, their pending order W-ana and W-ben, and the product of both."""
    with db.write() as session:
        session.add(Product(id="p", title={"": "Tent"}, price_minor=100, currency="USD", stock=50))
        session.flush()
        session.add(Variant(product_id="p", id="v", price_minor=100, stock=50))
        for who in CUSTOMERS:
            for rows in _rows(who):
                session.add_all(rows)
                session.flush()


def _rows(who: str) -> list[list[Any]]:
    order = {"order_id": f"W-{who}"}
    own = {"customer_id": who}
    later = {"created_at": NOW, "expires_at": NOW + timedelta(minutes=15)}
    proposed = {"wish": {}, "terms": {}, "fingerprint": "", "code": "1234"}
    line = {"product_id": "p", "variant_id": "v", "title": {"": "Tent"}, "unit_price_minor": 100}
    paid = {"method_id": "card", "kind": "payment", "amount_minor": 100, "at": NOW}
    return [
        [Customer(id=who, email=f"{who}@example.com")],
        [PaymentMethod(**own, id="card", kind="credit_card", currency="USD")],
        [
            Order(
                id=f"W-{who}",
                number=f"w-{who}",
                **own,
                placed_at=NOW,
                status="pending",
                currency="USD",
                paid_minor=100,
            ),
            ChatSession(id=f"chat-{who}", **own, lang="en", created_at=NOW, updated_at=NOW),
            OneTimeCode(id=f"code-{who}", **own, code_hash="", **later),
        ],
        [
            OrderLine(**order, **own, line=1, quantity=1, **line),
            Payment(**order, **own, number=1, **paid),
            Shipment(**order, **own, number=1),
            AfterSale(**order, **own, kind="return", created_at=NOW),
            Proposal(
                id=f"proposal-{who}",
                session_id=f"chat-{who}",
                **own,
                **order,
                kind="return",
                **proposed,
                **later,
            ),
            Turn(
                id=f"turn-{who}",
                session_id=f"chat-{who}",
                number=1,
                lang="en",
                messages=[],
                trace={},
                seconds=1.0,
                created_at=NOW,
            ),
        ],
        [
            ShipmentLine(**order, shipment=1, line=1),
            ShipmentEvent(**order, shipment=1, number=1, at=NOW),
            AfterSaleLine(**order, line=1, quantity=1, amount_minor=100),
            Receipt(
                proposal_id=f"proposal-{who}", number=f"R-{who}", **own, terms={}, created_at=NOW
            ),
            AuditEntry(at=NOW, actor="customer", action="return", **own, **order),
            OutboxEvent(
                id=f"proposal-{who}",
                proposal_id=f"proposal-{who}",
                **own,
                kind="return",
                payload={},
                created_at=NOW,
                next_attempt_at=NOW,
            ),
            HandOff(
                reference=f"H-{who}",
                session_id=f"chat-{who}",
                reason="",
                summary="",
                created_at=NOW,
                updated_at=NOW,
            ),
            Feedback(turn_id=f"turn-{who}", score=1, created_at=NOW),
        ],
    ]
