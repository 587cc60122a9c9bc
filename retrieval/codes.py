"""Model codes: under which attributes a product carries one, and what in a query may be one."""

import re
from collections.abc import Iterator
from itertools import pairwise

from retrieval.words import code, fold, is_chinese, runs, tokens

_KEYS = """
sku mpn ean ean13 gtin gtin13 upc isbn asin barcode model modelnumber modelno modelcode partnumber
partno partcode manufacturerpartnumber oemcode itemnumber itemno itemcode articlenumber articleno
productnumber productcode stylenumber stylecode styleno
型号 产品型号 商品型号 货号 款号 款式编号 商品编号 商品编码 产品编号 产品编码 零件号 零件编号
部件号 配件号 条码 条形码 商品条码
"""
_KEY_CODES = frozenset(_KEYS.split())
_SHORTEST = 4
_POSSESSIVE = re.compile("['’]s$")


def holds_codes(key: str) -> bool:
    """Whether the values of an attribute of this name are codes, in either language."""
    return code(key) in _KEY_CODES


def codes_in(query: str) -> list[str]:
    """The query whole, and whatever in it looks like a code, folded: 有没有FH-2000X, FH 2000X."""
    return list(dict.fromkeys(code(name) for name in [query, *_looking_like_codes(query)]))


def _looking_like_codes(query: str) -> Iterator[str]:
    found = [_POSSESSIVE.sub("", run) for run in runs(query)]
    for word in [*fold(query).split(), *found]:
        if _looks_like_code(word):
            yield word
    for pair in pairwise(found):
        joined = "".join(pair)
        # Of "is there a 2000 W heater" the "a" begins no code.
        latin = not any(is_chinese(run) for run in pair) and all(map(tokens, pair))
        if latin and _looks_like_code(joined) and not joined.isdecimal():
            yield joined


def _looks_like_code(word: str) -> bool:
    return len(word) >= _SHORTEST and any(c.isdigit() or c == "-" for c in word)
