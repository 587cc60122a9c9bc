"""Words of a query that ask for an order: cheapest, 最轻, best rated, newest first."""

import re
from collections.abc import Iterator

from retrieval.filters import Sort

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
        r"newest|most\srecent|latest|new\sarrivals?|最新|新品|最近上架|新上架",
    ),
    (Sort("measure", dimension="mass"), r"lightest|最轻便?|重量最[轻小]"),
    (Sort("measure", True, "mass"), r"heaviest|最重(?!要)|重量最[重大]"),
    (Sort("measure", True, "length"), r"longest|最长|长度最[长大]"),
    (Sort("measure", dimension="length"), r"shortest|最短|长度最[短小]"),
    (Sort("measure", True, "luminous flux"), r"brightest|最亮|亮度最[高大]"),
    (Sort("measure", True, "power"), r"most\spowerful|功率最[高大]|最大功率"),
    (
        Sort("measure", True, "volume"),
        r"(?:largest|biggest)\s(?:capacity|volume)|容量最大|最大容量",
    ),
    (Sort("measure", dimension="volume"), r"smallest\s(?:capacity|volume)|容量最小|最小容量"),
    (Sort("size", descending=True), r"largest|biggest|roomiest|最大|最宽敞"),
    (Sort("size"), r"smallest|tiniest|最小"),
]
_PATTERNS = [
    (sort, re.compile(rf"(?<![a-z])(?:the\s)?(?:{phrase})(?![a-z])(?:\sfirst)?(?:的)?"))
    for sort, phrase in _PHRASES
]


def superlatives(text: str) -> Iterator[tuple[Sort, int, int]]:
    """Each order that a text asks for, and where."""
    for sort, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield sort, match.start(), match.end()
