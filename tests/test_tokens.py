"""The shop's signed tokens: one that is right is good once, and every other one for nothing."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from agent.clock import system_clock
from agent.errors import IdentityDown, SettingsError
from agent.identity import keys as keys_module
from agent.identity.keys import KeySet
from agent.identity.tokens import Tokens
from agent.orders.database import Database
from agent.settings import Settings
from tests.identity_fixtures import as_app

SECRET = "a secret that the shop and we share, long enough"
RSA = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
CURVE = ec.generate_private_key(ec.SECP256R1())


def claims(**changes: Any) -> dict[str, Any]:
    """Claims that are right, but for the changes; None leaves one out."""
    now = int(time.time())
    whole = {
        "sub": "C-ANA",
        "aud": "shopclerk",
        "iat": now,
        "exp": now + 60,
        "jti": f"once-{time.perf_counter_ns()}",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def by_secret(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """A token signed with a secret."""
    return jwt.encode(claims(**changes), secret, algorithm)


def by_key(
    key: Any = RSA, kid: str | None = "one", algorithm: str = "RS256", **changes: Any
) -> str:
    """A token signed with a private key."""
    return jwt.encode(claims(**changes), key, algorithm, {"kid": kid} if kid else None)


def jwk(key: rsa.RSAPrivateKey, kid: str, **more: str) -> dict[str, Any]:
    """The public half as a JWKS entry."""
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid} | more


def pem() -> str:
    """The public key as text, which some verifiers take for a secret."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return RSA.public_key().public_bytes(encoding, form).decode()


def pieced(header: dict[str, Any], payload: Any, signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = [json.dumps(part).encode() for part in (header, payload)] + [signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def forged(header: dict[str, Any], payload: Any, secret: str = SECRET) -> str:
    """A token that is signed by HMAC-SHA256, whatever its header and payload say."""
    head = pieced({"typ": "JWT"} | header, payload).rpartition(".")[0]
    digest = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key set with one good key and many that must not be used."""
    curve = ECAlgorithm.to_jwk(CURVE.public_key(), as_dict=True) | {"kid": "curve"}
    entries: list[Any] = [
        jwk(RSA, "one", use="sig", alg="RS256"),
        jwk(OTHER, "for-encryption", use="enc"),
        jwk(OTHER, "for-512", alg="RS512"),
        jwk(SMALL, "small"),
        curve,
        {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(SECRET.encode()).decode()},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        "nonsense",
    ]
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(json.dumps({"keys": entries}), "utf-8")
    return file


@pytest.fixture
def tokens(db: Database, key_file: Path) -> Iterator[Tokens]:
    """A verifier of both kinds."""
    with as_app(db) as app:
        yield Tokens(app, system_clock, secret=SECRET, keys=KeySet(str(key_file)))


@pytest.fixture(scope="module")
def verifier(key_file: Path) -> Tokens:
    """The same without a database, for what gets no further than the signature."""
    return Tokens(None, system_clock, secret=SECRET, keys=KeySet(str(key_file)))  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [by_secret, by_key])
def test_a_token_is_good_once(tokens: Tokens, make: Any) -> None:
    token = make()
    found = tokens.verify(token)
    assert found is not None
    assert found.customer_id == "C-ANA"
    assert tokens.spend(found)
    again = tokens.verify(token)
    assert again is not None
    assert not tokens.spend(again)
    other = tokens.verify(make())
    assert other is not None
    assert tokens.spend(other)


def test_a_used_token_is_remembered_beside_codes(tokens: Tokens, db: Database) -> None:
    from agent.identity.codes import Codes

    found = tokens.verify(by_secret())
    assert found is not None
    assert tokens.spend(found)
    codes = Codes(db, system_clock)
    code = codes.issue("C-ANA")
    assert not tokens.spend(found)
    assert codes.redeem("ana@example.com", code) == "C-ANA"


@pytest.mark.parametrize("name", ["jti", "nonce"])
def test_either_name_of_what_makes_it_single(verifier: Tokens, name: str) -> None:
    one, two = (verifier.verify(by_secret(**{"jti": None, name: "x"})) for _ in range(2))
    assert one is not None and two is not None
    assert one.mark == two.mark


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({"exp": -30}, True),
        ({"exp": -90}, False),
        ({"iat": 30}, True),
        ({"iat": 90}, False),
        ({"nbf": 30}, True),
        ({"nbf": 90}, False),
        ({"exp": 23 * 3600}, True),
        ({"exp": 25 * 3600}, False),
    ],
)
def test_clocks_may_differ_by_a_minute(
    verifier: Tokens, changes: dict[str, int], good: bool
) -> None:
    now = int(time.time())
    token = by_secret(**{name: now + offset for name, offset in changes.items()})
    assert (verifier.verify(token) is not None) is good


WRONG = {
    "nothing": "",
    "words": "not a token",
    "dots": "..",
    "huge": by_secret(filler="x" * 9000),
    "no subject": by_secret(sub=None),
    "empty subject": by_secret(sub=""),
    "a number as subject": forged({"alg": "HS256"}, claims(sub=7)),
    "no expiry": by_secret(exp=None),
    "an expiry that is a word": forged({"alg": "HS256"}, claims(exp="tomorrow")),
    "an expiry beyond all calendars": by_secret(exp=10**18),
    "no audience": by_secret(aud=None),
    "another audience": by_secret(aud="another"),
    "no issue time": by_secret(iat=None),
    "nothing single": by_secret(jti=None),
    "a single number": forged({"alg": "HS256"}, claims(jti=7)),
    "another secret": by_secret("another secret that is also long enough"),
    "no secret": forged({"alg": "HS256"}, claims(), ""),
    "HS384 with our secret": by_secret(algorithm="HS384"),
    "HS512 with our secret": by_secret(algorithm="HS512"),
    "another key": by_key(OTHER),
    "an unknown key": by_key(OTHER, "elsewhere"),
    "no key named among many": by_key(OTHER, None),
    "a key for encryption": by_key(OTHER, "for-encryption"),
    "a key for RS512": by_key(OTHER, "for-512"),
    "a small key": by_key(SMALL, "small"),
    "a curve": by_key(CURVE, "curve", "ES256"),
    "RS512": by_key(RSA, "one", "RS512"),
    "PS256": by_key(RSA, "one", "PS256"),
    "the shared entry of the key set": jwt.encode(claims(), SECRET, "HS384", {"kid": "shared"}),
    "none": pieced({"alg": "none"}, claims()),
    "None": pieced({"alg": "None"}, claims()),
    "none with a signature": pieced({"alg": "none"}, claims(), b"x"),
    "none, signed with our secret": forged({"alg": "none"}, claims()),
    "RS256, signed with our secret": forged({"alg": "RS256", "kid": "one"}, claims()),
    "no algorithm": forged({}, claims()),
    "an algorithm that is a list": forged({"alg": ["HS256"]}, claims()),
    "a critical header that nobody knows": forged(
        {"alg": "HS256", "crit": ["x"], "x": 1}, claims()
    ),
    "a key that is no text": forged({"alg": "RS256", "kid": 7}, claims()),
    "a key that is a list": forged({"alg": "RS256", "kid": ["one"]}, claims()),
    "an endless expiry": forged({"alg": "HS256"}, claims(exp=float("inf"))),
    "a deep header": f"{base64.urlsafe_b64encode(b'[' * 5000).decode().rstrip('=')}.e30.x",
    "a payload that is a list": forged({"alg": "HS256"}, [1]),
}


@pytest.mark.parametrize("token", WRONG.values(), ids=list(WRONG))
def test_wrong_tokens(verifier: Tokens, token: str) -> None:
    assert verifier.verify(token) is None


def test_a_public_key_is_no_secret(key_file: Path) -> None:
    """The classic confusion: signed by HMAC with the public key, which everybody has."""
    keys = KeySet(str(key_file))
    for public in (pem(), pem().strip(), json.dumps(jwk(RSA, "one"))):
        for algorithm in ("HS256", "RS256"):
            token = forged({"alg": algorithm, "kid": "one"}, claims(), public)
            for secret in (SECRET, ""):
                verifier = Tokens(None, system_clock, secret=secret, keys=keys)  # type: ignore[arg-type]
                assert verifier.verify(token) is None


def test_the_forger_can_forge(verifier: Tokens) -> None:
    """Else the table below would prove nothing."""
    assert verifier.verify(forged({"alg": "HS256"}, claims())) is not None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_changed_token_is_good(verifier: Tokens, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from([by_secret, by_key]))()
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.sampled_from("ABCxyz019-_.=é"))
    changed = token[:at] + new + token[at + 1 :]
    found = verifier.verify(changed)
    # The last character of a part has bits that say nothing: such a change changes nothing.
    assert found is None or found == verifier.verify(token)


@given(st.text(max_size=200))
def test_no_text_is_a_token(verifier: Tokens, text: str) -> None:
    assert verifier.verify(text) is None


def test_without_secret_and_keys_nothing_is_good() -> None:
    nothing = Tokens(None, system_clock)  # type: ignore[arg-type]
    assert nothing.verify(by_secret()) is None
    assert nothing.verify(by_key()) is None
    assert nothing.verify(forged({"alg": "HS256"}, claims(), "")) is None


def test_the_issuer_counts_where_one_is_set() -> None:
    strict = Tokens(None, system_clock, secret=SECRET, issuer="https://shop.example")  # type: ignore[arg-type]
    assert strict.verify(by_secret()) is None
    assert strict.verify(by_secret(iss="https://evil.example")) is None
    assert strict.verify(by_secret(iss="https://shop.example")) is not None


@pytest.mark.parametrize("secret", ["Tr0ub4dor", "x" * 31])
def test_a_short_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SettingsError, match="shorter than 32 bytes") as caught:
        Settings(token_secret=secret)
    assert secret not in str(caught.value)


class Server:
    """The shop's key set over HTTP, and how often it was asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.body = b'{"keys": []}'
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/jwks.json"

    def hold(self, *entries: dict[str, Any]) -> None:
        """Serve these keys from now on."""
        self.body = json.dumps({"keys": entries}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a free port."""
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


class Monotonic:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_fetched_once_and_again_for_an_unknown_one(server: Server) -> None:
    clock = Monotonic()
    keys = KeySet(server.url, clock)
    server.hold(jwk(RSA, "one"))
    for _ in range(3):
        assert keys.find("one") is not None
    assert server.asked == 1
    server.hold(jwk(RSA, "one"), jwk(OTHER, "two"))
    for _ in range(50):
        keys.find("nobody's")
    assert server.asked == 1
    clock.now += keys_module.PAUSE + 1
    assert keys.find("two") is not None
    assert server.asked == 2
    assert keys.find("one") is not None


def test_a_withdrawn_key_is_forgotten(server: Server) -> None:
    clock = Monotonic()
    keys = KeySet(server.url, clock)
    server.hold(jwk(RSA, "one"))
    assert keys.find("one") is not None
    server.hold(jwk(OTHER, "two"))
    clock.now += keys_module.LIFETIME + 1
    assert keys.find("one") is None


def test_the_only_key_needs_no_name(server: Server) -> None:
    server.hold(jwk(RSA, "one"))
    assert KeySet(server.url).find(None) is not None
    server.hold(jwk(RSA, "one"), jwk(OTHER, "two"))
    assert KeySet(server.url).find(None) is None


def test_keys_stay_while_the_shop_is_away(server: Server, caplog: Any) -> None:
    clock = Monotonic()
    keys = KeySet(server.url, clock)
    server.hold(jwk(RSA, "one"))
    assert keys.find("one") is not None
    for status, body in ((500, b""), (200, b"<html>"), (200, b"[]"), (200, b" " * 300_000)):
        server.status, server.body = status, body
        clock.now += keys_module.LIFETIME + 1
        assert keys.find("one") is not None
    assert caplog.text.count("cannot be read") == 4


def test_without_any_keys_it_is_down(server: Server, tmp_path: Path) -> None:
    server.status = 503
    keys = KeySet(server.url)
    for _ in range(3):
        with pytest.raises(IdentityDown):
            keys.find("one")
    assert server.asked == 1
    with pytest.raises(IdentityDown):
        KeySet(str(tmp_path / "missing.json")).find("one")


@pytest.mark.parametrize("source", ["http://shop.example/keys", "ftp://x/y", "file:///etc/passwd"])
def test_keys_come_over_tls(source: str) -> None:
    with pytest.raises(SettingsError, match="write https://"):
        KeySet(source)


def test_times_are_read_as_utc(verifier: Tokens) -> None:
    found = verifier.verify(by_secret(exp=int(time.time()) + 60))
    assert found is not None
    assert 0 < (found.expires_at - datetime.now(UTC)).total_seconds() <= 60
