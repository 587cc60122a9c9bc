"""A browser before the API of a small sample shop, whose assistant is scripted."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from scripted_assistant import ScriptedAssistant

from agent.orders.database import open_database
from agent.orders.models import Customer
from agent.settings import Settings
from ui.api import create_app

HERE = "http://127.0.0.1:7860"
SAMPLE_ID, SAMPLE_EMAIL = "C-2041", "dana.whitfield@example.com"


def settings_of(home: Path, **changes: object) -> Settings:
    """Settings of a shop in a folder of its own."""
    return Settings.model_validate({"home": home, **changes})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A migrated database with one sample customer, one who is not, and an index's pointer."""
    settings = settings_of(tmp_path)
    fill(settings)
    return settings


def fill(settings: Settings) -> None:
    """Put two customers in, and the pointer of an index."""
    db = open_database(settings)
    db.migrate()
    with db.write() as session:
        session.add(
            Customer(id=SAMPLE_ID, first_name="Dana", last_name="Whitfield", email=SAMPLE_EMAIL)
        )
        session.add(Customer(id="REAL-1", first_name="Real", email="real@example.com"))
        session.add(Customer(id="C-3186", first_name="Not Marcus", email="someone@example.com"))
    db.dispose()
    settings.index_dir.mkdir(parents=True)
    (settings.index_dir / "current").write_text("000001-0123456789ab seal\n", encoding="utf-8")


@pytest.fixture
def assistant() -> ScriptedAssistant:
    """An assistant without a pause."""
    return ScriptedAssistant()


@pytest.fixture
async def client(
    settings: Settings, assistant: ScriptedAssistant
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API without the page."""
    async with client_of(create_app(settings, assistant, page=False)) as client:
        yield client


def client_of(app: FastAPI, host: str = HERE) -> httpx.AsyncClient:
    """A browser, as far as cookies go."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=host)


def events_of(body: str) -> list[dict[str, object]]:
    """SSE frames as objects; the event's name must be its type."""
    found = []
    for frame in body.strip().split("\n\n"):
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found
