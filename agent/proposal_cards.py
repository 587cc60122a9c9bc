"""Proposals and receipts as the screen shows them, and as the model is told of them."""

from agent.events import ChangeLine, Lang, MoneyLine, Proposal, Receipt
from agent.orders.models import ProposalKind
from agent.orders.money import to_text
from agent.orders.proposals import ProposalView, ReceiptView
from agent.orders.refusals import Refusal
from agent.orders.shop_rules import REASONS_ZH
from agent.orders.terms import LineTerm, MoneyTerm, Terms
from agent.wording import say
from retrieval.catalogue import in_language

_TITLES: dict[ProposalKind, tuple[str, str]] = {
    ProposalKind.CANCELLATION: ("Cancel order {id}", "取消订单 {id}"),
    ProposalKind.ADDRESS_CHANGE: ("Send order {id} to another address", "更改订单 {id} 的收货地址"),
    ProposalKind.PAYMENT_CHANGE: ("Pay order {id} by another method", "更改订单 {id} 的付款方式"),
    ProposalKind.ITEM_CHANGE: ("Change items of order {id}", "更改订单 {id} 的商品"),
    ProposalKind.RETURN: ("Return items of order {id}", "退回订单 {id} 的商品"),
    ProposalKind.EXCHANGE: ("Exchange items of order {id}", "更换订单 {id} 的商品"),
    ProposalKind.PROFILE_CHANGE: ("Change the address of your account", "更改账户地址"),
}
_DONE: dict[ProposalKind, tuple[str, str]] = {
    ProposalKind.CANCELLATION: ("Order {id} is cancelled", "订单 {id} 已取消"),
    ProposalKind.ADDRESS_CHANGE: ("Order {id} goes to the new address", "订单 {id} 将寄往新地址"),
    ProposalKind.PAYMENT_CHANGE: ("Order {id} is paid otherwise now", "订单 {id} 的付款方式已更改"),
    ProposalKind.ITEM_CHANGE: ("The items of order {id} are changed", "订单 {id} 的商品已更改"),
    ProposalKind.RETURN: ("The return for order {id} is requested", "订单 {id} 的退货已申请"),
    ProposalKind.EXCHANGE: ("The exchange for order {id} is requested", "订单 {id} 的换货已申请"),
    ProposalKind.PROFILE_CHANGE: ("Your account's address is changed", "账户地址已更改"),
}


def proposal_event(view: ProposalView, lang: Lang) -> Proposal:
    """The card with the facts, the code, and until when it can be confirmed."""
    terms = view.terms
    return Proposal(
        id=view.id,
        kind=terms.kind,
        order_id=terms.order_id,
        title=_titled(_TITLES, terms, lang),
        reason=say(lang, terms.reason, REASONS_ZH.get(terms.reason, terms.reason)),
        lines=_lines(terms, lang),
        money=_money(terms, lang),
        currency=terms.currency,
        address_before=_address(terms.address_before),
        address_after=_address(terms.address_after),
        notes=_notes(terms, lang),
        code=view.code,
        expires_at=view.expires_at,
    )


def receipt_event(view: ReceiptView, lang: Lang) -> Receipt:
    """The card of what was done."""
    terms = view.terms
    return Receipt(
        id=view.number,
        proposal_id=view.proposal_id,
        kind=terms.kind,
        order_id=terms.order_id,
        title=_titled(_DONE, terms, lang),
        lines=_lines(terms, lang),
        money=_money(terms, lang),
        currency=terms.currency,
        address_after=_address(terms.address_after),
        notes=_after_notes(terms, lang),
        at=view.at,
    )


def told(event: Proposal, lang: Lang) -> str:
    """What the model learns of a proposal: everything but the code that confirms it."""
    begin = say(
        lang,
        "Shown to the shopper; nothing is done until they confirm it on the screen:",
        "已显示给顾客；顾客在屏幕上确认之前不会执行：",
    )
    parts = [event.title]
    parts += [_line_text(line) for line in event.lines]
    parts += [f"{m.text} {m.amount} {event.currency}, {m.method}" for m in event.money]
    if event.address_after:
        parts.append(event.address_after)
    return f"{begin}\n" + "\n".join(parts + event.notes)


def summary(event: Proposal | Receipt, lang: Lang) -> str:
    """One sentence or two over a proposal or a receipt."""
    if isinstance(event, Proposal):
        en = f"{event.title}? Please check the details and confirm; nothing is done before that."
        return say(lang, en, f"{event.title}？请核对以下内容并确认；确认之前不会执行任何操作。")
    done = f"{event.title}. Your receipt is {event.id}."
    money = [_money_text(m, event.currency, lang) for m in event.money]
    done_zh = f"{event.title}。回执编号 {event.id}。"
    return say(lang, " ".join([done, *money]), "".join([done_zh, *money]))


def refusal_text(refusal: Refusal, lang: Lang) -> str:
    """That the shop could not do what was confirmed, why, and what became of it."""
    what = say(lang, *_TITLES[refusal.kind]).format(id=refusal.order_id)
    parts = [say(lang, f"The shop could not do this: {what}.", f"商店无法执行这项操作：{what}。")]
    if reason := refusal.reason.rstrip(" .。"):
        parts.append(say(lang, f"It said: {reason}.", f"商店的说明：{reason}。"))
    if refusal.taken_back:
        parts.append(say(lang, "Everything is as it was before.", "一切已恢复原状。"))
    elif refusal.for_staff:
        parts.append(say(lang, "A member of staff has to look at it.", "需要由工作人员处理。"))
    else:
        parts.append(say(lang, "A member of staff has seen to it.", "工作人员已经处理。"))
    return ("" if lang == "zh" else " ").join(parts)


def _titled(titles: dict[ProposalKind, tuple[str, str]], terms: Terms, lang: Lang) -> str:
    return say(lang, *titles[terms.kind]).format(id=terms.order_id)


def _lines(terms: Terms, lang: Lang) -> list[ChangeLine]:
    return [_line(line, terms.currency, lang) for line in terms.lines]


def _line(line: LineTerm, currency: str, lang: Lang) -> ChangeLine:
    price = line.before_price if line.after_price is None else line.after_price
    return ChangeLine(
        line=line.line,
        product_id=line.product_id,
        title=in_language(line.title, lang),
        quantity=line.quantity,
        before=in_language(line.before, lang),
        after=in_language(line.after, lang),
        amount=to_text(price * line.quantity, currency),
    )


def _money(terms: Terms, lang: Lang) -> list[MoneyLine]:
    return [_money_line(money, terms.currency, lang) for money in terms.money]


def _money_line(money: MoneyTerm, currency: str, lang: Lang) -> MoneyLine:
    paid = money.kind == "payment"
    back = say(lang, "once the goods are back", "商品退回后")
    return MoneyLine(
        kind=money.kind,
        text=say(lang, "charged", "扣款") if paid else say(lang, "refunded", "退款"),
        amount=to_text(money.amount, currency),
        method=money.method,
        when="" if money.settled else back,
    )


def _notes(terms: Terms, lang: Lang) -> list[str]:
    """What a shopper should know before they confirm."""
    match terms.kind:
        case ProposalKind.ITEM_CHANGE:
            return [
                say(
                    lang,
                    "This can be done once: afterwards the order can no longer be cancelled, nor "
                    "its items changed.",
                    "此操作只能进行一次：之后订单不能再取消，商品也不能再更改。",
                )
            ]
        case ProposalKind.RETURN | ProposalKind.EXCHANGE:
            return [
                say(
                    lang,
                    "An order gets one return or one exchange, so include everything that should "
                    "go back.",
                    "每个订单只能退货或换货一次，请把需要退换的商品一并提出。",
                )
            ]
        case _:
            return []


def _after_notes(terms: Terms, lang: Lang) -> list[str]:
    if terms.kind in (ProposalKind.RETURN, ProposalKind.EXCHANGE):
        return [
            say(
                lang,
                "You will get an e-mail on how to send the goods back.",
                "我们会通过电子邮件告诉您如何寄回商品。",
            )
        ]
    return []


def _line_text(line: ChangeLine) -> str:
    what = f"{line.line}. {line.quantity} x {line.title}"
    return f"{what} ({line.before} → {line.after})" if line.after else f"{what} ({line.before})"


def _money_text(money: MoneyLine, currency: str, lang: Lang) -> str:
    amount = f"{money.amount} {currency}"
    if lang == "zh":
        return f"{money.when}{money.text} {amount}（{money.method}）。"
    direction = "to" if money.kind == "refund" else "by"
    when = f" {money.when}" if money.when else ""
    return f"{amount} {money.text} {direction} {money.method}{when}."


def _address(address: dict[str, str]) -> str:
    return ", ".join(part for part in address.values() if part)
