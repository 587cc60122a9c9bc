"""POST /v1/search: the shop's search by itself, for pages and programs that need no chat."""

import asyncio
from decimal import Decimal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from agent.cards import product_card
from agent.chips import chips_of
from agent.events import FilterChip, Lang, ProductCard
from agent.handles import Handles
from agent.normalise import clean
from agent.product_desk import Found, ProductDesk, SortName
from agent.reasons import why_found
from retrieval.errors import IndexStoreError
from ui.body import language, problem, problems
from ui.texts import say
from ui.turns import Answers

LONGEST_QUERY = 500
MOST_PRODUCTS = 50


class SearchRequest(BaseModel):
    """What to look for. What the query itself says ("under 50", "最轻") narrows and sorts too."""

    query: str = Field(
        "", max_length=LONGEST_QUERY, examples=["a two-person tent under 250 dollars"]
    )
    k: int = Field(10, ge=1, le=MOST_PRODUCTS, description="How many products at most.")
    category: str = Field("", max_length=200, description="Any level, in either language.")
    brand: str = Field("", max_length=200)
    min_price: Decimal | None = Field(None, ge=0, description="In the shop's currency, inclusive.")
    max_price: Decimal | None = Field(None, ge=0, description="In the shop's currency, inclusive.")
    in_stock: bool = False
    min_rating: float | None = Field(None, ge=0, le=5)
    sort: SortName = "relevance"
    without: list[str] = Field(
        default=[], max_length=20, description="Keys of chips of an earlier answer to leave out."
    )
    lang: Lang | None = Field(None, description="Of the answer; else Accept-Language.")


class SearchAnswer(BaseModel):
    """Products that satisfy every constraint, best first, and what the constraints were."""

    query: str
    chips: list[FilterChip]
    products: list[ProductCard]
    catalogue: str = Field(description="The catalogue version that answered.")


def search_routes(answers: Answers) -> APIRouter:
    """The search over whatever shop `answers` has open."""
    router = APIRouter(prefix="/v1", tags=["search"])

    @router.post(
        "/search",
        summary="Products for a query, with what was understood of it",
        response_model=SearchAnswer,
        responses=problems(403, 413, 422, 503),
    )
    async def search(body: SearchRequest, request: Request) -> Response:
        lang = language(request, body.lang)
        desk = answers.products
        if desk is None:
            return problem(503, "opening", say(lang, "opening"))
        try:
            answer = await asyncio.to_thread(_answer, desk, body, lang)
        except IndexStoreError as error:
            return problem(503, "no_index", str(error))
        return JSONResponse(answer.model_dump())

    return router


def _answer(desk: ProductDesk, body: SearchRequest, lang: Lang) -> SearchAnswer:
    version = desk.version
    found = _found(desk, body)
    handles = Handles()
    return SearchAnswer(
        query=found.said,
        chips=chips_of(found, lang),
        products=[
            product_card(product, lang, handles, why_found(found, product, lang))
            for product in found.products
        ],
        catalogue=version,
    )


def _found(desk: ProductDesk, body: SearchRequest) -> Found:
    return desk.search(
        clean(body.query),
        category=body.category,
        brand=body.brand,
        min_price=body.min_price,
        max_price=body.max_price,
        in_stock=body.in_stock,
        min_rating=body.min_rating,
        sort=body.sort,
        k=body.k,
        without=body.without,
    )
