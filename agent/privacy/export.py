"""Everything held on a customer as one JSON object; docs/privacy.md documents its form."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.orders.money import to_text
from agent.privacy.holdings import Holdings, Row, read_holdings
from agent.privacy.needles import needles
from agent.privacy.state_files import mentioning

FORMAT = "shopclerk-privacy-export/1"
_SECRET = {"code", "code_hash", "fingerprint", "source_hash"}


def export(session: Session, customer_id: str, home: Path, now: datetime) -> dict[str, Any]:
    """What a customer may see of themselves. Raises NotFound."""
    held = read_holdings(session, customer_id)
    if not held["customer"] or held.customer["erased_at"] is not None:
        raise NotFound(f"there is no customer {customer_id}")
    files = mentioning(home, needles(held))
    return {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "customer": _customer(held),
        "orders": [order_record(held, order) for order in held["order"]],
        "after_sales": [_after_sale(held, row) for row in held["after_sale"]],
        "proposals": [_plain(row) for row in held["proposal"]],
        "receipts": [_plain(row) for row in held["receipt"]],
        "delivered_changes": [_plain(row) for row in held["outbox"]],
        "conversations": [_conversation(held, row) for row in held["chat_session"]],
        "reviews": [_plain(row) for row in held["review"]],
        "audit": [_plain(row) for row in held["audit"]],
        "one_time_codes": [_plain(row) for row in held["one_time_code"]],
        "files": [{"file": name, "text": text} for name, text in files],
    }


def write_export(path: Path, body: dict[str, Any]) -> None:
    """Write it for its owner's eyes alone, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")
    beside.replace(path)


def order_record(held: Holdings, order: Row) -> dict[str, Any]:
    """An order in the format that `shopclerk import` reads."""
    of, currency = order["id"], order["currency"]
    return {
        "id": of,
        "customer_id": order["customer_id"],
        "placed_at": order["placed_at"].isoformat(),
        "status": order["status"],
        "currency": currency,
        "address": order["address"],
        "lines": [_line(row, currency) for row in held["order_line"] if row["order_id"] == of],
        "payments": [_payment(row, currency) for row in held["payment"] if row["order_id"] == of],
        "shipments": [_parcel(held, row) for row in held["shipment"] if row["order_id"] == of],
        **({"cancel_reason": order["cancel_reason"]} if order["cancel_reason"] else {}),
        **order["extra"],
    }


def _customer(held: Holdings) -> dict[str, Any]:
    row = held.customer
    names = ("id", "first_name", "last_name", "email", "phone", "locale", "address")
    methods = [
        {"id": m["id"], "kind": m["kind"], "label": m["label"]}
        | ({} if m["balance_minor"] is None else {"balance": _amount(m, "balance_minor")})
        | m["extra"]
        for m in held["payment_method"]
    ]
    return {name: row[name] for name in names} | {"payment_methods": methods, **row["extra"]}


def _amount(row: Row, column: str, currency: str = "") -> str:
    return to_text(row[column], currency or row["currency"])


def _line(row: Row, currency: str) -> dict[str, Any]:
    names = ("line", "product_id", "variant_id", "title", "options", "quantity")
    price = _amount(row, "unit_price_minor", currency)
    return {name: row[name] for name in names} | {"unit_price": price, **row["extra"]}


def _payment(row: Row, currency: str) -> dict[str, Any]:
    amount = _amount(row, "amount_minor", currency)
    known = {"kind": row["kind"], "amount": amount, "method_id": row["method_id"]}
    return known | {"at": row["at"].isoformat(), **row["extra"]}


def _parcel(held: Holdings, row: Row) -> dict[str, Any]:
    def own(name: str) -> list[Row]:
        key = row["order_id"], row["number"]
        return [part for part in held[name] if (part["order_id"], part["shipment"]) == key]

    events = [
        {"at": e["at"].isoformat(), "place": e["place"], "text": e["text"]}
        for e in own("shipment_event")
    ]
    return {
        "carrier": row["carrier"],
        "tracking_number": row["tracking_number"],
        "lines": [part["line"] for part in own("shipment_line")],
        "eta": _json(row["eta"]),
        "delivered_at": _json(row["delivered_at"]),
        "events": events,
        **row["extra"],
    }


def _after_sale(held: Holdings, row: Row) -> dict[str, Any]:
    lines = [p for p in held["after_sale_line"] if p["order_id"] == row["order_id"]]
    return _plain(row) | {"lines": [_plain(line) for line in lines]}


def _conversation(held: Holdings, chat: Row) -> dict[str, Any]:
    turns = [row for row in held["turn"] if row["session_id"] == chat["id"]]
    ids = {turn["id"] for turn in turns}
    turns.sort(key=lambda turn: int(turn["number"]))
    return _plain(chat) | {
        "turns": [_plain(turn) for turn in turns],
        "hand_offs": [_plain(r) for r in held["hand_off"] if r["session_id"] == chat["id"]],
        "feedback": [_plain(r) for r in held["feedback"] if r["turn_id"] in ids],
    }


def _plain(row: Row) -> dict[str, Any]:
    return {name: _json(value) for name, value in row.items() if name not in _SECRET}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
