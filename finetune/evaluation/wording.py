"""How near prose is to the gold answer: BLEU by sacrebleu, ROUGE-L by rouge-score.

Chinese is compared by characters: sacrebleu's default gives nearly nothing on identical Chinese,
and rouge-score's own tokenizer drops every character of it.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from agent.events import Lang

_TOKEN = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")


class _Tokens:
    """Chinese by characters, everything else by words; what rouge-score calls a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text."""
        return _TOKEN.findall(text.casefold())


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Tokens())


@cache
def _bleu(lang: Lang) -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="zh" if lang == "zh" else "13a", effective_order=True)


def rouge_l(said: str, gold: str) -> float:
    """The F measure of the longest common subsequence of tokens, 0 to 1."""
    return float(_rouge().score(gold, said)["rougeL"].fmeasure)


def bleu_counts(said: str, gold: str, lang: Lang) -> tuple[int, ...]:
    """What corpus BLEU is computed from: matches and totals of 1- to 4-grams, both lengths."""
    score = _bleu(lang).sentence_score(said, [gold])
    return (*score.counts, *score.totals, score.sys_len, score.ref_len)


def bleu_of(counts: Sequence[float]) -> float:
    """Corpus BLEU, 0 to 100, of the sum of `bleu_counts`."""
    from sacrebleu.metrics.bleu import BLEU

    whole = [round(count) for count in counts]
    if not whole[8]:
        return 0.0
    return float(
        BLEU.compute_bleu(
            correct=whole[:4],
            total=whole[4:8],
            sys_len=whole[8],
            ref_len=whole[9],
            smooth_method="exp",
        ).score
    )
