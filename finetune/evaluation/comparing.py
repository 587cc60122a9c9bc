"""The figures of one variant on the held-out steps, by language, tool and intent."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from finetune.evaluation.answers import Answer, shown
from finetune.evaluation.figures import Figure, Resampling, bleu, ratios
from finetune.evaluation.judging import Judgement
from finetune.evaluation.perplexity import Likelihood
from finetune.evaluation.steps import Step

Figures = dict[str, Figure]
LANGS = ("en", "zh")


@dataclass(frozen=True)
class Measured:
    """One variant's answers to the steps, judged."""

    variant: str
    steps: Sequence[Step]
    answers: Sequence[Answer]
    judged: Sequence[Judgement]
    likelihoods: Sequence[Likelihood] = ()
    about: dict[str, Any] = field(default_factory=dict)

    def figures(self, how: Resampling) -> dict[str, dict[str, Figures]]:
        """By language ("all" too): all of them, by the gold tool, by intent."""
        return {
            "language": self._split(how, lambda step: ""),
            "tool": self._split(how, lambda step: step.tool),
            "intent": self._split(how, lambda step: step.intent),
        }

    def _split(self, how: Resampling, key: Callable[[Step], str]) -> dict[str, Figures]:
        places: dict[str, list[int]] = defaultdict(list)
        for place, step in enumerate(self.steps):
            for lang in ("all", step.lang):
                places[" ".join(filter(None, (lang, key(step))))].append(place)
        found = {name: self._of(some, how) for name, some in sorted(places.items())}
        for name in found.keys() & {"all", *LANGS}:
            found[name] |= self._perplexity(name, how)
        return found

    def _of(self, places: Sequence[int], how: Resampling) -> Figures:
        judged = [(self.steps[n].dialogue, self.judged[n]) for n in places]
        found = ratios([(dialogue, one.sums) for dialogue, one in judged], how)
        whole = bleu([(dialogue, one.bleu) for dialogue, one in judged], how)
        return found | ({"bleu": whole} if whole else {})

    def _perplexity(self, lang: str, how: Resampling) -> Figures:
        rows = [one for one in self.likelihoods if lang in ("all", one.row.lang)]
        return ratios([(one.row.id, one.sums) for one in rows], how, math.exp)

    def failures(self) -> list[dict[str, str]]:
        """Every fault with what was asked, wanted and got."""
        return [
            {
                "variant": self.variant,
                "kind": kind,
                "what": what,
                "step": step.id,
                "lang": step.lang,
                "intent": step.intent,
                "act": step.act,
                "asked": step.asked,
                "wanted": shown(step.calls, step.text),
                "got": shown(answer.calls, answer.text),
            }
            for step, answer, one in zip(self.steps, self.answers, self.judged, strict=True)
            for kind, what in one.faults
        ]
