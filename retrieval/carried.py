"""Whether a shop carries what is asked for at all.

Search always finds something that comes closest. A logistic model of how close the closest is, in
meaning and in words, tells whether that is what was asked for. Fitted on the 200 judged queries of
the sample shop against 301 that shoppers ask of other shops (`data/search/elsewhere`), of products
that the model was not taught with; `tests/test_carried.py` measures its errors on 304 others.
"""

import math

from retrieval.engine import Scored, Worded

CALIBRATED_FOR = "multilingual-e5-small-shop"
"""The only model whose cosines these coefficients are for."""
THRESHOLD = 0.33
"""Low: a shop that has something must not deny it."""

_COSINE, _GAP, _SHARE, _CHINESE, _BIAS = 15.41, 48.79, 5.97, 1.34, -15.2

NEIGHBOURS = 20
_NEXT = slice(5, NEIGHBOURS)
# Those of the neighbours that are most likely of another kind.


def chance(near: Scored, worded: Worded, *, chinese: bool) -> float:
    """How likely the closest product is what was asked for, in [0, 1]; 0 where there is none."""
    if not near:
        return 0.0
    cosines = [cosine for _, cosine in near]
    others = cosines[_NEXT] or cosines[-1:]
    gap = cosines[0] - sum(others) / len(others)
    share = worded.best[0][1] / worded.most if worded.best and worded.most else 0.0
    logit = _BIAS + _COSINE * cosines[0] + _GAP * gap + _SHARE * share + _CHINESE * chinese
    return 1 / (1 + math.exp(-logit))
