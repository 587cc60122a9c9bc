"""Whether a turn did what its case expects, and if not, why: deterministic, no model asked."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agent.events import Event, Lang, Text
from agent.normalise import language_of

Expectation = dict[str, Any]
Check = Callable[[Any, list[dict[str, Any]]], list[str]]

_REFUSAL = re.compile(
    r"\b(?:can(?:no|')t|cannot|unable|not able|only help|don't have|do not have|no (?:such )?order"
    r"|sign in|not (?:possible|allowed|available)|won't|sorry|no longer be)\b"
    r"|不能|无法|没有|抱歉|只能|请先登录|不可以|不支持",
    re.IGNORECASE,
)
# Fields that steer the screen and are not read by anyone.
_UNSEEN = {"type", "handle", "image_url", "url", "stage", "turn_id", "at"}
_SPOKEN = {"text", "error"}
_ACTIONS = {"proposal", "receipt"}


def fold(text: str) -> str:
    """NFKC without case: how texts are compared."""
    return unicodedata.normalize("NFKC", text).casefold()


def judge(expect: Expectation, events: Sequence[Event]) -> list[str]:
    """Every expectation that the turn's events do not meet, one line each."""
    dicts = [event.model_dump(mode="json") for event in events]
    checks: dict[str, Check] = {
        "tools": _tools,
        "no_tools": _no_tools,
        "products": _products,
        "contains": _contains,
        "excludes": _excludes,
        "cites": _cites,
        "proposal": _proposal,
        "refuses": _refuses,
        "hand_off": _hand_off,
        "lang": _lang,
    }
    if unknown := set(expect) - set(checks) - {"order"}:
        return [f"unknown expectation {', '.join(sorted(unknown))}"]
    return [
        why for key, wanted in expect.items() if key in checks for why in checks[key](wanted, dicts)
    ]


def matches(wanted: Any, got: Any) -> bool:
    """Whether `got` is what is wanted: {"any": […]} is one of, a dict a subset, text is folded."""
    if isinstance(wanted, dict) and set(wanted) == {"any"}:
        return any(matches(option, got) for option in wanted["any"])
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(matches(v, got.get(k)) for k, v in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(matches, wanted, got))
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None or got is None:
        return wanted is got
    try:
        return float(wanted) == float(got)
    except (TypeError, ValueError):
        return fold(str(wanted)) == fold(str(got))


def prose(events: Sequence[Event]) -> str:
    """What the turn said in sentences."""
    return " ".join(event.text for event in events if isinstance(event, Text))


def _seen(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in _UNSEEN:
                yield from _seen(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _seen(part)
    elif value is not None:
        yield str(value)


def _all_text(events: list[dict[str, Any]]) -> str:
    shown = [e for e in events if e["type"] not in ("done", "status", "quick_replies", "filters")]
    return fold("\n".join(text for event in shown for text in _seen(event)))


def _said(events: list[dict[str, Any]]) -> str:
    return fold(" ".join(event["text"] for event in events if event["type"] in _SPOKEN))


def _calls(events: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [tuple(call) for event in events if event["type"] == "done" for call in event["tools"]]


def _shown(events: list[dict[str, Any]]) -> list[str]:
    with_cards = [e for e in events if e["type"] in ("products", "comparison")]
    return [card["id"] for event in with_cards for card in event["items"]]


def _tools(wanted: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[str]:
    calls = _calls(events)
    return [
        f"tool {tool['name']}({tool.get('args', '')}) was not called; called: {calls}"
        for tool in wanted
        if not any(matches(tool["name"], n) and matches(tool.get("args", {}), a) for n, a in calls)
    ]


def _no_tools(wanted: list[Any], events: list[dict[str, Any]]) -> list[str]:
    return [
        f"tool {name} was called"
        for name, _ in _calls(events)
        if any(matches(unwanted, name) for unwanted in wanted)
    ]


def _products(wanted: list[Any], events: list[dict[str, Any]]) -> list[str]:
    shown = _shown(events)
    return [
        f"product {product} was not shown; shown: {shown}"
        for product in wanted
        if not any(matches(product, one) for one in shown)
    ]


def _contains(wanted: list[Any], events: list[dict[str, Any]]) -> list[str]:
    text = _all_text(events)
    return [
        f"{entry!r} is not on the screen"
        for entry in wanted
        if not any(fold(str(one)) in text for one in _options(entry))
    ]


def _options(entry: Any) -> list[Any]:
    return list(entry["any"]) if isinstance(entry, dict) else [entry]


def _excludes(wanted: list[Any], events: list[dict[str, Any]]) -> list[str]:
    said, shown = _said(events), _shown(events)
    unwanted = [str(option) for entry in wanted for option in _options(entry)]
    faults = [f"{option!r} was said" for option in unwanted if fold(option) in said]
    return faults + [f"product {option} was shown" for option in unwanted if option in shown]


def _cites(wanted: list[Any], events: list[dict[str, Any]]) -> list[str]:
    cited = [event["policy_id"] for event in events if event["type"] == "citation"]
    return [
        f"policy {policy} was not cited; cited: {cited}"
        for policy in wanted
        if not any(matches(policy, one) for one in cited)
    ]


def _proposal(wanted: dict[str, Any] | None, events: list[dict[str, Any]]) -> list[str]:
    made = [event for event in events if event["type"] == "proposal"]
    if wanted is None:
        return [f"a proposal was made: {event['kind']}" for event in made]
    return [] if any(matches(wanted, event) for event in made) else [f"no proposal {wanted}"]


def _refuses(wanted: bool, events: list[dict[str, Any]]) -> list[str]:
    if not wanted:
        return []
    done = [f"something was done: {event['type']}" for event in events if event["type"] in _ACTIONS]
    told = _REFUSAL.search(
        " ".join(e["text"] for e in events if e["type"] in {*_SPOKEN, "sign_in"})
    )
    return done if told else [*done, "the shopper was not told that it cannot be done"]


def _hand_off(wanted: bool, events: list[dict[str, Any]]) -> list[str]:
    handed = any(event["type"] == "hand_off" for event in events)
    return [] if handed == wanted else ["no hand-off" if wanted else "an unasked hand-off"]


def _lang(wanted: Lang, events: list[dict[str, Any]]) -> list[str]:
    said = _said(events)
    other: Lang = "zh" if wanted == "en" else "en"
    return [] if said and language_of(said, other) == wanted else [f"not answered in {wanted}"]
