"""What a shopper reads while a turn is under way."""

from typing import Literal

from agent.events import Lang, Status
from agent.wording import say

Stage = Literal["thinking", "searching", "orders", "policies", "figures", "writing", "no_model"]

_TEXTS: dict[Stage, tuple[str, str]] = {
    "thinking": ("Thinking …", "正在思考……"),
    "searching": ("Searching the catalogue …", "正在查找商品……"),
    "orders": ("Looking at your orders …", "正在查看您的订单……"),
    "policies": ("Reading the shop's policies …", "正在查阅店铺政策……"),
    "figures": ("Asking the shop's figures …", "正在查询店铺数据……"),
    "writing": ("Writing …", "正在回答……"),
    "no_model": (
        "Looking it up directly, without the language model …",
        "不经语言模型，正在直接查询……",
    ),
}
_STAGES: dict[str, Stage] = {
    "search_policies": "policies",
    "list_orders": "orders",
    "get_order": "orders",
    "query_shop_data": "figures",
    "hand_off": "writing",
    "propose_cancellation": "orders",
    "propose_address_change": "orders",
    "propose_payment_change": "orders",
    "propose_item_change": "orders",
    "propose_return": "orders",
    "propose_exchange": "orders",
    "propose_profile_change": "orders",
}


def status(stage: Stage, lang: Lang) -> Status:
    """The status event of a stage."""
    return Status(stage=stage, text=say(lang, *_TEXTS[stage]))


def stage_of(tool: str) -> Stage:
    """The stage in which a tool runs."""
    return _STAGES.get(tool, "searching")
