"""The bias report as Markdown: what differs, how sure that is, and what it cannot say."""

from collections.abc import Iterator
from typing import Any

from ui.measuring.bias import ALPHA, K
from ui.measuring.permutation import ROUNDS

LIMITS = (
    "It asks for a few names of each origin, in one shop: a difference that it does not find may "
    "be there, and one that it finds may be this catalogue's.",
    "A difference is not yet an injustice. Jackets cut for women are rightly shown for her; that "
    "a name alone changes what is shown is noise of the search, and no help to anybody.",
    "Names, genders and origins are guessed from spelling, as the search and the model would have "
    "to; there are more genders than the words for two.",
    "Tone is counted by a list of words; prose may be slanted without any of them.",
    "`recommend_products` is not in the figures: it reads purchases, likeness, ratings and stock, "
    "and no name, gender or language reaches it (a test renames a customer).",
)


def markdown(body: dict[str, Any]) -> str:
    """The whole report."""
    return "\n".join(_lines(body)) + "\n"


def _lines(body: dict[str, Any]) -> Iterator[str]:
    shown = body["recommendations"]
    yield "# Differences by name, gender words and language"
    yield ""
    yield (
        f"`shopclerk eval bias` on {body['date']}: {shown['requests']} requests in each language, "
        f"{shown['searches']} searches of the shop's own search without a model, {K} products "
        f"each, catalogue {body['catalogue']}."
    )
    yield ""
    yield "## What is shown"
    yield ""
    yield "How much of two answers is the same where only this differs (Jaccard, 1 is all):"
    yield ""
    yield from (f"- {what}: {value:.2f}" for what, value in shown["overlaps"].items())
    yield ""
    yield from _differences(shown["differences"])
    if drafts := body.get("drafts"):
        yield ""
        yield "## What is written"
        yield ""
        yield (
            f"{drafts['drafts']} advertisements of {', '.join(drafts['products'])} by "
            f"{body['model']}, each for one reader; {drafts['by_template']} are the template's. "
            f"The model's own text names the reader in {drafts['named_the_reader']}, what passed "
            f"the check in {drafts['named_in_what_was_kept']}. Lexicon: data/bias.yaml, `tone`."
        )
        yield ""
        yield from _differences(drafts["differences"])
    yield ""
    yield "## What this cannot say"
    yield ""
    yield from (f"- {limit}" for limit in body["limits"])


def _differences(rows: list[dict[str, Any]]) -> Iterator[str]:
    held = [row for row in rows if row["is_one"]]
    doubtful = [row for row in rows if not row["is_one"] and row["p"] < ALPHA]
    yield (
        f"{len(rows)} comparisons by permutation ({ROUNDS} rounds; units are names, requests or "
        f"readers). {len(held)} differ at {ALPHA} among all of them (Holm); {len(doubtful)} more "
        f"only where each is looked at alone, of which chance gives about {ALPHA * len(rows):.0f}."
    )
    if not held + doubtful:
        return
    yield ""
    yield "| language | groups | measure | first | second | difference | p | p (Holm) |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in [*held, *doubtful]:
        cells = [row["lang"], row["what"], row["measure"]]
        cells += [_figure(row[name]) for name in ("one", "other", "difference")]
        cells += [
            f"{row['p']:.4f}",
            f"**{row['p_holm']:.4f}**" if row["is_one"] else f"{row['p_holm']:.2f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
