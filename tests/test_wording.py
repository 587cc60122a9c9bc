"""Conversations in a writer's words: what the words must bear out, and how they are held again."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.errors import InvalidInput, TrainingError
from agent.profiles import load_profile
from finetune.evaluation.answers import Answer
from finetune.evaluation.outcomes import _tried
from finetune.evaluation.steps import steps_of
from finetune.synthesis.conversation import Dropped, Otherwise, Stage, _in_words
from finetune.synthesis.corpus import Order, _converse
from finetune.synthesis.gold import Call, Calls, Plan, Say
from finetune.synthesis.models import World
from finetune.synthesis.rows import Row
from finetune.synthesis.shops import scratch_shop
from finetune.synthesis.vocabulary import load_vocabulary
from finetune.synthesis.wording import (
    Told,
    Worded,
    faults,
    read_worded,
    reworded,
    sheet,
    titles_in,
)
from finetune.synthesis.worlds import make_world
from tests.evaluation_rows import EXCHANGE, SEARCH
from ui.commands.finetune import finetune

SEED = 77
TENT = ("search_products", {"query": "red tent", "max_price": 150.0, "in_stock": True})
RULE = ("search_policies", {"query": "Returns: how long do I have"})
ORDER = ("get_order", {"order_id": "LP-10"})


# What a writer is told, and reads back


def test_a_sheet_says_what_was_said_done_and_answered() -> None:
    told = sheet(EXCHANGE)
    assert (told["id"], told["lang"], told["acts"]) == ("w-2", "en", EXCHANGE.acts)
    assert [turn["said"] for turn in told["turns"]] == [
        *("swap the boots of LP-10", "L, red", "thanks"),
    ]
    assert told["turns"][0]["calls"] == [("get_order", {"order_id": "LP-10"})]
    assert told["turns"][1]["answer"] == "Please check the details and confirm."
    assert [len(turn["calls"]) for turn in sheet(SEARCH)["turns"]] == [1, 1]


def test_words_are_read_by_conversation(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    one = {"id": "1-2-0", "said": ["a tent"], "queries": [["tent"]]}
    turn = {"said": "tent", "calls": [["search_products", {"query": "tent"}]], "goods": {}}
    told = {"id": "1-2-0", "lang": "en", "acts": ["search"], "turns": [turn | {"answer": "Here."}]}
    file.write_text(f"{json.dumps(told)}\n{json.dumps(one)}\n\n", "utf-8")
    assert read_worded(file) == {"1-2-0": Worded(**one, told=[Told(**turn)])}


def test_words_without_their_sheet_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    file.write_text('{"id": "1-2-0", "said": ["a"], "queries": [[]]}', "utf-8")
    with pytest.raises(TrainingError, match="1-2-0 is on no line of a sheet"):
        read_worded(file)


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ('{"id": "1-2-1", "said": []}', ":2: said: List should have at least 1 item"),
        ('{"id": "1-2-1", "said": ["a"], "queries": "b"}', ":2: queries: Input should be a valid"),
        ('{"id": "1-2-0", "said": ["a"], "queries": [[]]}', ":2: 1-2-0 is worded before it"),
        ("no json", ":2: : Invalid JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, second: str, fault: str) -> None:
    file = tmp_path / "words.jsonl"
    file.write_text('{"id": "1-2-0", "said": ["a"], "queries": [[]]}\n' + second, "utf-8")
    with pytest.raises(TrainingError) as caught:
        read_worded(file)
    assert f"{file}{fault}" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        read_worded(tmp_path / "words.jsonl")


def test_words_for_other_shops_are_refused_before_any_work(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    words = '{"id": "3460-2-0", "said": ["a"], "queries": [[]]}'
    told = '{"id": "3460-2-0", "turns": [{"said": "a", "calls": [], "goods": {}}]}'
    file.write_text(f"{told}\n{words}", "utf-8")
    result = CliRunner().invoke(finetune, ["synthesise", "--worlds", "2", "--worded", str(file)])
    assert isinstance(result.exception, InvalidInput)
    assert "3460-2-0 is of none of the shops 1000 to 1001" in str(result.exception)


# What the words must bear out


def test_words_that_say_all_that_the_calls_need_have_no_fault() -> None:
    said = "Anything like a red, roomy tent for 150 or less, that you have right now?"
    assert not [*faults("red tent under 150 in stock", [TENT], said, ["red roomy tent"])]
    assert not [*faults("LP-10 please", [ORDER], "where's my lp-10", [])]
    asked = "hi, how long do I have??"
    assert not [*faults("how long?", [RULE], asked, ["Returns: how long do I have"])]
    assert not [*faults("how long?", [RULE], asked, ["how long do I have"])]
    assert not [
        *faults(
            "红色帐篷", [("search_products", {"query": "红色帐篷"})], "有红的帐篷没", ["红帐篷"]
        )
    ]


def test_what_a_message_before_it_said_may_be_looked_for() -> None:
    refine = [("search_products", {"query": "red tent"})]
    assert not [*faults("in red", refine, "the red ones", ["red dome"], ["a dome, please"])]
    assert [*faults("in red", refine, "the red ones", ["red dome"])]


@pytest.mark.parametrize(
    ("calls", "said", "queries", "fault"),
    [
        ([ORDER], "where is my parcel", [], "get_order needs 'LP-10', which is not said"),
        ([TENT], "a red tent", ["red tent"], "search_products needs '150', which is not said"),
        ([TENT], "a red tent, 150", ["red tipi"], "words that nobody said: tipi"),
        ([TENT], "a red tent, 150", [], "there are 0 queries, not 1"),
        ([RULE], "how long, tell me", ["Returns: how long do I have"], "not in the message"),
    ],
)
def test_what_they_do_not_bear_out_is_a_fault(
    calls: list[tuple[str, dict[str, object]]], said: str, queries: list[str], fault: str
) -> None:
    was = "red tent under 150, order LP-10"
    assert fault in " ".join(faults(was, calls, said, queries))


def test_calls_look_for_the_new_words() -> None:
    assert reworded([ORDER, TENT], ["scarlet tent"]) == (
        ORDER,
        ("search_products", TENT[1] | {"query": "scarlet tent"}),
    )


def test_the_reason_of_a_return_must_still_be_said() -> None:
    back = ("propose_return", {"order_id": "LP-10", "lines": [1], "reason": "too small"})
    was = "the boots from LP-10 are too small, take them back"
    assert not [*faults(was, [back], "LP-10's boots: too small! Back they go", [])]
    (fault,) = faults(was, [back], "LP-10's boots pinch, back they go", [])
    assert fault == "propose_return needs 'too small', which is not said"


# What new words turn into another conversation

_CALL = ("get_product", {"product_id": "P6"})
_WORDED = Worded(
    id="1-2-0",
    said=["is the umbrella any good in rain?"],
    queries=[[]],
    told=[Told(said="tell me about the umbrella", calls=[_CALL], goods={"P6": "Noon Umbrella"})],
)


def _plan(call: Call) -> Plan:
    yield Calls((call,))
    yield Say("It costs 5 USD.")


@pytest.mark.parametrize(
    ("was", "call", "title", "why"),
    [
        ("tell me about the soundbar", _CALL, "Noon Umbrella", "something else is said"),
        (_WORDED.told[0].said, _CALL, "Gale Soundbar", "stands for another product"),
        (_WORDED.told[0].said, ("get_product", {"product_id": "P2"}), "", "something else is call"),
    ],
)
def test_a_handle_that_is_stale_ends_the_conversation(
    was: str, call: Call, title: str, why: str
) -> None:
    with pytest.raises(Otherwise, match=why):
        next(_in_words(_WORDED, 0, was, _plan(call), {"P6": title})[1])


def test_the_same_conversation_goes_on_in_its_words() -> None:
    was, titles = _WORDED.told[0].said, {"P6": "Noon Umbrella"}
    said, plan = _in_words(_WORDED, 0, was, _plan(_CALL), titles)
    assert said == _WORDED.said[0] and next(plan) == Calls((_CALL,))
    with pytest.raises(Otherwise, match="something else is said"):
        _in_words(_WORDED, 1, "and in red?", _plan(_CALL), titles)


def test_titles_behind_handles_are_read_from_results() -> None:
    shown = "2 products:\nP1 Noon, 5.00 USD, stock 3\nP2 Ridge 450 餐盘, 1,105.00 HKD, 库存 39"
    assert titles_in([{"role": "tool", "content": shown}]) == {"P1": "Noon", "P2": "Ridge 450 餐盘"}


# Held again, in a scratch shop


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load_vocabulary(), SEED, held_out=False)


@pytest.fixture(scope="module")
def plain(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Some conversations as the frames have them."""
    rows = []
    with scratch_shop(world, tmp_path_factory.mktemp("plain"), None) as shop:
        stage = Stage(world, shop, load_profile("qwen2.5-coder-0.5b"))

        async def converse() -> None:
            for number in range(0, 24, 2):
                try:
                    rows.append(await stage.converse(number, "en", held_out=False))
                except Dropped:
                    continue

        asyncio.run(converse())
    return rows


def worded(row: Row) -> Worded:
    """The same words, politely."""
    turns = sheet(row)["turns"]
    return Worded(
        id=row.id,
        said=[f"{turn['said']}  many thanks" for turn in turns],
        queries=[
            [arguments["query"] for _, arguments in turn["calls"] if "query" in arguments]
            for turn in turns
        ],
        told=[Told.model_validate(turn) for turn in turns],
    )


@pytest.mark.integration
async def test_a_conversation_is_held_again_in_other_words(
    world: World, plain: list[Row], tmp_path: Path
) -> None:
    wordings = {row.id: worded(row) for row in plain}
    short = next(row for row in plain if len(sheet(row)["turns"]) > 1)
    wordings[short.id] = wordings[short.id].model_copy(update={"said": ["hello"]})
    with scratch_shop(world, tmp_path / "worded", None) as shop:
        stage = Stage(world, shop, load_profile("qwen2.5-coder-0.5b"))
        order = Order("qwen2.5-coder-0.5b", (SEED,), 24, held_out=False, wordings=wordings)
        made = await _converse(stage, order)
    assert made.dropped["it is worded for another number of messages"] >= 1
    kept = {row.id: row for row in made.rows}
    assert short.id not in kept
    assert len(kept) >= len(plain) - 3
    for row in plain:
        if again := kept.get(row.id):
            new, old = sheet(again)["turns"], sheet(row)["turns"]
            assert [turn["calls"] for turn in new] == [turn["calls"] for turn in old]
            assert new[0]["said"] == f"{old[0]['said']}  many thanks"


@pytest.mark.integration
async def test_other_calls_are_tried_where_the_conversation_stands(
    world: World, plain: list[Row], tmp_path: Path
) -> None:
    steps = [step for row in plain for step in steps_of(row) if step.tool == "search_products"]
    assert len(steps) >= 2
    louder = {
        step.id: Answer(
            calls=tuple((name, a | {"query": a["query"].upper()}) for name, a in step.calls)
        )
        for step in steps
    }
    silent = {step.id: Answer(text="Hello! What are you looking for?") for step in steps}
    others = {step.id: Answer(calls=(("list_orders", {}),)) for step in steps}
    found = []
    for number, answers in enumerate((louder, silent, others)):
        with scratch_shop(world, tmp_path / str(number), None) as shop:
            stage = Stage(world, shop, load_profile("qwen2.5-coder-0.5b"))
            found.append(await _tried(stage, plain, answers))
    assert found[0].keys() >= {step.id for step in steps[:2]}
    assert all(found[0].values())
    assert not any(found[2].values())
    # Code searches where the model only greets, or it does not: both are outcomes.
    assert found[1].keys() == found[0].keys()
