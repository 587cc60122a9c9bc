"""A proposal as HTML: what will happen, amounts, where the money goes; and a receipt of it."""

from datetime import datetime

from agent.events import ChangeLine, Lang, MoneyLine, Proposal, Receipt
from ui.markup import esc, money, tag
from ui.texts import say


def proposal_card(event: Proposal, lang: Lang) -> str:
    """Everything that was restated; the buttons below it are the page's."""
    until = say(lang, "proposal_until", time=_clock(event.expires_at))
    code = tag("p", esc(say(lang, "proposal_code")) + " " + tag("code", esc(event.code)))
    return tag(
        "section",
        _heading(say(lang, "proposal_eyebrow"), event.title)
        + (tag("p", esc(event.reason), "sc-change-reason") if event.reason else "")
        + _body(event, lang)
        + tag("div", code + tag("p", esc(until)), "sc-change-foot"),
        "sc-change sc-proposal",
        data_proposal=event.id,
    )


def receipt_card(event: Receipt, lang: Lang) -> str:
    """What was done, and the number that can be quoted."""
    number = tag("p", esc(say(lang, "receipt_number")) + " " + tag("code", esc(event.id)))
    return tag(
        "section",
        _heading(say(lang, "receipt_eyebrow"), event.title)
        + _body(event, lang)
        + tag("div", number, "sc-change-foot"),
        "sc-change sc-receipt",
        data_receipt=event.id,
    )


def _heading(eyebrow: str, title: str) -> str:
    return tag("p", esc(eyebrow), "sc-eyebrow") + tag("h4", esc(title))


def _body(event: Proposal | Receipt, lang: Lang) -> str:
    lines = "".join(_line(line, event.currency) for line in event.lines)
    money_rows = "".join(_money(row, event.currency, lang) for row in event.money)
    notes = "".join(tag("p", esc(note), "sc-change-note") for note in event.notes)
    return (
        (tag("ul", lines, "sc-change-lines", aria_label=say(lang, "items")) if lines else "")
        + _addresses(event, lang)
        + (tag("dl", money_rows, "sc-facts") if money_rows else "")
        + notes
    )


def _line(line: ChangeLine, currency: str) -> str:
    before = tag("del" if line.after else "span", esc(line.before)) if line.before else ""
    after = f" → {tag('ins', esc(line.after))}" if line.after else ""
    what = tag("b", esc(f"{line.quantity} × {line.title}")) + tag("span", before + after)
    return tag("li", tag("div", what) + tag("span", esc(money(line.amount, currency))))


def _money(row: MoneyLine, currency: str, lang: Lang) -> str:
    label = say(lang, "refund" if row.kind == "refund" else "payment")
    told = " · ".join(filter(None, [money(row.amount, currency), row.method, row.when]))
    return tag("dt", esc(label)) + tag("dd", esc(told))


def _addresses(event: Proposal | Receipt, lang: Lang) -> str:
    before = event.address_before if isinstance(event, Proposal) else ""
    rows = [("address_before", before), ("address_after", event.address_after)]
    shown = "".join(tag("dt", esc(say(lang, key))) + tag("dd", esc(v)) for key, v in rows if v)
    return tag("dl", shown, "sc-facts") if shown else ""


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"
