"""Confirming is code's business, not the model's (DESIGN section 3.2).

A proposal takes effect by its button, or by its code typed in either language. A bare yes shows
the proposal again; everything else goes to the model, which never sees a code.
"""

import re
from dataclasses import dataclass

from agent.context import Shopper
from agent.errors import NotFound, Told
from agent.events import Error, Event, Lang, Text
from agent.orders.proposals import Proposals
from agent.proposal_cards import proposal_event, receipt_event, summary
from agent.wording import say

_CODE = re.compile(
    r"(?:(?:i )?confirm(?: (?:code|proposal|number))?|yes,? confirm|确认|我确认|确认码)"
    r"\s*[:：#]?\s*(\d{4})\s*[.!。！]?",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:yes(?: please)?|yep|yeah|yup|sure|ok(?:ay)?|confirm(?:ed)?|i confirm|do it|go ahead|"
    r"please do|sounds good|that's right|correct|agreed|fine|"
    r"是|是的|对|对的|好|好的|好吧|可以|行|确认|我确认|没问题|嗯|同意|确定|就这样|麻烦了)"
    r"[\s.,!。，！~～]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Confirm:
    """The button of a proposal was pressed."""

    proposal_id: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """The other button."""

    proposal_id: str


def code_in(text: str) -> str | None:
    """The code of a message that is a confirmation and nothing else."""
    match = _CODE.fullmatch(text.strip())
    return match[1] if match else None


def is_bare_yes(text: str) -> bool:
    """Whether a message is nothing but a yes."""
    return bool(_YES.fullmatch(text.strip()))


class Desk:
    """What buttons and codes do with the proposals of one session. Threads may share it."""

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals

    def confirm(
        self, shopper: Shopper, session_id: str, proposal_id: str, lang: Lang
    ) -> tuple[list[Event], bool]:
        """The receipt and a sentence about it, and whether it had been confirmed before.

        Raises NotFound, ProposalExpired, ProposalChanged, ProposalDecided.
        """
        view = self._proposals.confirm(shopper, session_id, proposal_id)
        receipt = receipt_event(view, lang)
        text = summary(receipt, lang)
        if view.again:
            text = say(lang, f"That was done already. {text}", f"该操作此前已经完成。{text}")
        return [receipt, Text(text=text)], view.again

    def dismiss(
        self, shopper: Shopper, session_id: str, proposal_id: str, lang: Lang
    ) -> list[Event]:
        """Nothing was done, said so. Raises NotFound, ProposalDecided."""
        self._proposals.dismiss(shopper, session_id, proposal_id)
        return [Text(text=say(lang, "All right, nothing was changed.", "好的，没有做任何更改。"))]

    def typed(self, shopper: Shopper, session_id: str, text: str, lang: Lang) -> list[Event] | None:
        """What a typed message does to the pending proposal; None: it is for the model."""
        if code := code_in(text):
            try:
                proposal_id = self._proposals.find_code(shopper, session_id, code)
                return self.confirm(shopper, session_id, proposal_id, lang)[0]
            except NotFound:
                return [Text(text=_no_such_code(lang))]
            except Told as error:
                return [Text(text=say(lang, error.en, error.zh))]
        if is_bare_yes(text) and (view := self._proposals.pending(shopper, session_id)):
            event = proposal_event(view, lang)
            again = say(
                lang,
                "To go ahead, press the button, or type “confirm” and the code on the card.",
                "如需执行，请点击按钮，或输入“确认”和卡片上的确认码。",
            )
            return [event, Text(text=again)]
        return None

    def pressed(
        self, shopper: Shopper, session_id: str, button: Confirm | Dismiss, lang: Lang
    ) -> list[Event]:
        """What a button does; an Error says why it did nothing."""
        try:
            if isinstance(button, Dismiss):
                return self.dismiss(shopper, session_id, button.proposal_id, lang)
            return self.confirm(shopper, session_id, button.proposal_id, lang)[0]
        except NotFound:
            return [Error(code="not_found", text=no_such_proposal(lang))]
        except Told as error:
            return [Error(code=error.code, text=say(lang, error.en, error.zh))]


def no_such_proposal(lang: Lang) -> str:
    """The one answer for a missing proposal and for somebody else's."""
    return say(lang, "There is no such proposal in this chat.", "本次对话中没有这项操作。")


def _no_such_code(lang: Lang) -> str:
    return say(
        lang,
        "There is no proposal with that code in this chat, so nothing was done.",
        "本次对话中没有这个确认码对应的操作，因此没有执行任何操作。",
    )
