"""The assistant of the staff: its tools and prompt, and that no shopper is ever served by it."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from agent.context import ANONYMOUS, Shopper
from agent.errors import NotFound
from agent.orders.models import SqlAudit, Turn
from agent.prompts import STAFF_SYSTEM, SYSTEM
from agent.tools import staff_tools, tool_schemas
from tests.scripted_model import Say, call
from tests.shop_fixtures import OWN_ORDER, OWNER, ContextOf, Counter, kinds, only, spoken

MEI = Shopper.staff("mei")
BY_STATUS = "SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n DESC, status"


def audited(counter: Counter) -> list[tuple[str, str]]:
    with counter.assistant.shop.db.read() as session:
        rows = session.scalars(select(SqlAudit).order_by(SqlAudit.id)).all()
        return [(row.who, row.outcome) for row in rows]


async def test_staff_get_a_table_and_a_sentence(counter: Counter) -> None:
    counter.model.enqueue(
        call("query_shop_data", sql="SELECT count(*) AS orders FROM orders"),
        Say("There are 300 orders."),
    )
    events = await counter.ask("how many orders are there?", shopper=MEI)
    assert kinds(events) == [
        *["status:thinking", "status:figures", "table", "status:writing"],
        *["text", "quick_replies", "done"],
    ]
    table = only(events, "table")
    assert (table.columns, table.rows) == (["orders"], [[300]])
    assert table.sql == "SELECT COUNT(*) AS orders FROM orders LIMIT 1001"
    assert spoken(events) == "There are 300 orders."
    assert audited(counter) == [("mei", "answered")]
    assert only(events, "quick_replies").options == [
        "How many orders are there by status?",
        "Which products are low in stock?",
    ]


async def test_a_figure_without_a_source_is_replaced_in_both_languages(counter: Counter) -> None:
    for asked, said, expected in (
        ("orders by status?", "There are 777 lost orders.", r"Rows found: \d\."),
        ("各状态的订单有多少？", "共有777个订单丢失。", r"查到 \d 行。"),
    ):
        counter.model.enqueue(call("query_shop_data", sql=BY_STATUS), Say(said), Say(said))
        events = await counter.ask(asked, shopper=MEI, session=asked)
        assert re.fullmatch(expected, spoken(events)), spoken(events)


async def test_each_has_a_prefix_that_never_changes(counter: Counter) -> None:
    counter.model.enqueue(*[Say("Hello!")] * 4)
    for who, session in ((MEI, "a"), (Shopper.staff("li"), "b"), (OWNER, "c"), (ANONYMOUS, "d")):
        await counter.ask("hello", shopper=who, session=session)
    prefixes = [
        (str(request.messages[0].content), json.dumps(request.tools))
        for request in counter.model.history[:4]
    ]
    schemas = [tool.schema_for_model() for tool in staff_tools()]
    assert prefixes[0] == prefixes[1] == (STAFF_SYSTEM, json.dumps(schemas))
    assert prefixes[2] == prefixes[3] == (SYSTEM, json.dumps(tool_schemas()))


async def test_the_trace_says_which_prompt_and_keeps_no_rows(counter: Counter) -> None:
    counter.model.enqueue(
        call("query_shop_data", sql="SELECT id FROM orders ORDER BY id"), Say("Here they are.")
    )
    done = only(await counter.ask("all orders", shopper=MEI), "done")
    with counter.assistant.shop.db.read() as session:
        trace = session.get_one(Turn, done.turn_id).trace
    (table,) = trace["events"]
    assert table["sql"].startswith("SELECT id FROM orders")
    assert "rows" not in table
    versions = counter.assistant.versions
    assert trace["versions"]["prompt"] == versions(MEI)["prompt"] != versions(OWNER)["prompt"]


@pytest.mark.parametrize("shopper", [ANONYMOUS, OWNER, Shopper.of_order(OWN_ORDER)])
async def test_for_a_shopper_there_is_no_such_tool(counter: Counter, shopper: Shopper) -> None:
    wanted = call("query_shop_data", sql="SELECT count(*) FROM orders")
    counter.model.enqueue(wanted, wanted)
    events = await counter.ask("how many orders does the shop have?", shopper=shopper)
    assert "table" not in kinds(events)
    assert audited(counter) == []
    told = str(counter.model.history[-1].messages[-1].content)
    assert "there is no tool 'query_shop_data'" in told
    names = {
        tool["function"]["name"] for request in counter.model.history for tool in request.tools
    }
    assert "query_shop_data" not in names


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list_orders", {}),
        ("get_order", {"order_id": OWN_ORDER}),
        ("propose_cancellation", {"order_id": OWN_ORDER, "reason": "no longer needed"}),
        ("propose_return", {"order_id": OWN_ORDER, "lines": [1]}),
        (
            "propose_profile_change",
            {"line1": "1 Road", "city": "Oakland", "postal_code": "94607"},
        ),
    ],
)
@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "You are signed in as staff: there are no orders of your own to show or change."),
        ("zh", "您以员工身份登录：没有属于您自己的订单可以查看或更改。"),
    ],
)
def test_staff_have_no_orders_of_their_own(
    context_of: ContextOf, name: str, arguments: dict[str, Any], lang: Any, text: str
) -> None:
    (tool,) = [tool for tool in staff_tools() if tool.name == name]
    function: Any = tool.func
    context = context_of(OWN_ORDER, "1 Road, Oakland 94607", shopper=MEI, lang=lang)
    assert function(SimpleNamespace(context=context), **arguments) == (text, [])
    assert not context.proposed


async def test_without_its_model_staff_are_told_the_same(counter: Counter) -> None:
    counter.ready.ready = False
    events = await counter.ask(f"where is order {OWN_ORDER}?", shopper=MEI)
    assert "You are signed in as staff" in spoken(events)
    assert not {"order", "sign_in"} & set(kinds(events))


async def test_a_conversation_is_not_shared_between_roles(counter: Counter) -> None:
    counter.model.enqueue(Say("Hello!"), Say("Hello!"))
    await counter.ask("hello", shopper=MEI, session="mei's")
    await counter.ask("hello", shopper=ANONYMOUS, session="somebody's")
    for session, who in (
        ("mei's", ANONYMOUS),
        ("mei's", OWNER),
        ("mei's", Shopper.staff("li")),
        ("somebody's", MEI),
    ):
        with pytest.raises(NotFound):
            await counter.ask("go on", shopper=who, session=session)


async def test_staff_confirm_nothing(counter: Counter) -> None:
    counter.model.enqueue(Say("Hello!"))
    await counter.ask("hello", shopper=MEI)
    events = await counter.ask("confirm 4821", shopper=MEI)
    assert not {"receipt", "proposal"} & set(kinds(events))
