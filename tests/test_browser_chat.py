"""A shopper at the real page in headless Chromium, with the real model behind it."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from agent.settings import CHECKOUT
from retrieval.catalogue import in_language, read_catalogue, read_whole
from tests.missing import missing
from tests.open_shop import OpenShop

pytestmark = [pytest.mark.vllm, pytest.mark.browser, pytest.mark.timeout(1200)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PRODUCTS = CHECKOUT / "data" / "shop" / "products"
FEW = 5  # from here down the page shows how many are left
ANSWER_WITHIN = 90_000  # milliseconds; the machine may be busy


@pytest.fixture(params=["en-US", "zh-CN"])
def page(request: pytest.FixtureRequest, open_shop: OpenShop) -> Iterator[Page]:
    """A new visitor's page in the browser's language."""
    if CHROMIUM is None:
        missing("no Chromium here: install Debian's `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(locale=request.param, viewport={"width": 1200, "height": 860})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(open_shop.url)
        expect(page.locator(".sc-greeting")).to_be_visible(timeout=60_000)
        yield page
        browser.close()
    assert faults == []


def test_the_answer_streams_and_the_card_is_whole(page: Page) -> None:
    chinese = page.evaluate("navigator.language").startswith("zh")
    question = "500元以内的帐篷" if chinese else "tents under 300 dollars"
    page.get_by_label("Your message").or_(page.get_by_label("你的消息")).fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".sc-said")).to_have_text(question)
    # Something is to be seen while the model works: the answer comes in steps.
    expect(page.locator("#sc-chat .sc-lamp").first).to_be_visible()
    card = page.locator(".sc-card").first
    expect(card).to_be_visible(timeout=ANSWER_WITHIN)
    products = {p.id: p for p in read_whole(read_catalogue([PRODUCTS])).products}
    product = products[str(card.get_attribute("data-product"))]
    expect(card).to_contain_text(in_language(product.title, "zh" if chinese else "en"))
    expect(card).to_contain_text(f"${product.price:,.2f}")
    stock = sum(variant.stock for variant in product.variants)
    words = {
        "en": ("In stock", f"{stock} left", "Out of stock"),
        "zh": ("有货", f"仅剩 {stock} 件", "缺货"),
    }
    some, few, none = words["zh" if chinese else "en"]
    badge = none if stock == 0 else few if stock <= FEW else some
    expect(card.locator(".sc-price .sc-stock")).to_have_text(badge)
    page.wait_for_function(
        "document.querySelector('.sc-card .sc-picture img').naturalWidth > 0",
        timeout=ANSWER_WITHIN,
    )
    said = page.locator(".sc-prose").last
    expect(said).to_have_text(re.compile(r"\S.*[.。！!]$"), timeout=ANSWER_WITHIN)
    expect(page.locator("#sc-chat .sc-lamp")).to_have_count(0, timeout=ANSWER_WITHIN)
    expect(page.locator("#sc-send")).to_be_visible()
    assert bool(re.search("[一-鿿]", said.inner_text())) is chinese
