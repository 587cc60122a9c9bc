"""What a whole message does not want is kept out, though the query made of it does not say so."""

import pytest

from agent.shop import Shop
from agent.unwanted import also_unwanted
from retrieval.understanding.chips import Chip, Understood


def values(shop: Shop, message: str, query: str = "") -> list[str]:
    found = also_unwanted(Understood(query), shop.products.read(message))
    return [chip.value for chip in found.chips]


@pytest.mark.parametrize(
    ("message", "unwanted"),
    [
        ("a sleeping bag, nothing with wool or down", ["wool", "down"]),
        ("a sleeping bag without wool, nor down", ["wool", "down"]),
        ("a sleeping bag, I'm allergic to wool and down", ["wool", "down"]),
        ("i don't want down, wool or nylon in it", ["down", "wool", "nylon"]),
        ("睡袋，不要羊毛和羽绒", ["羊毛", "羽绒"]),
        ("我对羊毛和羽绒过敏，想要个睡袋", ["羊毛", "羽绒"]),
        ("睡袋，不含羽绒、羊毛的", ["羽绒", "羊毛"]),
        ("除了羊毛、羽绒及尼龙都可以", ["羊毛", "羽绒", "尼龙"]),
    ],
)
def test_a_list_is_kept_whole(shop: Shop, message: str, unwanted: list[str]) -> None:
    assert values(shop, message) == unwanted


@pytest.mark.parametrize(
    ("message", "unwanted"),
    [
        ("a sleeping bag, any filling except down", ["down"]),
        ("sleeping bags excluding down", ["down"]),
        ("a sleeping bag that doesn't contain down", ["down"]),
        ("a down-free sleeping bag", ["down"]),
        ("neither wool nor down please", ["wool", "down"]),
        ("睡袋 不带羽绒", ["羽绒"]),
        ("不含羽绒的睡袋", ["羽绒"]),
        ("排除羽绒的睡袋", ["羽绒"]),
        ("不包含羽绒的睡袋", ["羽绒"]),
        ("a sleeping bag, it must not contain down", ["down"]),
        ("I can't have down in a sleeping bag", ["down"]),
        ("synthetic rather than down, a sleeping bag", ["down"]),
        ("a sleeping bag for a wool allergy", ["wool"]),
        ("a sleeping bag, down excluded", ["down"]),
        ("睡袋，不得含有羽绒", ["羽绒"]),
        ("睡袋 羽绒的除外", ["羽绒"]),
        ("我羽绒过敏，要个睡袋", ["羽绒"]),
    ],
)
def test_other_ways_to_leave_something_out(shop: Shop, message: str, unwanted: list[str]) -> None:
    assert values(shop, message) == unwanted


@pytest.mark.parametrize(
    "marker", ["other than ", "anything but ", "but without ", "不能有", "但不含"]
)
def test_each_marker_goes_on_over_its_list(marker: str) -> None:
    chips = [Chip("not", text, text) for text in (f"{marker}X", ", Y", "或Z", "no W")]
    read = Understood("", tuple(chips))
    assert also_unwanted(Understood(""), read).chips == tuple(chips[:3])


@pytest.mark.parametrize(
    "message",
    [
        "I have no jacket or boots",
        "I have no down sleeping bag and winter is coming",
        "we do not own a tent",
        "我没有帐篷和睡袋",
        "我没有羽绒服，想买一件",
    ],
)
def test_who_has_none_wants_one(shop: Shop, message: str) -> None:
    assert values(shop, message) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [("sleeping bag, not down", "nothing with down"), ("不带羽绒的睡袋", "睡袋不要羽绒")],
)
def test_what_the_query_says_already_is_said_once(shop: Shop, query: str, message: str) -> None:
    read = shop.products.read
    assert also_unwanted(read(query), read(message)) == read(query)


@pytest.mark.parametrize(
    ("query", "message"),
    [("sleeping bag", "nothing with wool or down"), ("睡袋", "我对羊毛和羽绒过敏")],
)
def test_no_item_of_a_list_is_shown(shop: Shop, query: str, message: str) -> None:
    found = shop.products.search(query, message=message, k=50)
    assert found.products
    assert "sleep-ember-down" not in [product.id for product in found.products]
