"""What a shopper may want to say next, by what was just shown."""

from agent.context import Rung, TurnContext
from agent.events import (
    Citation,
    Comparison,
    Event,
    HandOff,
    Order,
    Products,
    Proposal,
    Receipt,
    SignIn,
)
from agent.wording import say

_OF_STAFF = [
    ("How many orders are there by status?", "各状态的订单各有多少？"),
    ("Which products are low in stock?", "哪些商品库存不足？"),
]


def quick_replies(context: TurnContext, events: list[Event]) -> list[str]:
    """Two or three short requests in the shopper's language."""
    pairs = _pairs(context, events[-1] if events else None)
    return [say(context.lang, en, zh) for en, zh in pairs]


def _pairs(context: TurnContext, event: Event | None) -> list[tuple[str, str]]:
    if context.shopper.rung == Rung.STAFF:
        return _OF_STAFF
    signed_in = context.shopper.rung == Rung.SIGNED_IN
    orders = (
        ("Show my orders", "查看我的订单") if signed_in else ("How do returns work?", "怎么退货？")
    )
    match event:
        case Products(items=items) if len(items) > 1:
            return [
                ("Compare the first two", "比较前两个"),
                ("Tell me more about the first one", "详细介绍第一个"),
            ]
        case Products():
            return [("Show me similar ones", "有类似的吗"), ("How is it shipped?", "怎么配送？")]
        case Comparison():
            return [("Tell me more about the first one", "详细介绍第一个"), orders]
        case Order():
            return [("How do returns work?", "怎么退货？"), ("Talk to a person", "转人工客服")]
        case Citation():
            return [("Talk to a person", "转人工客服"), orders]
        case Proposal():
            return [("Talk to a person", "转人工客服")]
        case Receipt():
            return [("Show my orders", "查看我的订单")]
        case SignIn() | HandOff():
            return [("What do you recommend?", "有什么推荐的？")]
        case _:
            return [("What do you recommend?", "有什么推荐的？"), orders]
