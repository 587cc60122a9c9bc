"""The page of examples of drafts: what the model wrote, what passed, what the check caught."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agent.drafts.asking import Kind
from agent.drafts.facts import facts_of
from agent.drafts.limits import MARK
from agent.drafts.writing import Draft, Writer
from agent.events import Lang
from agent.orders.models import Product
from agent.settings import Settings
from retrieval.catalogue import in_language
from ui.drafting import model_name

SHOWN = (
    "cup-enamel-camp-mug",
    "tent-hollow-2",
    "jacket-squall-w",
    "food-puer-tuo",
    "light-firefly-kid",
    "cook-frostbox",
    "trip-tidewater-duffel",
    "shoe-gufeng-wide",
    "sleep-silk-liner",
)
"""The products of the sample shop that docs/drafts.md shows."""

_LIMITS = (
    "## What the check does not see",
    "",
    "Words of the row that are joined wrongly, as in a steel lid where the steel is the body's; "
    "grammar and style; and what the row itself has wrong. A second answer is sampled, and another "
    "one in another run. Somebody reads a draft before it is published.",
)

_FORMS: tuple[tuple[Kind, Lang], ...] = (
    ("description", "en"),
    ("ad", "en"),
    ("description", "zh"),
    ("ad", "zh"),
)


async def page(writer: Writer, rows: Sequence[Product], settings: Settings) -> str:
    """The page as Markdown; the drafts of all products are asked for at once."""
    jobs = [(row, kind, lang) for row in rows for kind, lang in _FORMS]
    drafts = await asyncio.gather(
        *(writer.write(kind, facts_of(row, lang)) for row, kind, lang in jobs)
    )
    lines = [*_head(drafts, model_name(settings))]
    for number, row in enumerate(rows):
        mine = drafts[number * len(_FORMS) : (number + 1) * len(_FORMS)]
        lines += ["", f"## {in_language(row.title, 'en')} · {in_language(row.title, 'zh')}"]
        for draft in mine:
            lines += ["", *_example(draft)]
    lines += ["", *_LIMITS]
    return "\n".join(lines) + "\n"


def _head(drafts: Sequence[Draft], model: str) -> Iterator[str]:
    written = sum(draft.written_by == "model" for draft in drafts)
    clean = sum(draft.written_by == "model" and not draft.caught for draft in drafts)
    caught = [fault for draft in drafts for fault in draft.caught]
    whys = Counter(fault.why.partition(":")[0] for fault in caught)
    yield "# Drafts, and what the check caught"
    yield ""
    yield (
        "Written by `shopclerk draft examples --out docs/drafts.md` on "
        f"{datetime.now(UTC):%d %B %Y} with {model}. Nothing was mended: these are the first "
        "drafts of each product, and all that the check caught in them."
    )
    yield ""
    yield (
        f"Of {len(drafts)} drafts the model wrote {written}, {clean} of them without a fault; "
        f"{len(drafts) - written} are the template's, since no sentence passed. "
        f"{len(caught)} sentences were caught"
        + (": " + ", ".join(f"{why} {n}" for why, n in whys.most_common()) if whys else "")
        + "."
    )


def _example(draft: Draft) -> Iterator[str]:
    by = "" if draft.written_by == "model" else f", by template: {draft.note}"
    yield f"**{MARK[draft.facts.lang]}** · {draft.kind}{by}"
    yield ""
    yield f"> {draft.text}"
    if draft.caught:
        yield ""
    for fault in draft.caught:
        yield f"- caught in answer {fault.answer}, {fault.why}: `{fault.claim}`"
        yield f"  in “{fault.sentence}”"
