"""What an item of an order is to become, and how the shopper says it."""

from finetune.synthesis.models import Line, Variant
from finetune.synthesis.talk import Talk, Unsayable


def other_form(talk: Talk, line: Line, but: Variant | None = None) -> Variant:
    """Another form of what is on a line, and not `but`. Raises Unsayable."""
    others = [v for v in line.ware.variants if v not in (line.variant, but)]
    if not others:
        raise Unsayable
    stocked = [v for v in others if v.stock]
    return talk.rng.choice(stocked if stocked and talk.rng.random() < 0.8 else others)


def options_said(talk: Talk, line: Line, to: Variant) -> tuple[str, str]:
    """Other options in the shopper's words, and as they are given to the tool: all of them, or only
    what becomes different.
    """
    rng = talk.rng
    before = line.variant.options if line.variant else {}
    changed = {axis: value for axis, value in to.options.items() if before.get(axis) != value}
    if list(changed) == ["size"] and rng.random() < 0.5 and (step := _step(line, to)):
        said = talk.clause(f"size_{step}")
        return said, said
    told = changed if rng.random() < 0.6 else to.options
    values = [talk.value(value) for value in told.values()]
    size = told.get("size")
    if talk.lang == "zh":
        said = rng.choice(["，", " ", "、", ""]).join(values)
        if len(values) == 1 and size and rng.random() < 0.5:
            said = f"{said}码" if said.isascii() else said
        return said, "，".join(values)
    said = rng.choice([", ", " ", " in ", " and "]).join(values)
    if len(values) == 1 and size:
        said = rng.choice([said, f"size {said}", f"a {said}"])
    return said, ", ".join(values)


def _step(line: Line, to: Variant) -> str:
    """Whether another size is the next one, "up" or "down"; "" where it is neither."""
    if line.variant is None:
        return ""
    sizes = list(line.ware.kind.options["size"])
    here, there = (sizes.index(v.options["size"]) for v in (line.variant, to))
    return {1: "up", -1: "down"}.get(there - here, "")
