"""How the shop's e-mails leave: by SMTP, or as files where no server is set."""

import logging
import os
import secrets
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from agent.clock import Clock
from agent.errors import SettingsError, ShopclerkError
from agent.settings import Settings

TIMEOUT = 10.0  # seconds for each answer of the server

log = logging.getLogger(__name__)


class MailError(ShopclerkError):
    """The mail server cannot be reached, or did not take the message."""


class Post(Protocol):
    """Sends e-mails."""

    def send(self, message: EmailMessage) -> None:
        """Send it. Raises MailError."""
        ...


class Smtp:
    """A mail server: ``smtp://USER:PASSWORD@HOST:587`` with STARTTLS, ``smtps://`` with TLS.

    ``smtp://`` goes without TLS to this machine alone, or where ``?tls=off`` says so, and never
    with a password. `context` is for servers whose certificate the system does not know.
    """

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        self._url = _checked(url)
        self._context = context or ssl.create_default_context()

    def send(self, message: EmailMessage) -> None:
        """Send it. Raises MailError."""
        try:
            with self._connect() as server:
                if self._url.scheme == "smtp":
                    self._start_tls(server)
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"the mail server at {self._url.hostname} failed: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(
                host, self._url.port or 465, timeout=TIMEOUT, context=self._context
            )
        return smtplib.SMTP(host, self._url.port or 587, timeout=TIMEOUT)

    def _start_tls(self, server: smtplib.SMTP) -> None:
        """TLS, unless it may go without and the server has none."""
        server.ehlo_or_helo_if_needed()
        if _plain_is_allowed(self._url) and not server.has_extn("starttls"):
            return
        server.starttls(context=self._context)


class MailFolder:
    """Writes each message into a file of its own, for a shop that has no mail server yet."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, message: EmailMessage) -> None:
        """Write it, readable for this user alone. Raises MailError."""
        name = f"{self._clock():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(message.as_bytes())
        except OSError as error:
            raise MailError(f"cannot write {self._folder / name}: {error.strerror}") from error
        log.warning("no SHOPCLERK_SMTP_URL is set: an e-mail lies in %s", self._folder / name)


def open_post(settings: Settings, clock: Clock) -> Post:
    """The mail server of these settings, else the folder. Raises SettingsError."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        return MailFolder(settings.home / "mail", clock)
    if not settings.mail_from:
        raise SettingsError(
            "SHOPCLERK_SMTP_URL needs a sender: set SHOPCLERK_MAIL_FROM, as in shop@shop.example"
        )
    return Smtp(url)


def _checked(url: str) -> SplitResult:
    parsed = urlsplit(url)
    try:
        whole = parsed.scheme in ("smtp", "smtps") and parsed.hostname and parsed.port != 0
        # Python's smtplib logs in with ASCII alone.
        whole = whole and unquote(parsed.netloc).isascii()
    except ValueError:
        whole = False
    if not whole:
        raise SettingsError(
            "SHOPCLERK_SMTP_URL cannot be read: write smtp://USER:PASSWORD@HOST:587 with "
            "special characters as %XX, or smtps://…"
        )
    return parsed


def _plain_is_allowed(url: SplitResult) -> bool:
    if url.username:
        return False
    here = url.hostname in ("localhost", "127.0.0.1", "::1")
    return here or parse_qs(url.query).get("tls") == ["off"]
