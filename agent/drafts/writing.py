"""Writes drafts: the model's sentences that pass, and what the check caught of the others.

A draft is never written to the catalogue.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage

from agent.drafts.asking import Kind, request
from agent.drafts.checking import Check, Fault
from agent.drafts.facts import Facts
from agent.drafts.limits import LONGEST
from agent.drafts.template import template
from agent.errors import ModelError
from agent.grounding import split_sentences

TRIES = 2
"""The model is asked once more where nothing of its first answer, or not all of it, passes."""

SAMPLED = 0.7
"""The temperature of every answer but the first; that is the likeliest one."""

_FAILURES = (ModelError, openai.OpenAIError, httpx.HTTPError, TimeoutError)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a draft, and the names of the facts that it rests on."""

    text: str
    rests_on: list[str]


@dataclass(frozen=True)
class Caught:
    """A sentence that the check held back: in which answer, the words at fault, and why."""

    answer: int
    sentence: str
    claim: str
    why: str


@dataclass
class Draft:
    """One draft. `note` says why the model did not write it, "" where it did."""

    kind: Kind
    facts: Facts
    sentences: list[Sentence] = field(default_factory=list)
    caught: list[Caught] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def written_by(self) -> Literal["model", "template"]:
        """Whether the text is the model's."""
        return "template" if self.note else "model"

    @property
    def text(self) -> str:
        """The sentences as one text: Chinese without spaces between them."""
        glue = "" if self.facts.lang == "zh" else " "
        return glue.join(sentence.text for sentence in self.sentences)


class Writer:
    """Writes with a chat model, or by template alone where there is none."""

    def __init__(
        self, model: BaseChatModel | None, *, without: str = "no model answers", tries: int = TRIES
    ) -> None:
        self._model = model
        self._without = without
        self._tries = tries

    async def write(self, kind: Kind, facts: Facts, *, number: int = 0, reader: str = "") -> Draft:
        """The draft with this number: the first is the likeliest one, the others are sampled.

        Of two answers the one with more facts is taken; where it does not name the product, the
        template's first sentence does. `reader` is as in `request`.
        """
        draft = Draft(kind, facts)
        check = Check(facts)
        asked = request(kind, facts, reader)
        why = "" if self._model else self._without
        while self._model and len(draft.answers) < self._tries:
            likeliest = number == 0 and not draft.answers
            try:
                answer = await _answer(self._model, asked, 0.0 if likeliest else SAMPLED)
            except _FAILURES as error:
                why = f"the model failed: {type(error).__name__}"
                break
            draft.answers.append(answer)
            kept, caught = sift(answer, check, kind, len(draft.answers))
            draft.caught += caught
            if _told(kept) > _told(draft.sentences):
                draft.sentences = kept
            if not caught:
                break
        if not draft.sentences:
            draft.note = why or "nothing that the model wrote passed the check"
            draft.sentences = [_sentence(text, check) for text in template(kind, facts)]
        elif not any(_short(facts.title) in sentence.text for sentence in draft.sentences):
            draft.sentences.insert(0, _sentence(template(kind, facts)[0], check))
        return draft


async def _answer(model: BaseChatModel, asked: list[BaseMessage], temperature: float) -> str:
    # No seed: vLLM's engine on a processor dies of one that meets a prompt read in parts
    # (0.32: "CPU Generator does not use offset").
    message = await model.bind(temperature=temperature).ainvoke(asked)
    text = str(message.text).strip()
    if message.response_metadata.get("finish_reason") == "length":
        # Half a sentence is none.
        text = "\n".join(split_sentences(text, final=False)[0])
    return text


def sift(
    answer: str, check: Check, kind: Kind, number: int = 1
) -> tuple[list[Sentence], list[Caught]]:
    """The sentences of an answer that pass, in order and within the length; and the others."""
    kept: list[Sentence] = []
    caught: list[Caught] = []
    longest = LONGEST[kind, check.facts.lang]
    for text in split_sentences(answer, final=True)[0]:
        fault = check.fault(text)
        if fault is None and sum(len(s.text) + 1 for s in kept) + len(text) > longest:
            fault = Fault(f"{len(text)} characters", f"the draft would be longer than {longest}")
        if fault is None and any(s.text == text for s in kept):
            fault = Fault(text, "said already")
        if fault is None:
            kept.append(_sentence(text, check))
        else:
            caught.append(Caught(number, text, fault.claim, fault.why))
    return kept, caught


def _sentence(text: str, check: Check) -> Sentence:
    return Sentence(text, check.rests_on(text))


def _short(title: str) -> str:
    """A title without what follows its comma or stands in its brackets: "…, Women's"."""
    return re.split(r"[,，(（]", title)[0].strip()


def _told(sentences: Sequence[Sentence]) -> int:
    return len({name for sentence in sentences for name in sentence.rests_on})
