"""Staff sign in on the page and see a table, in headless Chromium; a scripted model asks for it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from test_chat_page import Served, ask, browser

from agent.clock import system_clock
from agent.identity.staff import Staff
from agent.settings import Settings
from agent.shop import open_shop
from tests.scripted_model import Say, call
from tests.shop_fixtures import open_counter

__all__ = ["browser"]

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
BY_STATUS = "SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n DESC, status"


class StaffShop(Served):
    """The sample shop with the real assistant, its model scripted, and Mei's account."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shop = open_shop(settings)
        self.accounts = Staff(self.shop.db, system_clock)
        self.accounts.add("mei", PASSWORD)
        counter = open_counter(self.shop)
        self.model = counter.model
        self.listen(counter.assistant)


@pytest.fixture
def served(sample_settings: Settings) -> Iterator[StaffShop]:
    with StaffShop(sample_settings) as served:
        yield served
    served.shop.close()


@pytest.fixture
def page(browser: Browser, served: StaffShop, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor's page on a phone; nothing on it may fail."""
    context = browser.new_context(
        locale=getattr(request, "param", "en-US"), viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    # The password goes to the API and nowhere else, not even to the page's own handlers.
    page.on("request", lambda r: faults.append(r.url) if _tells(r) else None)
    page.goto(served.url)
    expect(page.locator(".sc-greeting")).to_be_visible(timeout=30_000)
    yield page
    context.close()
    assert faults == []


def _tells(request: Request) -> bool:
    return PASSWORD in (request.post_data or "") and not request.url.endswith("/v1/identity")


def sign_in(page: Page, words: dict[str, str], password: str = PASSWORD) -> None:
    page.locator("#sc-account").click()
    page.locator("#sc-panel").locator("#sc-staff button", has_text=words["staff"]).first.click()
    page.get_by_label(words["name"], exact=True).fill("Mei")
    page.get_by_label(words["password"], exact=True).fill(password)
    page.locator("#sc-staff-enter").click()


EN = {"staff": "Staff", "name": "Name", "password": "Password"}
ZH = {"staff": "员工", "name": "用户名", "password": "密码"}


def test_staff_sign_in_and_see_a_table(page: Page, served: StaffShop, tmp_path: Path) -> None:
    served.model.enqueue(Say("Hello!"))
    ask(page, "hello")
    expect(page.locator(".sc-prose")).to_have_text("Hello!")
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    sign_in(page, EN, "wrong")
    panel = page.locator("#sc-panel")
    expect(panel.get_by_role("alert")).to_have_text("That name and password do not fit.")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "password"
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    page.screenshot(path=tmp_path / "panel.png")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#sc-account")).to_have_text("mei · staff")
    expect(panel).to_be_hidden()
    # What was said before the sign-in stays behind.
    expect(page.locator(".sc-said")).to_have_count(0)
    expect(page.locator("#sc-chat .option")).to_have_count(3)
    served.model.enqueue(call("query_shop_data", sql=BY_STATUS), Say("Most are delivered."))
    page.locator("#sc-chat .option", has_text="by status").click()
    table = page.locator(".sc-table")
    expect(table.locator("th")).to_have_text(["status", "n"])
    expect(table.locator("caption")).to_contain_text("rows")
    table.locator("summary").click()
    expect(table.locator("code")).to_have_text(
        "SELECT status, COUNT(*) AS n FROM orders GROUP BY status "
        "ORDER BY n DESC, status LIMIT 1001"
    )
    with page.expect_download() as download:
        table.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    assert download.value.suggested_filename == "table.csv"
    rows = list(csv.reader((tmp_path / "table.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["status", "n"]
    assert sum(int(row[1]) for row in rows[1:]) == 300
    page.screenshot(path=tmp_path / "table.png")
    page.locator("#sc-account").click()
    expect(panel).to_contain_text("Signed in as mei · staff")
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    page.locator("#sc-leave").click()
    expect(page.locator("#sc-account")).to_have_text("Sign in")
    expect(page.locator(".sc-table")).to_have_count(0)


@pytest.mark.parametrize("page", ["zh-CN"], indirect=True)
def test_a_removed_member_loses_the_page(page: Page, served: StaffShop) -> None:
    sign_in(page, ZH)
    expect(page.locator("#sc-account")).to_have_text("mei · 员工")
    served.model.enqueue(call("query_shop_data", sql=BY_STATUS), Say("大多数订单已送达。"))
    ask(page, "各状态的订单各有多少？")
    expect(page.locator(".sc-table caption")).to_contain_text("共")
    expect(page.locator("#sc-send")).to_be_visible()
    served.accounts.remove("mei")
    ask(page, "哪些商品库存不足？")
    expect(page.locator("#sc-chat")).to_contain_text("员工登录已失效，请重新登录。")
    expect(page.locator(".sc-table")).to_have_count(0)
    expect(page.locator("#sc-account")).to_have_text("登录")
    assert served.model.waiting() == 0
