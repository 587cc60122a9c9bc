"""Drafts for the terminal: a writer on a model server, and drafts as text and as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from agent.drafts.asking import opening
from agent.drafts.limits import MARK
from agent.drafts.writing import TRIES, Draft, Writer
from agent.errors import NotFound
from agent.model import build_model, served_name
from agent.orders.models import Product
from agent.product_desk import ProductDesk
from agent.profiles import ModelProfile, chosen_profile, is_prepared
from agent.serving import WarmUp, free_port
from agent.settings import Settings
from agent.wording import say
from retrieval.errors import WeightsError
from ui.answering import serving

SERVER_GB = 5.1
"""Memory of the CPU default's model server, measured 2026-11-22."""


@contextmanager
def writing(settings: Settings, tries: int = TRIES) -> Iterator[Writer]:
    """A writer, its model served for as long as the block lasts; by template without any."""
    from finetune.weights import prepare

    profile, settings = _base(settings)
    try:
        if profile.name != settings.model_profile:
            if short := short_of_memory():
                click.echo(short, err=True)
            prepare(profile, settings)
    except WeightsError as error:
        yield Writer(None, without=str(error), tries=tries)
        return
    with serving(profile, settings, _warm_up) as why:
        # The worked examples of the profile teach tool calls, which a draft has none of.
        plain = profile.model_copy(update={"examples": None})
        model = None if why else build_model(settings, plain)
        yield Writer(model, without=why, tries=tries)


def _base(settings: Settings) -> tuple[ModelProfile, Settings]:
    """The model that writes, and the settings that it is served by: the base of the served one.

    The adapter has learnt to answer shoppers in a sentence that leaves the rest to the cards: of 36
    drafts it left 9 to the template, the base 3. A model or adapter that the settings name writes
    itself.
    """
    profile = chosen_profile(settings)
    named = settings.model_adapter is not None
    if named or not profile.tuned or not is_prepared(profile, settings):
        return profile, settings
    if not profile.merged:
        # Its server has the base as well, under the profile's name.
        return profile.model_copy(update={"tuned": None}), settings
    mine = settings.model_copy(update={"model_adapter": "", "model_port": free_port()})
    base = chosen_profile(mine)
    return base.model_copy(update={"name": f"{base.name}-base"}), mine


def short_of_memory(meminfo: Path = Path("/proc/meminfo")) -> str:
    """What to do where a server of one's own finds too little memory; "" where it finds enough."""
    facts = dict(line.split(":", 1) for line in meminfo.read_text("utf-8").splitlines())
    free = int(facts["MemAvailable"].split()[0]) * 1024 / 1e9
    if free >= SERVER_GB:
        return ""
    return (
        f"A model server of its own is started for drafts: it takes {SERVER_GB} GB of memory, and "
        f"{free:.1f} GB is free. If it fails, close the open shop first, or set "
        "SHOPCLERK_MODEL_URL to a server elsewhere"
    )


def _warm_up(_profile: ModelProfile) -> WarmUp:
    roles = {"human": "user", "ai": "assistant"}
    return WarmUp(
        [
            {"role": roles.get(message.type, message.type), "content": message.content}
            for message in opening("description", "en")
        ]
    )


def product_of(products: ProductDesk, text: str) -> Product:
    """The product of an id or a title. Raises NotFound."""
    if found := products.get_many([text]):
        return found[0]
    if named := products.named(text):
        return named
    raise NotFound(
        f"there is no product {text!r}; a product's id or its whole title names one "
        "(`shopclerk sql` lists the view products)"
    )


def model_name(settings: Settings) -> str:
    """What the drafts' model is called."""
    return served_name(settings, _base(settings)[0])


def draft_body(draft: Draft, model: str) -> dict[str, Any]:
    """A draft as JSON: the text, what each sentence rests on, what was caught and why."""
    facts = draft.facts
    return {
        "draft": draft.kind,
        "mark": MARK[facts.lang],
        "product_id": facts.product_id,
        "title": facts.title,
        "lang": facts.lang,
        "text": draft.text,
        "written_by": draft.written_by,
        "model": model if draft.answers else None,
        "note": draft.note,
        "sentences": [{"text": s.text, "rests_on": s.rests_on} for s in draft.sentences],
        "caught": [
            {"answer": c.answer, "sentence": c.sentence, "claim": c.claim, "why": c.why}
            for c in draft.caught
        ],
        "answers": draft.answers,
        "facts": {fact.name: fact.value for fact in facts},
    }


def draft_lines(draft: Draft) -> Iterator[str]:
    """A draft for the terminal: its mark, its text, what it rests on, what was caught."""
    facts = draft.facts
    kind = say(facts.lang, draft.kind, {"description": "描述", "ad": "广告"}[draft.kind])
    yield f"{MARK[facts.lang]} · {kind} · {facts.title} ({facts.product_id})"
    yield ""
    yield draft.text
    yield ""
    told = dict.fromkeys(name for s in draft.sentences for name in s.rests_on)
    yield f"{say(facts.lang, 'Rests on', '依据')}: {', '.join(told)}"
    if draft.note:
        yield f"{say(facts.lang, 'By template', '按模板生成')}: {draft.note}"
    for caught in draft.caught:
        yield f"{say(facts.lang, 'Caught', '拦下')}: {caught.why}: {caught.claim}"
        yield f"  {caught.sentence}"
