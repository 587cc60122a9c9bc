"""Words of a query that ask for an order: cheapest, 最轻, best rated, newest first."""

import re
from collections.abc import Iterator

from retrieval.filters import Sort
from retrieval.synonyms import ENDURANCE

_PHRASES: list[tuple[Sort, str]] = [
    (
        Sort("price"),
        r"cheapest|lowest[\s-]priced?|least\sexpensive|most\s(?:affordable|economical)"
        r"|(?:(?:sort(?:ed)?\s)?by\s)?prices?[\s:,]+(?:from\s)?low(?:est)?\sto\shigh(?:est)?"
        r"|最便宜|最实惠|最低价|最低价格|最平价|价格最低|价钱最低|价格(?:从|由)?低到高",
    ),
    (
        Sort("price", descending=True),
        r"most\sexpensive|priciest|dearest|highest[\s-]priced?"
        r"|(?:(?:sort(?:ed)?\s)?by\s)?prices?[\s:,]+(?:from\s)?high(?:est)?\sto\slow(?:est)?"
        r"|最贵|最高价|价格最高|价格(?:从|由)?高到低",
    ),
    (
        Sort("rating", descending=True),
        r"(?:best|top|highest)[\s-]?(?:rated|reviewed|ratings?|reviews?)"
        r"|评分最高|最高评分|评价最[好高]|好评最多|好评率最高|口碑最好|最受好评",
    ),
    (
        Sort("newest", descending=True),
        r"newest|most\srecent|(?<!at\sthe\s)(?<!at\s)latest(?!\s(?:you|i|we|they|it)\s)|new\sarrivals?|最新|新品|最近上架|新上架",
    ),
    (Sort("measure", dimension="mass"), r"lightest|最轻便?|重量最[轻小]"),
    (Sort("measure", True, "mass"), r"heaviest|最重(?!要)|重量最[重大]"),
    (
        Sort("measure", True, "time", ENDURANCE),
        r"longest[\s-](?:lasting|battery(?:\slife)?|run[\s-]?times?|burn[\s-]?times?)"
        r"|lasts?\s(?:the\s)?longest|(?:续航|待机|电池)(?:时间|能力|寿命)?最[长久强]"
        r"|最长(?:的)?(?:续航|待机)(?:时间)?",
    ),
    (
        Sort("measure", True, "length"),
        r"(?<!lasts\s)(?<!last\s)(?<!lasts\sthe\s)(?<!last\sthe\s)"
        r"longest(?![\s-](?:lasting|battery|run|burn|you|i|we|it)(?![a-z]))"
        r"|(?<!续航)(?<!待机)(?<!电池)(?<!时间)(?<!能力)(?<!寿命)(?<!期)最长(?!的?(?:续航|待机))|长度最[长大]",
    ),
    (Sort("measure", dimension="length"), r"shortest|(?<!时间)(?<!期)最短|长度最[短小]"),
    (Sort("measure", True, "luminous flux"), r"brightest|最亮|亮度最[高大]"),
    (Sort("measure", True, "power"), r"most\spowerful|功率最[高大]|最大功率"),
    (
        Sort("measure", True, "volume"),
        r"(?:largest|biggest)\s(?:capacity|volume)|容量最大|最大容量",
    ),
    (Sort("measure", dimension="volume"), r"smallest\s(?:capacity|volume)|容量最小|最小容量"),
    (Sort("size", descending=True), r"largest|biggest|roomiest|最大号?|最宽敞"),
    (Sort("size"), r"smallest|tiniest|最小号?"),
]
# My biggest problem, the latest news, 最大的区别: nothing that is sold.
_ABSTRACT = r"""\s(?:advantage|benefit|challenge|change|complaint|concern|date|delivery|difference
|disadvantage|discount|downside|drawback|fear|issue|mistake|news|order|postage|problem|question|reason
|risk|sale|saving|shipping|status|time|update|upside|wait|warranty|worry|worries)s?(?![a-z])
|的?(?:不同|不足|亮点|优势|优惠|优点|保修|区别|卖点|原因|可能|困扰|困难|坏处|好处|差别|差异|希望|快递|折扣
|担心|担忧|挑战|政策|时间|活动|消息|物流|特点|特色|状态|疑虑|疑问|程度|缺点|订单|质保|运费|进展|配送|限度|问题
|顾虑|风险|麻烦)"""
_PATTERNS = [
    (
        sort,
        re.compile(
            rf"(?<![a-z])(?:the\s)?(?:{phrase})(?![a-z])(?!{_ABSTRACT})(?:\sfirst)?(?:的)?",
            re.VERBOSE,
        ),
    )
    for sort, phrase in _PHRASES
]


def superlatives(text: str) -> Iterator[tuple[Sort, int, int]]:
    """Each order that a text asks for, and where."""
    for sort, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield sort, match.start(), match.end()
