"""Changes on their way to the shop: signed, in order, retried, acted on once, on both databases."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import system_clock
from agent.errors import BadSignature, DeliveryFailed, NotFound, SettingsError
from agent.orders.answers import Answer
from agent.orders.channels import ChangeFile, Message, Webhook, open_channel
from agent.orders.models import OutboxEvent
from agent.orders.outbox import Outbox, backoff
from agent.orders.wishes import Cancellation, ProfileChange
from agent.settings import Settings
from agent.signing import sign, verify
from tests.desk import ELSEWHERE, NOW, Desk, order, wishes
from tests.desk import desk as desk
from tests.shop_server import SECRET, Shop, open_shop_server


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop_server() as server:
        yield server


@pytest.fixture
def webhook(shop: Shop) -> Iterator[Webhook]:
    channel = Webhook(shop.url, SECRET, system_clock, timeout=1.0)
    yield channel
    channel.close()


@pytest.fixture
def outbox(desk: Desk) -> Outbox:
    return Outbox(desk.db, desk.clock, jitter=lambda: 0.0)


def event_of(outbox: Outbox, id_: str) -> OutboxEvent:
    return next(event for event in outbox.events() if event.id == id_)


def test_the_message_is_the_contract(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook
) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["item_change"])
    assert outbox.deliver_next(webhook) == "delivered"
    assert outbox.deliver_next(webhook) is None
    red = {"variant_id": "red", "unit_price": "12.50", "unit_price_minor": 1250}
    blue = {
        "variant_id": "blue",
        "options": {"": "blue"},
        "unit_price": "15.00",
        "unit_price_minor": 1500,
    }
    line = {"product_id": "mug", "title": {"": "Mug"}, "quantity": 1, "after": blue}
    (change,) = shop.acted
    assert change.pop("receipt").startswith("R")
    assert change == {
        "version": 1,
        "id": id_,
        "kind": "item_change",
        "order_id": "P-1",
        "customer_id": "ana",
        "at": desk.now.isoformat(),
        "currency": "USD",
        "status_before": "pending",
        "status_after": "pending",
        "reason": "",
        "lines": [
            line | {"line": 1, "whole": False, "before": red | {"options": {"en": "colour: red"}}},
            line | {"line": 2, "whole": True, "before": red | {"options": {}}},
        ],
        "money": [
            {
                "kind": "payment",
                "amount": "5.00",
                "amount_minor": 500,
                "method_id": "gift",
                "method_kind": "gift_card",
                "method": "gift card",
                "settled": True,
            }
        ],
        "stock": [
            {"product_id": "mug", "variant_id": "blue", "change": -2},
            {"product_id": "mug", "variant_id": "red", "change": 2},
        ],
        "address_before": None,
        "address_after": None,
    }


def test_an_account_has_no_order(desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook) -> None:
    desk.confirm(ProfileChange(address=ELSEWHERE))
    assert outbox.deliver_next(webhook) == "delivered"
    (change,) = shop.acted
    assert (change["order_id"], change["customer_id"], change["money"]) == (None, "ana", [])
    assert change["address_after"]["line1"] == "9 Oak Ave"


@pytest.mark.parametrize("answer", [500, 302, 404, "hang", "drop"])
def test_what_fails_is_tried_again_later_and_acted_on_once(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook, answer: int | str
) -> None:
    shop.plan = [answer, answer]
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    assert outbox.deliver_next(webhook) == "waiting"
    assert outbox.deliver_next(webhook) is None
    desk.now += timedelta(seconds=0.5)
    assert outbox.deliver_next(webhook) == "waiting"
    event = event_of(outbox, id_)
    assert (event.attempts, event.next_attempt_at) == (2, desk.now + timedelta(seconds=1))
    assert event.last_error.startswith("the shop's webhook")
    desk.now += timedelta(seconds=1)
    assert outbox.deliver_next(webhook) == "delivered"
    assert shop.seen == [id_] * 3
    assert [change["id"] for change in shop.acted] == [id_]
    assert (event_of(outbox, id_).last_error, shop.unsigned) == ("", 0)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "accepted"}, "accepted"),
        ({"status": "refused", "reason": "it has left", "order_status": "shipped"}, "refused"),
        ({"status": "ok"}, "delivered"),
        ({"status": "refused", "order_status": "lost"}, "waiting"),
        ({"status": "received"}, "delivered"),
        ({"text": "x" * 70_000}, "waiting"),
    ],
)
def test_the_shop_may_answer_at_once(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook, said: dict[str, str], status: str
) -> None:
    shop.plan = [said]
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    assert outbox.deliver_next(webhook) == status
    event = event_of(outbox, id_)
    assert (event.status, event.answer) == (status, said.get("reason", ""))
    order_status = {"refused": "shipped"}.get(status, "cancelled")
    assert desk.snapshot("P-1")["status"] == order_status
    assert bool(event.last_error) == (status == "waiting" or said["status"] == "received")


def test_an_answer_may_come_before_the_reply(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook
) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])

    class AnswersFirst:
        def send(self, message: Message) -> None:
            webhook.send(message)
            outbox.answer(message.id, Answer(status="refused", reason="too late"))
            raise DeliveryFailed("the reply was lost")

        def close(self) -> None: ...

    assert outbox.deliver_next(AnswersFirst()) == "refused"
    desk.now += timedelta(hours=2)
    assert outbox.deliver_next(webhook) is None
    assert (shop.seen, desk.snapshot("P-1")["status"]) == ([id_], "pending")


def test_a_shop_may_ask_to_be_left_alone(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook
) -> None:
    shop.plan, shop.headers = [503], {"Retry-After": "120"}
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    outbox.deliver_next(webhook)
    assert event_of(outbox, id_).next_attempt_at == desk.now + timedelta(seconds=120)


def test_changes_of_one_order_keep_their_order_and_hold_up_no_other(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook
) -> None:
    first = desk.confirm(wishes("P-1", "D-1")["address_change"])
    second = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    other = desk.confirm(wishes("P-2", "D-1")["cancellation"])
    account = desk.confirm(wishes("P-1", "D-1")["profile_change"])
    shop.plan = [500]
    sent = [outbox.deliver_next(webhook) for _ in range(4)]
    assert sent == ["waiting", "delivered", "delivered", None]
    assert shop.seen == [first, other, account]
    desk.now += timedelta(hours=1)
    assert [outbox.deliver_next(webhook) for _ in range(3)] == ["delivered", "delivered", None]
    assert shop.seen[3:] == [first, second]


def test_a_change_can_be_given_up_and_taken_up(desk: Desk, shop: Shop, webhook: Webhook) -> None:
    outbox = Outbox(desk.db, desk.clock, attempts=2, jitter=lambda: 0.0)
    first = desk.confirm(wishes("P-1", "D-1")["address_change"])
    second = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    shop.plan = [500, 500, 500]
    assert outbox.deliver_next(webhook) == "waiting"
    desk.now += timedelta(hours=1)
    assert outbox.deliver_next(webhook) == "failed"
    desk.now += timedelta(hours=1)
    assert outbox.deliver_next(webhook) is None
    assert event_of(outbox, second).attempts == 0
    figures = outbox.figures()
    assert (figures.waiting, figures.failed, figures.oldest) == (
        1,
        1,
        event_of(outbox, first).created_at,
    )
    with pytest.raises(NotFound, match="nope"):
        outbox.retry(["nope", first])
    assert outbox.retry([first]) == 1
    assert outbox.deliver_next(webhook) == "waiting"
    assert outbox.retry() == 2
    assert [outbox.deliver_next(webhook) for _ in range(3)] == ["delivered", "delivered", None]
    assert outbox.figures().oldest is None


def test_a_claim_of_one_that_died_ends(
    desk: Desk, outbox: Outbox, shop: Shop, webhook: Webhook
) -> None:
    class Dies:
        def send(self, message: Message) -> None:
            raise KeyboardInterrupt

        def close(self) -> None: ...

    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver_next(Dies())
    desk.now += timedelta(seconds=59)
    assert outbox.deliver_next(webhook) is None
    desk.now += timedelta(seconds=1)
    assert outbox.deliver_next(webhook) == "delivered"
    assert shop.seen == [id_]


def test_several_deliverers_send_each_change_once(desk: Desk, shop: Shop, tmp_path: Path) -> None:
    ids = []
    for number in range(12):
        desk.bring(order(f"M-{number}", "pending"))
        wish = Cancellation(order_id=f"M-{number}", reason="no longer needed")
        ids.append(desk.confirm(wish))

    def work() -> None:
        channel = Webhook(shop.url, SECRET, system_clock)
        outbox = Outbox(desk.db, desk.clock)
        misses = 0
        while misses < 3:
            misses = 0 if outbox.deliver_next(channel) else misses + 1
        channel.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shop.seen) == sorted(ids)


def test_the_file_has_each_change_once(desk: Desk, outbox: Outbox, tmp_path: Path) -> None:
    file = tmp_path / "outbox" / "changes.jsonl"
    first = desk.confirm(wishes("P-1", "D-1")["address_change"])
    channel = ChangeFile(file)
    assert outbox.deliver_next(channel) == "delivered"
    second = desk.confirm(wishes("P-1", "D-1")["cancellation"])

    class DiesAfter:
        def send(self, message: Message) -> None:
            assert not message.again
            channel.send(message)
            raise KeyboardInterrupt

        def close(self) -> None: ...

    with pytest.raises(KeyboardInterrupt):
        outbox.deliver_next(DiesAfter())
    desk.now += timedelta(minutes=1)
    assert outbox.deliver_next(channel) == "delivered"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [first, second]
    assert lines[1]["money"][0]["amount"] == "37.50"


def test_half_a_line_is_cut_off_and_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    whole = json.dumps({"id": "a", "text": "杯" * 3000}, ensure_ascii=False).encode()
    ChangeFile(file).send(Message("a", whole, again=False))
    with file.open("ab") as half:
        half.write(b'{"id": "b", "text": "' + b"x" * 9000)
    ChangeFile(file).send(Message("b", b'{"id": "b"}', again=True))
    ChangeFile(file).send(Message("b", b'{"id": "b"}', again=True))
    assert file.read_bytes() == whole + b'\n{"id": "b"}\n'
    with pytest.raises(DeliveryFailed, match="cannot be written"):
        ChangeFile(file / "below").send(Message("c", b"{}", again=False))


def test_signatures() -> None:
    body = '{"杯": 1}'.encode()
    headers = sign(SECRET, "msg", body, NOW)
    assert verify(SECRET, headers, body, NOW + timedelta(minutes=5)) == "msg"
    several = headers | {"webhook-signature": "v1,abc v2,x " + headers["webhook-signature"]}
    assert verify(SECRET, several, body, NOW) == "msg"
    for wrong in (
        headers | {"webhook-id": "other"},
        headers | {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        headers | {"webhook-timestamp": "nan"},
        headers | {"webhook-signature": "v1,"},
        {},
    ):
        with pytest.raises(BadSignature):
            verify(SECRET, wrong, body, NOW)
    for late in (timedelta(seconds=301), timedelta(seconds=-301)):
        with pytest.raises(BadSignature, match="300 seconds"):
            verify(SECRET, headers, body, NOW + late)
    with pytest.raises(BadSignature):
        verify("another", headers, body, NOW)
    # The example of the standard's own libraries.
    known = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        NOW.fromtimestamp(1614265330, NOW.tzinfo),
    )
    assert known["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_waiting_grows_and_is_bounded() -> None:
    assert [backoff(n, 0.0) for n in (1, 2, 3, 12)] == [0.5, 1.0, 2.0, 1024.0]
    assert [backoff(n, 0.5) for n in (1, 13, 1000)] == [0.75, 2700.0, 2700.0]


def test_a_webhook_needs_a_secret(tmp_path: Path) -> None:
    assert isinstance(open_channel(Settings(home=tmp_path)), ChangeFile)
    for secret, said in (("", "WEBHOOK_SECRET"), ("whsec_!", "base64")):
        with pytest.raises(SettingsError, match=said):
            open_channel(Settings(webhook_url="https://shop.example", webhook_secret=secret))
    with pytest.raises(SettingsError, match="no http address"):
        open_channel(Settings(webhook_url="ftp://shop.example", webhook_secret="x"))
