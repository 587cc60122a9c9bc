"""One-time codes: right once, for ten minutes, five times, for one customer, whatever happens."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from agent.identity.codes import ATTEMPTS, Codes
from agent.orders.database import Database
from agent.orders.models import Customer, OneTimeCode
from tests.identity_fixtures import ANA, BEN, Clock, as_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def codes(db: Database, clock: Clock) -> Iterator[Codes]:
    with as_app(db) as app:
        yield Codes(app, clock)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_signs_in_once(codes: Codes) -> None:
    code = codes.issue("C-ANA")
    assert len(code) == 6
    assert codes.redeem(ANA, code) == "C-ANA"
    assert codes.redeem(ANA, code) is None


@pytest.mark.parametrize("typed", ["{0}{1}", " {0} {1}\n", "{0}-{1}", "验证码：{0}{1}"])
def test_however_it_is_typed(codes: Codes, typed: str) -> None:
    code = codes.issue("C-ANA")
    assert codes.redeem(ANA, typed.format(code[:3], code[3:])) == "C-ANA"


def test_full_width_digits(codes: Codes) -> None:
    code = codes.issue("C-ANA")
    wide = "".join(chr(ord("０") + int(digit)) for digit in code)
    assert codes.redeem(ANA, wide) == "C-ANA"


def test_no_code_is_kept_as_it_is(codes: Codes, db: Database) -> None:
    code = codes.issue("C-ANA")
    codes.issue("C-BEN")
    with db.read() as session:
        rows = session.scalars(select(OneTimeCode)).all()
    assert len({row.code_hash for row in rows}) == 2
    assert all(len(row.code_hash) == 64 and code not in row.code_hash for row in rows)


@pytest.mark.parametrize("email", [BEN, "nobody@example.com", "", "%", "ana@example.com "])
def test_a_code_is_its_owners(codes: Codes, email: str) -> None:
    code = codes.issue("C-ANA")
    assert codes.redeem(email, code) is None
    assert codes.redeem(ANA, code) == "C-ANA"


def test_a_customer_without_an_address_has_no_code(codes: Codes) -> None:
    code = codes.issue("C-CY")
    assert codes.redeem("", code) is None


def test_it_lasts_ten_minutes(codes: Codes, clock: Clock) -> None:
    code = codes.issue("C-ANA")
    clock.pass_by(minutes=9, seconds=59)
    assert codes.redeem(ANA, code) == "C-ANA"
    code = codes.issue("C-ANA")
    clock.pass_by(minutes=10)
    assert codes.redeem(ANA, code) is None


def test_a_code_can_be_tried_five_times(codes: Codes) -> None:
    code = codes.issue("C-ANA")
    for _ in range(ATTEMPTS - 1):
        assert codes.redeem(ANA, wrong(code)) is None
    assert codes.redeem(ANA, code) == "C-ANA"
    code = codes.issue("C-ANA")
    for _ in range(ATTEMPTS):
        assert codes.redeem(ANA, wrong(code)) is None
    assert codes.redeem(ANA, code) is None


def test_the_last_code_counts(codes: Codes, db: Database) -> None:
    first, bens = codes.issue("C-ANA"), codes.issue("C-BEN")
    last = codes.issue("C-ANA")
    if first != last:
        assert codes.redeem(ANA, first) is None
    assert codes.redeem(ANA, last) == "C-ANA"
    assert codes.redeem(BEN, bens) == "C-BEN"


def test_old_rows_go(codes: Codes, db: Database, clock: Clock) -> None:
    codes.redeem(ANA, codes.issue("C-ANA"))
    codes.issue("C-BEN")
    clock.pass_by(minutes=11)
    codes.issue("C-ANA")
    with db.read() as session:
        assert [row.customer_id for row in session.scalars(select(OneTimeCode))] == ["C-ANA"]


def test_tries_at_once_are_all_counted(codes: Codes, db: Database) -> None:
    code = codes.issue("C-ANA")
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(lambda _: codes.redeem(ANA, wrong(code)), range(12))) == {None}
    with db.read() as session:
        assert session.scalars(select(OneTimeCode)).one().attempts == ATTEMPTS
    assert codes.redeem(ANA, code) is None


def test_one_of_many_at_once_signs_in(codes: Codes) -> None:
    code = codes.issue("C-ANA")
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: codes.redeem(ANA, code), range(5)))
    assert sorted(map(str, found)) == ["C-ANA", "None", "None", "None", "None"]


def test_codes_go_with_their_customer(codes: Codes, db: Database) -> None:
    codes.issue("C-CY")
    with db.write() as session:
        from agent.orders.models import Order

        session.delete(session.get_one(Order, "#LP-4"))
        session.flush()
        session.delete(session.get_one(Customer, "C-CY"))
    with db.read() as session:
        assert session.scalars(select(OneTimeCode)).all() == []
