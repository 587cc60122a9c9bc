"""The humble baseline: TF-IDF and logistic regression choose the tool from the shopper's words."""

from collections.abc import Sequence
from importlib.util import find_spec

from agent.errors import TrainingError
from finetune.evaluation.answers import Answer
from finetune.evaluation.judging import Judgement
from finetune.evaluation.steps import REFUSED, SMALL_TALK, Step


class Router:
    """Chooses among the tools, and none, at the first answer of a turn."""

    def __init__(self, steps: Sequence[Step], seed: int = 7) -> None:
        """Learn from the first answers among `steps`. Raises TrainingError."""
        if not find_spec("sklearn"):
            raise TrainingError("the router needs scikit-learn: install the extra `train`")
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union

        opening = [step for step in steps if step.opens]
        tools = [step.tool for step in opening]
        if len(set(tools)) < 2:
            raise TrainingError("the router needs conversations with more than one tool")
        # Characters carry Chinese, which has no spaces; words carry English.
        texts = make_union(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        )
        chooser = LogisticRegression(C=10, max_iter=1000, random_state=seed)
        self._pipeline = make_pipeline(texts, chooser)
        self._pipeline.fit([step.asked for step in opening], tools)

    def answers(self, steps: Sequence[Step]) -> list[Answer]:
        """Its choices as answers: tools with no arguments."""
        asked = [step.asked for step in steps]
        chosen = [str(tool) for tool in self._pipeline.predict(asked)] if asked else []
        return [
            Answer(calls=tuple((name, {}) for name in tool.split("+") if name != "none"))
            for tool in chosen
        ]


def judge_choice(step: Step, answer: Answer) -> Judgement:
    """What can be judged of a mere choice."""
    chosen = "+".join(sorted(name for name, _ in answer.calls)) or "none"
    right = chosen == step.tool
    judged = Judgement(sums={"first": (right, 1)})
    if step.calls:
        judged.sums["tool"] = (right, 1)
    elif step.act in SMALL_TALK | REFUSED:
        judged.sums["no_tool"] = (right, 1)
        if step.act in REFUSED:
            judged.sums["refusal"] = (right, 1)
    if step.asks_back:
        early = any(name.startswith("propose_") for name, _ in answer.calls)
        judged.sums["asks_back"] = (not early, 1)
    if not right:
        judged.faults.append(("wrong choice", f"{chosen} for {step.tool}"))
    return judged
