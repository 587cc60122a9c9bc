"""Postal addresses: English street lines, and Chinese ones from the province down to the room.

A town alone is none, and neither is a street without a number.
"""

import re
from collections.abc import Iterator

from agent.personal.spans import Span, matches

_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|"
    "T[NX]|UT|V[AT]|W[AIVY]"
)
_TOWN = rf"(?:[A-Z][a-z'.]+[ ]?){{1,3}},?[ ]+(?:{_STATES})[ ]+\d{{5}}(?:-\d{{4}})?(?!\d)"
_UNIT = r"(?:,?[ ]*(?:apt|apartment|suite|ste|unit|room|rm|floor|fl|flat|\#)\.?[ ]*\#?[\w\-]{1,6})?"
# "2 tents for the road": a street's name has none of these in it.
_WORD = (
    r"(?!(?:for|the|on|and|of|in|to|with|an?|my|is|at|by|from|or|your|this|that|off)\b)"
    r"[\w'.\-]*[^\W\d][\w'.\-]*"
)
_STREET = re.compile(
    rf"""(?<![\w\#.\-/$€£¥])\d{{1,6}}[a-z]?(?:-\d{{1,5}})?[ ]+(?:{_WORD}[ ]+){{1,4}}
    (?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|parkway|pkwy|highway|hwy|terrace|
    crescent|cres|close|mews)\b\.?{_UNIT}(?-i:,?[ ]+{_TOWN})?""",
    re.VERBOSE | re.IGNORECASE,
)
# These words have other uses: the name is in capitals, and something ends it.
_PLACE = re.compile(
    rf"""(?<![\w\#.\-/$€£¥])\d{{2,6}}[A-Z]?[ ]+(?:(?:[NSEW]\.?|[A-Z][\w'.\-]*[a-z])[ ]+){{1,3}}
    (?:Way|Drive|Dr|Place|Pl|Court|Ct|Circle|Cir|Square|Sq|Trail|Trl|Path|Walk|Loop|Row|Run|
    Ridge|Hill|Bluff|Dell|Alley|Plaza|Broadway|Gardens|Grove|View|Point|Crossing|Bend)\b\.?
    (?i:{_UNIT})(?:,?[ ]+{_TOWN}|(?=[ ]*(?:$|[,.;:!?)\n"”]|(?:in|to|and|please|for|instead)\b)))""",
    re.VERBOSE,
)
_BOX = re.compile(rf"\bP\.?[ ]?O\.?[ ]?Box[ ]+\d+(?-i:,?[ ]+{_TOWN})?", re.IGNORECASE)
_US_TOWN = re.compile(rf"(?<![\w]){_TOWN}")
_POSTCODE = re.compile(
    r"(?:邮编|邮政编码|郵遞區號|\bzip(?: code)?|\bpost(?:al )?code)[^\w\n]{0,3}(?:is |是|为)?[ ]?"
    r"(?P<code>\d{5,6}(?:-\d{4})?)(?!\d)",
    re.IGNORECASE,
)

_HAN = r"[\u4e00-\u9fff]"
_REGION = (
    rf"(?:(?:北京|上海|天津|重庆|香港|澳门|{_HAN}{{2,6}}?(?:省|自治区))(?:市|特别行政区)?[ ]?)?"
    rf"(?:{_HAN}{{2,7}}?(?:市|州|盟)[ ]?)?(?:{_HAN}{{1,7}}?(?:区|县|旗|區|縣)[ ]?)?"
    rf"(?:{_HAN}{{1,7}}?(?:镇|乡|街道|鎮|鄉)[ ]?)?"
)
_NUMBER = r"[ ]?(?:\d{1,5}(?:-\d{1,4})?|[一二三四五六七八九十百]{1,5})"
_INSIDE = (
    rf"(?:[ ,，]?(?:{_HAN}{{2,10}}?(?:小区|花园|公寓|大厦|大楼|广场|新村|苑|城|家园|中心|科技园))?"
    rf"(?:[ ]?[\dA-Za-z]{{1,5}}(?:号楼|栋|幢|座|单元|层|楼|室|号|弄|樓|號)){{1,5}}"
    rf"(?:[ ]?\d{{2,5}}室?)?)?"
)
_ROAD = re.compile(
    rf"{_REGION}(?:{_HAN}{{1,8}}?(?:路|街|巷|弄|胡同|里|村|段)|{_HAN}{{2,8}}?道)(?:[一二三四五六]段)?"
    rf"{_NUMBER}(?:号|弄|號)(?![线店色码机款车地令])(?:院|内)?{_INSIDE}"
)
_ESTATE = re.compile(
    rf"{_REGION}{_HAN}{{2,10}}?(?:小区|花园|公寓|大厦|新村|苑|家园|广场|里|城)[ ]?"
    r"(?:[\dA-Za-z]{1,4}(?:号楼|栋|幢|座|单元|层|楼|室|号)[ ]?){1,5}(?:\d{2,5}室?)?"
)
_ROOM = re.compile(
    r"(?<![A-Za-z0-9])\d{1,4}(?:号楼|栋|幢|座)[ ]?(?:\d{1,2}单元[ ]?)?(?:\d{1,2}[层楼][ ]?)?"
    r"\d{2,5}室?(?!\d)"
)
# "请把包裹改寄到杭州市…": what leads up to an address is no part of it.
_LEAD = re.compile(
    r".*?(?:地址|住在|住址|家在|寄[到往给]|送[到往]|发[到往]|改[到成为]|换[到成]|搬[到去]|位于|就在|住)"
    r"(?:是|为|改为|改成|在)?[:： ]*|^(?:我|家|在|到|往|是|请|去|的)+"
)

find_streets = matches(_STREET)
find_places = matches(_PLACE)
find_boxes = matches(_BOX)
find_towns = matches(_US_TOWN)
find_postcodes = matches(_POSTCODE, "code")


def find_chinese(text: str) -> Iterator[Span]:
    """Chinese addresses with a road and a number, or an estate and a building."""
    end = 0
    found = sorted(m.span() for p in (_ROAD, _ESTATE, _ROOM) for m in p.finditer(text))
    for start, stop in found:
        if start >= end:
            lead = _LEAD.match(text, start, stop)
            yield (lead.end() if lead and lead.end() < stop - 3 else start), stop
            end = stop


def find_addresses(text: str) -> Iterator[Span]:
    """Every address, in either language. Places that overlap are given once each."""
    for find in (find_streets, find_places, find_boxes, find_towns, find_postcodes, find_chinese):
        yield from find(text)
