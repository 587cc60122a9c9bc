"""Every product that is shown says why, in the shopper's language."""

from dataclasses import replace

import pytest

from agent.events import Lang
from agent.reasons import why_found
from agent.shop import Shop
from retrieval.understanding.chips import Understood


@pytest.mark.parametrize(
    ("query", "lang", "why"),
    [
        ("a two-person tent", "en", "matches tent"),
        ("tent for 2 people, under $300", "en", "matches tent"),
        ("帐篷", "zh", "符合：帐篷"),
        ("under 20 dollars in stock", "en", "fits in stock, ≤20"),
        ("20美元以内", "zh", "满足：≤20"),
        ("titanium mug", "en", "matches titanium, mug"),
    ],
)
def test_a_search_says_what_of_it_the_row_has(shop: Shop, query: str, lang: Lang, why: str) -> None:
    found = shop.products.search(query)
    assert why_found(found, found.products[0], lang) == why


def test_what_no_row_says_is_near_in_meaning(shop: Shop) -> None:
    found = replace(shop.products.search("tent"), understood=Understood("a surprise for 小芳"))
    kettle = shop.products.get("cup-hearthside-kettle")
    assert why_found(found, kettle, "en") == "near in meaning to what you asked"
    assert why_found(found, kettle, "zh") == "与您的需求意思相近"


@pytest.mark.parametrize(
    ("query", "lang", "why"),
    [
        ("allergic to feathers", "en", "fits without feathers"),
        ("对羽毛过敏", "zh", "满足：不含羽毛"),
        ("not red, under 50 dollars", "en", "fits ≤50, without red"),
        ("不要红色，50美元以内", "zh", "满足：≤50、不含红色"),
    ],
)
def test_what_is_not_wanted_is_no_thing_that_it_has(
    shop: Shop, query: str, lang: Lang, why: str
) -> None:
    found = shop.products.search(query)
    assert why_found(found, found.products[0], lang) == why
