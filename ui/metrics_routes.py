"""GET /metrics: what this process counted, and how the shop stands now, for Prometheus."""

import asyncio
import hmac
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ui.body import problem, problems
from ui.health import Readiness, Standing
from ui.routes import Web
from ui.shield import is_loopback

_PROXIES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def metrics_routes(web: Web) -> APIRouter:
    """For programs on this machine, and for who has the token; never for a page."""
    router = APIRouter(tags=["state"])
    token = web.settings.metrics_token.get_secret_value()

    @router.get(
        "/metrics",
        summary="What Prometheus reads; from another machine with a token alone",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **problems(401, 403),
        },
    )
    async def metrics(request: Request) -> Response:
        if _is_a_page_s(request):
            return problem(403, "origin", "figures are for programs, not for pages")
        if not (_is_local(request) or (token and _bears(request, token))):
            line = "from another machine, send SHOPCLERK_METRICS_TOKEN as a bearer token"
            return problem(401, "token", line, {"WWW-Authenticate": "Bearer"})
        state = await web.health.readiness()
        standing = await asyncio.to_thread(web.health.standing)
        now = CollectorRegistry()
        now.register(_Now(state, standing))
        text = await asyncio.to_thread(generate_latest, web.metrics.registry)
        return Response(text + generate_latest(now), media_type=CONTENT_TYPE_LATEST)

    return router


class _Now(Collector):
    """How the shop stands at this scrape. What cannot be looked up is left out."""

    def __init__(self, state: Readiness, standing: Standing) -> None:
        self._state = state
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """One family after another."""
        state, standing = self._state, self._standing
        yield _gauge("ready", "Whether the shop can serve.", {"": float(state.ready)})
        model = {"": float(state.model == "ready")}
        yield _gauge("model_ready", "Whether the language model answers.", model)
        if standing.outbox is not None:
            waits = {"waiting": standing.outbox.waiting, "failed": standing.outbox.failed}
            waits["for_staff"] = standing.outbox.for_staff
            yield _gauge("outbox", "Confirmed changes by where they stand.", waits, "state")
            text = "Age of the oldest change that is not delivered; 0: none."
            yield _gauge("outbox_oldest_seconds", text, {"": standing.outbox_age})
        if standing.proposals is not None:
            text = "Proposals made, and what became of them; unconfirmed ones are kept 30 days."
            yield _gauge("proposals", text, standing.proposals, "state")
        if standing.index_version:
            products = {standing.index_version: standing.products}
            yield _gauge("index_products", "Products in the index.", products, "version")


def _gauge(name: str, text: str, values: Mapping[str, float], label: str = "") -> Metric:
    family = GaugeMetricFamily(f"shopclerk_{name}", text, labels=[label] if label else [])
    for value, figure in values.items():
        family.add_metric([value] if label else [], figure)
    return family


def _is_a_page_s(request: Request) -> bool:
    """Whether a script asks; who types the address into a browser is no page."""
    asks = request.headers.get("sec-fetch-site", "none")
    return "origin" in request.headers or asks != "none"


def _is_local(request: Request) -> bool:
    """From this machine, under its own name: a proxy or a rebound name gives itself away."""
    address = request.client.host if request.client else ""
    passed_on = any(name in request.headers for name in _PROXIES)
    return is_loopback(address) and is_loopback(request.headers.get("host", "")) and not passed_on


def _bears(request: Request, token: str) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
