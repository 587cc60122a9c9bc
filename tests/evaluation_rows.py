"""A handful of held-out conversations, written by hand, with answers that are right and wrong."""

import json
from typing import Any

from agent.events import Lang
from finetune.evaluation.answers import Answer
from finetune.evaluation.figures import Resampling
from finetune.evaluation.steps import Step, steps_of
from finetune.synthesis.rows import Row

FOUND = "2 products:\nP1 Larch Tent, 120.00 USD, stock 3, rated 4.2\nP2 Dune Tent, 80.00 USD"
ORDER = "LP-10: delivered, placed 2026-11-01, 60.00 USD\n1. 1 x Larch Boot (M, blue)"
PROPOSED = "Shown to the shopper; nothing is done until they confirm it:\nExchange 1 x Larch Boot"


def says(text: str, lang: Lang = "en", **more: Any) -> dict[str, Any]:
    """What the shopper types."""
    return {"role": "user", "content": text, "lang": lang} | more


def calls(name: str, lang: Lang = "en", **arguments: Any) -> dict[str, Any]:
    """What the perfect clerk looks up."""
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": "call_1", "type": "function", "function": function}
    message = {"role": "assistant", "content": "", "tool_calls": [call], "lang": lang}
    return message | {"own": "calls"}


def gives(text: str, lang: Lang = "en") -> dict[str, Any]:
    """The result of it."""
    return {"role": "tool", "tool_call_id": "call_1", "content": text, "lang": lang}


def answers(text: str, lang: Lang = "en", own: str | None = None) -> dict[str, Any]:
    """What the clerk says; `own` is what of it is the model's."""
    own = text if own is None else own
    return {"role": "assistant", "content": text, "lang": lang, "own": own}


SEARCH = Row(
    "w-1",
    "en",
    1,
    None,
    ["search_max", "refine_cheaper"],
    [
        says("a tent up to $150"),
        calls("search_products", query="tent", max_price=150),
        gives(FOUND),
        answers("I found 2 products, for example Larch Tent at 120.00 USD."),
        says("anything cheaper?"),
        calls("search_products", query="tent", max_price=150, sort="price_asc"),
        gives("1 products:\nP2 Dune Tent, 80.00 USD, the cheapest"),
        answers("The cheapest is Dune Tent at 80.00 USD."),
    ],
)
EXCHANGE = Row(
    "w-2",
    "en",
    1,
    "C1",
    ["exchange_which", "give_options", "thanks"],
    [
        says("swap the boots of LP-10"),
        calls("get_order", order_id="LP-10"),
        gives(ORDER),
        answers("What should it be instead?"),
        says("L, red"),
        calls("propose_exchange", order_id="LP-10", changes=[{"line": 1, "to": "L, red"}]),
        gives(PROPOSED),
        answers("Please check the details and confirm."),
        says("I confirm.", button="confirm"),
        answers("Done: exchange of LP-10.", own=""),
        says("thanks"),
        answers("You are welcome."),
    ],
)
CHINESE = Row(
    "w-3",
    "zh",
    1,
    None,
    ["off_topic", "policy_window"],
    [
        says("写一首诗", "zh"),
        answers("抱歉，我只能帮您处理本店的商品和订单。", "zh"),
        says("几天内可以退货？", "zh"),
        calls("search_policies", "zh", query="退货期限"),
        gives("退货, 期限: 签收后30天内可以退货。", "zh"),
        answers("签收后30天内可以退货。", "zh"),
    ],
)
ROWS = [SEARCH, EXCHANGE, CHINESE]
HOW = Resampling(resamples=200, seed=3)


def all_steps() -> list[Step]:
    """The steps of all of them."""
    return [step for row in ROWS for step in steps_of(row)]


def gold(step: Step) -> Answer:
    """The answer that is right in everything."""
    return Answer(calls=step.calls, text=step.text, tokens=10, prompt_tokens=100, seconds=0.5)
