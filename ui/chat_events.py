"""What the chat page does when it is touched. Handlers return only the parts that change."""

import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components.chatbot import ComponentMessage, Message, OptionDict

from agent.confirming import Confirm, Dismiss
from agent.context import ANONYMOUS, Rung
from agent.errors import SessionBusy
from agent.events import Error, Lang
from ui.identity import COOKIE, Visit
from ui.markup import esc, tag
from ui.paced import paced
from ui.render import banner
from ui.routes import Web, message_fault
from ui.sample_shop import few
from ui.sign_in_panel import Entering, account_label, panel_text
from ui.talk import Talk, TurnView
from ui.texts import preferred, say
from ui.turns import RETRY_AFTER, Place, QueueFull

if TYPE_CHECKING:
    from ui.chat import Parts

Changes = dict[Any, Any]

UPDATE_GAP = 0.05  # seconds between two updates of the page
BUSY_LOOK, CALM_LOOK = 2, 15  # seconds between looks at the model: while not ready, and after
# How the replies that are no messages begin. No shopper can type it: controls are dropped.
_SIGN_IN = "\x00sign-in"
_WITHOUT = "\x00without "
_CONFIRM = "\x00confirm"
_DISMISS = "\x00dismiss"
_LOGO = (
    '<svg viewBox="0 0 48 48" width="40" height="40" aria-hidden="true">'
    '<path d="M17 5 L29 23 H24.5 L33 35 H20 V43 H14 V35 H1 L9.5 23 H5Z" fill="currentColor"/>'
    '<path d="M36 14 v-4 a4 4 0 0 1 8 0 v4" fill="none" stroke="#e9b44c" stroke-width="2"/>'
    '<rect x="34" y="15" width="12" height="17" rx="3" fill="#e9b44c"/>'
    '<rect x="37" y="19" width="6" height="9" rx="2" fill="#fff3d6"/></svg>'
)


class ChatEvents:
    """Handlers of one page for all visitors; what is a visitor's own is in `Talk` and the visit."""

    def __init__(self, web: Web, parts: "Parts") -> None:
        self._web = web
        self._parts = parts
        # What Gradio sends with a block of HTML inside a message, all but the HTML.
        self._html = gr.HTML(render=False, apply_default_css=False).get_config()

    async def start(self, talk: Talk, request: gr.Request) -> Changes:
        """The page was opened."""
        talk.lang = preferred(request.headers.get("accept-language", ""))
        talk.tab = secrets.token_hex(8)
        return await self._everything(talk, request)

    async def switch(self, talk: Talk, request: gr.Request) -> Changes:
        """English to Chinese or back: the whole page, cards that are shown already included."""
        talk.lang = "en" if talk.lang == "zh" else "zh"
        return await self._everything(talk, request)

    async def look(self, talk: Talk) -> Changes:
        """Whether the model is there by now; the banner goes by itself."""
        state = (await self._web.health.readiness()).banner
        pause = CALM_LOOK if state == "ready" else BUSY_LOOK
        return {
            self._parts.banner: banner(state, talk.lang),
            self._parts.clock: gr.Timer(pause),
        }

    async def ask(self, text: str, talk: Talk, request: gr.Request) -> AsyncIterator[Changes]:
        """The shopper sent a message."""
        if not text.strip() or any(turn.running for turn in talk.turns):
            yield {self._parts.box: text}
            return
        turn = talk.ask(text)
        yield {**self._conversation(talk), self._parts.box: ""}
        async for changes in self._answer(turn, talk, request):
            yield changes

    async def choose(
        self, talk: Talk, event: gr.SelectData, request: gr.Request
    ) -> AsyncIterator[Changes]:
        """The shopper touched a quick reply."""
        if event.value == _SIGN_IN:
            yield self.open_panel(talk, request)
            return
        value = str(event.value)
        if value in (_CONFIRM, _DISMISS):
            changes_of = self._decide(value, talk, request)
        elif value.startswith(_WITHOUT):
            changes_of = self._without(value.removeprefix(_WITHOUT), talk, request)
        else:
            changes_of = self.ask(value, talk, request)
        async for changes in changes_of:
            yield changes

    async def _without(self, name: str, talk: Talk, request: gr.Request) -> AsyncIterator[Changes]:
        """The shopper took a constraint of the last search away."""
        removable = talk.removable()
        if name not in removable:
            yield {self._parts.talk: talk}
            return
        chip, again = removable[name]
        said = say(talk.lang, "without", label=chip.label, value=chip.value)
        turn = talk.ask(said, again)
        yield self._conversation(talk)
        async for changes in self._answer(turn, talk, request):
            yield changes

    async def _decide(self, value: str, talk: Talk, request: gr.Request) -> AsyncIterator[Changes]:
        """The shopper pressed a button of the proposal that the last answer shows."""
        proposal = talk.proposal()
        if proposal is None:
            yield {self._parts.talk: talk}
            return
        if value == _CONFIRM:
            turn = talk.ask(say(talk.lang, "confirmed"), Confirm(proposal.id))
        else:
            turn = talk.ask(say(talk.lang, "dismissed"), Dismiss(proposal.id))
        yield self._conversation(talk)
        async for changes in self._answer(turn, talk, request):
            yield changes

    async def signed_in(
        self,
        _customer: str | None,
        _email: str,
        _order: str,
        _code: str,
        outcome: str,
        talk: Talk,
        request: gr.Request,
    ) -> Changes:
        """The browser has asked to sign in; the cookie of this request tells as whom it is in."""
        talk.entering.take(outcome, talk.lang)
        if not talk.entering.entered:
            return {**self._panel(talk, request), self._parts.talk: talk}
        talk.token = ""
        return {
            **await self._everything(talk, request),
            **dict.fromkeys((self._parts.email, self._parts.order), gr.Textbox("", visible=False)),
            self._parts.code: gr.Textbox("", visible=False),
            self._parts.panel: gr.Column(visible=False),
        }

    async def staff_signed_in(
        self, _name: str, _password: str, outcome: str, talk: Talk, request: gr.Request
    ) -> Changes:
        """The same of staff, who begin a new conversation; the browser keeps the password."""
        talk.entering.take(outcome, talk.lang)
        if not talk.entering.entered:
            return {
                **self._panel(talk, request),
                self._parts.talk: talk,
                self._parts.password: gr.Textbox(""),
            }
        return {
            **await self.start_afresh(talk, request),
            self._parts.staff_name: gr.Textbox(""),
            self._parts.password: gr.Textbox(""),
            self._parts.staff: gr.Accordion(open=False),
        }

    async def ask_again(self, talk: Talk, request: gr.Request) -> AsyncIterator[Changes]:
        """After a sign-in: the question that could not be answered without it, once more."""
        question, entered = talk.waits_for_sign_in(), talk.entering.entered
        talk.entering = Entering() if entered else talk.entering
        if not question or not entered or self._visit(talk, request).shopper is ANONYMOUS:
            yield {self._parts.talk: talk}
            return
        async for changes in self.ask(question, talk, request):
            yield changes

    async def start_afresh(self, talk: Talk, request: gr.Request) -> Changes:
        """A new conversation; after a sign-out, nothing of the old one stays on the screen."""
        talk.turns.clear()
        talk.token, talk.tab, talk.entering = "", secrets.token_hex(8), Entering()
        return {
            **await self._everything(talk, request),
            self._parts.panel: gr.Column(visible=False),
        }

    def halt(self, talk: Talk) -> Changes:
        """The shopper stopped the turn; Gradio has cancelled its handler already."""
        talk.stop()
        return self._conversation(talk)

    def open_panel(self, talk: Talk, request: gr.Request) -> Changes:
        """Show who is signed in, or whom one can sign in as."""
        return {**self._panel(talk, request), self._parts.panel: gr.Column(visible=True)}

    def close_panel(self, talk: Talk) -> Changes:
        """Put it away; whoever opens it again begins anew."""
        talk.entering = Entering()
        return {
            self._parts.talk: talk,
            self._parts.code: gr.Textbox("", visible=False),
            self._parts.panel: gr.Column(visible=False),
        }

    async def _answer(
        self, turn: TurnView, talk: Talk, request: gr.Request
    ) -> AsyncIterator[Changes]:
        """Run the turn through the queue that the API uses too; show it as it comes."""
        await self._settle(request)
        if talk.staff and self._visit(talk, request).shopper.staff_name != talk.staff:
            over = Error(code="staff_over", text=say(talk.lang, "staff_over"))
            turn.events, turn.running = [over], False
            talk.turns[:] = [turn]
            yield await self._everything(talk, request)
            return
        place = self._enter(turn, talk, request)
        if place is not None:
            visit = self._visit(talk, request)
            events = self._web.queue.run(place, visit.shopper, turn.asked, talk.lang)
            try:
                async with aclosing(paced(events, UPDATE_GAP)) as batches:  # type: ignore[type-var]
                    async for batch in batches:
                        turn.events.extend(batch)
                        yield self._conversation(talk)
            finally:
                self._web.queue.leave(place)
        turn.running = False
        yield self._conversation(talk)

    def _enter(self, turn: TurnView, talk: Talk, request: gr.Request) -> Place | None:
        """A place in the queue; a refusal becomes the turn's answer."""
        if fault := message_fault(turn.said, talk.lang):
            turn.events.append(Error(code=fault[0], text=fault[1]))
            return None
        try:
            return self._web.queue.enter(
                self._web.visits.conversation(self._token(talk, request), talk.tab)
            )
        except QueueFull:
            line = say(talk.lang, "busy", seconds=RETRY_AFTER)
            turn.events.append(Error(code="busy", text=line))
        except SessionBusy:
            turn.events.append(Error(code="session_busy", text=say(talk.lang, "session_busy")))
        return None

    async def _settle(self, request: gr.Request) -> None:
        """End the visit of staff whose account is gone, before anything is done with it."""
        await self._web.visit(request.cookies.get(COOKIE), request.headers)

    def _token(self, talk: Talk, request: gr.Request) -> str:
        """The cookie's token, or the page's own where the cookie is worth nothing (any more)."""
        cookie = request.cookies.get(COOKIE)
        if cookie and self._web.known(cookie, request.headers):
            return str(cookie)
        if not self._web.visits.get(talk.token):
            talk.token = self._web.visits.open()
        return talk.token

    def _visit(self, talk: Talk, request: gr.Request) -> Visit:
        visit = self._web.visits.get(self._token(talk, request))
        assert visit is not None  # noqa: S101 - `_token` has just seen to it
        return visit

    async def _everything(self, talk: Talk, request: gr.Request) -> Changes:
        parts, lang = self._parts, talk.lang
        await self._settle(request)
        talk.staff = self._visit(talk, request).shopper.staff_name or ""
        return {
            **await self.look(talk),
            **self._conversation(talk),
            **self._panel(talk, request),
            parts.talk: talk,
            parts.brand: _brand(lang),
            parts.language: gr.Button(say(lang, "other_language")),
            parts.box: gr.Textbox(
                label=say(lang, "message"), placeholder=say(lang, "message_hint")
            ),
            parts.fine_print: tag("p", esc(say(lang, "fine_print"))),
            parts.fresh: gr.Button(say(lang, "new_chat")),
        }

    def _panel(self, talk: Talk, request: gr.Request) -> Changes:
        parts, lang, entering = self._parts, talk.lang, talk.entering
        visit, sample = self._visit(talk, request), self._web.sample
        known = visit.shopper.rung >= Rung.SIGNED_IN
        people = few(sample.customers()) if sample and not known else []
        choices = [(f"{person.name} · {person.id}", person.id) for person in people]
        typed = not known and sample is None
        return {
            parts.account: gr.Button(account_label(visit, lang)),
            parts.panel_text: panel_text(visit, entering, lang, sample=sample is not None),
            parts.customer: gr.Dropdown(
                choices,
                value=choices[0][1] if choices else None,
                label=say(lang, "sample_customer"),
                visible=bool(choices),
            ),
            parts.email: gr.Textbox(label=say(lang, "email"), visible=typed),
            parts.order: gr.Textbox(
                label=say(lang, "order_number"), visible=typed and not entering.code_sent
            ),
            parts.code: gr.Textbox(
                label=say(lang, "code"),
                placeholder=say(lang, "code_hint"),
                visible=typed and entering.code_sent,
            ),
            parts.cancel: gr.Button(say(lang, "cancel")),
            parts.enter: gr.Button(
                say(lang, "continue" if typed else "sign_in"), visible=not known
            ),
            parts.leave: gr.Button(say(lang, "sign_out"), visible=visit.shopper is not ANONYMOUS),
            parts.staff: gr.Accordion(label=say(lang, "staff"), visible=not known),
            parts.staff_name: gr.Textbox(label=say(lang, "staff_name")),
            parts.password: gr.Textbox(label=say(lang, "staff_password")),
            parts.staff_enter: gr.Button(say(lang, "staff_enter")),
        }

    def _conversation(self, talk: Talk) -> Changes:
        running = any(turn.running for turn in talk.turns)
        return {
            self._parts.talk: talk,
            self._parts.chat: self._messages(talk),
            self._parts.send: gr.Button(say(talk.lang, "send"), visible=not running),
            self._parts.stop: gr.Button(say(talk.lang, "stop"), visible=running),
        }

    def _messages(self, talk: Talk) -> list[Message]:
        messages = [
            Message(role=role, content=[self._block(html) for html in blocks])
            for role, blocks in talk.shown()
        ]
        options = [OptionDict(value=reply, label=reply) for reply in talk.replies()]
        options[:0] = [
            OptionDict(value=f"{_WITHOUT}{name}", label=f"✕ {chip.label}: {chip.value}")
            for name, (chip, _) in talk.removable().items()
        ]
        if talk.proposal() is not None:
            confirm, dismiss = f"✓ {say(talk.lang, 'confirm')}", say(talk.lang, "dismiss")
            options[:0] = [
                OptionDict(value=_CONFIRM, label=confirm),
                OptionDict(value=_DISMISS, label=dismiss),
            ]
        if talk.needs_sign_in():
            options.insert(0, OptionDict(value=_SIGN_IN, label=say(talk.lang, "sign_in")))
        if options:
            messages[-1].options = options
        return messages

    def _block(self, html: str) -> ComponentMessage:
        return ComponentMessage(
            component="html", value=html, constructor_args={}, props={**self._html, "value": html}
        )


def _brand(lang: Lang) -> str:
    words = tag("strong", esc(say(lang, "shop"))) + tag("span", esc(say(lang, "shop_line")))
    return tag("h1", _LOGO + tag("span", words), lang=lang)
