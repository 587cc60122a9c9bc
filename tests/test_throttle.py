"""Guessing is counted and locked out, in memory and in a real Redis alike."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.errors import IdentityDown, SettingsError, TooManyTries
from agent.identity.throttle import Pace, Subject, Throttle, client
from tests.missing import missing

HERE, THERE = Subject("address", "192.0.2.1"), Subject("address", "192.0.2.2")
EMAIL, ORDER = Subject("email", "ana@example.com"), Subject("order", "lp-1")
Make = Callable[..., Throttle]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a Redis server."""
    server = shutil.which("redis-server")
    if server is None:
        missing("no Redis here: install Debian's `redis-server`")
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
    for _ in range(100):
        if socket.exists():
            break
        time.sleep(0.05)
    yield f"redis+unix://{socket}"
    process.terminate()
    process.wait(10)


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a throttle that nothing was counted by yet."""
    if request.param == "memory":
        return lambda **pace: Throttle("memory://", Pace(**pace))
    from redis import Redis

    url = request.getfixturevalue("redis")
    Redis(unix_socket_path=url.removeprefix("redis+unix://")).flushall()
    return lambda **pace: Throttle(url, Pace(**pace))


def wait_of(throttle: Throttle, *subjects: Subject) -> int:
    """The seconds that one must wait to try; 0 for none."""
    try:
        throttle.begin(*subjects)
    except TooManyTries as error:
        return error.retry_after
    return 0


def test_five_wrong_tries_lock(make: Make) -> None:
    throttle = make()
    for _ in range(4):
        throttle.begin(HERE, EMAIL)
        assert throttle.fail(HERE, EMAIL) == []
    throttle.begin(HERE, EMAIL)
    assert throttle.fail(HERE, EMAIL) == [EMAIL]
    assert 895 <= wait_of(throttle, HERE, EMAIL) <= 900
    assert wait_of(throttle, THERE, EMAIL) > 0
    assert wait_of(throttle, HERE, Subject("email", "ben@example.com")) == 0
    assert wait_of(throttle, HERE, Subject("buyer", "ana@example.com")) == 0
    with pytest.raises(TooManyTries):
        throttle.letter(EMAIL, THERE)


def test_a_lock_ends(make: Make) -> None:
    throttle = make(window=1, lock=1, tries=1)
    throttle.begin(HERE, EMAIL)
    assert throttle.fail(HERE, EMAIL) == [EMAIL]
    assert wait_of(throttle, EMAIL) == 1
    time.sleep(2.1)
    assert wait_of(throttle, EMAIL) == 0


def test_a_right_try_forgives(make: Make) -> None:
    throttle = make()
    for _ in range(3):
        for _ in range(4):
            throttle.begin(HERE, EMAIL)
            assert throttle.fail(EMAIL) == []
        throttle.begin(HERE, EMAIL)
        throttle.succeed(EMAIL)


def test_an_address_is_locked_for_its_own_guesses(make: Make) -> None:
    throttle = make(tries_of_address=3)
    locked = []
    for number in range(3):
        subject = Subject("order", f"lp-{number}")
        throttle.begin(HERE, subject)
        locked += throttle.fail(HERE, subject)
        throttle.succeed(subject)
    assert locked == [HERE]
    assert wait_of(throttle, HERE) > 0
    assert wait_of(throttle, THERE) == 0


def test_honest_shoppers_of_one_address_are_not_locked(make: Make) -> None:
    throttle = make(tries_of_address=3)
    for number in range(30):
        subject = Subject("email", f"{number}@example.com")
        throttle.begin(HERE, subject)
        throttle.succeed(subject)


def test_tries_at_once_do_not_outrun_the_count(make: Make) -> None:
    throttle = make()
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda _: wait_of(throttle, HERE, ORDER), range(20)))
    assert waits.count(0) == 5
    with ThreadPoolExecutor(5) as pool:
        locked = [
            who for found in pool.map(lambda _: throttle.fail(ORDER), range(5)) for who in found
        ]
    assert locked == [ORDER]


def test_letters_are_few(make: Make) -> None:
    throttle = make(letters_of_address=4)
    for _ in range(3):
        throttle.letter(EMAIL, HERE)
    with pytest.raises(TooManyTries) as caught:
        throttle.letter(EMAIL, HERE)
    assert 890 <= caught.value.retry_after <= 900
    throttle.letter(Subject("email", "ben@example.com"), HERE)
    with pytest.raises(TooManyTries):
        throttle.letter(Subject("email", "cy@example.com"), HERE)
    throttle.letter(Subject("email", "di@example.com"), THERE)


def test_requests_of_an_address_are_bounded(make: Make) -> None:
    throttle = make(requests_of_address=2)
    throttle.request(HERE)
    throttle.request(HERE)
    with pytest.raises(TooManyTries):
        throttle.request(HERE)
    throttle.request(THERE)


def test_two_processes_share_a_redis(redis: str) -> None:
    one, two = Throttle(redis), Throttle(redis)
    who = Subject("email", "shared@example.com")
    for throttle in (one, two, one, two, one):
        throttle.begin(who)
        throttle.fail(who)
    assert wait_of(one, who) > 0
    assert wait_of(two, who) > 0


def test_nobody_tries_while_nothing_counts(tmp_path: Path) -> None:
    throttle = Throttle(f"redis+unix://{tmp_path / 'none.sock'}")
    for try_ in (throttle.begin, throttle.fail, throttle.letter, throttle.succeed):
        with pytest.raises(IdentityDown):
            try_(EMAIL)
    with pytest.raises(IdentityDown):
        throttle.request(HERE)


def test_a_storage_that_does_not_exist() -> None:
    with pytest.raises(SettingsError, match="SHOPCLERK_RATE_LIMIT_URL cannot be used"):
        Throttle("postgresql://shop@db/shop")


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_the_address_that_counts(address: str, value: str) -> None:
    assert client(address) == Subject("address", value)


def test_no_e_mail_address_is_stored() -> None:
    assert "ana" not in EMAIL.key
    assert len({subject.key for subject in (EMAIL, Subject("buyer", EMAIL.value), ORDER)}) == 3


@pytest.mark.parametrize(
    ("seconds", "en", "zh"), [(1, "in 1 min.", "1 分钟"), (61, "in 2 min.", "2 分钟")]
)
def test_how_long_to_wait_is_said(seconds: int, en: str, zh: str) -> None:
    error = TooManyTries(seconds)
    assert en in error.en
    assert zh in error.zh
