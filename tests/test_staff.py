"""Staff accounts: made, signed in to, removed; and what nobody else can reach."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from agent.context import ANONYMOUS, Rung, Shopper
from agent.errors import DatabaseError, InvalidInput, NotFound, NotProven, TooManyTries
from agent.identity import passwords
from agent.identity.ladder import Climbed, Ladder
from agent.identity.staff import Staff
from agent.identity.throttle import Subject
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import AuditEntry, ChatSession, StaffMember
from agent.sessions import Sessions
from tests.databases import empty
from tests.identity_fixtures import ANA, NOW, Clock, Letters, as_app, ladder_of
from tests.test_tokens import SECRET, by_secret
from ui.identity import STAFF_IDLE, STAFF_LONGEST, Visits

HERE = "192.0.2.7"
PASSWORD = "correct horse battery"


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
def staff(app: Database, clock: Clock) -> Staff:
    return Staff(app, clock)


@pytest.fixture
def ladder(app: Database, clock: Clock, post: Letters) -> Ladder:
    return ladder_of(app, clock, post, secret=SECRET)


def audit(db: Database) -> list[tuple[str, str, dict[str, str]]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(row.actor, row.action, row.after) for row in rows]


# -- passwords -------------------------------------------------------------------------------------


def test_a_password_is_kept_as_a_salted_hash() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("scrypt$32768$8$3$")
    assert kept != passwords.hashed(PASSWORD)
    assert PASSWORD not in kept
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits(PASSWORD + "x", kept)
    assert not passwords.fits("", passwords.NOBODYS)


def test_a_password_is_one_however_it_is_composed() -> None:
    assert passwords.fits("Cafe\u0301 und Kuchen", passwords.hashed("Caf\u00e9 und Kuchen"))


def test_a_generated_password_is_long_and_another_each_time() -> None:
    made = {passwords.generated() for _ in range(100)}
    assert len(made) == 100
    assert all(passwords.checked(password, "staff") for password in made)
    assert {len(password) for password in made} == {24}


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaabbbbaaaabbbb", "Mei-mei-2026!!"])
def test_a_guessable_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.checked(password, "mei")


# -- accounts --------------------------------------------------------------------------------------


def test_accounts_come_and_go(staff: Staff, db: Database) -> None:
    assert staff.add(" Mei ", PASSWORD) == ("mei", PASSWORD)
    name, made = staff.add("李雷")
    assert (name, len(made)) == ("李雷", 24)
    assert [member.name for member in staff.members()] == ["mei", "李雷"]
    with db.read() as session:
        kept = session.get_one(StaffMember, "mei").password_hash
    assert PASSWORD not in kept
    with pytest.raises(InvalidInput, match="there is a staff account 'mei'; `shopclerk staff rem"):
        staff.add("MEI")
    assert staff.remove("Mei") == "mei"
    with pytest.raises(NotFound, match="there is no staff account 'mei'"):
        staff.remove("mei")
    assert audit(db) == [
        ("operator", "staff_added", {"name": "mei"}),
        ("operator", "staff_added", {"name": "李雷"}),
        ("operator", "staff_removed", {"name": "mei"}),
    ]


@pytest.mark.parametrize("name", ["", " ", "a b", "-x", "x" * 41, "<b>", "a\nb"])
def test_what_is_no_name(staff: Staff, name: str) -> None:
    with pytest.raises(InvalidInput, match="a name has 1 to 40"):
        staff.add(name, PASSWORD)


def test_the_first_start_makes_one_and_the_next_none(staff: Staff) -> None:
    made = staff.first()
    assert made is not None
    assert made[0] == "staff"
    assert staff.sign_in(*made, Subject("address", HERE)) == Shopper.staff("staff")
    assert staff.first() is None
    assert [member.made_at_start for member in staff.members()] == [True]


# -- signing in ------------------------------------------------------------------------------------


def test_a_password_signs_in_and_is_on_record(ladder: Ladder, staff: Staff, db: Database) -> None:
    staff.add("mei", PASSWORD)
    climbed = ladder.by_staff(" MEI", PASSWORD, HERE)
    assert climbed == Climbed(Shopper.staff("mei"), "mei")
    assert ladder.is_staff(climbed.shopper)
    here = f"192.0.2.…·{Subject('address', HERE).key[:4]}"
    assert audit(db)[1:] == [("staff", "staff_signed_in", {"name": "mei", "address": here})]


@pytest.mark.parametrize(("name", "password"), [("mei", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_what_does_not_fit_is_answered_alike(
    ladder: Ladder, staff: Staff, db: Database, name: str, password: str
) -> None:
    staff.add("mei", PASSWORD)
    with pytest.raises(NotProven) as caught:
        ladder.by_staff(name, password, HERE)
    assert (caught.value.en, caught.value.zh) == (
        "That name and password do not fit.",
        "用户名或密码不正确。",
    )
    actor, action, after = audit(db)[-1]
    assert (actor, action) == ("staff", "staff_not_proven")
    assert after["name"] == f"{name[:1]}…·{Subject('staff', name).key[:4]}"


def test_an_unknown_name_takes_as_long(ladder: Ladder, staff: Staff) -> None:
    staff.add("mei", PASSWORD)
    spent = []
    for name in ("mei", "nobody"):
        times = []
        for _ in range(3):
            started = time.process_time()
            with pytest.raises(NotProven):
                ladder.by_staff(name, "wrong", HERE)
            times.append(time.process_time() - started)
        spent.append(min(times))
    assert 0.5 < spent[0] / spent[1] < 2


def test_guessing_locks_out_and_is_recorded(ladder: Ladder, staff: Staff, db: Database) -> None:
    staff.add("mei", PASSWORD)
    locked = []
    for _ in range(5):
        with pytest.raises(NotProven) as caught:
            ladder.by_staff("mei", "wrong", HERE)
        locked.append(caught.value.locked)
    assert locked == [(), (), (), (), ("staff",)]
    with pytest.raises(TooManyTries):
        ladder.by_staff("Mei", PASSWORD, "198.51.100.1")
    actor, action, after = audit(db)[-1]
    assert (actor, action, after["kind"]) == ("anonymous", "lock_out", "staff")
    assert after["subject"].startswith("m…·")


def test_a_removed_account_is_worth_nothing_even_if_its_name_returns(
    ladder: Ladder, staff: Staff
) -> None:
    staff.add("mei", PASSWORD)
    before = ladder.by_staff("mei", PASSWORD, HERE).shopper
    staff.remove("mei")
    assert not ladder.is_staff(before)
    staff.add("mei", PASSWORD)
    assert not ladder.is_staff(before)
    assert ladder.is_staff(ladder.by_staff("mei", PASSWORD, HERE).shopper)


def test_sessions_of_staff_end(clock: Clock) -> None:
    visits = Visits(clock)
    token, shopper = visits.open(Shopper.staff("mei"), "mei"), visits.open()
    clock.now += STAFF_IDLE + timedelta(seconds=1)
    assert visits.get(token) is None
    assert visits.get(shopper) is not None
    busy = visits.open(Shopper.staff("mei"), "mei")
    for _ in range(int(STAFF_LONGEST / STAFF_IDLE)):
        clock.now += STAFF_IDLE
        assert visits.get(busy) is not None
    clock.now += timedelta(seconds=1)
    assert visits.get(busy) is None


# -- nobody else -----------------------------------------------------------------------------------


def test_no_rung_below_leads_to_staff(
    ladder: Ladder, staff: Staff, post: Letters, db: Database
) -> None:
    staff.add("mei", PASSWORD)
    ladder.send_code(ANA, "en")
    climbed = [
        ladder.by_code(ANA, post.code, HERE),
        ladder.by_order("LP-1", ANA, HERE),
        ladder.by_token(
            by_secret(sub="C-BEN", staff="mei", staff_name="mei", rung=3, role="staff"), HERE
        ),
    ]
    assert [one.shopper.rung for one in climbed] == [Rung.SIGNED_IN, Rung.ORDER, Rung.SIGNED_IN]
    assert [one.shopper.staff_name for one in climbed] == [None] * 3
    with pytest.raises(NotProven):
        ladder.by_token(by_secret(sub="mei"), HERE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ANONYMOUS, Shopper.staff("mei")),
        (Shopper.of_order("#LP-1"), Shopper.staff("mei")),
        (Shopper.signed_in("C-ANA"), Shopper.staff("mei")),
        (Shopper.staff("mei"), Shopper.signed_in("C-ANA")),
        (Shopper.staff("mei"), Shopper.staff("mei")),
    ],
)
def test_no_conversation_goes_along(ladder: Ladder, before: Shopper, after: Shopper) -> None:
    assert not ladder.may_follow(before, after)


def test_a_conversation_of_staff_is_theirs_alone(app: Database, db: Database) -> None:
    sessions, mei = Sessions(app, lambda: NOW), Shopper.staff("mei")
    sessions.resume("talk", mei, "zh")
    sessions.store_turn(
        "talk", [{"role": "user", "content": "销量"}], lang="zh", seconds=0, trace={}
    )
    others = [ANONYMOUS, Shopper.signed_in("C-ANA"), Shopper.of_order("#LP-1"), Shopper.staff("li")]
    for other in others:
        with pytest.raises(NotFound):
            sessions.resume("talk", other, "en")
        with pytest.raises(NotFound):
            sessions.climb("talk", "mine", other)
        opened = sessions.open("talk", other, "en")
        assert opened.id != "talk"
        assert sessions.history(opened.id) == []
    assert sessions.resume("talk", mei, "zh").staff_name == "mei"
    opened = sessions.open(None, mei, "en")
    assert sessions.open(opened.id, mei, "zh").id == opened.id
    nobodys = sessions.open(None, ANONYMOUS, "en")
    assert sessions.open(nobodys.id, mei, "en").id != nobodys.id
    with db.read() as session:
        assert session.get(ChatSession, nobodys.id) is not None


def test_a_conversation_has_one_owner(db: Database) -> None:
    chat = ChatSession(
        id="x", customer_id=None, staff_name="mei", lang="en", created_at=NOW, updated_at=NOW
    )
    with db.write() as session:
        session.execute(
            text(
                "INSERT INTO customer (id, first_name, last_name, email, phone, "
                "locale, address, source_hash, extra) VALUES ('c', '', '', '', '', "
                "'', '{}', '', '{}')"
            )
        )
        session.add(chat)
    with pytest.raises(Exception, match=r"ck_chat_session_owner|CHECK"), db.write() as session:
        session.execute(text("UPDATE chat_session SET customer_id = 'c'"))


@pytest.mark.postgres
def test_the_app_reads_accounts_as_the_system_alone_and_changes_none(
    migrated_postgres: str,
) -> None:
    empty(migrated_postgres)
    app = Database(migrated_postgres)
    Staff(app, lambda: NOW).add("mei", PASSWORD)
    for who in (ANONYMOUS, Shopper.signed_in("C-ANA"), Shopper.staff("mei")):
        with app.read(who) as session:
            assert session.scalars(select(StaffMember)).all() == []
    with pytest.raises(DatabaseError, match="row-level security"), app.write(ANONYMOUS) as session:
        session.execute(text("INSERT INTO staff VALUES ('x', 'x', 'x', false, now())"))
    with pytest.raises(DatabaseError, match="permission denied"), app.write(SYSTEM) as session:
        session.execute(text("UPDATE staff SET password_hash = 'x'"))
    app.dispose()
