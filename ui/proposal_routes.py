"""Confirm or dismiss a proposal over HTTP: what the page's buttons do, for other pages."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from agent.confirming import Confirm, Dismiss, no_such_proposal
from agent.context import ANONYMOUS
from agent.errors import NotFound, ProposalExpired, Told
from agent.events import Event, Receipt, Text
from agent.wording import say
from ui.body import Alive, ProposalDecision, language, problem, problems
from ui.identity import conversation_id
from ui.routes import Web, token_of
from ui.turns import Answers


class ReceiptAnswer(BaseModel):
    """What was done. `again`: it had been confirmed before, and this is the same receipt."""

    receipt: Receipt
    text: str
    again: bool


def proposal_routes(web: Web, answers: Answers) -> APIRouter:
    """POST /v1/proposals/{id}/confirm and /dismiss."""
    router = APIRouter(prefix="/v1/proposals", tags=["orders"])

    async def decide(
        button: Confirm | Dismiss, body: ProposalDecision | None, request: Request
    ) -> Response:
        lang = language(request, body.lang if body else None)
        token = (body.session_id if body else None) or token_of(request)
        visit = await web.visit(token, request.headers)
        if visit is None or token is None:
            return problem(404, "not_found", no_such_proposal(lang))
        try:
            events, again = await asyncio.to_thread(
                answers.decide, conversation_id(token), visit.shopper or ANONYMOUS, button, lang
            )
        except NotFound:
            return problem(404, "not_found", no_such_proposal(lang))
        except Told as error:
            status = 410 if isinstance(error, ProposalExpired) else 409
            return problem(status, error.code, say(lang, error.en, error.zh))
        return _answer(events, again)

    @router.post(
        "/{proposal_id}/confirm",
        summary="Let a proposal take effect; again gives the same receipt",
        response_model=ReceiptAnswer,
        responses=problems(403, 404, 409, 410, 503),
    )
    async def confirm(
        proposal_id: str, request: Request, body: ProposalDecision | None = None
    ) -> Response:
        return await decide(Confirm(proposal_id), body, request)

    @router.post(
        "/{proposal_id}/dismiss",
        summary="Put a proposal away",
        response_model=Alive,
        responses=problems(403, 404, 409, 503),
    )
    async def dismiss(
        proposal_id: str, request: Request, body: ProposalDecision | None = None
    ) -> Response:
        return await decide(Dismiss(proposal_id), body, request)

    return router


def _answer(events: list[Event], again: bool) -> Response:
    receipt = next((event for event in events if isinstance(event, Receipt)), None)
    if receipt is None:
        return JSONResponse(Alive().model_dump())
    text = " ".join(event.text for event in events if isinstance(event, Text))
    answer = ReceiptAnswer(receipt=receipt, text=text, again=again)
    return JSONResponse(answer.model_dump(mode="json"))
