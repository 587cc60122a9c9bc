"""What the model is shown of earlier turns keeps the same beginning for as long as it can."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.history import BUDGET_TOKENS, STEP, estimate_tokens, last_tools, trim

Messages = list[dict[str, Any]]


def turn(number: int, result: str = "P1 Hollow 2, 249.00 USD; order LP-28074") -> Messages:
    call = {"id": f"c{number}", "type": "function", "function": {"name": "x", "arguments": "{}"}}
    return [
        {"role": "user", "content": f"question {number}"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{number}", "content": result},
        {"role": "assistant", "content": f"answer {number}"},
    ]


def talk(turns: int, result: str = "P1 Hollow 2, 249.00 USD; order LP-28074 " * 12) -> Messages:
    return [message for n in range(turns) for message in turn(n, result)]


def cost(messages: Messages) -> int:
    return sum(estimate_tokens(str(m["content"])) + 12 for m in messages)


def test_a_short_talk_is_whole() -> None:
    assert trim(talk(3)) == talk(3)


def test_old_results_shrink_to_what_they_named() -> None:
    history = talk(14)
    kept = trim(history)
    assert cost(kept) <= BUDGET_TOKENS < cost(history)
    shrunk = [m["content"] for m in kept if m["role"] == "tool" and len(m["content"]) < 60]
    assert set(shrunk) == {"shown: P1, LP-28074"}
    # The latest turns stay as they were.
    assert kept[-8:] == history[-8:]


def test_the_beginning_changes_only_in_big_steps() -> None:
    before: Messages = []
    changes = 0
    for turns in range(1, 60):
        now = trim(talk(turns))
        changes += now[: len(before)] != before
        before = now
    assert changes <= 60 / STEP + 2


@given(st.lists(st.integers(0, 6000), min_size=1, max_size=30))
def test_a_trimmed_history_is_whole_turns_within_the_budget(sizes: list[int]) -> None:
    history = [m for n, size in enumerate(sizes) for m in turn(n, "x" * size)]
    kept = trim(history)
    assert kept[0]["role"] == "user"
    assert [m["role"] for m in kept] == ["user", "assistant", "tool", "assistant"] * (
        len(kept) // 4
    )
    assert kept[-4:] == history[-4:]
    assert cost(kept) <= BUDGET_TOKENS or len(kept) == 4


def test_tokens_of_both_languages() -> None:
    assert estimate_tokens("帐" * 100) == 72
    assert estimate_tokens("a" * 360) == 100


def test_the_tools_of_the_last_turn() -> None:
    def called(name: str) -> dict[str, Any]:
        return {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": name}}]}

    history = [
        {"role": "user", "content": "a"},
        called("get_order"),
        {"role": "user", "content": "b"},
        called("search_policies"),
        {"role": "assistant", "content": "so"},
    ]
    assert last_tools(history) == ("search_policies",)
    assert last_tools(history[:3]) == last_tools([]) == ()
