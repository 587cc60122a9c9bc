"""The routes of signing in and out: the identity ladder, and the sample shop's one click."""

import asyncio
import logging
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask

from agent.context import ANONYMOUS, Shopper
from agent.errors import (
    DatabaseError,
    IdentityDown,
    InvalidInput,
    NotFound,
    NotProven,
    TooManyTries,
)
from agent.events import Lang
from agent.identity.ladder import Climbed, Ladder
from ui.body import (
    SESSION_HEADER,
    CodeSent,
    IdentityRequest,
    Session,
    SignInRequest,
    language,
    problem,
    problems,
)
from ui.identity import conversation_id
from ui.routes import Web, token_of
from ui.sample_shop import SampleShop
from ui.shield import cookie, is_foreign, is_loopback
from ui.texts import say

LATER = 60  # seconds until trying again makes sense while something is out of order

log = logging.getLogger(__name__)


def identity_routes(web: Web) -> APIRouter:
    """POST and DELETE /v1/identity."""
    router = APIRouter(prefix="/v1", tags=["identity"])

    @router.post(
        "/identity",
        summary="Prove who you are: the session id changes, the conversation goes along",
        response_model=Session,
        responses={
            202: {"model": CodeSent, "description": "A code was asked for."},
            **problems(401, 403, 409, 413, 422, 429, 503),
        },
    )
    async def climb_up(body: IdentityRequest, request: Request) -> Response:
        lang, token = language(request, body.lang), token_of(request)
        if body.way == "staff" and is_foreign(request.headers):
            return problem(403, "origin", "staff sign in on the shop's own page alone")
        if _is_talking(web, token):
            return problem(409, "session_busy", say(lang, "session_busy"))
        address = request.client.host if request.client else ""
        try:
            climbed = await asyncio.to_thread(_prove, web.ladder, body, address)
        except NotProven as error:
            web.metrics.not_proven(body.way, error.locked)
            return problem(401, error.code, _told(error, lang))
        except TooManyTries as error:
            web.metrics.sign_ins.labels(body.way, "throttled").inc()
            headers = {"Retry-After": str(error.retry_after)}
            return problem(429, error.code, _told(error, lang), headers)
        except InvalidInput:
            return problem(422, "no_email", say(lang, "no_email"))
        except (IdentityDown, DatabaseError) as error:
            log.error("nobody can sign in: %s", error.__cause__ or error)
            down = _told(IdentityDown(), lang)
            return problem(503, "identity_down", down, {"Retry-After": str(LATER)})
        if climbed is None:
            # After the answer: how long it takes must not tell whether there is such a customer.
            sending = BackgroundTask(web.ladder.send_code, body.email, lang)
            sent = CodeSent(message=say(lang, "code_sent"))
            return JSONResponse(sent.model_dump(), 202, background=sending)
        web.metrics.sign_ins.labels(body.way, "proven").inc()
        return _session(await _climb(web, token, climbed), climbed, request)

    @router.delete(
        "/identity",
        summary="Be nobody again, in a new conversation",
        response_model=Session,
        responses=problems(403),
    )
    async def climb_down(request: Request) -> Response:
        nobody = Climbed(ANONYMOUS, "")
        return _session(web.visits.change(token_of(request), ANONYMOUS), nobody, request)

    return router


def sample_routes(web: Web, sample: SampleShop) -> APIRouter:
    """One-click sign-in; the caller sees to it that this exists for the sample shop alone."""
    router = APIRouter(prefix="/v1/sample", tags=["sample shop"])

    @router.post(
        "/sign-in",
        summary="Be one of the sample shop's customers",
        response_model=Session,
        responses=problems(403, 404, 409, 422),
    )
    async def sign_in(
        body: SignInRequest, request: Request, host: Annotated[str, Header()] = ""
    ) -> Response:
        # Behind a proxy, or after a name was rebound to this machine, the host is not loopback.
        customer = await asyncio.to_thread(sample.customer, body.customer_id)
        if customer is None or not is_loopback(host):
            return problem(404, "not_found", "there is no such customer in the sample shop")
        token = token_of(request)
        if _is_talking(web, token):
            return problem(409, "session_busy", say(language(request), "session_busy"))
        climbed = Climbed(Shopper.signed_in(customer.id), customer.name)
        return _session(await _climb(web, token, climbed), climbed, request)

    return router


def _prove(ladder: Ladder, body: IdentityRequest, address: str) -> Climbed | None:
    """Who the request proves to be; None for one that asks for a code."""
    if body.staff:
        return ladder.by_staff(body.staff, body.password.get_secret_value(), address)
    if body.token:
        return ladder.by_token(body.token, address)
    if body.order_id:
        return ladder.by_order(body.order_id, body.email, address)
    if body.code:
        return ladder.by_code(body.email, body.code, address)
    ladder.ask_code(body.email, address)
    return None


async def _climb(web: Web, token: str | None, climbed: Climbed) -> str:
    """The new session's token. The old one is worth nothing; its conversations come along."""
    before = web.visits.get(token)
    after = web.visits.change(token, climbed.shopper, climbed.name)
    if token is not None and before is not None and before.tabs:
        try:
            if await asyncio.to_thread(web.ladder.may_follow, before.shopper, climbed.shopper):
                for tab in before.tabs:
                    ids = conversation_id(token, tab), web.visits.conversation(after, tab)
                    await asyncio.to_thread(web.sessions.climb, *ids, climbed.shopper)
        except (DatabaseError, NotFound) as error:
            log.warning("a conversation was lost at a sign-in: %s", error)
    return after


def _is_talking(web: Web, token: str | None) -> bool:
    """Whether a turn of this visit still runs: it would end in a conversation that has moved."""
    visit = web.visits.get(token)
    if token is None or visit is None:
        return False
    return any(web.queue.is_running(conversation_id(token, tab)) for tab in visit.tabs)


def _session(token: str, climbed: Climbed, request: Request) -> JSONResponse:
    shopper = climbed.shopper
    session = Session(
        session_id=token,
        customer_id=shopper.customer_id,
        order_id=shopper.order_id,
        staff=shopper.staff_name,
        name=climbed.name,
    )
    response = JSONResponse(session.model_dump())
    response.headers[SESSION_HEADER] = token
    response.headers["Cache-Control"] = "no-store"
    response.headers.append("Set-Cookie", cookie(token, request.url.scheme))
    return response


def _told(error: NotProven | TooManyTries | IdentityDown, lang: Lang) -> str:
    return error.zh if lang == "zh" else error.en
