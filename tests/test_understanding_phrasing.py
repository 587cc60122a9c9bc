"""Ways to say what is not wanted, what orders and which size; and what only sounds like them."""

import pytest
from test_understanding import chips, read

from retrieval.filters import Sort
from retrieval.synonyms import ENDURANCE

_LONGEST_LASTING = Sort("measure", True, "time", ENDURANCE)


@pytest.mark.parametrize(
    ("query", "expected", "text"),
    [
        ("allergic to wool and down", ["not wool", "not down"], ""),
        ("without wool and down", ["not wool", "not down"], ""),
        ("no wool, down and silk", ["not wool", "not down", "not silk"], ""),
        ("without wool, down or leather", ["not wool", "not down", "not leather"], ""),
        ("not red and green tents", ["not red", "not green", "category Tents"], "tents"),
        ("anything but Fernhollow and Marlstone", ["not Fernhollow", "not Marlstone"], ""),
        ("no tents and backpacks", ["not Tents", "not Backpacks"], ""),
        ("I can't have down", ["not down"], ""),
        ("it must not contain wool", ["not wool"], ""),
        ("boots that must not have leather", ["not leather"], "boots"),
        ("wool rather than down", ["not down"], "wool"),
        ("plastic excluded", ["not plastic"], ""),
        ("I have a wool allergy", ["not wool"], "I have"),
        ("an allergy to wool", ["not wool"], ""),
        ("wool and down allergy", ["not wool", "not down"], ""),
        ("不能含羽绒", ["not 羽绒"], ""),
        ("不得含有羊毛的", ["not 羊毛"], ""),
        ("不可以有羽绒", ["not 羽绒"], ""),
        ("不能有羊毛的袜子", ["not 羊毛"], "袜子"),
        ("不要皮的背包", ["not 皮革", "category 背包"], "背包"),
        ("不要皮、塑料", ["not 皮革", "not 塑料"], ""),
        ("塑料除外", ["not 塑料"], ""),
        ("羽绒的除外", ["not 羽绒"], ""),
        ("羊毛和羽绒除外", ["not 羊毛", "not 羽绒"], ""),
        ("红色和绿色除外的帐篷", ["not 红", "not 绿", "category 帐篷"], "帐篷"),
        ("我羽绒过敏", ["not 羽绒"], "我"),
        ("羊毛、羽绒过敏", ["not 羊毛", "not 羽绒"], ""),
        ("对羊毛和羽绒过敏", ["not 羊毛", "not 羽绒"], ""),
    ],
)
def test_exclusions(query: str, expected: list[str], text: str) -> None:
    assert (chips(query), read(query).text) == (expected, text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # What follows "and" is excluded too only where it is of the same kind.
        ("no leather and red boots", ["not leather", "colour red"]),
        ("no red and leather", ["not red"]),
        ("no wool and Fernhollow", ["not wool", "brand Fernhollow"]),
        ("no leather and waterproof", ["not leather"]),
        ("no wool, cotton please", ["not wool"]),
        ("not allergic to wool", []),
        ("I'm not allergic to down", []),
        ("我对羊毛不过敏", []),
        ("羊毛不过敏", []),
        ("过敏的人", []),
        ("抗过敏枕头", []),
        ("batteries excluded", []),
        ("I can't have it delivered", []),
        ("I would rather buy than rent", []),
        ("能不能含羽绒", []),
        ("不要皮带", []),
        ("不要西瓜皮", []),
        ("没脸没皮", []),
        ("除外", []),
    ],
)
def test_what_is_not_excluded(query: str, expected: list[str]) -> None:
    assert chips(query) == expected


@pytest.mark.parametrize(
    ("query", "others"),
    [
        ("no down", False),
        ("不要羽绒", False),
        ("no feathers", True),
        ("对羽毛过敏", True),
    ],
)
def test_down_is_feathers_but_not_all_feathers_are_down(query: str, others: bool) -> None:
    (wanted,) = read(query).filters.attributes
    assert (("down",) in wanted.needles, ("feather",) in wanted.needles) == (True, others)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("a bag, allergic to wool and down", "allergic to wool and down"),
        ("睡袋，羊毛和羽绒除外", "羊毛和羽绒除外"),
    ],
)
def test_each_of_a_list_has_the_words_that_exclude_it(query: str, text: str) -> None:
    assert [chip.text for chip in read(query).chips if chip.kind == "not"] == [text, text]


@pytest.mark.parametrize(
    ("query", "sort", "text"),
    [
        ("longest battery life headlamp", _LONGEST_LASTING, "headlamp"),
        ("longest-lasting headlamp", _LONGEST_LASTING, "headlamp"),
        ("which headlamp lasts the longest", _LONGEST_LASTING, "headlamp"),
        ("headlamp with the longest runtime", _LONGEST_LASTING, "headlamp"),
        ("续航最长的头灯", _LONGEST_LASTING, "头灯"),
        ("最长续航的头灯", _LONGEST_LASTING, "头灯"),
        ("the longest rope", Sort("measure", True, "length"), "rope"),
        ("最长的绳子", Sort("measure", True, "length"), "绳子"),
        ("the latest tent", Sort("newest", True), "tent"),
        ("最大号的帐篷", Sort("size", True), "帐篷"),
        ("the cheapest you have", Sort("price"), "you have"),
    ],
)
def test_order(query: str, sort: Sort, text: str) -> None:
    understood = read(query)
    assert (understood.sort, understood.text) == (sort, text)


@pytest.mark.parametrize(
    "query",
    [
        *["by Friday at the latest", "the latest you can deliver", "the least I can do"],
        *["my biggest problem is the zip", "what is the biggest difference", "cheapest shipping"],
        *["longest warranty", "shortest delivery time", "my latest order", "the latest news"],
        *["我最大的问题", "最大的区别", "最大的优点", "最大的不同", "最大限度", "最便宜的运费"],
        *["保修期最长", "最新的订单", "最短的时间"],
    ],
)
def test_what_orders_nothing(query: str) -> None:
    assert (read(query).sort, read(query).text) == (None, query)


def test_endurance_is_asked_of_what_states_it() -> None:
    assert chips("battery life at least 10 h") == ["measure battery_life ≥36000 s"]
    assert chips("续航10小时以上") == ["measure runtime ≥36000 s"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("小号", ["size s"]),
        ("中号的外套", ["size m", "category 外套"]),
        ("大号外套", ["size l", "category 外套"]),
        ("加大号", ["size xl"]),
        ("特大号外套", ["size xl", "category 外套"]),
        ("大码", ["size l"]),
        ("加大码外套", ["size xl", "category 外套"]),
        ("小号或中号的外套", ["size s / m"]),
        ("中号 红色", ["size m", "colour 红色"]),
        ("能给我看看大号的吗", ["size l"]),
        ("I want a medium size please", ["size m"]),
        ("欧码42", ["size eu 42"]),
        ("42欧码的登山靴", ["size eu 42"]),
        ("美码8.5", ["size us 8.5"]),
        ("EU size 42 boots", ["size eu 42"]),
        ("US size 8.5", ["size us 8.5"]),
        ("medium sized jacket", ["size m", "category Jackets"]),
        ("extra-large size jacket", ["size xl", "category Jackets"]),
        ("medium or large size jacket", ["size m / l", "category Jackets"]),
        # Tents, pans and bottles come in no such size, and nothing in a British one.
        ("大号帐篷", []),
        ("大号的锅", []),
        ("medium-sized tent", []),
        ("a large-sized water bottle", []),
        ("medium sized enterprise", []),
        ("英码8", []),
        ("UK size 8", []),
        # A medium jacket is not of medium roast.
        ("a medium jacket", []),
        ("small backpack", []),
        ("5号电池", []),
        ("扩大号召", []),
        ("小号手", []),
    ],
)
def test_sizes(query: str, expected: list[str]) -> None:
    assert chips(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("medium-sized shirt", ["size m", "category Shirts"]),
        ("大号衬衫", ["size l"]),
        ("大号马克杯", []),
        ("欧码42", []),
    ],
)
def test_sizes_of_another_shop(query: str, expected: list[str]) -> None:
    assert chips(query, "bazaar") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a tent for two under $300", ["price ≤300", "category Tents", "measure 2 people"]),
        ("tent for 2", ["category Tents", "measure 2 people"]),
        ("a tent that sleeps four", ["measure 4 people", "category Tents"]),
        ("四个人的帐篷", ["measure 4 people", "category 帐篷"]),
        ("三口之家的帐篷", ["measure 3 people", "category 帐篷"]),
        ("双人帐篷", ["measure 2 people", "category 帐篷"]),
        ("a mug for one", []),
        ("tent for two nights", []),
        ("boots for 2", []),
        ("个人护理", []),
    ],
)
def test_a_bare_number_is_of_people_where_that_is_said_of_the_kind(
    query: str, expected: list[str]
) -> None:
    assert chips(query) == expected
