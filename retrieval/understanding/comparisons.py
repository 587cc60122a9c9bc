"""Numbers in a query with what is asked of them: under 2 kg, 500元以内, 比2公斤轻, a $200 budget.

Every bound is inclusive: "under 120" shows what costs 120. "About" is a fifth to either side for
money and a tenth for a measure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from retrieval.measures import MONEY, NUMBER, STARS, Quantity, quantities

Relation = Literal["most", "least", "about", "between", "is"]
_RELATIONS: tuple[Relation, ...] = ("most", "least", "about", "between")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`text[start:end]`: a number, and the words that compare it.

    `readings` are the quantity in each dimension that its unit may be of. `about`: the word before
    the comparison that says what is compared, "price" or "rating", if it is one of these.
    """

    readings: tuple[Quantity, ...]
    relation: Relation
    about: Literal["price", "rating", ""]
    start: int
    end: int
    compared: int
    """Where the comparison begins, after the word that says what is compared."""

    def of(self, dimension: str) -> Quantity | None:
        """The reading in a dimension."""
        return next((q for q in self.readings if q.dimension == dimension), None)


_ABOVE = r"""
(?:more|higher|greater|larger|bigger|heavier|longer|pricier|dearer)(?:\s(?:expensive|costly))?\sthan
over | above | past | beyond | exceed(?:ing)?
超过 | 超出 | 超 | 高于 | 大于 | 多于 | 重于 | 贵于 | 长于
"""
_BELOW = r"""
(?:less|fewer|lower|smaller|lighter|shorter|cheaper)(?:\s(?:expensive|costly))?\sthan
under | below | 低于 | 少于 | 小于 | 轻于 | 短于 | 便宜于
"""
_MOST = r"""
(?:nothing|none)\s(?:[a-z]+\s)?(?:more\s(?:expensive\s)?than|over|above)
at\s(?:the\s)?most | up\sto
(?:less|lower|fewer|cheaper|lighter|smaller|shorter|thinner)(?:\s(?:expensive|costly))?\sthan
(?:less|fewer|lower|smaller)\sthan\sor\sequal\sto
under | below | within | maximum(?:\sof)? | max:? | <= | ≤ | <
不到 | 低于 | 少于 | 小于 | 轻于 | 短于 | 便宜于 | 最多 | 至多 | 最高 | 最大 | 上限(?:[定设]在)?
控制在 | 卡在 | 限制?在 | 压在
"""
_LEAST = r"""
at\s(?:the\s)?least | (?:pricier|dearer|brighter)\sthan
(?:more|higher|greater|larger|bigger|heavier|longer|taller|better)(?:\s(?:expensive|costly))?\sthan
over | above | exceeding | minimum(?:\sof)? | min:? | starting\s(?:at|from)
>= | ≥ | > | 贵于 | 高于 | 多于 | 大于 | 重于 | 长于 | 超过
至少 | 最少 | 最低 | 起码
"""
_ABOUT = r"""
around | about | approximately | approx\.? | roughly | circa | close\sto | near | ~ | ≈ | 大约 | 约
大概 | 差不多 | 接近
"""
_MOST_AFTER = r"""
or\s(?:less|under|below|cheaper|lighter|smaller|fewer|shorter|lower) | and\s(?:under|below|less)
max(?:imum)?\b | tops\b | at\s(?:the\s)?most
(?:或|及)?(?:者)?(?:以下|以内|之内|之下|以里)
(?:或|及)更(?:低|少|轻|小) | 内(?![容衣裤胆存帐置外]) | 封顶 | 打住 | 顶天 | 到顶
"""
_LEAST_AFTER = r"""
or\s(?:more|over|above|higher|better|up|larger|heavier|bigger|longer|greater)
(?:and|&)\s(?:up|above|over|more|higher|better) | \+ | plus\b | minimum\b
(?:或|及)?(?:者)?(?:以上|之上|往上) | (?:或|及)更(?:高|多|重|大|好) | 起(?![子重士居])
"""
_ABOUT_AFTER = r"左右 | 上下 | or\sso\b | -?ish\b"
_BETWEEN = r"between | from | 介于 | 在 | 从"

_PRICE = r"""
priced? | prices | pricing | costs? | costing | budget | spend(?:ing)? | worth | pay(?:ing)?
价格 | 价位 | 售价 | 单价 | 价钱 | 预算 | (?<=最[高低])价(?!格)
"""
_BUDGET = re.compile(r"budget|预算|spend")
_RATING = r"""
rated | ratings? | reviews? | reviewed | scores? | scored
评分 | 好评 | 评价 | 星级 | 口碑 | 打分
"""
_LINK = r"""(?:\s | [:=] | \b(?:is|are|of|at|in|be|it|to|for|on|range|must|should|with|by|a|an)\b
| [在是为的就约要得应需] | 区间 | 范围)*"""


def _choice(names: str) -> str:
    return "|".join(n.strip() for line in names.strip().split("\n") for n in line.split(" | ") if n)


def _before(names: str) -> str:
    # A Latin word must not be the end of another one.
    return rf"(?:(?:(?<![a-z])|(?=[\u3400-\u9fff]))(?:{_choice(names)}))"


_PREFIX = re.compile(
    rf"""(?:(?P<most>{_before(_MOST)})|(?P<least>{_before(_LEAST)})|(?P<about>{_before(_ABOUT)})
    |(?P<between>{_before(_BETWEEN)}))(?:\s(?:a|an|the|about|around))?\s*$""",
    re.VERBOSE,
)
# What is refused above a number is at most that: I can't go over 75, nothing below 40, 别高于75.
_NOT = r"""(?:i(?:['’]m|['’]d)?\s)?(?:(?:do|does|did|ca|wo|would|must|should|could|is|are)n['’]?t
|cannot|(?<!if\s)(?<!why\s)(?<!\bor\s)not|never|without|avoid|(?:refuse|hate)s?\sto)"""
_SPENDING = r"""(?:want|wanna|wish|like|to|go(?:ing|es)?|gonna|be|being|able|willing|prepared
|spen[dt]|spending|pay(?:ing)?|paid|costs?|costing|part(?:ing)?|come|with|it|they|them|that|which
|me|us|ever|really|a|single|cents?|penny|dollar|anything|something|things|stuff|ones|any|the
|priced?|at|show|give|send|list|have\sto(?=\s(?:go|spend|pay))
|set(?:ting)?\s(?:me|us|you|a\sperson)\sback)"""
_NOTHING = r"""(?<!there\s)(?<!got\s)(?<!have\s)(?<!has\s)(?<!find\s)(?<!found\s)(?<!see\s)
nothing(?:\s(?:that|which|costs?|costing|priced|goes|going|at|is))*"""
_DROPPED = r"""(?:skip|drop|hide|remove|excluding|exclude|(?:leav|tak)(?:e|ing)\sout
|(?:filter|weed|rule)\sout)\s(?:all|any|anything|everything|every|the|those|whatever)
(?:\s(?!(?:and|but|show|find|give|me|i|want|need|with)\s)[a-z]+){0,3}"""
_HAN_NOT = r"""(?:不想|不要|不愿意?)在[^,;。]{1,12}上花
|(?:不|别|勿|甭)(?:要|想|能|得|可|许|会|愿意?|敢|应该?)?(?:再|给我|花|付|出|看|买|推荐|选|挑){0,3}"""
_COMPARED = rf"(?:(?P<most>{_choice(_ABOVE)})|(?P<least>{_choice(_BELOW)}))"
_END = r"(?:\s(?:a|an|the|about|around))?\s*$"
_REFUSED = re.compile(
    rf"""(?:(?<![a-z])(?:{_NOT}(?:\s{_SPENDING}){{0,7}}|no|{_NOTHING}|{_DROPPED})\s|{_HAN_NOT})
    {_COMPARED}{_END}""",
    re.VERBOSE,
)
_NOR = re.compile(rf"\s?(?:or|nor)\s(?:the\s)?(?:[a-z]+\s){{0,2}}?{_COMPARED}{_END}", re.VERBOSE)
# Over 120 is too much, 超过75的不买, 50以下的就不考虑了.
_ONE_SIDED = re.compile(rf"(?:{_choice(_ABOVE)}|{_choice(_BELOW)}|不到)\s?|\s?以[上下]", re.VERBOSE)
_REFUSED_AFTER = re.compile(
    r"""(?:\s(?:and\sabove|or\sless))?(?:
    \s(?:is|are|(?:wi|['’])ll\sbe|would\sbe|feels|seems|looks)
      \s(?:(?:just|simply|really|far|way|a\sbit)\s)?
      (?:too\s(?:much|expensive|dear|pricey|high|low|little|cheap|flimsy)|out(?=$|[\s,;.!])
      |rubbish|junk|overkill|showing\soff|off\sthe\stable|not\sfor\sme|no\sgood|a\sno)
    |\sand\s(?:i|we)(?:['’]d|['’]ll)(?=\s)
    |\s(?:i|we)\s(?:ca|wo)n['’]?t(?!\s(?:find|see))|\s(?:i|we)\scannot(?!\s(?:find|see))
    |(?:的[^,;。、\s的]{1,6}?(?=就|都|一律|我)|的)?
      (?:就|都|也|一律|统统|全部?|请|您|我|帮我|给我|可以|直接|麻烦){0,5}
      (?:(?:不用|不必|不要|别)再?(?:给我|帮我)?(?:发|看|推荐|推|给|来|拿|列)
      |不(?:再|想|敢|许|准|能)?(?:要|买|看|考虑|接受)|免谈|算了|pass|除外|划掉|剔除|略过|屏蔽
      |(?:去|过滤|删|筛|排)[掉除]|过滤|跳过|(?:有点)?(?:太贵|吃不消|负担不起|买不起))
      (?:了|吧|啦|哈|掉)*(?=$|[\s,;.。、!?])
    )""",
    re.VERBOSE,
)
_SUFFIX = re.compile(
    rf"""\s?(?:(?P<most>{_choice(_MOST_AFTER)})|(?P<least>{_choice(_LEAST_AFTER)})
    |(?P<about>{_choice(_ABOUT_AFTER)})|(?P<between>之间|中间))""",
    re.VERBOSE,
)
_TOPIC = re.compile(
    rf"(?:(?P<price>{_before(_PRICE)})|(?P<rating>{_before(_RATING)})){_LINK}$", re.VERBOSE
)
_RATING_AFTER = re.compile(
    r"(?:\+?\s(?:ratings?|reviews?)|\+?\s?(?:评分|好评))"
    r"(?=\s*(?:$|[,;.的]|and\b|in\b|under\b|with\b))"
)
_AND = re.compile(r"(\bbetween\s[^,;]{1,24}?\s)and(?=\s)(?!\sa\shalf)")
_WITHIN = re.compile(
    r"(\bwithin\s[$£€¥]?[\d.,]+(?:\s[a-z]+)?\s)and"
    r"(?=\s[$£€¥]\d|\s[\d.,]+(?:\s(?:bucks|quid|dollars|euros|pounds))?\s*(?:$|[,;.?!]))"
)
_DOTS = re.compile(r"(?<=\d)\.\.(?=[$£€¥]?\d)")
_HAN_AND = re.compile(
    r"(?<=[\d十百千万元块刀币米克斤升星分a-z])(\s?)[和与跟]"
    r"(?=\s?[\d一二两三四五六七八九$¥][^,;。]{0,9}(?:之间|中间))"
)
_ALSO_BEFORE = re.compile(
    r"\s?(?:max|minimum|at\s|and\s(?:under|below|less|above|over|more|higher|better))"
)
_OR = re.compile(r"\s?or\s")
_A_NUMBER = re.compile(r"(?:\sthan)?[\s:]*(?:us)?[$¥€£\d]")
_WITH_MONEY = re.compile(r"m(?:ax|in)\W")
_STANDS_ALONE = re.compile(r"(?:^|[,;:。、(])\s?$")
# Maximum price 100, 最低价50元.
_BOUND = re.compile(
    r"(?:(?P<most>(?<![a-z])(?:max(?:imum)?:?|highest|top)|最[高大多])"
    r"|(?P<least>(?<![a-z])min(?:imum)?:?|最[低少]))\s?$"
)
_THAN = re.compile(r"(?P<not>不了|(?:不|别)(?:要|想|能|得|可|会)?)?(?<![价对])比\s?$")
_THAN_AFTER = re.compile(
    r"\s?(?:还要|[还更要])?(?:(?P<most>便宜|实惠|[低少小轻短薄矮窄])"
    r"|(?P<least>[贵高多大长厚宽]|重(?!要)))(?:一?(?:点儿?|些))?"
)
_TO_BE_SPENT = re.compile(
    r"\s?的?预算(?!\s?[$¥\d是为])|\s(?:budget|to\sspend)(?![a-z])(?!\s?[$:\d])"
)
_HAVING = re.compile(r"(?:(?<![a-z])(?:a|my|have|with|got|only)\s|[有给])$")
_OR_SO = re.compile(r"[来多]")
_ONLY_IF_UNIT = re.compile(r"\s?(?:\+|plus|max)")
_FURTHEST = 60


def comparisons(text: str) -> Iterator[Comparison]:
    """Every number of a text that `plain` gave, with how it is compared, in order."""
    text = _AND.sub(r"\1to ", text)
    text = _DOTS.sub("~ ", _WITHIN.sub(r"\1to ", text))
    text = _HAN_AND.sub(r"\1到", text)
    refused_to = -1
    for (start, end), group in groupby(quantities(text), key=lambda q: (q.start, q.end)):
        readings = tuple(group)
        relation: Relation = "is"
        begin = start
        before = text[max(0, start - _FURTHEST) : start]
        refused = _REFUSED.search(before)
        if refused is None and refused_to >= 0:
            refused = _NOR.fullmatch(text[refused_to:start])
        prefix = refused or _PREFIX.search(before)
        if prefix and _is_of_a_name(text[: start - len(prefix[0])], prefix[0], readings[0]):
            prefix = None
        if prefix:
            relation = _relation(prefix)
            begin = start - len(prefix[0])
        suffix = _SUFFIX.match(text, end)
        also = suffix and (_ALSO_BEFORE.match(suffix[0]) or (refused and _OR.match(suffix[0])))
        if suffix and also and _A_NUMBER.match(text, suffix.end()):
            # 4 stars and under 50
            suffix = None
        if suffix and (readings[0].dimension != NUMBER or not _ONLY_IF_UNIT.match(suffix[0])):
            relation, end = _relation(suffix), suffix.end()
        elif relation == "is" and "+" in text[start:end]:
            relation = "least"
        elif relation == "is" and (bounded := _than(text, start, end)):
            relation, begin, end = bounded
        refused_to = end if refused else -1
        if not refused and (turned := _refused_after(text, end, relation, suffix or prefix)):
            relation, end = turned
        if readings[0].ranged:
            explicit = bool(prefix or suffix)
            relation = "between" if explicit or readings[0].dimension != NUMBER else "is"
        elif relation == "between":
            # "from 20" alone is where something starts.
            relation = "least" if prefix and readings[0].dimension == MONEY else "is"
            begin = begin if relation == "least" else start
        compared = begin
        topic = _TOPIC.search(text[max(0, begin - _FURTHEST) : begin])
        about: Literal["price", "rating", ""] = ""
        if topic:
            about = "price" if topic["price"] else "rating"
            begin -= len(topic[0])
            bound = _BOUND.search(text[:begin]) if about == "price" else None
            begin -= len(bound[0]) if bound else 0
            if relation == "is" and bound:
                relation = _relation(bound)
            elif relation == "is" and about == "price":
                exact = not _OR_SO.search(text[start:end])
                relation = "most" if exact and _BUDGET.match(topic[0]) else "about"
            if readings[0].ranged:
                relation = "between"
        elif readings[0].dimension in (NUMBER, STARS) and (after := _RATING_AFTER.match(text, end)):
            about, end = "rating", after.end()
            relation = "least" if relation == "is" else relation
        elif (spent := _TO_BE_SPENT.match(text, end)) and (
            readings[0].dimension == MONEY or _HAVING.search(text[:begin])
        ):
            about, end = "price", spent.end()
            relation = "most" if relation == "is" else relation
        yield Comparison(readings, relation, about, begin, end, compared)


def _is_of_a_name(before: str, prefix: str, number: Quantity) -> bool:
    """Whether max is no bound: iPhone 15 Pro Max 256 GB."""
    said = number.dimension == MONEY or _STANDS_ALONE.search(before) or _TOPIC.search(before)
    return _WITH_MONEY.match(prefix) is not None and not said


def _refused_after(
    text: str, end: int, relation: Relation, match: re.Match[str] | None
) -> tuple[Relation, int] | None:
    """The other bound, and where the words end that refuse what is on this side of it."""
    if relation not in ("most", "least") or match is None or not _ONE_SIDED.match(match[0]):
        return None
    after = _REFUSED_AFTER.match(text, end)
    return ("least" if relation == "most" else "most", after.end()) if after else None


def _than(text: str, start: int, end: int) -> tuple[Relation, int, int] | None:
    """What 比 and the word after the number make of it, and where both stand: 比100元便宜."""
    before, after = _THAN.search(text[:start]), _THAN_AFTER.match(text, end)
    if before is None or after is None:
        return None
    at_most = bool(after["most"]) != bool(before["not"])
    return "most" if at_most else "least", before.start(), after.end()


def _relation(match: re.Match[str]) -> Relation:
    return next(name for name in _RELATIONS if match.groupdict().get(name))


__all__ = ["MONEY", "NUMBER", "STARS", "Comparison", "comparisons"]
