"""From events to what the chat page shows. Pure functions; every text is escaped in `ui.markup`."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from agent.events import (
    Citation,
    Comparison,
    Error,
    Event,
    Filters,
    HandOff,
    Lang,
    Order,
    Products,
    Proposal,
    QuickReplies,
    Receipt,
    SignIn,
    Status,
    Table,
    Text,
)
from ui.markup import day, esc, lines, tag
from ui.order_panel import order_panel
from ui.product_cards import comparison_table, product_grid
from ui.proposal_card import proposal_card, receipt_card
from ui.tables import table_panel
from ui.texts import say


def render(event: Event, lang: Lang) -> str:
    """One event as HTML; "" for what is drawn elsewhere (quick replies) or not at all (done)."""
    match event:
        case Status():
            return status_line(event.text)
        case Text():
            return tag("div", lines(event.text), "sc-prose")
        case Filters():
            return _chips(event, lang)
        case Products():
            return product_grid(event.items, lang) if event.items else ""
        case Comparison():
            return comparison_table(event, lang)
        case Order():
            return order_panel(event, lang)
        case Proposal():
            return proposal_card(event, lang)
        case Receipt():
            return receipt_card(event, lang)
        case Citation():
            return _citation(event, lang)
        case Table():
            return table_panel(event, lang)
        case SignIn():
            return _note("sc-note", say(lang, "sign_in_title"), esc(event.text))
        case HandOff():
            return _hand_off(event, lang)
        case Error():
            return _note("sc-note sc-error", say(lang, "trouble"), esc(event.text))
        case _:
            return ""


def blocks(events: Sequence[Event], lang: Lang, *, running: bool) -> list[str]:
    """A turn so far as blocks of HTML in the order they came.

    Neighbouring sentences join into one block. A status line stands last, and only while the
    turn runs, so that blocks above it never change once they are shown.
    """
    html: list[str] = []
    for kind, group in groupby(events, key=lambda event: event.type):
        html += _group(kind, list(group), lang)
    if running:
        latest = [event for event in events if isinstance(event, Status)]
        html.append(status_line(latest[-1].text if latest else say(lang, "working")))
    return html


def quick_replies(events: Iterable[Event]) -> list[str]:
    """What the turn offers to say next, without repeats."""
    offered = [e.options for e in events if isinstance(e, QuickReplies)]
    return list(dict.fromkeys(option for options in offered for option in options))


def shopper_bubble(text: str) -> str:
    """What the shopper wrote, as plain text."""
    return tag("div", lines(text), "sc-said")


def status_line(text: str) -> str:
    """What is being done right now, beside a small lamp that glows while it is."""
    return tag("p", '<span class="sc-lamp" aria-hidden="true"></span>' + esc(text), "sc-status")


def banner(state: str, lang: Lang) -> str:
    """The line above the chat while the model is not ready; "" as soon as it is."""
    if state == "ready":
        return ""
    key = {"opening": "opening", "warming": "warming"}.get(state, "model_down")
    return tag("div", status_line(say(lang, key)), f"sc-banner sc-banner-{key}", role="status")


def _group(kind: str, group: list[Event], lang: Lang) -> list[str]:
    if kind == "status":
        return []
    if kind == "text":
        joined = _joined([event.text for event in group if isinstance(event, Text)])
        return [tag("div", lines(joined), "sc-prose")]
    if kind == "order" and len(group) > 1:
        panels = [
            order_panel(event, lang, unfolded=False) for event in group if isinstance(event, Order)
        ]
        return ["".join(panels)]
    return [html for event in group if (html := render(event, lang))]


def _joined(sentences: list[str]) -> str:
    """Sentences of one answer in one text; Latin ones need a space that a stream may have lost."""
    joined = ""
    for sentence in sentences:
        latin = joined[-1:].isascii() and sentence[:1].isascii()
        apart = joined and not joined[-1].isspace() and not sentence[:1].isspace()
        joined += (" " if latin and apart else "") + sentence
    return joined


def _chips(event: Filters, lang: Lang) -> str:
    items = "".join(
        tag("li", tag("span", esc(chip.label)) + tag("b", esc(chip.value))) for chip in event.chips
    )
    label = say(lang, "understood_as")
    return tag("ul", items, "sc-chips", aria_label=label) if items else ""


def _citation(event: Citation, lang: Lang) -> str:
    since = day(event.effective_from, lang)
    version = say(lang, "citation_version", version=event.version, date=since)
    source = tag("cite", esc(event.title)) + tag("span", esc(version))
    return tag(
        "figure",
        tag("p", esc(say(lang, "citation")), "sc-eyebrow")
        + tag("blockquote", lines(event.quote))
        + tag("figcaption", source),
        "sc-citation",
        data_policy=event.policy_id,
    )


def _hand_off(event: HandOff, lang: Lang) -> str:
    reference = tag("p", esc(say(lang, "reference")) + " " + tag("code", esc(event.reference)))
    return _note("sc-note sc-person", say(lang, "hand_off"), esc(event.text), reference)


def _note(css: str, title: str, text: str, extra: str = "") -> str:
    return tag("section", tag("h4", esc(title)) + tag("p", text) + extra, css)
