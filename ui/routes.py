"""The routes of the HTTP API: chatting and looking."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from agent.context import ANONYMOUS, Rung
from agent.errors import DatabaseError, SessionBusy
from agent.events import MAX_CHARACTERS, Event, Lang
from agent.identity.ladder import Ladder
from agent.normalise import clean
from agent.sessions import Sessions
from agent.settings import Settings
from ui.body import (
    SESSION_HEADER,
    Alive,
    ChatRequest,
    language,
    problem,
    problems,
)
from ui.health import Health, Readiness
from ui.identity import COOKIE, Visit, Visits
from ui.metrics import Metrics
from ui.pictures import picture_svg
from ui.sample_shop import SampleShop
from ui.shield import cookie, is_foreign
from ui.texts import say
from ui.turns import RETRY_AFTER, Place, QueueFull, TurnQueue

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Web:
    """What the routes and the chat page share."""

    settings: Settings
    queue: TurnQueue
    visits: Visits
    health: Health
    sessions: Sessions
    ladder: Ladder
    sample: SampleShop | None
    metrics: Metrics

    def known(self, token: str | None, headers: Mapping[str, str]) -> Visit | None:
        """The visit of a token as it stands here. No other site's page may use a staff member's,
        not even one that may call the API.
        """
        visit = self.visits.get(token)
        is_staff = visit is not None and visit.shopper.rung == Rung.STAFF
        return None if is_staff and is_foreign(headers) else visit

    async def visit(self, token: str | None, headers: Mapping[str, str]) -> Visit | None:
        """The same, once it is sure that a member of staff still is one: their visit ends with
        their account, or if that cannot be looked up.
        """
        visit = self.known(token, headers)
        if token is None or visit is None or visit.shopper.rung != Rung.STAFF:
            return visit
        try:
            if await asyncio.to_thread(self.ladder.is_staff, visit.shopper):
                return visit
        except DatabaseError as error:
            log.error("staff are signed out: %s", error)
        self.visits.end(token)
        return None


class TurnStream(StreamingResponse):
    """A turn as Server-Sent Events. Its place in the queue is given back however it ends."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[Event], queue: TurnQueue, place: Place) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_frames(events), headers=headers)
        self._queue, self._place = queue, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; a client that goes away cancels the turn, even before its first event."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._queue.leave(self._place)


async def _frames(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    async for event in events:
        yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n"


def token_of(request: Request) -> str | None:
    """The token that a request carries: a bearer's, else the cookie's."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE)


def message_fault(text: str, lang: Lang) -> tuple[str, str] | None:
    """Why a message cannot be a turn, as (code, line for the shopper); None if it can."""
    if len(text) > MAX_CHARACTERS:
        length, limit = f"{len(text):,}", f"{MAX_CHARACTERS:,}"
        return "too_long", say(lang, "too_long", length=length, limit=limit)
    return None if clean(text) else ("empty", say(lang, "empty"))


def chat_routes(web: Web) -> APIRouter:
    """POST /v1/chat."""
    router = APIRouter(prefix="/v1", tags=["chat"])

    @router.post(
        "/chat",
        summary="One turn of a conversation, streamed",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "The turn's events as they happen; the last is done or error. "
                f"The {SESSION_HEADER} header names the session for the next turn.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
                "headers": {SESSION_HEADER: {"schema": {"type": "string"}}},
            },
            **problems(403, 404, 409, 413, 422, 503),
        },
    )
    async def chat(body: ChatRequest, request: Request) -> Response:
        lang = language(request, body.lang)
        if fault := message_fault(body.message, lang):
            return problem(422, *fault)
        given = body.session_id or token_of(request)
        visit = await web.visit(given, request.headers)
        if visit is None and body.session_id:
            line = "session_id is unknown or expired; leave it out to start a new session"
            return problem(404, "unknown_session", line)
        token = given if visit and given else web.visits.open()
        shopper = visit.shopper if visit else ANONYMOUS
        try:
            place = web.queue.enter(web.visits.conversation(token))
        except QueueFull:
            line = say(lang, "busy", seconds=RETRY_AFTER)
            return problem(503, "busy", line, {"Retry-After": str(RETRY_AFTER)})
        except SessionBusy:
            return problem(409, "session_busy", say(lang, "session_busy"))
        events = web.queue.run(place, shopper, body.message, lang)
        response = TurnStream(events, web.queue, place)
        response.headers[SESSION_HEADER] = token
        if visit is None and web.visits.get(given) is None:
            response.headers.append("Set-Cookie", cookie(token, request.url.scheme))
        return response

    return router


def looking_routes(web: Web) -> APIRouter:
    """Health, readiness and product pictures."""
    router = APIRouter(tags=["state"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> Alive:
        return Alive()

    @router.get(
        "/readyz",
        summary="Whether the shop can serve; it can without its model",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "The shop cannot serve yet."}},
    )
    async def readyz() -> Response:
        state = await web.health.readiness()
        return JSONResponse(state.model_dump(), 200 if state.ready else 503)

    @router.get(
        "/pictures/{product_id:path}.svg",
        summary="A product's picture, or a placeholder",
        response_class=Response,
        responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
    )
    async def picture(product_id: str) -> Response:
        svg = await asyncio.to_thread(picture_svg, web.settings.shop / "pictures", product_id)
        headers = {
            "Cache-Control": "public, max-age=3600",
            # An SVG opened by itself is a document: it may draw, and run nothing.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
        return Response(svg, media_type="image/svg+xml", headers=headers)

    return router
