"""The ladder: what proves who somebody is, what proves nothing, and who is locked out."""

import logging
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from agent.context import ANONYMOUS, Shopper
from agent.errors import InvalidInput, NotFound, NotProven, TooManyTries
from agent.identity.ladder import Climbed, Ladder
from agent.identity.mail import MailError
from agent.identity.throttle import Subject
from agent.orders.database import Database
from agent.orders.models import AuditEntry, OneTimeCode
from agent.orders.service import OrderDesk
from tests.identity_fixtures import ANA, BEN, NOW, Clock, Letters, as_app, ladder_of
from tests.test_tokens import SECRET, by_secret

HERE = "192.0.2.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post() -> Letters:
    return Letters()


@pytest.fixture
def app(db: Database) -> Iterator[Database]:
    with as_app(db) as app:
        yield app


@pytest.fixture
def ladder(app: Database, clock: Clock, post: Letters) -> Ladder:
    return ladder_of(app, clock, post, secret=SECRET)


def refusal(climb: Callable[[], Climbed]) -> NotProven:
    """What a try that proves nothing is told."""
    with pytest.raises(NotProven) as caught:
        climb()
    return caught.value


@pytest.mark.parametrize(
    ("number", "email"),
    [("#LP-1", ANA), ("lp-1", " Ana@Example.COM "), ("＃ＬＰ－1", "ａｎａ＠example.com")],
)
def test_an_order_by_its_number_and_address(ladder: Ladder, number: str, email: str) -> None:
    climbed = ladder.by_order(number, email, HERE)
    assert climbed == Climbed(Shopper.of_order("#LP-1"), "#LP-1")


def test_the_opened_order_is_read_and_no_other(ladder: Ladder, app: Database) -> None:
    desk = OrderDesk(app, lambda: NOW, ZoneInfo("UTC"))
    shopper = ladder.by_order("LP-1", ANA, HERE).shopper
    assert [order.id for order in desk.list_orders(shopper)] == ["#LP-1"]
    assert desk.get_order(shopper, "LP-1").id == "#LP-1"
    for other in ("LP-2", "LP-3", "LP-9"):
        with pytest.raises(NotFound):
            desk.get_order(shopper, other)


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("LP-1", BEN),
        ("LP-3", ANA),
        ("LP-9", ANA),
        ("LP-1", "nobody@example.com"),
        ("LP-4", "nobody@example.com"),
        ("", ANA),
        ("%", ANA),
        ("' OR 1=1 --", ANA),
    ],
)
def test_whatever_does_not_match_is_answered_alike(ladder: Ladder, number: str, email: str) -> None:
    told = refusal(lambda: ladder.by_order(number, email, HERE))
    assert told.en == "No order has that number and that e-mail address."
    assert told.zh == "没有与该订单号和邮箱都相符的订单。"


@pytest.mark.parametrize("email", ["", "ana", "@", "a b@example.com", "x" * 250 + "@a.example"])
def test_what_is_no_address(ladder: Ladder, email: str) -> None:
    for climb in (
        lambda: ladder.by_order("LP-4", email, HERE),
        lambda: ladder.by_code(email, "123456", HERE),
        lambda: ladder.ask_code(email, HERE),
    ):
        with pytest.raises(InvalidInput):
            climb()


def test_foreign_and_missing_run_the_same_statements(ladder: Ladder, app: Database) -> None:
    said: list[str] = []

    @event.listens_for(app._engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        said.append(str(arguments[2]))

    counts = []
    for number, email in (("LP-1", BEN), ("LP-9", ANA), ("LP-1", "nobody@example.com")):
        said.clear()
        refusal(lambda number=number, email=email: ladder.by_order(number, email, HERE))  # type: ignore[misc]
        counts.append(tuple(said))
    assert len(set(counts)) == 1


def test_a_code_by_e_mail(ladder: Ladder, post: Letters) -> None:
    ladder.ask_code("Ana@example.com", HERE)
    ladder.send_code("Ana@example.com", "en")
    (letter,) = post.sent
    assert letter["To"] == ANA
    assert letter["Subject"] == "您的登录验证码"  # her locale, not the page's
    climbed = ladder.by_code(ANA, post.code, HERE)
    assert climbed == Climbed(Shopper.signed_in("C-ANA"), "王安")
    told = refusal(lambda: ladder.by_code(ANA, post.code, HERE))
    assert told.en == "That code is wrong or no longer valid; ask for a new one."


def test_without_a_locale_in_the_pages_language(ladder: Ladder, post: Letters) -> None:
    ladder.send_code(BEN, "en")
    assert post.sent[-1]["Subject"] == "Your sign-in code"
    ladder.send_code(BEN, "zh")
    assert post.sent[-1]["Subject"] == "您的登录验证码"


def test_an_unknown_address_is_asked_for_alike(ladder: Ladder, post: Letters, db: Database) -> None:
    for _ in range(3):
        ladder.ask_code("nobody@example.com", HERE)
        ladder.send_code("nobody@example.com", "en")
    with pytest.raises(TooManyTries):
        ladder.ask_code("nobody@example.com", HERE)
    assert post.sent == []
    with db.read() as session:
        assert session.scalars(select(OneTimeCode)).all() == []
    told = refusal(lambda: ladder.by_code("nobody@example.com", "123456", HERE))
    assert told.en == refusal(lambda: ladder.by_code(ANA, "123456", HERE)).en


def test_a_letter_that_is_not_sent_is_logged(
    app: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Letters):
        def send(self, message: EmailMessage) -> None:
            raise MailError("the mail server at mail.example failed: timed out")

    with caplog.at_level(logging.ERROR):
        ladder_of(app, clock, Broken()).send_code(ANA, "en")
    assert "the code for customer C-ANA was not sent: the mail server" in caplog.text
    assert ANA not in caplog.text


def test_the_shops_token_signs_in_once(ladder: Ladder, clock: Clock) -> None:
    token = by_secret(sub="C-BEN")
    assert ladder.by_token(token, HERE) == Climbed(Shopper.signed_in("C-BEN"), "Ben Low")
    told = refusal(lambda: ladder.by_token(token, HERE))
    assert told.en == "The shop's sign-in could not be verified; please sign in there again."


@pytest.mark.parametrize(
    "token", ["", "x", by_secret(sub="C-NOBODY"), by_secret("another secret that is long enough")]
)
def test_no_other_token_says_why(ladder: Ladder, token: str) -> None:
    told = refusal(lambda: ladder.by_token(token, HERE))
    assert told.en == "The shop's sign-in could not be verified; please sign in there again."


def audit(db: Database) -> list[tuple[str, str, str | None, str | None, dict[str, str]]]:
    """The lock-outs on record."""
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(r.actor, r.action, r.customer_id, r.order_id, r.after) for r in rows]


def test_guessed_codes_lock_out_and_are_recorded(
    ladder: Ladder, post: Letters, db: Database
) -> None:
    ladder.send_code(ANA, "en")
    wrong = "000000" if post.code != "000000" else "111111"
    for _ in range(5):
        assert audit(db) == []
        refusal(lambda: ladder.by_code(ANA, wrong, HERE))
    who, here = Subject("email", ANA).key[:4], Subject("address", HERE).key[:4]
    masked = {
        "kind": "email",
        "subject": f"a…@example.com·{who}",
        "address": f"192.0.2.…·{here}",
    }
    assert audit(db) == [("anonymous", "lock_out", "C-ANA", None, masked)]
    with pytest.raises(TooManyTries) as caught:
        ladder.by_code(ANA, post.code, "198.51.100.1")
    assert "15 min" in caught.value.en and "15 分钟" in caught.value.zh
    with pytest.raises(TooManyTries):
        ladder.ask_code(ANA, "198.51.100.1")
    assert len(audit(db)) == 1
    ladder.by_order("LP-1", ANA, HERE)


def test_guessed_numbers_lock_out_and_are_recorded(ladder: Ladder, db: Database) -> None:
    for guess in range(5):
        refusal(lambda guess=guess: ladder.by_order("LP-1", f"{guess}@example.com", HERE))  # type: ignore[misc]
    with pytest.raises(TooManyTries):
        ladder.by_order("#lp-1", ANA, HERE)
    for guess in range(5):
        refusal(lambda guess=guess: ladder.by_order(f"LP-7{guess}", BEN, HERE))  # type: ignore[misc]
    with pytest.raises(TooManyTries):
        ladder.by_order("LP-3", BEN, HERE)
    assert [(*entry[2:4], entry[4]["subject"].partition("·")[0]) for entry in audit(db)] == [
        ("C-ANA", "#LP-1", "…p-1"),
        ("C-BEN", None, "b…@example.com"),
    ]


def test_a_lock_out_of_nobody_is_recorded_too(ladder: Ladder, db: Database) -> None:
    for _ in range(5):
        refusal(lambda: ladder.by_code("nobody@example.com", "123456", HERE))
    assert [entry[2] for entry in audit(db)] == [None]


def test_opening_an_order_resets_no_count_of_codes(ladder: Ladder) -> None:
    for _ in range(4):
        refusal(lambda: ladder.by_code(ANA, "x", HERE))
    ladder.by_order("LP-1", ANA, HERE)
    refusal(lambda: ladder.by_code(ANA, "x", HERE))
    with pytest.raises(TooManyTries):
        ladder.by_code(ANA, "x", HERE)


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (ANONYMOUS, Shopper.of_order("#LP-1"), True),
        (ANONYMOUS, Shopper.signed_in("C-ANA"), True),
        (Shopper.of_order("#LP-1"), Shopper.signed_in("C-ANA"), True),
        (Shopper.of_order("#LP-1"), Shopper.signed_in("C-BEN"), False),
        (Shopper.of_order("#LP-1"), Shopper.of_order("#LP-1"), True),
        (Shopper.of_order("#LP-1"), Shopper.of_order("#LP-2"), False),
        (Shopper.signed_in("C-ANA"), Shopper.signed_in("C-ANA"), True),
        (Shopper.signed_in("C-ANA"), Shopper.signed_in("C-BEN"), False),
        (Shopper.signed_in("C-ANA"), Shopper.of_order("#LP-1"), False),
    ],
)
def test_whose_conversation_goes_on(
    ladder: Ladder, before: Shopper, after: Shopper, may: bool
) -> None:
    assert ladder.may_follow(before, after) is may


def test_an_address_that_guesses_widely_is_locked_out(ladder: Ladder, db: Database) -> None:
    for guess in range(20):
        refusal(lambda guess=guess: ladder.by_token(f"guess {guess}", HERE))  # type: ignore[misc]
    with pytest.raises(TooManyTries):
        ladder.by_order("LP-1", ANA, HERE)
    assert ladder.by_order("LP-1", ANA, "198.51.100.1").name == "#LP-1"
    assert [entry[4]["kind"] for entry in audit(db)] == ["address"]
