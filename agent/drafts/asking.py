"""How the model is asked for a draft: the facts as short lines after two worked examples."""

from functools import cache
from typing import Any, Literal

import yaml
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.drafts.facts import Facts
from agent.events import Lang
from agent.normalise import neutralise
from agent.settings import CHECKOUT

Kind = Literal["description", "ad"]

_PROMPTS = CHECKOUT / "data" / "drafts.yaml"


@cache
def _prompts() -> dict[str, Any]:
    prompts: dict[str, Any] = yaml.safe_load(_PROMPTS.read_text(encoding="utf-8"))
    return prompts


def opening(kind: Kind, lang: Lang) -> list[BaseMessage]:
    """What every request of a kind begins with; the model server keeps it cached."""
    prompts = _prompts()[lang]
    messages: list[BaseMessage] = [SystemMessage(prompts["system"])]
    for example in prompts["examples"]:
        asked = prompts[kind].format(title=example["title"])
        messages.append(HumanMessage(f"{asked}\n{example['facts']}"))
        messages.append(AIMessage(example[kind]))
    return messages


def request(kind: Kind, facts: Facts, reader: str = "") -> list[BaseMessage]:
    """The whole request for a draft. `reader` is whom it is for; only the bias report names one."""
    prompts = _prompts()[facts.lang]
    asked = prompts[kind].format(title=facts.title)
    if reader:
        asked += (" " if facts.lang == "en" else "") + prompts["reader"].format(reader=reader)
    lines = [f"{fact.name}{prompts['colon']}{fact.value}" for fact in facts]
    # A row is data: nothing in it may end the turn that it stands in.
    return [*opening(kind, facts.lang), HumanMessage(neutralise("\n".join([asked, *lines])))]
