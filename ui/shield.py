"""What stands before every request: size, origin and headers, as plain ASGI so streams stay so."""

import ipaddress
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.identity import COOKIE, Visits
from ui.texts import preferred, say

BODY_LIMIT = 64 * 1024  # bytes; 4,000 characters are 24 kB at most, even as \uXXXX
DRAIN_LIMIT = 8 * 1024 * 1024  # bytes read past the limit, so that the client sees the refusal

# Gradio's page starts from inline scripts and compiles its templates in the browser. Pictures may
# come from the shop's own image host; nothing else may come from elsewhere.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; mark the start of the answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, marked if scope["type"] == "http" else send)


class OriginCheck:
    """Refuses a write that another site's page sent: its Origin is neither this host nor allowed.

    Requests without an Origin come from programs, not from pages, and carry no stolen cookie.
    """

    def __init__(self, app: ASGIApp, *, allowed: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            headers = Headers(scope=scope)
            origin = headers.get("origin", "")
            if is_foreign(headers) and origin not in self._allowed:
                line = f"requests from {origin[:100]} are not accepted here"
                return await refuse(send, 403, "origin", line)
        return await self._app(scope, receive, send)


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether another site's page sent a request with these headers, an allowed one or not."""
    origin, host = headers.get("origin"), headers.get("host", "")
    return origin is not None and not (host and urlsplit(origin).netloc == host)


class BodyLimit:
    """Refuses a body above `BODY_LIMIT` bytes, by its stated length or by what arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 and throw away what arrived."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        stated = headers.get("content-length", "0")
        if not stated.isdigit() or int(stated) > DRAIN_LIMIT:
            return await self._too_large(headers, send)
        body = await _read(receive)
        if body is None:
            return await self._too_large(headers, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _too_large(self, headers: Headers, send: Send) -> None:
        lang = preferred(headers.get("accept-language", ""))
        await refuse(send, 413, "too_large", say(lang, "too_large", limit=f"{BODY_LIMIT:,}"))


async def refuse(send: Send, status: int, code: str, message: str) -> None:
    """Answer with the one JSON shape that all errors have."""
    body = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> list[Message] | None:
    """The messages of a whole body, or None if it is too large.

    A client that is still sending when the connection closes never reads its refusal, so the
    rest is read and dropped, up to `DRAIN_LIMIT`.
    """
    messages: list[Message] = []
    size, more = 0, True
    while more and size <= DRAIN_LIMIT:
        message = await receive()
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
        if size <= BODY_LIMIT:
            messages.append(message)
    return messages if size <= BODY_LIMIT else None


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = list(messages)

    async def replayed() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replayed


def is_loopback(host: str) -> bool:
    """Whether a bind address or the name in a Host header is this machine alone."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or "]:" in host else host
    name = name.strip("[]").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


class VisitCookie:
    """Gives the page's visitor a session cookie, where there is none that is worth anything."""

    def __init__(self, app: ASGIApp, *, visits: Visits) -> None:
        self._app = app
        self._visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; mark the page's answer."""
        page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
        if page and self._visits.get(cookie_parser(_cookies(scope)).get(COOKIE)) is None:
            token = self._visits.open()

            async def marked(message: Message) -> None:
                if message["type"] == "http.response.start":
                    marked_with = cookie(token, scope["scheme"])
                    MutableHeaders(scope=message).append("set-cookie", marked_with)
                await send(message)

            return await self._app(scope, receive, marked)
        return await self._app(scope, receive, send)


def _cookies(scope: Scope) -> str:
    return Headers(scope=scope).get("cookie", "")


def cookie(token: str, scheme: str) -> str:
    """A Set-Cookie value: out of reach of scripts, of other sites' posts, and of plain HTTP."""
    secure = "; Secure" if scheme == "https" else ""
    return f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"
