"""What an evaluation measures: each figure's arithmetic, on conversations written by hand."""

import math
from collections.abc import Mapping

import pytest
from langchain_core.messages import AIMessage

from agent.errors import TrainingError
from agent.prompts import SYSTEM
from finetune.evaluation.answers import Answer, read_answer
from finetune.evaluation.figures import bleu, ratios
from finetune.evaluation.judging import judge, parts_of
from finetune.evaluation.outcomes import outcomes
from finetune.evaluation.perplexity import Likelihood, _loss
from finetune.evaluation.router import Router, judge_choice
from finetune.evaluation.steps import Step, family, steps_of, turn_acts
from finetune.evaluation.wording import bleu_counts, bleu_of, rouge_l
from tests.evaluation_rows import CHINESE, EXCHANGE, HOW, SEARCH, all_steps, gold


def step_of(number: int) -> Step:
    return all_steps()[number]


# Steps


def test_a_conversation_is_cut_into_the_answers_that_the_model_itself_gives() -> None:
    steps = list(steps_of(EXCHANGE))
    assert [(s.act, s.tool, s.opens, s.asks_back) for s in steps] == [
        ("exchange_which", "get_order", True, True),
        ("exchange_which", "none", False, True),
        ("give_options", "propose_exchange", True, False),
        ("give_options", "none", False, False),
        ("thanks", "none", True, False),
    ]
    assert [s.text for s in steps][1] == "What should it be instead?"
    assert steps[-1].said == ("swap the boots of LP-10", "L, red", "I confirm.", "thanks")
    assert len(steps[-1].results) == 2


def test_what_is_sent_is_what_the_assistant_sends() -> None:
    sent = list(steps_of(SEARCH))[1].messages
    assert sent[0] == {"role": "system", "content": SYSTEM}
    assert [m["role"] for m in sent[1:]] == ["user", "assistant", "tool"]
    keys = {key for message in sent for key in message}
    assert keys == {"role", "content", "tool_calls", "tool_call_id"}


def test_acts_are_told_apart_by_turn() -> None:
    acts = ["cancel_unnamed", "give_order", "give_needless", "search", "orders", "two_wishes"]
    assert turn_acts(acts) == ["cancel_unnamed", "give_needless", "two_wishes"]
    assert [family(act) for act in ("search_max", "thanks", "off_topic", "parcel_item", "")] == [
        *("search", "small_talk", "off_topic", "parcel", "unknown"),
    ]


# Answers


def test_a_message_is_read_as_an_answer() -> None:
    message = AIMessage(
        content="",
        tool_calls=[{"name": "get_order", "args": {"order_id": "LP-10"}, "id": "1"}],
        usage_metadata={"input_tokens": 90, "output_tokens": 12, "total_tokens": 102},
        response_metadata={"finish_reason": "tool_calls", "seconds": 1.25},
    )
    assert read_answer(message) == Answer(
        (("get_order", {"order_id": "LP-10"}),), "", "", 90, 12, 1.25
    )


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (AIMessage('{"name": "get_order", "arguments": {}}'), "a call in the wrong form"),
        (AIMessage("<tool_call>\n{"), "a call in the wrong form"),
        (
            AIMessage("", tool_calls=[{"name": "melt", "args": {}, "id": "1"}]),
            "there is no tool 'melt'",
        ),
        (
            AIMessage("", tool_calls=[{"name": "get_order", "args": {"id": "x"}, "id": "1"}]),
            "get_order.order_id: Field required",
        ),
        (
            AIMessage(
                "",
                invalid_tool_calls=[{"name": "get_order", "args": "{", "id": "1", "error": "x"}],
            ),
            "the call does not parse: {",
        ),
        (
            AIMessage(
                "",
                tool_calls=[{"name": "list_orders", "args": {}, "id": "1"}],
                response_metadata={"finish_reason": "length"},
            ),
            "the call was cut off",
        ),
        (AIMessage("It costs 12.00 USD."), ""),
    ],
)
def test_what_is_no_proper_call_is_found(message: AIMessage, fault: str) -> None:
    found = read_answer(message).fault
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


# Judging


def test_the_gold_answers_are_right_in_everything() -> None:
    judged = [judge(step, gold(step)) for step in all_steps()]
    assert [fault for one in judged for fault in one.faults] == []
    figures = ratios([("d", one.sums) for one in judged], HOW)
    shares = {name: (f.value, f.n) for name, f in figures.items() if f.value <= 1}
    assert shares == {
        "decision": (1, 12),
        "tool": (1, 5),
        "first": (1, 7),
        "exact": (1, 5),
        "f1": (1, 30),
        "format": (1, 5),
        "no_tool": (1, 2),
        "refusal": (1, 1),
        "asks_back": (1, 2),
        "grounded": (1, 7),
        "language": (1, 7),
        "rouge_l": (1, 7),
        "seconds": (0.5, 12),
    }
    assert (figures["tokens"].value, figures["prompt_tokens"].value) == (10, 100)


def test_a_wrong_tool_is_wrong_in_tool_and_arguments() -> None:
    answer = Answer(calls=(("search_policies", {"query": "tent"}),))
    judged = judge(step_of(0), answer)
    assert judged.sums["tool"] == judged.sums["decision"] == judged.sums["first"] == (False, 1)
    # Nothing in common: 3 parts were wanted (the tool and two arguments), 2 came.
    assert (judged.sums["exact"], judged.sums["f1"]) == ((False, 1), (0, 5))
    assert judged.faults == [("wrong tool", "search_policies for search_products")]


@pytest.mark.parametrize(("same", "counted"), [(True, (True, 1)), (False, (False, 1))])
def test_another_call_may_come_to_the_same(same: bool, counted: tuple[bool, int]) -> None:
    answer = Answer(calls=(("search_products", {"query": "tents", "max_price": 150}),))
    judged = judge(step_of(0), answer, same)
    assert (judged.sums["exact"], judged.sums["outcome"]) == ((False, 1), counted)
    assert ("another outcome" in dict(judged.faults)) is not same


def test_an_outcome_that_is_not_known_is_not_counted() -> None:
    answer = Answer(calls=(("search_products", {"query": "tents", "max_price": 150}),))
    assert "outcome" not in judge(step_of(0), answer).sums
    assert judge(step_of(0), gold(step_of(0)), True).sums["outcome"] == (True, 1)


def test_only_what_differs_is_tried_and_untried_conversations_are_left_out() -> None:
    steps = all_steps()
    answers = [gold(step) for step in steps]
    search, exchange = (
        next(n for n, s in enumerate(steps) if s.dialogue == name and s.calls)
        for name in ("w-1", "w-2")
    )
    answers[search] = Answer(calls=(("search_products", {"query": "a tent"}),))
    answers[exchange] = Answer(calls=(("list_orders", {}),))
    asked: list[str] = []

    def trial(others: Mapping[str, Answer]) -> dict[str, bool]:
        asked.extend(others)
        return {steps[search].id: True}

    found = outcomes(steps, answers, trial)
    assert asked == [steps[search].id, steps[exchange].id]
    assert found == {s.id: True for s in steps if s.calls and s.dialogue != "w-2"}
    answers[search] = Answer(fault="cut off")
    assert outcomes(steps, answers, lambda _: {})[steps[search].id] is False


def test_half_right_arguments_count_half() -> None:
    answer = Answer(calls=(("search_products", {"query": "tent", "max_price": 140}),))
    judged = judge(step_of(0), answer)
    assert (judged.sums["tool"], judged.sums["exact"]) == ((True, 1), (False, 1))
    assert judged.sums["f1"] == (2 * 2, 3 + 3)
    assert judged.faults == [
        ("wrong arguments", "wanted search_products.max_price; got search_products.max_price")
    ]


def test_arguments_are_compared_by_what_they_mean() -> None:
    one = [("search_products", {"query": "Rain  Boots", "max_price": 40, "in_stock": False})]
    other = [("search_products", {"query": "rain boots", "max_price": "40.00"})]
    assert parts_of(one) == parts_of(other)
    changed = {"order_id": "#W12", "changes": [{"line": 1, "to": "blue, M"}]}
    same = {"order_id": "w12", "changes": [{"line": 1, "to": "M，blue", "quantity": None}]}
    assert parts_of([("propose_exchange", changed)]) == parts_of([("propose_exchange", same)])
    twice = parts_of([("get_order", {"order_id": "1"})] * 2)
    assert twice != parts_of([("get_order", {"order_id": "1"})])


def test_a_call_in_the_wrong_form_is_no_call() -> None:
    text = '{"name": "search_products", "arguments": {"query": "tent"}}'
    judged = judge(step_of(0), read_answer(AIMessage(text)))
    assert (judged.sums["format"], judged.sums["tool"]) == ((False, 1), (False, 1))
    assert "grounded" not in judged.sums
    assert [kind for kind, _ in judged.faults] == ["malformed call"]


def test_a_needless_call_and_an_early_proposal_are_found() -> None:
    poem = next(steps_of(CHINESE))
    judged = judge(poem, Answer(calls=(("search_products", {"query": "诗"}),)))
    assert (judged.sums["no_tool"], judged.sums["refusal"]) == ((False, 1), (False, 1))
    which = list(steps_of(EXCHANGE))[1]
    changes = [{"line": 1, "to": "L"}]
    early = Answer(calls=(("propose_exchange", {"order_id": "LP-10", "changes": changes}),))
    judged = judge(which, early)
    assert judged.sums["asks_back"] == (False, 1)
    assert [kind for kind, _ in judged.faults] == ["needless call", "proposed too early"]


def test_prose_is_held_against_the_results_so_far() -> None:
    step = step_of(1)
    judged = judge(step, Answer(text="Larch Tent costs 120.00 USD. It weighs 2.5 kg."))
    assert judged.sums["grounded"] == (1, 2)
    assert [kind for kind, _ in judged.faults] == ["ungrounded"]
    judged = judge(step, Answer(text="找到2件商品。"))
    assert judged.sums["language"] == (False, 1)
    assert ("wrong language", "找到2件商品。") in judged.faults


def test_wording() -> None:
    assert rouge_l("签收后30天内可以退货。", "签收后30天内可以退货。") == 1.0
    # Two of three tokens in order on either side.
    assert rouge_l("可以换", "可以退") == pytest.approx(2 / 3)
    assert rouge_l("", "You are welcome.") == 0.0
    same = "签收后三十天内可以退货。"
    assert bleu_of(bleu_counts(same, same, "zh")) == pytest.approx(100)
    half = bleu_counts("the tent is red", "the tent is blue", "en")
    assert half == (3, 2, 1, 0, 4, 3, 2, 1, 4, 4)
    assert bleu_of(bleu_counts("", "the tent", "en")) == 0.0


def test_perplexity_is_of_the_learnt_tokens_alone() -> None:
    loss = _loss([0.0, -9.0, math.log(0.5), -9.0, math.log(0.125)], 1, [-100, 4, -100, 5])
    assert loss == pytest.approx(math.log(2) + math.log(8))
    rows = [Likelihood(SEARCH, loss, 2)]
    figure = ratios([("a", rows[0].sums)], HOW, math.exp)["perplexity"]
    assert figure.value == pytest.approx(4)


# Intervals


def test_intervals_are_over_dialogues_and_the_same_for_the_same_seed() -> None:
    rows = [(f"d{n}", {"tool": (float(n % 4 > 0), 1.0)}) for n in range(100)]
    figure = ratios(rows, HOW)["tool"]
    assert (figure.value, figure.n) == (0.75, 100)
    # The standard error of a share of 0.75 over 100 is 0.043.
    assert figure.low == pytest.approx(0.75 - 1.96 * 0.043, abs=0.03)
    assert figure.high == pytest.approx(0.75 + 1.96 * 0.043, abs=0.03)
    assert ratios(rows, HOW)["tool"] == figure
    one_dialogue = ratios([("d", sums) for _, sums in rows], HOW)["tool"]
    assert (one_dialogue.low, one_dialogue.high) == (0.75, 0.75)
    assert ratios([("d", {"tool": (0, 0)})], HOW) == {}


def test_bleu_is_of_the_whole_corpus() -> None:
    counts = [bleu_counts("the tent is red", "the tent is blue", "en")] * 2
    figure = bleu([("a", counts[0]), ("b", counts[1]), ("c", ())], HOW)
    assert figure is not None
    assert (figure.value, figure.n) == (bleu_of([2 * c for c in counts[0]]), 2)
    assert bleu([("c", ())], HOW) is None


# The router


def test_the_router_learns_the_tool_from_words() -> None:
    steps = all_steps()
    router = Router(steps * 5)
    opening = [step for step in steps if step.opens]
    chosen = router.answers(opening)
    assert [judge_choice(s, a).sums["first"] for s, a in zip(opening, chosen, strict=True)] == [
        (True, 1)
    ] * 7
    wrong = judge_choice(opening[0], Answer())
    assert (wrong.sums["first"], wrong.faults) == (
        (False, 1),
        [("wrong choice", "none for search_products")],
    )
    with pytest.raises(TrainingError, match="more than one tool"):
        Router([step for step in steps if step.tool == "none"])
