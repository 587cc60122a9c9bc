"""Why a product is shown: what of the request stands in its row, or what it is recommended for."""

from agent.chips import chips_of
from agent.events import FilterChip, Lang
from agent.orders.models import Product
from agent.product_desk import Found, Recommendation
from agent.wording import say
from retrieval.catalogue import in_language
from retrieval.words import fold, is_chinese, runs, stems, tokens

_MOST_WORDS = 3
_FIGURES = {"price", "rating", "stock", "size", "measure", "sort"}


def why_found(found: Found, product: Product, lang: Lang) -> str:
    """Which words of the request the row has, else which constraints it meets, else that it is
    near in meaning: of a present for somebody no row says anything.
    """
    if not found.carried:
        return say(lang, "the nearest that there is", "店里最接近的商品")
    # What was taken for a figure or a measure is no word that the row has.
    figures = {
        word for chip in found.understood.chips if chip.kind in _FIGURES for word in runs(chip.text)
    }
    if words := [w for w in _shared(found.understood.text, product) if w not in figures]:
        return say(lang, f"matches {', '.join(words)}", f"符合：{'、'.join(words)}")
    if chips := chips_of(found, lang):
        met = [_met(chip, lang) for chip in chips]
        return say(lang, f"fits {', '.join(met)}", f"满足：{'、'.join(met)}")
    return say(lang, "near in meaning to what you asked", "与您的需求意思相近")


def _met(chip: FilterChip, lang: Lang) -> str:
    """A constraint as what a product has, or is without: 不含羽毛."""
    unwanted = chip.key.startswith("not:")
    return say(lang, f"without {chip.value}", f"不含{chip.value}") if unwanted else chip.value


def why_recommended(pick: Recommendation, lang: Lang) -> str:
    """The product or fact that a product is recommended for."""
    other = in_language(pick.of.title, lang) if pick.of else ""
    match pick.because:
        case "like":
            return say(lang, f"similar to {other}", f"与“{other}”相似")
        case "bought":
            return say(lang, f"you bought {other}", f"您买过“{other}”")
        case "rated":
            rating, count = pick.product.rating, pick.product.review_count
            return say(lang, f"rated {rating} by {count} customers", f"{count}位顾客评分{rating}")


def _shared(text: str, product: Product) -> list[str]:
    """The words of a request that stand in the product's row, as they were typed."""
    fields = [product.title, product.category, product.description, {"": product.brand}]
    values = [*product.attributes.values()]
    values += [v for variant in product.variants for v in variant.attributes.values()]
    fields += [value if isinstance(value, dict) else {"": str(value)} for value in values]
    row = fold("\n".join(part for field in fields for part in field.values() if part))
    known = set(stems(row))
    words: list[str] = []
    for run in runs(text):
        if not is_chinese(run):
            words += [run] if tokens(run) and known.issuperset(stems(run)) else []
            continue
        held = sorted({w for w in tokens(run) if len(w) > 1 and w in row}, key=len, reverse=True)
        for word in held:
            if not any(word in longer for longer in words):
                words.append(word)
    return words[:_MOST_WORDS]
