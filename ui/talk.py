"""What one open chat page shows: the turns so far, in the language it is set to."""

from dataclasses import dataclass, field

from agent.asked import Asked, SearchAgain
from agent.events import Event, FilterChip, Filters, Given, Lang, Proposal, SignIn
from ui.markup import esc, tag
from ui.render import blocks, quick_replies, shopper_bubble
from ui.sign_in_panel import Entering
from ui.texts import say

ASKS = ("ask_1", "ask_2", "ask_3", "ask_4")
STAFF_ASKS = ("ask_staff_1", "ask_staff_2", "ask_staff_3")


@dataclass
class TurnView:
    """One question and what has come of it so far."""

    said: str
    asked: Asked
    events: list[Event] = field(default_factory=list)
    running: bool = True
    stopped: bool = False


@dataclass
class Talk:
    """One page's conversation; lives in the page's own state on the server.

    `tab` tells apart the pages that one visitor has open, `token` is the visit of a page whose
    cookie is gone. `staff` is the member of staff who was signed in when the page was last drawn.
    """

    lang: Lang = "en"
    tab: str = ""
    token: str = ""
    staff: str = ""
    entering: Entering = field(default_factory=Entering)
    turns: list[TurnView] = field(default_factory=list)

    def ask(self, text: str, button: Asked | None = None) -> TurnView:
        """Begin a turn; `text` is what the shopper is shown to have said."""
        self.turns.append(TurnView(text, button or text))
        return self.turns[-1]

    def stop(self) -> None:
        """End the running turn where it stands."""
        for turn in self.turns:
            turn.stopped = turn.stopped or turn.running
            turn.running = False

    def waits_for_sign_in(self) -> str:
        """The last question, if it could not be answered without a sign-in; else ""."""
        if self.turns and any(isinstance(event, SignIn) for event in self.turns[-1].events):
            return self.turns[-1].said
        return ""

    def shown(self) -> list[tuple[str, list[str]]]:
        """(role, blocks of HTML) of every message, oldest first, the greeting before all."""
        messages = [("assistant", [greeting(self.lang)])]
        for turn in self.turns:
            messages.append(("user", [shopper_bubble(turn.said)]))
            answer = blocks(turn.events, self.lang, running=turn.running)
            if turn.stopped:
                answer.append(tag("p", esc(say(self.lang, "stopped")), "sc-status"))
            if answer:
                messages.append(("assistant", answer))
        return messages

    def replies(self) -> list[str]:
        """What the shopper may say next with one touch."""
        if not self.turns:
            asks = STAFF_ASKS if self.staff else ASKS
            return [say(self.lang, key) for key in asks]
        last = self.turns[-1]
        return [] if last.running else quick_replies(last.events)

    def removable(self) -> dict[str, tuple[FilterChip, SearchAgain]]:
        """The constraints of the last search by name, each with the search without it."""
        last = self.turns[-1].events if self.turns and not self.turns[-1].running else []
        filters = next((event for event in reversed(last) if isinstance(event, Filters)), None)
        if filters is None:
            return {}
        named = {chip.key or chip.field: chip for chip in filters.chips if chip.key or chip.field}
        return {name: (chip, _without(filters, chip)) for name, chip in named.items()}

    def proposal(self) -> Proposal | None:
        """What the last answer proposes and the shopper has not decided on."""
        last = self.turns[-1] if self.turns else None
        if last is None or last.running:
            return None
        return next((event for event in last.events if isinstance(event, Proposal)), None)

    def needs_sign_in(self) -> bool:
        """Whether the last answer asks for a sign-in."""
        return bool(self.waits_for_sign_in()) and not self.turns[-1].running


def _without(filters: Filters, chip: FilterChip) -> SearchAgain:
    taken = (chip.key,) if chip.key else ()
    given = Given(**filters.given.model_dump(exclude={chip.field}))
    return SearchAgain(filters.query, (*filters.without, *taken), given)


def greeting(lang: Lang) -> str:
    """The first thing on the page."""
    title = tag("h2", esc(say(lang, "greeting")))
    return tag("div", title + tag("p", esc(say(lang, "greeting_body"))), "sc-greeting")
