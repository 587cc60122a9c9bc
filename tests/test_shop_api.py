"""POST /v1/shop/changes/{id}, the background deliverer and `shopclerk outbox`."""

import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from scripted_assistant import ScriptedAssistant

from agent.clock import system_clock
from agent.orders.channels import ChangeFile, open_channel
from agent.orders.database import open_database
from agent.orders.outbox import Outbox
from agent.settings import Settings
from agent.signing import sign
from tests.desk import CUSTOMER, MUG, Desk, order, wishes
from tests.desk import desk as desk
from tests.shop_server import SECRET, open_shop_server
from ui.api import create_app
from ui.cli import cli
from ui.deliverer import Deliverer, delivering
from ui.examination import examine

HERE = "http://127.0.0.1:7860"


def settings_of(desk: Desk, home: Path, **more: Any) -> Settings:
    url = desk.db.url.render_as_string(hide_password=False)
    return Settings.model_validate({"home": home, "database_url": url, **more})


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = settings_of(desk, tmp_path, webhook_secret=SECRET)
    app = create_app(settings, ScriptedAssistant(), page=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE) as http:
        yield http


async def say(
    client: httpx.AsyncClient, id_: str, late: int = 0, path: str = "", **said: Any
) -> httpx.Response:
    body = json.dumps({"id": id_, **said}, ensure_ascii=False).encode()
    headers = sign(SECRET, "msg-1", body, system_clock() - timedelta(seconds=late))
    return await client.post(f"/v1/shop/changes/{path or id_}", content=body, headers=headers)


async def test_the_shop_answers_over_http(client: httpx.AsyncClient, desk: Desk) -> None:
    before = desk.snapshot("P-1")
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    assert (await say(client, id_, status="accepted")).json() == {
        "id": id_,
        "status": "accepted",
        "needs_staff": False,
    }
    for _ in range(2):
        answer = await say(client, id_, status="refused", reason="已经发货")
        assert (answer.status_code, answer.json()["status"]) == (200, "refused")
    assert desk.snapshot("P-1") == before
    answer = await say(client, id_, status="accepted")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


async def test_what_is_no_answer_of_the_shop(client: httpx.AsyncClient, desk: Desk) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    other = desk.confirm(wishes("P-2", "D-1")["cancellation"])
    after = desk.snapshot("P-1"), desk.snapshot("P-2")
    body = {"id": id_, "status": "refused"}
    unsigned = await client.post(f"/v1/shop/changes/{id_}", json=body)
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "bad_signature")
    assert (await say(client, id_, late=301, status="refused")).status_code == 401
    elsewhere = await say(client, id_, path=other, status="refused")
    assert elsewhere.json()["error"]["message"] == "id: is not the change of the address"
    assert (await say(client, id_, status="perhaps")).status_code == 422
    assert (await say(client, id_, status="refused", order_status="lost")).status_code == 422
    assert (await say(client, "nothing", status="refused")).status_code == 404
    # What we sent to the shop ourselves, sent back to us, is no answer.
    sent = Outbox(desk.db, desk.clock).events()[0].payload
    assert (await say(client, sent.pop("id"), **sent)).status_code == 422
    assert (desk.snapshot("P-1"), desk.snapshot("P-2")) == after


async def test_without_a_secret_nobody_can_answer(desk: Desk, tmp_path: Path) -> None:
    app = create_app(settings_of(desk, tmp_path), ScriptedAssistant(), page=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE) as http:
        assert (await say(http, "x", status="accepted")).status_code == 404


def test_the_server_delivers_in_the_background(desk: Desk, tmp_path: Path) -> None:
    with open_shop_server() as shop:
        settings = settings_of(desk, tmp_path, webhook_url=shop.url, webhook_secret=SECRET)
        with delivering(settings):
            ids = [desk.confirm(wishes("P-1", "D-1")[kind]) for kind in ("address_change",)]
            ids.append(desk.confirm(wishes("P-2", "D-1")["cancellation"]))
            wait_until(lambda: len(shop.acted) == 2)
        assert [change["id"] for change in shop.acted] == ids


def test_the_deliverer_outlives_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    thread = Deliverer(settings, open_channel(settings), every=0.01)
    thread.start()
    db = open_database(settings)
    thread.join(0.3)
    assert thread.is_alive()
    db.migrate()
    made = Desk(db, tmp_path)
    made.products(MUG)
    made.bring(CUSTOMER, order("P-1", "pending"))
    id_ = made.confirm(wishes("P-1", "")["cancellation"])
    wait_until(settings.changes_file.exists)
    wait_until(lambda: id_ in settings.changes_file.read_text("utf-8"))
    thread.stop()
    assert not thread.is_alive()
    db.dispose()


def wait_until(holds: Any, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(*arguments: str, fails: bool = False) -> Any:
    done = CliRunner().invoke(cli, ["outbox", *arguments, "--json"])
    assert bool(done.exception) == fails, done.output
    return json.loads(done.stdout) if done.stdout else done.exception


def test_the_command(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(desk, tmp_path)
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPCLERK_DATABASE_URL", settings.database_url)
    before = desk.snapshot("P-1")
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    # One that begins with a dash would be taken for an option.
    assert id_.isalnum()
    (listed,) = run("list", "--status", "waiting")["changes"]
    assert (listed["id"], listed["kind"], listed["order_id"]) == (id_, "cancellation", "P-1")
    settings.changes_file.parent.write_text("in the way")
    assert run("deliver", fails=True) == {"delivered": 0, "waiting": 1, "failed": 0}
    assert "cannot be written" in run("list")["changes"][0]["last_error"]
    settings.changes_file.parent.unlink()
    assert run("retry", "--all") == {"due": 1}
    assert run("deliver") == {"delivered": 1, "waiting": 0, "failed": 0}
    assert json.loads(settings.changes_file.read_text("utf-8"))["id"] == id_
    assert run("answer", id_, "refused", "--reason", "it has left")["answer"] == "it has left"
    assert desk.snapshot("P-1") == before
    assert "nothing" in str(run("retry", "nothing", fails=True))
    first = desk.confirm(wishes("P-2", "D-1")["address_change"])
    desk.confirm(wishes("P-2", "D-1")["cancellation"])
    assert run("answer", first, "refused")["needs_staff"] is True
    assert run("done", first) == {"done": first}
    assert "waits for staff" in str(run("done", first, fails=True))
    plain = CliRunner().invoke(cli, ["outbox", "list", "--status", "refused"])
    assert [line.split()[2:5] for line in plain.stdout.splitlines()] == [
        ["refused", first, "address_change"],
        ["refused", id_, "cancellation"],
    ]


def test_doctor_says_what_waits(desk: Desk, tmp_path: Path) -> None:
    settings = settings_of(desk, tmp_path)

    def found() -> tuple[str, str]:
        finding = next(f for f in examine(settings) if f.what == "changes")
        return finding.verdict, finding.found

    assert found() == ("ok", f"0 waiting; they go to {settings.changes_file}")
    desk.now = system_clock() - timedelta(minutes=30)
    desk.bring(order("P-3", "pending"))
    desk.confirm(wishes("P-3", "D-1")["cancellation"])
    assert found()[0] == "note"
    assert found()[1].startswith("1 waiting and 0 failed, the oldest for 30 minutes")
    outbox = Outbox(desk.db, desk.clock, attempts=1)
    (tmp_path / "file").touch()
    assert outbox.deliver_next(ChangeFile(tmp_path / "file" / "x.jsonl")) == "failed"
    assert found()[0] == "fault"
    broken = settings_of(desk, tmp_path, webhook_url="http://127.0.0.1:9/")
    findings = {f.what: f.verdict for f in examine(broken)}
    assert findings["changes"] == "fault"
