"""The chat page in headless Chromium, with a scripted assistant behind a real server."""

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from scripted_assistant import ScriptedAssistant

from agent.asked import SearchAgain
from agent.confirming import Confirm, Dismiss
from tests.api_client import fill, settings_of
from tests.missing import missing
from ui.api import create_app
from ui.turns import Answers

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Served:
    """A server on a free port, and the assistant behind it."""

    def __init__(self, home: Path, **changes: object) -> None:
        self.assistant = ScriptedAssistant(pause=0.05)
        self.settings = settings_of(home, max_concurrent_turns=4, max_queued_turns=4, **changes)
        fill(self.settings)
        self.listen(self.assistant)

    def listen(self, assistant: Answers) -> None:
        """Take a port; the server starts with the block."""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        app = create_app(self.settings, assistant, warming=lambda: True)
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))

    def __enter__(self) -> "Served":
        self.thread.start()
        while not self.server.started:
            time.sleep(0.05)
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests here."""
    with Served(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        missing("no Chromium here: install Debian's `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A new visitor's page, in English. Nothing on it may come from elsewhere or fail."""
    served.assistant.ready, served.assistant.pause = True, 0.05
    context = browser.new_context(locale="en-US", viewport={"width": 1200, "height": 860})
    page = context.new_page()
    page.set_default_timeout(20_000)
    foreign: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(served.url) else foreign.append(r.url))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(served.url)
    expect(page.locator(".sc-greeting")).to_be_visible(timeout=30_000)
    yield page
    context.close()
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
    assert faults == []


def ask(page: Page, text: str) -> None:
    """Type and send, once the answer before has ended: until then the page keeps the words."""
    expect(page.locator("#sc-send")).to_be_visible(timeout=20_000)
    page.get_by_label("Your message").or_(page.get_by_label("你的消息")).fill(text)
    page.keyboard.press("Enter")


def test_an_answer_streams_with_its_cards(page: Page) -> None:
    page.evaluate(
        """() => { const at = {}; window.at = at;
        document.addEventListener('keydown', () => { at.key = performance.now(); }, true);
        new MutationObserver(() => { if (at.key && !at.seen && document.querySelector('.sc-said'))
          at.seen = performance.now() - at.key; })
          .observe(document.body, {childList: true, subtree: true}); }"""
    )
    ask(page, "a tent, please")
    expect(page.locator(".sc-said")).to_have_text("a tent, please")
    prose = page.locator(".sc-prose")
    expect(prose).to_have_text(
        "Three tents match. The Hollow 2 is the lightest of them that is in stock."
    )
    cards = page.locator(".sc-card")
    expect(cards).to_have_count(3)
    expect(cards.nth(0)).to_contain_text("from $249.00")
    expect(cards.nth(1)).to_contain_text("3 left")
    expect(cards.nth(2)).to_contain_text("Out of stock")
    expect(page.locator("#sc-chat .sc-lamp")).to_have_count(0)
    expect(page.locator("#sc-send")).to_be_visible()
    # 0.15 s on an idle machine; tests share theirs.
    assert page.evaluate("window.at.seen") < 1000


def test_pictures_are_loaded(page: Page) -> None:
    ask(page, "one")
    picture = page.locator(".sc-picture img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('.sc-picture img').naturalWidth > 0")


def test_details_stay_open_while_the_answer_goes_on(page: Page, served: Served) -> None:
    ask(page, "one")
    page.locator(".sc-card summary").click()
    expect(page.locator(".sc-options")).to_contain_text("$259.00")
    served.assistant.pause = 0.3
    ask(page, "return")
    expect(page.locator(".sc-citation")).to_contain_text("Returns and refunds")
    expect(page.locator(".sc-options")).to_be_visible()


def test_what_a_shopper_types_is_text(page: Page) -> None:
    ask(page, "<img src=x onload=alert(1)> **bold** {{7*7}}")
    said = "<img src=x onload=alert(1)> **bold** {{7*7}}"
    expect(page.locator(".sc-said")).to_have_text(said)
    expect(page.locator(".sc-prose")).to_have_text(f"You said: {said}")
    assert page.locator("#sc-chat img").count() == 0


def test_a_quick_reply_is_asked(page: Page) -> None:
    page.get_by_role("button", name="How do returns work?").click()
    expect(page.locator(".sc-said")).to_have_text("How do returns work?")
    expect(page.locator(".sc-citation blockquote")).to_contain_text("within 30 days of delivery")


def test_signing_in_answers_the_question_that_needed_it(page: Page, served: Served) -> None:
    ask(page, "my order")
    expect(page.locator(".sc-note")).to_contain_text("Please sign in")
    page.locator("#sc-chat .option", has_text="Sign in").click()
    expect(page.locator("#sc-panel")).to_contain_text("Sample shop only")
    expect(page.locator("#sc-customer input")).to_have_value("Dana Whitfield · C-2041")
    before = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    page.locator("#sc-enter").click()
    order = page.locator(".sc-order")
    expect(order).to_contain_text("Order W-10021")
    expect(order.locator(".sc-done")).to_have_count(3)
    expect(page.locator("#sc-account")).to_have_text("Dana")
    after = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert before.keys() == after.keys() and before != after
    assert served.assistant.asked[-1][1].customer_id == "C-2041"
    page.locator("#sc-account").click()
    page.locator("#sc-leave").click()
    expect(page.locator("#sc-account")).to_have_text("Sign in")
    expect(page.locator(".sc-order")).to_have_count(0)


def test_the_whole_page_changes_its_language(page: Page) -> None:
    ask(page, "one")
    expect(page.locator(".sc-card")).to_contain_text("In stock")
    expect(page.locator("#sc-send")).to_be_visible()
    page.locator("#sc-language").click()
    expect(page.locator(".sc-card")).to_contain_text("有货")
    expect(page.locator("#sc-brand")).to_contain_text("松灯户外")
    expect(page.locator("#sc-send")).to_have_text("发送")
    expect(page.get_by_label("你的消息")).to_have_attribute("placeholder", "问装备，或查订单")
    expect(page.locator("#sc-account")).to_have_text("登录")
    expect(page.locator("#sc-fresh")).to_have_text("新对话")
    page.locator("#sc-language").click()
    expect(page.locator(".sc-card")).to_contain_text("In stock")


def test_a_turn_can_be_stopped(page: Page, served: Served) -> None:
    served.assistant.pause = 0.6
    closed = served.assistant.closed
    ask(page, "a tent")
    page.locator("#sc-stop").click()
    expect(page.locator("#sc-chat .sc-status")).to_have_text("Stopped.")
    expect(page.locator("#sc-send")).to_be_visible()
    for _ in range(40):
        if served.assistant.closed > closed:
            break
        time.sleep(0.1)
    assert served.assistant.closed == closed + 1
    served.assistant.pause = 0.0
    ask(page, "hello")
    expect(page.locator(".sc-prose").last).to_have_text("You said: hello")


def test_a_constraint_is_taken_away_with_one_touch(page: Page, served: Served) -> None:
    ask(page, "a tent")
    page.get_by_role("button", name="✕ Price: ≤300").click()
    expect(page.locator("#sc-chat .user").last).to_contain_text("Price: ≤300")
    expect(page.locator("#sc-send")).to_be_visible()
    assert served.assistant.searched_again == [SearchAgain("tents under $300", ("price:≤300",))]


def test_a_proposal_is_confirmed_with_one_touch(page: Page, served: Served) -> None:
    ask(page, "cancel it")
    card = page.locator(".sc-proposal")
    expect(card).to_contain_text("Cancel order W-10021")
    expect(card).to_contain_text("$298.00 · Visa 4242")
    expect(card).to_contain_text("4821")
    page.get_by_role("button", name="✓ Confirm").click()
    expect(page.locator("#sc-chat .user").last).to_contain_text("I confirm.")
    expect(page.locator(".sc-receipt")).to_contain_text("RABCDEFGH")
    expect(page.get_by_role("button", name="✓ Confirm")).to_have_count(0)
    assert served.assistant.decided == [Confirm("prop-1")]


def test_or_left_as_it_is(page: Page, served: Served) -> None:
    served.assistant.decided.clear()
    ask(page, "cancel it")
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.locator("#sc-chat .user").last).to_contain_text("No, leave it as it is.")
    expect(page.get_by_role("button", name="✓ Confirm")).to_have_count(0)
    assert served.assistant.decided == [Dismiss("prop-1")]


def test_the_banner_goes_by_itself(browser: Browser, served: Served) -> None:
    served.assistant.ready = False
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(served.url)
    banner = page.locator(".sc-banner")
    expect(banner).to_have_text("助手正在预热；商品搜索和订单查询现在就能用。", timeout=30_000)
    served.assistant.ready = True
    expect(banner).to_have_count(0, timeout=15_000)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for text in ("a tent", "compare", "return", "person"):
        ask(page, text)
        expect(page.locator("#sc-chat .sc-lamp")).to_have_count(0)
        expect(page.locator("#sc-send")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    wide = page.evaluate(
        """width => [...document.querySelectorAll('#sc-chat *, #sc-header *, #sc-compose *')]
        .filter(e => !e.closest('.sc-compare, .sc-grid > li, .sc-sr')
          && e.getBoundingClientRect().right > width + 1).map(e => e.className || e.tagName)""",
        width,
    )
    assert wide == []
    expect(page.get_by_role("textbox")).to_be_in_viewport()


def test_two_visitors_have_two_conversations(browser: Browser, page: Page, served: Served) -> None:
    other = browser.new_context(locale="en-US").new_page()
    other.goto(served.url)
    expect(other.locator(".sc-greeting")).to_be_visible(timeout=30_000)
    ask(page, "mine")
    ask(other, "theirs")
    expect(page.locator(".sc-prose")).to_have_text("You said: mine")
    expect(other.locator(".sc-prose")).to_have_text("You said: theirs")
    conversations = {asked[0] for asked in served.assistant.asked[-2:]}
    assert len(conversations) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", conversation) for conversation in conversations)
    other.context.close()
