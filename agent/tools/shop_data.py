"""The staff's tool: the shop's figures by SQL, judged and run by `agent.sql`."""

from collections.abc import Iterator

from pydantic import Field

from agent.context import TurnContext
from agent.errors import SqlFailed, SqlRefused
from agent.events import Table
from agent.sql.columns import in_words
from agent.sql.runner import Answer, Cell, SqlDesk
from agent.tools.kit import Arguments, Result, Runtime, make_tool, refuse, result_text
from agent.wording import say

SHOWN = 10
"""Rows that the model is told; the screen has them all."""


class OneQuery(Arguments):
    """What to ask."""

    sql: str = Field(min_length=1, max_length=4000, description=f"one SELECT over {in_words()}")


def query_shop_data(runtime: Runtime, sql: str) -> Result:
    """figures of the shop: sales, stock, reviews and returns by one SELECT"""
    context = runtime.context
    if context.shopper.staff_name is None:
        raise refuse(context, "There is no such tool.", "没有这个工具。")
    desk = SqlDesk(context.shop.db, context.shop.clock)
    try:
        answer = desk.run(context.shopper.staff_name, sql)
    except SqlRefused as error:
        raise refuse(context, f"Not run: {error}.", f"未执行：{error}。") from error
    except SqlFailed as error:
        raise refuse(context, f"It failed: {error}.", f"查询失败：{error}。") from error
    table = Table(
        columns=answer.columns, rows=answer.rows, sql=answer.sql, truncated=answer.truncated
    )
    return result_text(context, list(_lines(answer, context))), [table]


def _lines(answer: Answer, context: TurnContext) -> Iterator[str]:
    count = len(answer.rows)
    more = say(context.lang, " and more", "以上") if answer.truncated else ""
    yield say(context.lang, f"{count} rows{more}:", f"共{count}行{more}：")
    yield " | ".join(answer.columns)
    for row in answer.rows[:SHOWN]:
        yield " | ".join(_cell(value) for value in row)
    if count > SHOWN:
        yield say(context.lang, "The screen shows the rest.", "其余见屏幕。")


def _cell(value: Cell) -> str:
    return "" if value is None else str(value)


TOOLS = [make_tool(query_shop_data, OneQuery)]
