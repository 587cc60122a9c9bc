"""The draft that code writes from the facts alone, where the model gave nothing that passes."""

from agent.drafts.asking import Kind
from agent.drafts.facts import Fact, Facts
from agent.drafts.limits import LONGEST


def template(kind: Kind, facts: Facts) -> list[str]:
    """Plain sentences within the length of the kind: the title, then one fact after another."""
    brand = f" by {facts.brand}" if facts.brand else ""
    first = f"{facts.title}{brand}." if facts.lang == "en" else f"{facts.brand}{facts.title}。"
    said = [first]
    for fact in facts.listed:
        if fact.key in ("brand", "category"):
            continue
        sentence = _sentence(facts, fact)
        if len("".join([*said, sentence])) + len(said) <= LONGEST[kind, facts.lang]:
            said.append(sentence)
    return said


def _sentence(facts: Facts, fact: Fact) -> str:
    if facts.lang == "zh":
        return f"{fact.name}：{fact.value.replace(' / ', '、')}。"
    return f"{fact.name[0].upper()}{fact.name[1:]}: {fact.value.replace(' / ', ', ')}."
