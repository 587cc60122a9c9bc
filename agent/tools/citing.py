"""Policies as they are quoted: for the model cut to what answers, for the screen whole."""

import re

from agent.context import TurnContext
from agent.events import Citation, Event
from agent.policies import Passage
from agent.tools.kit import Result, result_text
from agent.wording import say, shorten

_SECTION = {"en": 420, "zh": 160}
"""Characters of one section that the model reads; two fit into a result."""

_MAY = re.compile(
    r"\b(?:can|could|may|am) i\b|\bis (?:it|this) still\b"
    r"|\bis (?:it|there) (?:still )?(?:possible|ok|time|too late)"
    r"|\b(?:too late|how long|how many days|until when|allowed)\b"
    r"|能不能|能否|还能|可不可以|还可以|可以(?!帮).{0,12}[吗嘛么]|能(?!帮).{0,12}[吗嘛么不]"
    r"|多久|几天内|[等要得花]几天|多少天|来得及",
    re.IGNORECASE,
)
_WILL_YOU = re.compile(r"\b(?:will|would|do|can|could) (?:you|y'?all|u)\b|能.{0,12}[吗么嘛]", re.I)
_AND = re.compile(
    r"^(?:and|what about|how about|same (?:for|with)|also)\b|呢(?:[？?。~！!，,]|$)|也一样|也是吗",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"\b(?:orders?|parcels?|show|find|look(?:ing)?|cheap\w*|buy)\b|订单|包裹|快递|给我看|有没有|便宜|买",
    re.IGNORECASE,
)
AFTER_SALE = re.compile(
    r"\b(?:return|refund|exchange|swap|(?:send|give|bring) (?:\w+ )?back|warranty|guarantee|cancel"
    r"|repair)"
    r"|退|寄回|(?<!转)(?<!更)换|保修|质保|取消|维修",
    re.IGNORECASE,
)
"""Rules that a question about orders may be after."""
PRICES = re.compile(
    r"\b(?:match (?:it|that|this|them|the price|prices?)|price[- ]match\w*|discounts?|coupons?"
    r"|promo(?:tion)?s?|vouchers?|gift cards?|price drop|in bulk|bulk)\b"
    r"|优惠|折扣|打折|礼品卡|比价|差价|降价|便宜点(?!儿?的)|团购|批量|批发",
    re.IGNORECASE,
)
"""Rules that a question about goods may be after; who says these words is after them."""
RESTOCK = re.compile(
    r"\b(?:let|tell|text|ping|notify|alert|e-?mail|message) (?:me|us)\b.{0,40}"
    r"\b(?:back|again|restock\w*|available|in stock)\b"
    r"|\b(?:put|set) (?:\w+ ){0,2}aside\b|\b(?:hold|reserve|save) (?:one|it|that|this|a pair)\b"
    r"|(?:到货|补货|有货).{0,6}(?:通知|提醒|告诉|说一声|喊|叫)|(?:通知|提醒|告诉|喊|叫)我.{0,6}(?:到货|补货)"
    r"|(?:帮|给|替)我留(?:一?[个件双只条](?!言|话)|着)",
    re.IGNORECASE,
)
"""Rules that somebody asks about who wants what is sold out."""
SENDING = re.compile(
    r"\b(?:ship|deliver|mail|send|post)\b.{0,40}\b(?:to|me|us|here|over)\b|寄到|寄给|发到|配送到|送到",
    re.IGNORECASE,
)
"""Rules that somebody asks about who wants goods sent somewhere."""
_MATCHING = re.compile(r"\bmatch\b|price[- ]match|比价|差价", re.IGNORECASE)
_PLAINLY = {
    _MATCHING: ("Do you match another shop's lower price?", "别家更便宜，能按那个价给吗？"),
    RESTOCK: ("Can I get an e-mail when it is back in stock?", "缺货商品到货了能通知我吗？"),
}
_ORDERING = re.compile(
    r"\b(?:ship|deliver|postage|pay|invoice|tax|duty|customs|privacy|personal data|open|store)"
    r"|运费|邮费|寄|配送|发货|快递|包邮|付款|支付|发票|税|隐私|营业|门店",
    re.IGNORECASE,
)
TOPICS = (AFTER_SALE, PRICES, _ORDERING)
"""What tells that a question is about a rule, though it speaks of a product."""


def policy_result(context: TurnContext, passages: list[Passage]) -> Result:
    """Text and citations of policy passages, whoever asked for them."""
    if not passages:
        none = "The policies say nothing about that.", "店铺政策中没有相关规定。"
        return say(context.lang, *none), []
    citations: list[Event] = [
        Citation(
            policy_id=p.policy_id,
            title=f"{p.title} · {p.heading}" if p.heading else p.title,
            version=p.version,
            effective_from=p.effective_from.isoformat(),
            quote=p.text,
            lead=p.lead,
        )
        for p in passages
    ]
    return result_text(context, [_line(context, p) for p in passages]), citations


def _line(context: TurnContext, passage: Passage) -> str:
    """A section for the model: what answers best comes first, what stands before it last."""
    glue = say(context.lang, " ", "")
    before = passage.text.removesuffix(passage.lead).strip()
    text = glue.join(filter(None, (passage.lead or passage.text, before if passage.lead else "")))
    return f"{passage.heading or passage.title}: {shorten(text, _SECTION[context.lang])}"


def policy_citation(context: TurnContext, text: str) -> list[Event]:
    """The section of the policies that is about `text`, such as why something is refused."""
    return policy_result(context, context.shop.policies.search([text], context.lang, k=1))[1]


def rule_asked(context: TurnContext, topic: re.Pattern[str]) -> Result | None:
    """The sections that say whether something of that topic may be, where the shopper asks that.

    Who asks "can I still swap them?" wants to know the rule, whatever else is looked up.
    """
    said = context.said[-1] if context.said else ""
    asks = topic in (PRICES, RESTOCK) or bool(_MAY.search(said) or _WILL_YOU.search(said))
    if "search_policies" in context.looked_up and _AND.search(said) and not _ELSE.search(said):
        # "And coffee?" after a question about a rule is about that rule.
        said = " ".join(context.said[-2:])
    elif not (asks and topic.search(said)):
        return None
    for words, plainly in _PLAINLY.items():
        if topic in (words, PRICES) and words.search(said):
            # "REI has it for less, match it?" names no rule.
            said = f"{said} {say(context.lang, *plainly)}"
    found = context.shop.policies.search([said], context.lang, k=2)
    if not found:
        return None
    context.ran.append(("search_policies", {"query": said}))
    return policy_result(context, found)
