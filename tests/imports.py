"""What the tests of imports share: records, the folder that they are put in, and the import."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from agent.clock import pinned_clock
from agent.errors import ImportFileError
from agent.orders.database import Database
from agent.orders.importer import ImportReport, import_files
from agent.orders.models import Base

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
CARD = {"id": "card", "kind": "credit_card", "label": "visa"}
ANA = {"id": "ana", "email": "ana@example.com", "payment_methods": [CARD]}
LINE = {"product_id": "mug", "title": "Mug", "unit_price": "12.50", "quantity": 1}
PAID = {"kind": "payment", "amount": "12.50", "method_id": "card"}
ORDER: dict[str, Any] = {
    "id": "LP-1",
    "customer_id": "ana",
    "placed_at": "@-6d",
    "status": "pending",
    "lines": [LINE],
    "payments": [PAID],
}
REVIEW = {"product_id": "mug", "rating": 5, "text": "好杯子", "locale": "zh", "at": "@-37d"}
POLICY = """---
id: returns
title: Returns
locale: en
version: 1.10
effective_from: 2026-01-01
effective_to: 2026-12-31
rules:
  return_window_days: 30
owner: Ana
---
# Returns

You have 30 days.
"""

Import = Callable[..., ImportReport]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def bring(db: Database, folder: Path) -> Import:
    """Import everything in the folder, or the named files in it."""

    def run(*names: str, now: datetime = NOW, **more: Any) -> ImportReport:
        files = [folder / name for name in names] or sorted(folder.glob("*.jsonl"))
        return import_files(db, files, clock=pinned_clock(now), **more)

    return run


def put(folder: Path, name: str, *records: Any) -> Path:
    texts = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    (folder / name).write_text("\n".join(texts) + "\n", "utf-8")
    return folder / name


def count(db: Database, table: type[Base]) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def refused(bring: Import, *names: str) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        bring(*names)
    assert "\n" not in str(caught.value)
    return caught.value.problems
