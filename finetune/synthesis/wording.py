"""The same conversations in words of their own: frames put alike what people put each in their way.

A sheet tells a writer what the simulated shopper said and what the perfect clerk did about it. The
writer words each message anew, with what is now looked for; then the conversation is held again, as
far as it is still the one that the sheet tells of.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import TrainingError
from finetune.synthesis.gold import Call
from finetune.synthesis.rows import Row, turns_of

_WORDS = re.compile(r"[^\W_]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FREE = {"query", "reason"}
"""Arguments that are in the clerk's words, or in those that a writer may change."""
_HANDLE = re.compile(r"P\d+")
_SHOWN = re.compile(r"^(P\d+) (.+?), [\d.,]+ [A-Z]{3}", re.MULTILINE)
"""A product as results state it: handle, title, price."""


class Told(BaseModel):
    """One turn of a sheet: what was said and called, and the titles of the `goods` called so."""

    said: str
    calls: list[tuple[str, dict[str, Any]]]
    goods: dict[str, str]


class Worded(BaseModel):
    """One conversation as a writer puts it.

    `said`: each message that the shopper types. `queries`: for each of them what its calls look
    for, among the goods or the rules, in the order of the calls. `told`: the sheet's own turns.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    said: list[str] = Field(min_length=1)
    queries: list[list[str]]
    told: list[Told] = []


class _Sheet(BaseModel):
    id: str
    turns: list[Told]


def sheet(row: Row) -> dict[str, Any]:
    """What a writer is told of a conversation."""
    turns, titles = [], dict[str, str]()
    for turn in turns_of(row):
        calls = [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for message in turn
            for call in message.get("tool_calls") or []
        ]
        answer = str(turn[-1]["content"])
        goods = {h: titles[h] for h in handles_of(calls) if h in titles}
        turns.append({"said": turn[0]["content"], "calls": calls, "goods": goods, "answer": answer})
        titles |= titles_in(turn)
    return {"id": row.id, "lang": row.lang, "acts": row.acts, "turns": turns}


def handles_of(calls: Iterable[Call]) -> list[str]:
    """The handles of products that stand in the arguments of calls."""
    values = [value for _, arguments in calls for value in _leaves(arguments)]
    return [value for value in values if _HANDLE.fullmatch(value)]


def titles_in(messages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The titles behind the handles that results show."""
    results = (str(m["content"]) for m in messages if m["role"] == "tool")
    return {handle: title for text in results for handle, title in _SHOWN.findall(text)}


def read_worded(file: Path) -> dict[str, Worded]:
    """What writers wrote, by the conversation's id, in a file that holds the sheet's lines too.

    Raises TrainingError with file and line.
    """
    found: dict[str, Worded] = {}
    sheets: dict[str, list[Told]] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{file}: cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if '"turns"' in line:
                of_sheet = _Sheet.model_validate_json(line)
                sheets[of_sheet.id] = of_sheet.turns
                continue
            worded = Worded.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise TrainingError(f"{file}:{number}: {field}: {first['msg']}") from None
        if worded.id in found:
            raise TrainingError(f"{file}:{number}: {worded.id} is worded before it")
        found[worded.id] = worded
    if missing := [name for name in found if name not in sheets]:
        raise TrainingError(
            f"{file}: {missing[0]} is on no line of a sheet: add the sheet's lines to the file"
        )
    return {name: w.model_copy(update={"told": sheets[name]}) for name, w in found.items()}


def faults(
    was: str, calls: Sequence[Call], said: str, queries: Sequence[str], before: Sequence[str] = ()
) -> Iterator[str]:
    """What of a message's new words does not bear out the calls that it leads to.

    `was`: the simulated shopper's words; `before`: the new ones of earlier messages.
    """
    for name, arguments in calls:
        why = [arguments["reason"]] if name == "propose_return" and "reason" in arguments else []
        for value in [*_leaves(arguments), *why]:
            if _within(value, was) and not _within(value, said):
                yield f"{name} needs {value!r}, which is not said"
    sought = [(name, arguments["query"]) for name, arguments in calls if "query" in arguments]
    if len(sought) != len(queries):
        yield f"there are {len(queries)} queries, not {len(sought)}"
        return
    for (name, old), new in zip(sought, queries, strict=True):
        if name == "search_policies":
            # A follow-up's query begins with the rule that it follows.
            if not _within(new.partition(": ")[2] or new, said) and not _within(new, said):
                yield f"the question {new!r} is not in the message word for word"
        elif strange := _tokens(new) - _tokens(" ".join([said, *before, old])):
            yield f"the query {new!r} has words that nobody said: {' '.join(sorted(strange))}"


def reworded(calls: Sequence[Call], queries: Sequence[str]) -> tuple[Call, ...]:
    """The calls, looking for `queries`."""
    new = iter(queries)
    return tuple(
        (name, arguments | {"query": next(new)} if "query" in arguments else arguments)
        for name, arguments in calls
    )


def _leaves(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part, key)
    elif isinstance(value, bool) or value is None or key in _FREE:
        return
    elif key != "line":
        yield f"{value:g}" if isinstance(value, float) else str(value)


def _within(part: str, whole: str) -> bool:
    return _plain(part) in _plain(whole)


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))


def _tokens(text: str) -> set[str]:
    """Words; of Chinese each character."""
    return set(_WORDS.findall(_CHINESE.sub(r" \g<0> ", text.casefold())))
