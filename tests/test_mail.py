"""The shop's e-mails over a real SMTP server, and as files where there is none."""

import ipaddress
import smtplib
import ssl
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.clock import pinned_clock
from agent.errors import SettingsError
from agent.events import Lang
from agent.identity.letters import code_letter, language_for
from agent.identity.mail import MailError, MailFolder, Smtp, open_post
from agent.settings import Settings
from tests.identity_fixtures import NOW, code_in

LETTER = code_letter("482913", "ana@example.com", "shop@example.com", "zh", pinned_clock(NOW))
Start = Callable[..., Controller]


class Inbox:
    """What arrived: sender, recipients, message; and who logged in."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, list[str], EmailMessage]] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the message."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 OK"

    def login(
        self, _server: Any, _session: Any, _envelope: Any, _way: str, data: Any
    ) -> AuthResult:
        """Let one user in."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        right = (data.login, data.password) == (b"shop@example.com", b"p@ss/word")
        return AuthResult(success=right)


class OnFreePort(Controller):
    """A server on a free port; `client` knows its certificate where it speaks TLS at once."""

    def __init__(self, inbox: Inbox, client: ssl.SSLContext | None = None, **options: Any) -> None:
        super().__init__(inbox, "127.0.0.1", 0, **options)
        self._client = client

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        if self._client is None:
            super()._trigger_server()
            return
        with smtplib.SMTP_SSL("127.0.0.1", self.port, context=self._client, timeout=5) as probe:
            probe.noop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that knows it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.fixture
def start(inbox: Inbox) -> Iterator[Start]:
    """Starts servers on free ports; they end with the test."""
    started: list[Controller] = []

    def start(**options: Any) -> Controller:
        controller = OnFreePort(inbox, **options)
        controller.start()
        started.append(controller)
        return controller

    yield start
    for controller in started:
        controller.stop()


def at(controller: Controller) -> str:
    """Host and port of a server."""
    return f"127.0.0.1:{controller.server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]


def received(inbox: Inbox) -> EmailMessage:
    """The one letter that arrived, from and to whom it should."""
    ((sender, recipients, message),) = inbox.letters
    assert (sender, recipients) == ("shop@example.com", ["ana@example.com"])
    return message


def test_over_starttls_with_a_login(inbox: Inbox, start: Start, tls: Any) -> None:
    server = start(
        tls_context=tls[0], require_starttls=True, auth_required=True, authenticator=inbox.login
    )
    post = Smtp(f"smtp://shop%40example.com:p%40ss%2Fword@{at(server)}", tls[1])
    post.send(LETTER)
    message = received(inbox)
    assert message["Subject"] == "您的登录验证码"
    assert message["Auto-Submitted"] == "auto-generated"
    assert code_in(message) == "482913"
    assert "十分钟" not in message.get_content() and "10 分钟" in message.get_content()
    assert inbox.logins == [(b"shop@example.com", b"p@ss/word")]


def test_over_tls_from_the_start(inbox: Inbox, start: Start, tls: Any) -> None:
    server = OnFreePort(inbox, tls[1], ssl_context=tls[0])
    server.start()
    try:
        Smtp(f"smtps://{at(server)}", tls[1]).send(LETTER)
    finally:
        server.stop()
    assert code_in(received(inbox)) == "482913"


def test_to_this_machine_it_may_go_plain(inbox: Inbox, start: Start) -> None:
    Smtp(f"smtp://{at(start())}").send(LETTER)
    assert code_in(received(inbox)) == "482913"


def test_no_password_goes_plain(inbox: Inbox, start: Start) -> None:
    server = start(authenticator=inbox.login, auth_require_tls=False)
    with pytest.raises(MailError, match="STARTTLS"):
        Smtp(f"smtp://shop:secret@{at(server)}").send(LETTER)
    assert inbox.logins == inbox.letters == []


@pytest.mark.parametrize("user", ["", "shop:secret@"])
def test_a_server_that_nobody_vouches_for(inbox: Inbox, start: Start, tls: Any, user: str) -> None:
    server = start(tls_context=tls[0], authenticator=inbox.login)
    with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
        Smtp(f"smtp://{user}{at(server)}").send(LETTER)
    assert inbox.logins == inbox.letters == []


@pytest.mark.integration
def test_a_wrong_password(inbox: Inbox, start: Start, tls: Any) -> None:
    server = start(tls_context=tls[0], authenticator=inbox.login)
    with pytest.raises(MailError) as caught:
        Smtp(f"smtp://shop:sesame@{at(server)}", tls[1]).send(LETTER)
    assert "sesame" not in str(caught.value)
    assert inbox.letters == []


def test_nobody_there() -> None:
    with pytest.raises(MailError, match=r"the mail server at 127\.0\.0\.1 failed"):
        Smtp("smtp://127.0.0.1:9").send(LETTER)


def test_no_header_is_smuggled_in() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        code_letter("1", "a@x\nBcc: all@x", "", "en", pinned_clock(NOW))


@pytest.mark.parametrize(
    "url",
    [
        "shop.example",
        "http://shop.example",
        "smtp://",
        "smtp://host:port",
        "smtp://host:0",
        "smtp://u:%E5%AF%86@host",
    ],
)
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(SettingsError, match="SHOPCLERK_SMTP_URL cannot be read"):
        Smtp(url)


def test_a_server_needs_a_sender(tmp_path: Path) -> None:
    url = "smtp://user:secret@mail.example:587"
    with pytest.raises(SettingsError, match="set SHOPCLERK_MAIL_FROM") as caught:
        open_post(Settings(home=tmp_path, smtp_url=url), pinned_clock(NOW))
    assert "secret" not in str(caught.value)
    whole = Settings(home=tmp_path, smtp_url=url, mail_from="shop@example.com")
    assert isinstance(open_post(whole, pinned_clock(NOW)), Smtp)


def test_without_a_server_letters_become_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post = open_post(Settings(home=tmp_path), pinned_clock(NOW))
    post.send(LETTER)
    post.send(LETTER)
    files = sorted((tmp_path / "mail").glob("20261121T200000-*.eml"))
    assert len(files) == 2
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert code_in(message) == "482913"
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
    assert str(files[0]) in caplog.text
    assert "482913" not in caplog.text


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(MailError, match="cannot write"):
        MailFolder(tmp_path / "mail", pinned_clock(NOW)).send(LETTER)


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("zh-CN", "zh"), ("zh_TW", "zh"), ("ZH", "zh"), ("en-US", "en"), ("de", "en"), ("", "zh")],
)
def test_in_the_customers_language(locale: str, lang: Lang) -> None:
    assert language_for(locale, "zh") == lang


def test_both_languages_say_the_same() -> None:
    english = code_letter("482913", "ana@example.com", "", "en", pinned_clock(NOW))
    assert english["Subject"] == "Your sign-in code"
    assert english["From"] == "Shopclerk <noreply@localhost>"
    assert "Your code is 482913" in english.get_content()
    assert "10 minutes" in english.get_content()
    assert "您的验证码是 482913" in LETTER.get_content()
    assert "482913" not in str(english["Subject"]) + str(LETTER["Subject"])
