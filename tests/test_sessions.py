"""Conversations: who may open them, what is kept, what is masked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper
from agent.errors import InvalidInput, NotFound
from agent.masking import mask, mask_all
from agent.orders.database import Database
from agent.orders.models import ChatSession, Customer, Feedback, HandOff, Turn
from agent.sessions import Sessions

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANA = Shopper.signed_in("c-ana")
BEN = Shopper.signed_in("c-ben")


@pytest.fixture
def sessions(db: Database) -> Sessions:
    with db.write() as session:
        session.add_all([Customer(id="c-ana"), Customer(id="c-ben")])
    return Sessions(db, pinned_clock(NOW))


def say(sessions: Sessions, session_id: str, text: str, **more: object) -> str:
    return sessions.store_turn(
        session_id,
        [{"role": "user", "content": text}, {"role": "assistant", "content": "Here."}],
        lang="en",
        seconds=1.5,
        trace=more,
    )


def test_a_session_is_found_again(sessions: Sessions) -> None:
    opened = sessions.open(None, ANA, "zh")
    again = sessions.open(opened.id, ANA, "en")
    assert (again.id, again.customer_id, again.lang) == (opened.id, "c-ana", "en")
    assert again.created_at == NOW


@pytest.mark.parametrize("shopper", [BEN, ANONYMOUS])
def test_somebody_elses_session_is_like_none(sessions: Sessions, shopper: Shopper) -> None:
    opened = sessions.open(None, ANA, "en")
    say(sessions, opened.id, "where is my order?")
    other = sessions.open(opened.id, shopper, "en")
    assert other.id != opened.id
    assert sessions.history(other.id) == []
    assert len(sessions.history(opened.id)) == 2


def test_signing_in_moves_the_conversation_to_a_new_id(sessions: Sessions, db: Database) -> None:
    before = sessions.open(None, ANONYMOUS, "en")
    say(sessions, before.id, "a tent")
    reference = sessions.hand_off(before.id, "asked for a person", "wants a tent")
    after = sessions.open(before.id, ANA, "en")
    assert after.id != before.id
    assert sessions.history(after.id)[0] == {"role": "user", "content": "a tent"}
    assert sessions.hand_off(after.id, "again", "still") == reference
    with db.read() as session:
        assert session.get(ChatSession, before.id) is None


@pytest.mark.parametrize("shopper", [ANA, Shopper.of_order("LP-1")])
def test_a_conversation_climbs_with_its_shopper(
    sessions: Sessions, db: Database, shopper: Shopper
) -> None:
    before = sessions.resume("before", ANONYMOUS, "zh")
    say(sessions, before.id, "我的订单呢")
    sessions.climb("before", "after", shopper)
    assert sessions.resume("after", shopper, "en").customer_id == shopper.customer_id
    assert sessions.history("after")[0] == {"role": "user", "content": "我的订单呢"}
    with db.read() as session:
        assert session.get(ChatSession, "before") is None
    sessions.climb("before", "elsewhere", ANA)
    with db.read() as session:
        assert session.get(ChatSession, "elsewhere") is None


@pytest.mark.parametrize("shopper", [BEN, ANONYMOUS, Shopper.of_order("LP-1")])
def test_a_customers_conversation_is_nobody_elses(sessions: Sessions, shopper: Shopper) -> None:
    opened = sessions.open(None, ANA, "en")
    with pytest.raises(NotFound):
        sessions.climb(opened.id, "mine", shopper)
    assert sessions.resume(opened.id, ANA, "en").customer_id == "c-ana"


def test_a_customer_who_signs_in_again_goes_on(sessions: Sessions) -> None:
    opened = sessions.open(None, ANA, "en")
    say(sessions, opened.id, "a tent")
    sessions.climb(opened.id, "again", ANA)
    assert sessions.history("again")[0] == {"role": "user", "content": "a tent"}


def test_history_grows_in_order(sessions: Sessions) -> None:
    opened = sessions.open("of-no-known-session", ANONYMOUS, "zh")
    assert opened.id != "of-no-known-session"
    say(sessions, opened.id, "一顶帐篷")
    say(sessions, opened.id, "便宜一点的")
    texts = [message["content"] for message in sessions.history(opened.id)]
    assert texts == ["一顶帐篷", "Here.", "便宜一点的", "Here."]


def test_turns_stored_at_once_get_their_own_numbers(sessions: Sessions, db: Database) -> None:
    opened = sessions.open(None, ANONYMOUS, "en")
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda i: say(sessions, opened.id, f"{i}"), range(16)))
    with db.read() as session:
        assert sorted(session.get_one(Turn, id_).number for id_ in ids) == list(range(1, 17))


def test_handles_stay_with_the_session(sessions: Sessions) -> None:
    opened = sessions.open(None, ANONYMOUS, "en")
    sessions.store_turn(
        opened.id, [], lang="en", seconds=0.1, trace={}, handles={"P1": "tent-hollow-2"}
    )
    say(sessions, opened.id, "and this one?")
    assert sessions.handles(opened.id) == {"P1": "tent-hollow-2"}


def test_traces_are_masked_and_card_numbers_never_kept(sessions: Sessions) -> None:
    opened = sessions.open(None, ANA, "zh")
    turn = say(
        sessions,
        opened.id,
        "卡号4111 1111 1111 1111，邮箱ana@example.com",
        said="邮箱ana@example.com，电话13800138000",
        tools=[{"name": "get_order", "args": {"order_id": "#W2611340"}}],
    )
    assert sessions.trace(turn) == {
        "said": "邮箱[e-mail]，电话[phone]",
        "tools": [{"name": "get_order", "args": {"order_id": "#W2611340"}}],
    }
    assert sessions.history(opened.id)[0]["content"] == "卡号[card]，邮箱ana@example.com"


def test_a_trace_names_its_shopper_nowhere(sessions: Sessions, db: Database) -> None:
    with db.write() as session:
        ana = session.get_one(Customer, "c-ana")
        ana.first_name, ana.last_name, ana.phone = "诗涵", "罗", "+1 510 555 0131"
        ana.address = {"line1": "2105 Encinal Walk"}
    opened = sessions.open(None, ANA, "zh")
    turn = say(sessions, opened.id, "?", said="罗诗涵 of 2105 ENCINAL WALK, 510 555 0131, LP-28074")
    assert sessions.trace(turn) == {"said": "[customer] of [customer], [customer], LP-28074"}


def test_one_hand_off_waits_at_a_time(sessions: Sessions, db: Database) -> None:
    opened = sessions.open(None, ANA, "en")
    reference = sessions.hand_off(opened.id, "angry", "parcel lost")
    assert sessions.hand_off(opened.id, "angrier", "parcel still lost") == reference
    with db.write() as session:
        row = session.get_one(HandOff, reference)
        assert (row.reason, row.summary, row.status) == ("angrier", "parcel still lost", "open")
        row.status = "closed"
    assert sessions.hand_off(opened.id, "back", "another thing") != reference
    assert len(reference) == 7
    assert reference[0] == "H"


def test_the_last_feedback_counts(sessions: Sessions, db: Database) -> None:
    turn = say(sessions, sessions.open(None, ANONYMOUS, "en").id, "hello")
    sessions.feedback(turn, 1)
    sessions.feedback(turn, -1, "write to me@example.com")
    with db.read() as session:
        row = session.get_one(Feedback, turn)
        assert (row.score, row.text) == (-1, "write to [e-mail]")


def test_what_is_not_there_or_not_possible_is_refused(sessions: Sessions) -> None:
    with pytest.raises(NotFound):
        sessions.hand_off("nowhere", "", "")
    with pytest.raises(NotFound):
        say(sessions, "nowhere", "hello")
    with pytest.raises(NotFound):
        sessions.feedback("nowhere", 1)
    with pytest.raises(InvalidInput, match="1 \\(helpful\\) or -1"):
        sessions.feedback("nowhere", 5)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to Ana.Li+x@mail.example.co.uk now", "write to [e-mail] now"),
        ("我的邮箱是ana@example.com谢谢", "我的邮箱是[e-mail]谢谢"),
        ("邮箱 ana＠example.com", "邮箱 [e-mail]"),
        ("call 510-555-0142 today", "call [phone] today"),
        ("call (510) 555-0142", "call [phone]"),
        ("+1 510 555 0142 or +86 138 0013 8000", "[phone] or [phone]"),
        ("手机13800138000，谢谢", "手机[phone]，谢谢"),
        ("１３８００１３８０００", "[phone]"),
        ("电话是62345678", "电话是[phone]"),
        ("my phone is 5105550142", "my phone is [phone]"),
        ("座机010-62345678", "座机[phone]"),
        ("card 4111-1111-1111-1111 please", "card [card] please"),
        ("银联6222021234567890128", "银联[card]"),
        # What must stay readable.
        ("order #W2611340 and product 8310926033", "order #W2611340 and product 8310926033"),
        ("tracking 357962501027", "tracking 357962501027"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("2026-11-21 at 12:00, 249.00 USD, 3000 mm", "2026-11-21 at 12:00, 249.00 USD, 3000 mm"),
        ("订单 4817420 共 1299 元", "订单 4817420 共 1299 元"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_masking_keeps_the_structure() -> None:
    assert mask_all({"a": ["x@y.org", 5, None], "b": ("1",)}) == {
        "a": ["[e-mail]", 5, None],
        "b": ["1"],
    }
