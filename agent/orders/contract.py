"""What the shop's own system is told of a change: one JSON object, the contract `version` 1.

    version       1; a field may be added without a new version, none is changed or dropped
    id            the proposal's id, the same however often it is sent: act on it once
    kind          cancellation, address_change, payment_change, item_change, return, exchange,
                  profile_change
    receipt       the number that the shopper has
    order_id      as the shop spelled it; null for profile_change
    customer_id   likewise
    at            when it took effect, ISO 8601 in UTC
    currency      of every amount in it; "" for profile_change
    status_before, status_after   of the order (DESIGN section 5); null for profile_change
    reason        why, in the shopper's or the policy's words; "" where none was asked for
    lines         [{line, quantity, whole, product_id, title, before, after}]: what is cancelled,
                  changed or sent back. `before` and `after` are {variant_id, options, unit_price,
                  unit_price_minor}; `after` is null where nothing takes its place. `whole` false:
                  only `quantity` of the line
    money         [{kind, amount, amount_minor, method_id, method_kind, method, settled}]: `kind` is
                  payment (from the shopper) or refund; what is not `settled` is due when the goods
                  are back
    stock         [{product_id, variant_id, change}]: pieces that Shopclerk reserved (negative) or
                  gave back; `variant_id` is null for a product without variants
    address_before, address_after   {line1, line2, city, region, postal_code, country}, or null

An amount is a decimal string in major units; the field with `_minor` is the same in minor units.
"""

from datetime import datetime
from typing import Any

from agent.orders.models import Proposal
from agent.orders.money import to_text
from agent.orders.terms import LineTerm, MoneyTerm, StockTerm, Terms

VERSION = 1


def change_payload(proposal: Proposal, receipt: str, now: datetime) -> dict[str, Any]:
    """The whole message about one confirmed proposal."""
    terms = Terms.model_validate(proposal.terms)
    return {
        "version": VERSION,
        "id": proposal.id,
        "kind": proposal.kind,
        "receipt": receipt,
        "order_id": proposal.order_id,
        "customer_id": proposal.customer_id,
        "at": now.isoformat(),
        "currency": terms.currency,
        "status_before": terms.status_before,
        "status_after": terms.status_after,
        "reason": terms.reason,
        "lines": [_line(line, terms.currency) for line in terms.lines],
        "money": [_money(money, terms.currency) for money in terms.money],
        "stock": [_stock(stock) for stock in terms.stock],
        "address_before": terms.address_before or None,
        "address_after": terms.address_after or None,
    }


def _line(line: LineTerm, currency: str) -> dict[str, Any]:
    after = None
    if line.after_price is not None:
        after = _variant(line.after_variant, line.after, line.after_price, currency)
    return {
        "line": line.line,
        "quantity": line.quantity,
        "whole": line.whole,
        "product_id": line.product_id,
        "title": line.title,
        "before": _variant(line.before_variant, line.before, line.before_price, currency),
        "after": after,
    }


def _variant(id_: str | None, options: dict[str, str], price: int, currency: str) -> dict[str, Any]:
    return {
        "variant_id": id_,
        "options": options,
        "unit_price": to_text(price, currency),
        "unit_price_minor": price,
    }


def _money(money: MoneyTerm, currency: str) -> dict[str, Any]:
    return {
        "kind": money.kind,
        "amount": to_text(money.amount, currency),
        "amount_minor": money.amount,
        "method_id": money.method_id,
        "method_kind": money.method_kind,
        "method": money.method,
        "settled": money.settled,
    }


def _stock(stock: StockTerm) -> dict[str, Any]:
    return {
        "product_id": stock.product_id,
        "variant_id": stock.variant_id or None,
        "change": stock.change,
    }
