"""A shopper at the real page in headless Chromium, with the real model behind it."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.open_shop import OpenShop

pytest_plugins = ["tests.open_shop"]
pytestmark = [pytest.mark.vllm, pytest.mark.browser, pytest.mark.timeout(1200)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ANSWER_WITHIN = 90_000  # milliseconds; the machine may be busy


@pytest.fixture(params=["en-US", "zh-CN"])
def page(request: pytest.FixtureRequest, open_shop: OpenShop) -> Iterator[Page]:
    """A new visitor's page in the browser's language."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install Debian's `chromium`")
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
    card = page.locator(".sc-card", has_text="Hollow 2")
    expect(card).to_contain_text("$249.00", timeout=ANSWER_WITHIN)
    expect(card).to_contain_text(re.compile("有货|仅剩" if chinese else "In stock|left"))
    page.wait_for_function(
        "document.querySelector('.sc-card .sc-picture img').naturalWidth > 0",
        timeout=ANSWER_WITHIN,
    )
    said = page.locator(".sc-prose").last
    expect(said).to_have_text(re.compile(r"\S.*[.。！!]$"), timeout=ANSWER_WITHIN)
    expect(page.locator("#sc-chat .sc-lamp")).to_have_count(0, timeout=ANSWER_WITHIN)
    expect(page.locator("#sc-send")).to_be_visible()
    assert bool(re.search("[一-鿿]", said.inner_text())) is chinese
