"""What the model may say in a turn: grounded, looked up, whole, in the shopper's language."""

import time

import pytest

from agent.shop import Shop
from tests.scripted_model import Say, call
from tests.shop_fixtures import OWNER, PROSE, SEARCH, Counter, kinds, only, spoken


@pytest.mark.parametrize(
    ("lang", "text", "bad", "good"),
    [
        ("en", "a tent up to 250 dollars", "It costs $199.50 today.", "The Hollow 2 costs $249."),
        ("zh", "250美元以内的帐篷", "现价只要199.5美元。", "Hollow 2售价249美元。"),
    ],
)
async def test_an_ungrounded_sentence_is_rewritten_once(
    counter: Counter, lang: str, text: str, bad: str, good: str
) -> None:
    counter.model.enqueue(SEARCH, Say(bad), Say(good))
    events = await counter.ask(text)
    assert spoken(events) == good
    assert "199" not in "".join(event.model_dump_json() for event in events)
    assert counter.model.history[2].said.startswith("（请只用" if lang == "zh" else "(Answer again")
    assert only(events, "done").model_calls == 3


async def test_then_a_template_takes_its_place(counter: Counter, shop: Shop) -> None:
    counter.model.enqueue(SEARCH, Say("It costs $199.50."), Say("Fine, $198.50 then."))
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == "Here are 6 products that come closest to what you asked for."
    trace = shop.sessions.trace(only(events, "done").turn_id)
    assert len(trace["verdicts"]) == 2
    assert "199.5" in trace["verdicts"][0]


async def test_what_follows_an_ungrounded_sentence_is_not_shown(counter: Counter) -> None:
    answer = "The Hollow 2 costs $249. It was $999 before. So you save a lot. Nice, is it not?"
    counter.model.enqueue(SEARCH, Say(answer))
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == "The Hollow 2 costs $249."


async def test_an_answer_from_nothing_must_look_up(counter: Counter) -> None:
    counter.model.enqueue(Say("The tent costs $120."), SEARCH, PROSE)
    events = await counter.ask("a tent up to 250 dollars")
    assert counter.model.history[1].tool_choice == "required"
    assert spoken(events) == PROSE.text
    assert "120" not in spoken(events)


async def test_a_sentence_without_an_end_is_not_waited_for(counter: Counter) -> None:
    endless = Say("The tents are " + "green and " * 200)
    counter.model.enqueue(SEARCH, endless, Say("Here they are."))
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == "Here they are."
    trace = counter.assistant.shop.sessions.trace(only(events, "done").turn_id)
    assert trace["verdicts"] == ["a sentence without an end"]


async def test_an_answer_from_a_refusal_must_look_up(counter: Counter) -> None:
    wrong, guess = call("get_order", order_id="LP-99999"), Say("LP-99999 is on its way.")
    counter.model.enqueue(wrong, guess, call("list_orders"), Say("Here are your orders."))
    events = await counter.ask("where is my parcel?", shopper=OWNER)
    assert counter.model.history[2].tool_choice == "required"
    assert spoken(events) == "Here are your orders."
    assert "LP-99999" not in spoken(events)


async def test_a_refusal_is_not_read_out_to_the_shopper(counter: Counter) -> None:
    wrong = call("get_product", product_id="P2")
    parrot = Say("没有展示过商品 'P2'。请使用 P1 这样的编号，或先搜索。")
    counter.model.enqueue(wrong, parrot, call("search_products", query="帐篷"), Say("有几顶帐篷。"))
    events = await counter.ask("有没有帐篷？")
    assert counter.model.history[2].tool_choice == "required"
    assert spoken(events) == "有几顶帐篷。"


async def test_a_model_that_will_not_look_up(counter: Counter) -> None:
    counter.model.enqueue(Say("The tent costs $120."), Say("Really, it costs $120."))
    events = await counter.ask("a tent up to 250 dollars")
    # To say that nothing was found would be untrue: nothing was looked for.
    assert kinds(events)[1:4] == ["status:no_model", "filters", "products"]
    assert "120" not in spoken(events)


async def test_an_answer_that_was_cut_off_ends_with_a_whole_sentence(counter: Counter) -> None:
    counter.model.enqueue(SEARCH, Say("The Hollow 2 costs $249. It is the lightest of", "length"))
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == "The Hollow 2 costs $249."
    counter.model.enqueue(call("search_products", query="stove"), Say("The lightest of", "length"))
    events = await counter.ask("a stove")
    assert spoken(events) == "Here are 6 products that come closest to what you asked for."


async def test_three_sentences_are_enough_and_the_model_is_stopped(counter: Counter) -> None:
    counter.model.pause = 0.002
    counter.model.enqueue(SEARCH, Say("It is light. It is warm enough. It packs small. " * 50))
    started = time.monotonic()
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == "It is light. It is warm enough. It packs small."
    done = only(events, "done")
    assert time.monotonic() - started < 2
    assert 0 < done.model_seconds <= done.seconds


async def test_an_answer_in_the_wrong_language_is_not_shown(counter: Counter) -> None:
    counter.model.enqueue(SEARCH, Say("The Hollow 2 costs $249."), Say("It is $249."))
    events = await counter.ask("250美元以内的帐篷")
    assert spoken(events) == "为您找到6件最接近的商品。"
