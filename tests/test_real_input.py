"""Another shop's real files, and bad ones, through the commands that people type."""

import json
import os
import random
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from agent.assistant import build_assistant
from agent.context import ANONYMOUS, Shopper
from agent.events import Event, Order, Products
from agent.orders.database import Database
from agent.orders.models import Customer, Product
from agent.orders.models import Order as StoredOrder
from agent.settings import CHECKOUT, Settings
from retrieval.dictionary import NAME as DICTIONARY
from tests.missing import missing
from tests.shared_data import shared_data
from tests.shop_fixtures import only, spoken

pytestmark = pytest.mark.integration

MAPPINGS = CHECKOUT / "data" / "mappings"
MODELS = CHECKOUT / "data" / "build" / "models"
EMBEDDER = MODELS / "multilingual-e5-small-shop"
BACKPACK = "6579c22f-be2b-444c-a52b-0116dd82df6c"  # the first row of the catalogue


@dataclass(frozen=True)
class Installation:
    """The installed command with a state folder of its own."""

    home: Path
    more: tuple[tuple[str, str], ...] = ()

    def run(
        self, *arguments: str | Path, timeout: float = 1100
    ) -> subprocess.CompletedProcess[str]:
        own = {"SHOPCLERK_HOME": str(self.home), "SHOPCLERK_EMBEDDER_DIR": str(EMBEDDER)}
        dictionary = self.home / "models" / DICTIONARY
        if not dictionary.exists():
            dictionary.parent.mkdir(parents=True, exist_ok=True)
            dictionary.symlink_to(MODELS / DICTIONARY, target_is_directory=True)
        return subprocess.run(
            [Path(sys.executable).parent / "shopclerk", *arguments],
            env=os.environ | own | dict(self.more),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def done(self, *arguments: str | Path) -> dict[str, object]:
        """Runs with --json; what it printed."""
        result = self.run(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        content: dict[str, object] = json.loads(result.stdout)
        return content

    def refused(self, *arguments: str | Path) -> list[str]:
        """Runs and fails; the lines on stderr, the last of which is the error."""
        result = self.run(*arguments)
        assert (result.returncode, result.stdout) == (1, ""), result.stderr
        assert "Traceback" not in result.stderr
        return result.stderr.splitlines()

    @property
    def settings(self) -> Settings:
        return Settings(_env_file=None, home=self.home, embedder_dir=EMBEDDER, model_port=9)

    def rows(self) -> dict[str, int]:
        """How much the database holds."""
        db = Database(self.settings.database)
        with db.read() as session:
            counts = {
                table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
                for table in (Product, Customer, StoredOrder)
            }
        db.dispose()
        return counts

    async def ask(self, *questions: str, shopper: Shopper = ANONYMOUS) -> list[list[Event]]:
        """Each question's events, from the assistant of this shop; no model answers on port 9."""
        assistant = build_assistant(self.settings)
        try:
            return [
                [event async for event in assistant.turn(uuid4().hex, shopper, question)]
                for question in questions
            ]
        finally:
            assistant.shop.close()


@pytest.fixture
def shop(tmp_path: Path) -> Installation:
    if not EMBEDDER.is_dir():
        missing("needs the prepared embedding model: run `make setup`")
    return Installation(tmp_path)


def cards(events: list[Event]) -> Products:
    """The one list of cards."""
    found = only(events, "products")
    assert isinstance(found, Products)
    return found


async def visit_both(shop: Installation, catalogue: Path, products: int) -> None:
    """Bring in the catalogue and the other shop's customers and orders, and ask about both."""
    mapped = ("--map", MAPPINGS / "retail_demo_store.yaml")
    built = shop.done("index", "update", catalogue, *mapped)
    assert (built["products"], built["added"], built["bad_rows"]) == (products, products, 0)
    again = shop.done("index", "update", catalogue, *mapped)
    assert (again["unchanged"], again["embedded"]) == (products, 0)
    source = shared_data("retail_orders")
    files = [source / name for name in ("users.json", "orders.json", "products.json")]
    mapped = ("--map", MAPPINGS / "retail_orders.yaml")
    counts = shop.done("import", *files, *mapped)["counts"]
    assert counts == {
        kind: {"new": new, "changed": 0, "unchanged": 0}
        for kind, new in (("customer", 500), ("order", 1000), ("product", 50))
    }
    assert shop.done("index", "rebuild")["products"] == products + 50

    theirs, others = await shop.ask("a rugged expedition backpack", "a water bottle")
    [pack] = [card for card in cards(theirs).items if card.id == BACKPACK]
    assert (pack.title, pack.price, pack.currency, pack.stock) == (
        "Adventure-Ready Expedition Backpack",
        "129.99",
        "USD",
        15,
    )
    assert pack.category == "accessories > backpack"
    assert "8310926033" in [card.id for card in cards(others).items]

    james = Shopper.signed_in("james_li_5688")
    own, foreign, missing = await shop.ask(
        "where is order #W2611340?",
        "where is order #W4817420?",
        "where is order #W0000000?",
        shopper=james,
    )
    order = only(own, "order")
    assert isinstance(order, Order)
    assert (order.id, order.status, order.total) == ("#W2611340", "processed", "536.65")
    assert [line.title for line in order.lines] == ["Water Bottle", "Office Chair"]
    assert spoken(foreign).replace("#W4817420", "#W0000000") == spoken(missing)
    assert "#W4817420" not in [event.id for event in foreign if isinstance(event, Order)]


@pytest.mark.timeout(1200)
async def test_a_shopper_asks_about_another_shop(shop: Installation, tmp_path: Path) -> None:
    """500 of the catalogue's 2,465 rows, drawn with a seed, so that they are embedded quickly."""
    source = shared_data("catalogues") / "retail_demo_store" / "products.jsonl"
    rows = source.read_text("utf-8").splitlines()
    sample = [rows[0], *random.Random(20261121).sample(rows[1:], 499)]
    catalogue = tmp_path / "products.jsonl"
    catalogue.write_text("\n".join(sample) + "\n", "utf-8")
    await visit_both(shop, catalogue, 500)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_shopper_asks_about_the_whole_of_it(shop: Installation) -> None:
    source = shared_data("catalogues") / "retail_demo_store" / "products.jsonl"
    await visit_both(shop, source, 2465)


# What is wrong with a file, said by the command; what was there before stays.

GOOD = {"id": "tent", "title": "Tent", "price": "249.00", "stock": 3}
ANA = {"id": "ana", "email": "ana@example.com"}
LINE = {"product_id": "tent", "title": "Tent", "unit_price": "249.00", "quantity": 1}
ORDER = {"id": "LP-1", "customer_id": "ana", "placed_at": "@-6d", "status": "pending"}


def write(file: Path, *rows: object) -> Path:
    """JSONL; bytes are written as they are."""
    lines = [
        r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in rows
    ]
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def test_a_catalogue_full_of_faults(shop: Installation, tmp_path: Path) -> None:
    cup = {"id": "cup", "title": "<p>Cup &amp; <b>saucer</b></p>", "price": "12.50"}
    bad = write(
        tmp_path / "bad.jsonl",
        GOOD,
        b'{"id": "a", "title": ',
        {"id": "tent", "title": "Another", "price": "1.00"},
        {"id": "c", "title": "No price"},
        b'{"id": "d", "title": "caf\xe9", "price": "1.00"}',
        cup,
    )
    done = shop.run("index", "update", bad)
    assert (done.returncode, done.stderr.splitlines()) == (
        0,
        [
            "bad row: bad.jsonl:2: broken JSON: Expecting value at column 21",
            "bad row: bad.jsonl:3: id: id 'tent' was already given at bad.jsonl:1; "
            "ids must be unique",
            "bad row: bad.jsonl:4: price: is missing",
            "bad row: bad.jsonl:5: is not UTF-8 (0xe9 at byte 26); save the file as UTF-8",
            "HTML was removed from 1 texts",
        ],
    )
    assert "2 products: 2 were added" in done.stdout
    assert "4 bad rows left out" in done.stdout
    db = Database(shop.settings.database)
    with db.read() as session:
        assert session.get_one(Product, "cup").title == {"": "Cup & saucer"}
        assert session.get_one(Product, "tent").price_minor == 24900
    db.dispose()
    before = shop.done("index", "status"), shop.rows()
    worst = write(tmp_path / "worst.jsonl", b"\xff\xfe", {"id": "x"})
    assert shop.refused("index", "update", worst)[-1] == (
        f"shopclerk: {worst}: is UTF-16; save it as UTF-8"
    )
    assert (shop.done("index", "status"), shop.rows()) == before


def test_orders_of_unknown_customers_change_nothing(shop: Installation, tmp_path: Path) -> None:
    known = write(tmp_path / "known.jsonl", ANA, ORDER | {"lines": [LINE]})
    shop.done("import", known)
    before = shop.rows()
    assert before == {"product": 0, "customer": 1, "order": 1}
    mixed = write(
        tmp_path / "mixed.jsonl",
        {"id": "ben", "email": "ben@example.com"},
        ORDER | {"id": "LP-2", "customer_id": "ben", "lines": [LINE]},
        ORDER | {"id": "LP-3", "customer_id": "nobody", "lines": [LINE]},
    )
    problem = "mixed.jsonl:3: customer_id: there is no customer 'nobody'"
    said = shop.refused("import", mixed)
    assert said[0] == problem
    assert said[-1].startswith("shopclerk: nothing was imported") and problem in said[-1]
    assert shop.rows() == before


def test_a_taken_port_is_refused_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop = Installation(tmp_path, (("SHOPCLERK_PORT", str(port)),))
        assert shop.refused("up") == [
            f"shopclerk: port {port} on 127.0.0.1 cannot be used (Address already in use); stop "
            f"the program that has it, or choose another, as in SHOPCLERK_PORT={port + 1}"
        ]
    assert [path.name for path in tmp_path.iterdir()] == ["models"], "the dictionary alone"


def test_a_missing_weight_file_is_named(tmp_path: Path) -> None:
    shop = Installation(tmp_path, (("SHOPCLERK_MODEL_FILE", "/nonexistent"),))
    [line] = shop.refused("model", "prepare")
    assert line.startswith("shopclerk: ") and "SHOPCLERK_MODEL_FILE: there is no file" in line
    assert list(tmp_path.rglob("*.safetensors")) == []
