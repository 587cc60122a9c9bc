"""What an evaluation measures: each figure's arithmetic, on conversations written by hand."""

import json
import math
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from langchain_core.messages import AIMessage

from agent.errors import ModelUnavailable, SettingsError, TrainingError
from agent.profiles import load_profile
from agent.prompts import SYSTEM
from agent.serving import serving_command
from agent.settings import Settings
from agent.tools import tool_schemas
from finetune.chat.publishing import held_out_figures
from finetune.evaluation.answers import Answer, read_answer
from finetune.evaluation.asking import all_of, ask
from finetune.evaluation.comparing import Measured
from finetune.evaluation.figures import Resampling, bleu, ratios
from finetune.evaluation.judging import Judgement, judge, parts_of
from finetune.evaluation.perplexity import Likelihood, _loss
from finetune.evaluation.progress import Progress
from finetune.evaluation.recording import RecordedModel, Recording, model_hash
from finetune.evaluation.report import body_of, write_report
from finetune.evaluation.router import Router, judge_choice
from finetune.evaluation.running import Found, Order, held_out_rows
from finetune.evaluation.steps import Step, family, steps_of, turn_acts
from finetune.evaluation.variants import available, make_variant, tools_for
from finetune.evaluation.wording import bleu_counts, bleu_of, rouge_l
from finetune.synthesis.corpus import write_rows
from tests.evaluation_rows import CHINESE, EXCHANGE, ROWS, SEARCH, all_steps
from tests.scripted_model import Call, Say, ScriptedModel, call
from ui.commands.finetune import finetune

HOW = Resampling(resamples=200, seed=3)


def gold(step: Step) -> Answer:
    return Answer(calls=step.calls, text=step.text, tokens=10, prompt_tokens=100, seconds=0.5)


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


# Asking


def perfect(steps: Sequence[Step]) -> ScriptedModel:
    """A model that knows the gold answers."""
    by_words = {(s.messages[-1]["content"], len(s.messages)): s for s in steps}

    def answer(request: object) -> Say | Call:
        step = by_words[(request.said, len(request.messages))]  # type: ignore[attr-defined]
        return call(step.calls[0][0], **step.calls[0][1]) if step.calls else Say(step.text)

    return ScriptedModel(answering=answer)


async def _always() -> bool:
    return True


def recorded(inner: ScriptedModel, recording: Recording) -> RecordedModel:
    return RecordedModel(inner=inner, recording=recording, model_hash="m", needed=_always)


async def test_answers_are_kept_and_not_asked_again(tmp_path: Path) -> None:
    steps, said = all_steps(), list[str]()
    with Recording(tmp_path / "answers.db") as recording:
        inner = perfect(steps)
        model = recorded(inner, recording)
        first = await ask(model, tool_schemas(), steps, at_once=4, what="x", say=said.append)
    assert [(a.calls, a.text) for a in first] == [(s.calls, s.text) for s in steps]
    assert [(a.prompt_tokens, a.tokens, a.fault) for a in first] == [(10, 5, "")] * len(steps)
    assert len(inner.history) == len(steps)
    assert said[-1] == "x: 12 of 12"
    with Recording(tmp_path / "answers.db") as recording:
        again = recorded(ScriptedModel(), recording)
        second = await ask(again, tool_schemas(), steps, at_once=4, what="x", say=said.append)
        assert second == first
        stricter = again.model_copy(update={"model_hash": "other"})
        with pytest.raises(AssertionError, match="no reply"):
            await ask(stricter, tool_schemas(), steps[:1], at_once=1, what="x", say=said.append)


async def test_a_broken_call_stays_broken_when_it_is_kept(tmp_path: Path) -> None:
    step = all_steps()[:1]
    with Recording(tmp_path / "answers.db") as recording:
        inner = ScriptedModel()
        inner.enqueue(Call("search_products", '{"query": "te', finish="length"))
        answers = [
            (await ask(m, [], step, at_once=1, what="x", say=lambda _: None))[0]
            for m in (recorded(inner, recording), recorded(ScriptedModel(), recording))
        ]
    assert answers[0].fault.startswith("the call does not parse")
    assert answers[0] == answers[1]


async def test_a_server_that_fails_ends_the_run_and_is_noted(tmp_path: Path) -> None:
    with Recording(tmp_path / "answers.db") as recording:
        inner = ScriptedModel()
        inner.enqueue(httpx.ConnectError("refused"))
        model = recorded(inner, recording)
        with pytest.raises(ModelUnavailable, match="refused"):
            await ask(model, [], all_steps()[:1], at_once=1, what="x", say=lambda _: None)
    assert model.server_failures == ["ConnectError: refused"]


async def test_all_of_keeps_the_order() -> None:
    async def number(n: int) -> int:
        return n

    assert await all_of([number(n) for n in range(5)]) == [0, 1, 2, 3, 4]


def test_progress_tells_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 30.0, 31.0, 32.0, 33.0])
    monkeypatch.setattr("finetune.evaluation.progress.time.monotonic", lambda: next(clock))
    said: list[str] = []
    progress = Progress("base", 4, said.append)
    for note in ("", "2 passed", "", ""):
        progress.step(note)
    assert said == ["base: 1 of 4, about 90 s left".replace("90 s", "2 min"), "base: 4 of 4"]


# Variants


def test_a_variant_without_strict_schemas_lets_anything_be_sampled(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    loose, strict = (make_variant(name, settings) for name in ("base", "base-strict"))
    assert loose.profile.name == "qwen2.5-coder-0.5b-base"
    assert [tool["function"].get("strict") for tool in loose.tools] == [None] * len(loose.tools)
    assert strict.tools == tool_schemas()
    command = serving_command(loose.profile, settings, "cpu")
    assert "--tool-strict-level" not in command
    served = serving_command(strict.profile, settings, "cpu")
    assert [pair for pair in pairwise(served) if pair[0] == "--tool-strict-level"] == [
        ("--tool-strict-level", "parameter")
    ]
    assert model_hash(loose.profile) != model_hash(strict.profile)
    assert tools_for(load_profile("qwen3-4b")) == tool_schemas()


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    with pytest.raises(SettingsError, match="there is no variant 'best'; there are: base"):
        make_variant("best", settings)
    with pytest.raises(SettingsError, match="no adapter is tuned yet"):
        make_variant("tuned", settings)
    elsewhere = settings.model_copy(update={"model_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(SettingsError, match="SHOPCLERK_MODEL_URL"):
        make_variant("base", elsewhere)
    said: list[str] = []
    assert available([], "", said.append) == ["base", "base-strict", "router"]
    assert said == ["no adapter is there yet, so nothing tuned is measured"]
    assert available([], "mine", said.append)[2:4] == ["tuned", "tuned-strict"]


def test_held_out_rows_are_drawn_by_the_seed(tmp_path: Path) -> None:
    file = tmp_path / "held-out.jsonl"
    order = Order(("base",), held_out=file, limit=2)
    with pytest.raises(TrainingError, match="`shopclerk finetune synthesise` makes them"):
        held_out_rows(order)
    file.write_text('{"id": 1}\n')
    with pytest.raises(TrainingError, match="holds no conversations"):
        held_out_rows(order)
    write_rows(ROWS, file)
    drawn = held_out_rows(order)
    assert drawn == held_out_rows(order)
    assert len(drawn) == 2
    assert held_out_rows(Order(("base",), held_out=file)) == ROWS


# The report


def measured() -> Measured:
    """All right but one: the first answer calls the wrong tool."""
    steps = all_steps()
    answers = [gold(step) for step in steps]
    answers[0] = Answer(calls=(("search_policies", {"query": "a tent | <b>"}),))
    judged: list[Judgement] = [judge(s, a) for s, a in zip(steps, answers, strict=True)]
    likelihoods = [Likelihood(SEARCH, 2 * math.log(3), 2)]
    return Measured("base", steps, answers, judged, likelihoods, {"profile": "small"})


def test_figures_by_language_tool_and_intent() -> None:
    figures = measured().figures(HOW)
    assert figures["language"]["en"]["tool"].value == 0.75
    assert figures["language"]["zh"]["tool"].value == 1
    assert figures["language"]["all"]["tool"].value == 0.8
    assert figures["language"]["all"]["perplexity"].value == pytest.approx(3)
    assert "perplexity" not in figures["language"]["zh"]
    assert figures["tool"]["en search_products"]["decision"].value == 0.5
    assert figures["intent"]["en search"]["decision"].value == 0.5
    assert figures["intent"]["all policy"]["exact"].value == 1


def test_the_report_is_written_for_machines_and_for_people(tmp_path: Path) -> None:
    one = measured()
    data = {"conversations": 3, "steps": 12, "steps_by_language": {"en": 9}, "sha256": "ab" * 32}
    found = Found(data=data, measured=[one])
    body = body_of("mine", found, HOW, {"processor": "a cpu", "cores": 2})
    page = write_report(tmp_path / "mine", body, one.failures())
    read = json.loads((tmp_path / "mine" / "report.json").read_text("utf-8"))
    assert read["variants"]["base"]["faults"] == {"wrong tool": 1}
    assert read["variants"]["base"]["figures"]["language"]["all"]["tool"]["value"] == 0.8
    markdown = (tmp_path / "mine" / "report.md").read_text("utf-8")
    assert "| tool accuracy: the right tool, where one is due | 75.0 % (" in markdown
    assert "a tent \\| <b>" in markdown
    html = page.read_text("utf-8")
    assert html.count("<svg") == 5
    assert "a tent | &lt;b&gt;" in html
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', html) == []
    (failure,) = map(json.loads, (tmp_path / "mine" / "failures.jsonl").read_text().splitlines())
    assert (failure["kind"], failure["asked"]) == ("wrong tool", "a tent up to $150")
    assert failure["wanted"].startswith('search_products({"query": "tent"')


def test_publishing_reads_the_report_of_the_variant_that_serves(tmp_path: Path) -> None:
    passed = {"en.jsonl en": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 60}}
    found = Found(measured=[measured()])
    found.tasks = {
        "base-strict": {"pass^1": {"value": 0.1}},
        "tuned-strict": {"pass^1": {"value": 0.7}},
    }
    found.cases = {"tuned-strict": {"passed": passed}}
    file = tmp_path / "report.json"
    file.write_text(json.dumps(body_of("mine", found, HOW, {})))
    figures = held_out_figures(file)
    assert (figures["tool en"], figures["tool zh"]) == (0.75, 1)
    assert (figures["tasks pass^1"], figures["cases en.jsonl en"]) == (0.7, 0.9)


def test_the_command_says_how_to_make_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    result = CliRunner().invoke(finetune, ["evaluate", "--variants", "router"])
    assert isinstance(result.exception, TrainingError)
    assert "held-out.jsonl; `shopclerk finetune synthesise` makes them" in str(result.exception)


def test_the_command_measures_the_router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    corpus = tmp_path / "training" / "chat"
    write_rows(ROWS, corpus / "held-out.jsonl")
    write_rows(ROWS * 5, corpus / "train.jsonl")
    arguments = ["evaluate", "--variants", "router", "--name", "r", "--json", "--resamples", "20"]
    result = CliRunner().invoke(finetune, arguments)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert body["variants"]["router"]["figures"]["language"]["all"]["first"]["value"] == 1
    assert body["data"]["steps"] == 12
    assert (tmp_path / "evaluations" / "r" / "report.html").is_file()
