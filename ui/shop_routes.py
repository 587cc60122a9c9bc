"""The shop's own system answers: whether it did a change, or that goods are back."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from agent.clock import Clock
from agent.errors import AnswerConflict, BadSignature, NotFound
from agent.orders.answers import Answer
from agent.orders.outbox import Outbox
from agent.signing import verify
from ui.body import ErrorBody, problem

_SAID = {
    401: "The message is not signed with the shop's secret, or not of this moment.",
    404: "There is no such change.",
    409: "The shop has answered otherwise before.",
    422: "The body is not as described.",
}


class ShopAnswer(Answer):
    """The shop's word on one change. Said again, it has no further effect."""

    id: str = Field(description="The id of the change, the same as in the address.")


class ChangeState(BaseModel):
    """Where the change stands now. `needs_staff`: it was refused and could not be taken back."""

    id: str
    status: str
    needs_staff: bool


def shop_routes(outbox: Outbox, secret: str, clock: Clock) -> APIRouter:
    """POST /v1/shop/changes/{id}, signed as the webhook is (`agent.signing`).

    The signature covers the body and not the address, so the body names the change too.
    """
    router = APIRouter(prefix="/v1/shop", tags=["shop"])

    @router.post(
        "/changes/{change_id}",
        summary="The shop's own system answers a change; signed like its webhook",
        response_model=ChangeState,
        responses={code: {"model": ErrorBody, "description": said} for code, said in _SAID.items()},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ShopAnswer.model_json_schema()}},
            }
        },
    )
    async def answer(change_id: str, request: Request) -> Response:
        body = await request.body()
        try:
            verify(secret, request.headers, body, clock())
            said = ShopAnswer.model_validate_json(body)
        except BadSignature as error:
            return problem(401, "bad_signature", str(error))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "body"
            return problem(422, "invalid", f"{where}: {first['msg']}")
        if said.id != change_id:
            return problem(422, "invalid", "id: is not the change of the address")
        return await asyncio.to_thread(_answer, outbox, said)

    return router


def _answer(outbox: Outbox, said: ShopAnswer) -> Response:
    try:
        event = outbox.answer(said.id, said)
    except NotFound as error:
        return problem(404, "not_found", str(error))
    except AnswerConflict as error:
        return problem(409, "conflict", str(error))
    state = ChangeState(id=event.id, status=event.status, needs_staff=event.needs_staff)
    return JSONResponse(state.model_dump())
