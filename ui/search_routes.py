"""POST /v1/search: the shop's search by itself, for pages and programs that need no chat."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from agent.cards import product_card
from agent.chips import chips_of, searched
from agent.events import FilterChip, Given, Lang, ProductCard
from agent.handles import Handles
from agent.normalise import clean
from agent.product_desk import ProductDesk
from agent.reasons import why_found
from retrieval.errors import IndexStoreError
from ui.body import language, problem, problems
from ui.texts import say
from ui.turns import Answers

LONGEST_QUERY = 500
MOST_PRODUCTS = 50


class SearchRequest(Given):
    """What to look for. What the query itself says ("under 50", "最轻") narrows and sorts too."""

    query: str = Field(
        "", max_length=LONGEST_QUERY, examples=["a two-person tent under 250 dollars"]
    )
    k: int = Field(10, ge=1, le=MOST_PRODUCTS, description="How many products at most.")
    without: list[Annotated[str, Field(max_length=LONGEST_QUERY)]] = Field(
        default=[], max_length=20, description="Keys of chips of an earlier answer to leave out."
    )
    lang: Lang | None = Field(None, description="Of the answer; else Accept-Language.")


class SearchAnswer(BaseModel):
    """Products that satisfy every constraint, best first, and what the constraints were.

    Not `carried`: the shop has nothing of the kind, and `products` merely come closest.
    """

    query: str
    chips: list[FilterChip]
    products: list[ProductCard]
    carried: bool = True
    cheapest: ProductCard | None = Field(
        None, description="The cheapest of the kind, where none lies in the price range."
    )
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
    given = body.model_copy(update={"message": clean(body.message)})
    found = searched(desk, clean(body.query), given, body.without, body.k)
    handles = Handles()
    return SearchAnswer(
        query=found.said,
        chips=chips_of(found, lang),
        products=[
            product_card(product, lang, handles, why_found(found, product, lang))
            for product in found.products
        ],
        carried=found.carried,
        cheapest=found.cheapest and product_card(found.cheapest, lang, handles),
        catalogue=version,
    )
