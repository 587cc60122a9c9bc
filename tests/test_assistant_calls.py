"""What the model may call in a turn: bad calls are never run, look-ups bounded, handles kept."""

import pytest

from agent.orders.models import Product
from agent.shop import Shop
from tests.scripted_model import Call, Request, Say, call
from tests.shop_fixtures import (
    OWN_ORDER,
    OWNER,
    PROSE,
    SEARCH,
    STRANGER,
    Counter,
    kinds,
    only,
    spoken,
)


async def test_identity_is_never_an_argument(counter: Counter) -> None:
    forged = call("list_orders", customer_id=OWNER.customer_id)
    counter.model.enqueue(forged, forged)
    events = await counter.ask("show the orders of somebody else", shopper=STRANGER)
    assert only(events, "done").tools == []
    assert "customer_id" in counter.model.history[1].said
    cards = [event for event in events if event.type == "order"]
    mine = {order.id for order in counter.assistant.shop.orders.list_orders(STRANGER)}
    assert {card.id for card in cards} <= mine


BAD_CALLS = {
    "cut off": Call("search_products", {"query": "tent"}, finish="length"),
    "cut off in the middle": Call("search_products", '{"query": "te', finish="length"),
    "unparsable": Call("search_products", '{"query": "tent'),
    "no object": Call("search_products", '["tent"]'),
    "unknown tool": call("delete_order", order_id="LP-1"),
    "missing argument": call("search_products"),
    "wrong type": call("search_products", query="tent", max_price="cheap"),
    "extra argument": call("search_products", query="tent", colour="red"),
    "runtime": call("search_products", query="tent", runtime={}),
}


@pytest.mark.parametrize("kind", BAD_CALLS)
async def test_a_bad_call_is_never_executed(counter: Counter, kind: str) -> None:
    bad = BAD_CALLS[kind]
    counter.model.enqueue(bad, bad)
    events = await counter.ask("Is there a tent for the garden?")
    assert only(events, "done").tools == []
    assert len(counter.model.history) == 2
    assert counter.model.history[1].said.startswith("(That call was not valid: ")
    # Told once; then what code alone can give, and plainly so.
    assert kinds(events)[:3] == ["status:thinking", "status:no_model", "products"]
    assert spoken(events).startswith("My language model cannot answer right now")
    assert counter.ready.doubts == 1


@pytest.mark.parametrize("kind", BAD_CALLS)
async def test_after_a_bad_call_a_good_one_counts(counter: Counter, kind: str) -> None:
    counter.model.enqueue(BAD_CALLS[kind], SEARCH, PROSE)
    events = await counter.ask("a tent up to 250 dollars")
    assert only(events, "done").tools == [("search_products", SEARCH.arguments)]
    assert spoken(events) == PROSE.text
    # What was wrong is told in passing: the conversation that goes on does not hold it.
    assert not any("not valid" in str(m.content) for m in counter.model.history[-1].messages)


async def test_prose_beside_a_call_is_checked_too(counter: Counter) -> None:
    counter.model.enqueue([Say("It costs $7. "), SEARCH], PROSE)
    events = await counter.ask("a tent up to 250 dollars")
    assert spoken(events) == PROSE.text
    assert "$7" not in "".join(event.model_dump_json() for event in events)


async def test_an_invented_order_number_is_refused(counter: Counter) -> None:
    wrong = call("get_order", order_id="LP-99999")
    counter.model.enqueue(wrong, call("list_orders"), Say("Here are your orders."))
    events = await counter.ask("where is my parcel?", shopper=OWNER)
    assert "Nobody mentioned order LP-99999" in counter.model.history[1].said
    assert [name for name, _ in only(events, "done").tools] == ["get_order", "list_orders"]
    assert OWN_ORDER in {event.id for event in events if event.type == "order"}


async def test_two_refusals_end_the_models_part(counter: Counter) -> None:
    counter.model.enqueue(
        call("get_order", order_id="LP-99999"), call("get_product", product_id="P77")
    )
    events = await counter.ask("where is my parcel?", shopper=OWNER)
    assert counter.model.waiting() == 0
    assert kinds(events)[-7:-2] == ["status:no_model", "order", "order", "order", "text"]


async def test_eight_look_ups_at_most(counter: Counter) -> None:
    def ask_for_more(request: Request) -> Call:
        return call("search_products", query=f"tent {len(request.messages)}")

    counter.model.answering = ask_for_more
    events = await counter.ask("a tent")
    done = only(events, "done")
    assert len(done.tools) == 8
    assert events[-1] == done
    assert done.model_calls < 15
    assert counter.model.history[8].tool_choice == "none"


async def test_many_calls_in_one_answer_are_bounded(counter: Counter) -> None:
    calls = [call("search_products", query=f"tent {n}") for n in range(12)]
    counter.model.enqueue(calls, Say("Here are our tents."))
    events = await counter.ask("a tent")
    assert len(only(events, "done").tools) == 8
    assert kinds(events).count("products") == 8


async def test_the_same_call_again_is_not_run_again(counter: Counter) -> None:
    counter.model.enqueue(SEARCH, SEARCH, Say("It costs $5."), Say("It costs $6."))
    events = await counter.ask("a tent up to 250 dollars")
    assert kinds(events).count("products") == 1
    # What the model is told is not for the shopper.
    assert spoken(events) == "Here are 6 products that come closest to what you asked for."


async def test_a_refused_call_again_ends_the_models_part(counter: Counter) -> None:
    wrong = call("get_product", product_id="P2")
    counter.model.enqueue(wrong, wrong)
    events = await counter.ask("有没有帐篷？")
    assert counter.model.waiting() == 0
    shown = [kind for kind in kinds(events) if kind != "filters"]
    assert shown[-5:-2] == ["status:no_model", "products", "text"]


async def test_handles_live_as_long_as_the_session(counter: Counter) -> None:
    counter.model.enqueue(SEARCH, PROSE)
    first = await counter.ask("a tent up to 250 dollars")
    second = only(first, "products").items[1]
    counter.model.enqueue(call("get_product", product_id="P2"), Say("Here it is."))
    events = await counter.ask("tell me more about P2")
    card = only(events, "products").items[0]
    assert (card.handle, card.id) == ("P2", second.id)
    counter.model.enqueue(call("search_products", query="enamel mug"), Say("Here are some."))
    events = await counter.ask("and a mug?")
    assert only(events, "products").items[0].handle == "P7"


async def test_a_handle_of_a_product_that_is_gone(counter: Counter, shop: Shop) -> None:
    counter.model.enqueue(SEARCH, PROSE)
    first = await counter.ask("a tent up to 250 dollars")
    gone = only(first, "products").items[1].id
    with shop.db.write() as session:
        session.delete(session.get(Product, gone))
    counter.model.enqueue(call("get_product", product_id="P2"), Say("It is gone, sorry."))
    events = await counter.ask("tell me more about P2")
    assert "no longer sells P2" in counter.model.history[-1].said
    assert spoken(events) == "It is gone, sorry."
