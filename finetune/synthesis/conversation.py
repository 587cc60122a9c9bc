"""Holds one conversation with the real assistant, and keeps it only if nothing in it is amiss."""

import random
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.asked import Asked
from agent.assistant import Assistant
from agent.confirming import Confirm, Dismiss
from agent.context import ANONYMOUS, Shopper
from agent.events import Done, Event, Lang
from agent.profiles import ModelProfile
from agent.shop import Shop
from finetune.synthesis.gold import Calls, Clerk, Plan, Say, Seen
from finetune.synthesis.models import World
from finetune.synthesis.references import quoted, settled
from finetune.synthesis.rows import Row
from finetune.synthesis.scenes import draw, scenes
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wording import Worded, faults, handles_of, reworded, titles_in

REFERENCE = re.compile(r"(?<![0-9A-Za-z])[HR][0-9A-Z]{6,8}(?![0-9A-Za-z])")
"""What a hand-off or a receipt is called by."""
LONGEST = 6
"""Turns of the longest conversation."""
ATTEMPTS = 8
"""How often another beginning is tried where a world has nothing that fits."""


class Dropped(Exception):
    """Why a conversation is not kept."""


class Otherwise(Dropped):
    """From here on it is another conversation than the sheet's: what was before it may be kept."""


Before = Callable[[Row, int], Awaitable[None]]
"""Given the conversation as it is so far and the place of the message that comes next."""


class _Ready:
    async def __call__(self) -> bool:
        return True

    def doubt(self) -> None:
        """It is always there."""


class Stage:
    """One scratch shop with its assistant, and the clerk that drives it."""

    def __init__(self, world: World, shop: Shop, profile: ModelProfile) -> None:
        self.world, self.shop, self.clerk = world, shop, Clerk()
        self._quoted: list[str] = []
        plain = profile.model_copy(update={"examples": None, "first_call_requires_tool": False})
        self._assistant = Assistant(shop, self.clerk, plain, _Ready())

    async def converse(
        self,
        number: int,
        lang: Lang,
        *,
        held_out: bool,
        bank: str = "",
        wordings: Mapping[str, Worded] | None = None,
    ) -> Row:
        """The conversation of that number, in the words of `wordings` where it is there.

        Raises Dropped.
        """
        rng = random.Random(f"{self.world.seed}:{number}")
        for attempt in range(ATTEMPTS):
            buyer = rng.choice(self.world.buyers) if rng.random() < 0.65 else None
            talk = Talk(self.world, rng, lang, buyer, held_out, bank)
            name, owner = f"{self.world.seed}-{number}-{attempt}", buyer.id if buyer else None
            row = Row(name, lang, self.world.seed, owner, [], [])
            self._quoted.clear()
            # What was said until then is a whole conversation, if anything was.
            try:
                await self._play(row, talk, (wordings or {}).get(name))
            except Unsayable:
                pass
            except Otherwise:
                if not row.messages:
                    raise
            if row.messages and wordings and name not in wordings:
                raise Dropped("it is not worded")
            if row.messages:
                return replace(row, messages=settled(row.messages, self._quoted, name))
        raise Dropped("nothing to say")

    async def _play(self, row: Row, talk: Talk, worded: Worded | None) -> None:
        for turns, (text, plan) in enumerate(scenes(talk, draw(talk))):
            if worded:
                text, plan = _in_words(worded, turns, text, plan, titles_in(row.messages))
            events = await self._turn(row, text, plan, talk.lang)
            row.acts[:] = talk.acts
            await self._decide(row, talk, events)
            if turns + 1 >= LONGEST:
                break

    async def replay(
        self, row: Row, steps: list[list[Calls | Say]], before: Before | None = None
    ) -> list[dict[str, Any]]:
        """The same words of the shopper, answered by `steps`: the messages that come of it.

        `before` is awaited ahead of each turn. Raises Dropped.
        """
        again = Row(f"{row.id}-again", row.lang, row.world, row.customer, [], [])
        todo = iter(steps)
        for place, message in enumerate(row.messages):
            if message["role"] != "user":
                continue
            if button := message.get("button"):
                await self._press(again, button)
            else:
                if before:
                    await before(again, place)
                plan = _following(next(todo))
                await self._turn(again, message["content"], plan, message["lang"])
        return again.messages

    async def tried(
        self, row: Row, text: str, lang: Lang, steps: Sequence[Calls | Say]
    ) -> list[str]:
        """What the model would read after the last of `steps`, if `text` were answered so now.

        The conversation `row` stays as it is: this is played in a copy of it.
        """
        copy, sessions = f"{row.id}-{secrets.token_hex(4)}", self.shop.sessions
        shopper = self._shopper(row)
        sessions.resume(copy, shopper, lang)
        told = sessions.history(row.id)
        if told:
            handles = sessions.handles(row.id)
            sessions.store_turn(copy, told, lang=lang, seconds=0, trace={}, handles=handles)
        seen: list[list[Seen]] = []
        self.clerk.begin(_watched(steps, seen))
        _ = [e async for e in self._assistant.turn(copy, shopper, text, lang)]
        if isinstance(steps[-1], Calls):
            return [one.text for one in seen[-1]] if len(seen) == len(steps) else []
        # The model called nothing; code may have.
        results = [m for m in sessions.history(copy)[len(told) :] if m["role"] == "tool"]
        before = sum(len(step.calls) for step in steps if isinstance(step, Calls))
        return [str(message["content"]) for message in results[before:]]

    async def _turn(self, row: Row, text: str, plan: Plan, lang: Lang) -> list[Event]:
        self.clerk.begin(plan)
        events = await self._events(row, text, lang)
        done = events[-1]
        if not isinstance(done, Done):
            raise Dropped("the turn failed")
        trace = self.shop.sessions.trace(done.turn_id)
        if trace["unaided"] or trace["verdicts"]:
            raise Dropped((trace["unaided"] or trace["verdicts"][0])[:90])
        if done.lang != lang:
            raise Dropped("taken for the other language")
        self._keep(row, lang)
        return events

    async def _decide(self, row: Row, talk: Talk, events: list[Event]) -> None:
        """Now and then the shopper presses a button of the proposal."""
        made = next((event for event in events if event.type == "proposal"), None)
        if made is not None and (drawn := talk.rng.random()) < 0.6:
            await self._press(row, "confirm" if drawn < 0.5 else "dismiss")

    async def _press(self, row: Row, button: str) -> None:
        pending = self.shop.proposals.pending(self._shopper(row), row.id)
        if pending is None:
            raise Dropped("no proposal is pending")
        lang = row.messages[-1].get("lang", row.lang)
        press = Confirm(pending.id) if button == "confirm" else Dismiss(pending.id)
        await self._events(row, press, lang)
        self._keep(row, lang, button=button)

    async def _events(self, row: Row, asked: Asked, lang: Lang) -> list[Event]:
        turn = self._assistant.turn(row.id, self._shopper(row), asked, lang)
        events = [event async for event in turn]
        self._quoted += quoted(events)
        return events

    @staticmethod
    def _shopper(row: Row) -> Shopper:
        return Shopper.signed_in(row.customer) if row.customer else ANONYMOUS

    def _keep(self, row: Row, lang: Lang, button: str = "") -> None:
        """Add what the turn added to the history, and say what of it is the model's own."""
        added = self.shop.sessions.history(row.id)[len(row.messages) :]
        for message in added:
            kept = {k: v for k, v in message.items() if v is not None} | {"lang": lang}
            if message["role"] == "user" and button:
                kept["button"] = button
            if message["role"] == "assistant":
                kept["own"] = "" if button else self._own(message)
            row.messages.append(kept)

    def _own(self, message: dict[str, Any]) -> str:
        if message.get("tool_calls"):
            return "calls"
        said = self.clerk.said[-1] if self.clerk.said else ""
        if not said or not str(message["content"]).endswith(said):
            raise Dropped("the prose was altered")
        return said


def _in_words(
    worded: Worded, turn: int, was: str, plan: Plan, titles: Mapping[str, str]
) -> tuple[str, Plan]:
    """The turn as `worded` has it; `titles` are those behind the handles of products by now.

    Raises Dropped where it is worded for another conversation. New words find other goods: raises
    Otherwise where the simulated shopper says, means or is answered by something else than then.
    """
    if not len(worded.said) == len(worded.queries) == len(worded.told):
        raise Dropped("it is worded for another number of messages")
    if turn >= len(worded.told) or was != worded.told[turn].said:
        raise Otherwise("worded: something else is said than on the sheet")
    said, queries, told = worded.said[turn], worded.queries[turn], worded.told[turn]

    def anew() -> Plan:
        step, left, due = next(plan), list(queries), list(told.calls)
        while True:
            if isinstance(step, Calls):
                called, due = due[: len(step.calls)], due[len(step.calls) :]
                if list(step.calls) != called:
                    raise Otherwise("worded: something else is called than on the sheet")
                if any(titles.get(h) != told.goods.get(h) for h in handles_of(step.calls)):
                    raise Otherwise("worded: a handle stands for another product")
                sought = sum("query" in arguments for _, arguments in step.calls)
                now, left = left[:sought], left[sought:]
                for fault in faults(was, step.calls, said, now, worded.said[:turn]):
                    raise Dropped(f"worded: {fault}")
                step = Calls(reworded(step.calls, now))
            seen = yield step
            try:
                step = plan.send(seen)
            except StopIteration:
                return

    return said, anew()


def _watched(steps: Sequence[Calls | Say], seen: list[list[Seen]]) -> Plan:
    """The steps; what each call gives is added to `seen`."""
    for step in steps:
        seen.append((yield step))


def _following(steps: Sequence[Calls | Say]) -> Plan:
    """The same steps; a hand-off's reference, which is drawn anew, is said as it is now."""
    reference = ""
    for step in steps:
        if reference and isinstance(step, Say):
            step = Say(REFERENCE.sub(reference, step.text))
        seen: list[Seen] | None = yield step
        for one in seen or []:
            if handed := one.of("hand_off"):
                reference = handed.reference
