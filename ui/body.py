"""What the HTTP API takes and gives, as its OpenAPI page shows it."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from agent.events import MAX_CHARACTERS, Lang
from ui.texts import preferred

SESSION_HEADER = "X-Session-Id"


class ChatRequest(BaseModel):
    """One turn. Length is checked by the handler, which answers in the caller's language."""

    message: str = Field(
        json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS},
        description="What the shopper says.",
        examples=["a two-person tent under 250 dollars"],
    )
    session_id: str | None = Field(
        None, description=f"From the {SESSION_HEADER} header of an earlier answer."
    )
    lang: Lang | None = Field(
        None,
        description="The interface's language, for messages that show none of their own; "
        "else Accept-Language.",
    )


class ProposalDecision(BaseModel):
    """Whose proposal it is, where neither a bearer token nor the cookie says so."""

    session_id: str | None = Field(
        None, description=f"From the {SESSION_HEADER} header of an earlier answer."
    )
    lang: Lang | None = Field(None, description="Of the answer; else Accept-Language.")


class SignInRequest(BaseModel):
    """Which sample customer to be."""

    customer_id: str = Field(description="The id of one of the sample shop's customers.")


_WAYS = {
    frozenset({"email", "order_id"}): "order",
    frozenset({"email"}): "code",
    frozenset({"email", "code"}): "code",
    frozenset({"token"}): "token",
    frozenset({"staff", "password"}): "staff",
}


class IdentityRequest(BaseModel):
    """One of: order_id and email; email, which sends a code; email and code; token; staff and
    password.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"order_id": "LP-28074", "email": "ana@example.com"},
                {"email": "ana@example.com"},
                {"email": "ana@example.com", "code": "482913"},
                {"token": "eyJhbGciOiJIUzI1NiIs…"},
                {"staff": "mei", "password": "…"},
            ]
        },
    )
    email: str = Field("", max_length=254, description="The e-mail address that the shop knows.")
    order_id: str = Field("", max_length=200, description="With email: opens this one order.")
    code: str = Field("", max_length=40, description="With email: the code that was e-mailed.")
    token: str = Field("", max_length=8192, description="A signed token of the shop's own pages.")
    staff: str = Field("", max_length=200, description="With password: a staff member's name.")
    password: SecretStr = Field(SecretStr(""), max_length=200)
    lang: Lang | None = Field(None, description="The language of what is answered to people.")

    @property
    def way(self) -> str:
        """What it proves by: order, code, token or staff; "" for none of them."""
        return _WAYS.get(frozenset(self.model_dump(exclude={"lang"}, exclude_defaults=True)), "")

    @model_validator(mode="after")
    def _is_one_way(self) -> "IdentityRequest":
        if not self.way:
            ways = (
                "order_id and email, or email, or email and code, or token, or staff and password"
            )
            raise ValueError(f"send {ways}")
        return self


class Session(BaseModel):
    """The session from here on. The earlier id is worth nothing any more."""

    session_id: str
    customer_id: str | None = None
    order_id: str | None = Field(None, description="The one order that may be read.")
    staff: str | None = Field(None, description="The staff member's name.")
    name: str = ""


class CodeSent(BaseModel):
    """A code is on its way, if anybody has this e-mail address; which of the two is not said."""

    message: str


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class Problem(BaseModel):
    """What is wrong: a code for programs, one line for people."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """The shape of every error."""

    error: Problem


def problem(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """An error as every route answers it."""
    body = ErrorBody(error=Problem(code=code, message=message))
    return JSONResponse(body.model_dump(), status, headers)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI."""
    said = {
        401: "What was sent proves nothing; why is not said.",
        403: "Another site's page asked.",
        404: "Unknown session, customer or proposal.",
        409: "The session's last turn still runs, or the proposal can no longer take effect.",
        410: "The proposal has expired; nothing was done.",
        413: "The body is too large.",
        422: "The message is empty, too long, or the body is not as described.",
        429: "Too many tries; Retry-After says when to come back.",
        503: "Too busy, or out of order; Retry-After says when to come back.",
    }
    return {status: {"model": ErrorBody, "description": said[status]} for status in statuses}


def language(request: Request, lang: Lang | None = None) -> Lang:
    """The language to answer a request's errors in: the body's, else the browser's."""
    return lang or preferred(request.headers.get("accept-language", ""))
