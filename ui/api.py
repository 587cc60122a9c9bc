"""The HTTP API, and the application that the chat page is mounted in."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from agent.clock import system_clock
from agent.identity.ladder import open_ladder
from agent.orders.database import Database, open_database
from agent.orders.outbox import Outbox
from agent.sessions import Sessions
from agent.settings import Settings
from ui.body import SESSION_HEADER, language, problem
from ui.daily import stop, sweep_daily
from ui.health import Health
from ui.identity import Visits
from ui.identity_routes import identity_routes, sample_routes
from ui.metrics import Metrics
from ui.metrics_routes import metrics_routes
from ui.proposal_routes import proposal_routes
from ui.routes import Web, chat_routes, looking_routes
from ui.sample_shop import sample_shop
from ui.search_routes import search_routes
from ui.shield import BodyLimit, OriginCheck, SecurityHeaders
from ui.shop_routes import shop_routes
from ui.texts import say
from ui.turns import Answers, TurnQueue

log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    assistant: Answers,
    *,
    warming: Callable[[], bool] = lambda: False,
    origins: Sequence[str] = (),
    page: bool = True,
) -> FastAPI:
    """The whole web server. `origins` are other sites that may call it, each spelled exactly.

    `warming` says whether somebody is starting the model. Without `page` there is only the API.
    """
    db = open_database(settings)
    web = _web(settings, assistant, db, warming)
    app = FastAPI(
        title="Shopclerk",
        description="A shop assistant: product search, policies and the shopper's own orders.",
        version="0.1.0",
        lifespan=_lifespan(db, settings),
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        docs_url=None,
        redoc_url=None,
    )
    _guard(app, origins)
    _explain_errors(app)
    app.include_router(chat_routes(web))
    app.include_router(looking_routes(web))
    app.include_router(metrics_routes(web))
    app.include_router(search_routes(assistant))
    app.include_router(proposal_routes(web, assistant))
    app.include_router(identity_routes(web))
    if secret := settings.webhook_secret.get_secret_value():
        app.include_router(shop_routes(Outbox(db, system_clock), secret, system_clock))
    if web.sample is not None:
        app.include_router(sample_routes(web, web.sample))
    if page:
        from ui.chat import mount

        mount(app, web)
    if settings.trusted_proxies:
        # Before everything else, so that all see the client's address and scheme.
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    return app


def _web(settings: Settings, assistant: Answers, db: Database, warming: Callable[[], bool]) -> Web:
    metrics = Metrics()
    queue = TurnQueue(
        assistant,
        running=settings.max_concurrent_turns,
        waiting=settings.max_queued_turns,
        metrics=metrics,
    )
    health = Health(settings, db, assistant, warming)
    return Web(
        settings,
        queue,
        Visits(),
        health,
        Sessions(db, system_clock),
        open_ladder(settings, db, system_clock),
        sample_shop(settings, db),
        metrics,
    )


def _lifespan(
    db: Database, settings: Settings
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(sweep_daily(db, settings))
        yield
        await stop(sweeping)
        db.dispose()

    return lifespan


def _guard(app: FastAPI, origins: Sequence[str]) -> None:
    """The last one added stands first in the way."""
    app.add_middleware(BodyLimit)
    # Present even without origins: Gradio adds one of its own, which is not exact, otherwise.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_credentials=True,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=[SESSION_HEADER, "Retry-After"],
    )
    app.add_middleware(OriginCheck, allowed=frozenset(origins))
    app.add_middleware(SecurityHeaders)


def _explain_errors(app: FastAPI) -> None:
    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return problem(422, "invalid", f"{where}: {first['msg']}")

    async def http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
        return problem(error.status_code, code, str(error.detail), dict(error.headers or {}))

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(500, "internal", say(language(request), "internal"))

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
