"""Wishes about goods: searches, their refinements, facts, suggestions."""

from decimal import Decimal
from typing import Any

from agent.events import ProductCard
from finetune.synthesis.gold import Seen
from finetune.synthesis.models import Ware
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.vocabulary import Kind
from finetune.synthesis.wishes import Wish, money

_NOT_IN_RANGE = ("No product in that price range", "该价格范围内没有商品")
_NOT_CARRIED = ("The shop has nothing like that", "店里没有这样的商品")

_SEARCHES = {
    "search": 10,
    "search_max": 6,
    "search_min": 2,
    "search_between": 3,
    "search_brand": 4,
    "search_stock": 3,
    "search_cheapest": 3,
    "search_dearest": 2,
    "search_best": 3,
    "search_newest": 2,
    "search_gift": 3,
    "search_story": 4,
    "search_brand_max": 2,
    "search_brand_stock": 3,
    "search_stock_max": 2,
    "search_max_best": 2,
    "carries": 5,
}

_SORTS = {
    "search_cheapest": "price_asc",
    "search_dearest": "price_desc",
    "search_best": "rating",
    "search_newest": "newest",
    "search_max_best": "rating",
}


_BOUNDED = {
    "search_max",
    "search_between",
    "search_brand_max",
    "search_stock_max",
    "search_max_best",
}


def search(talk: Talk) -> Wish:
    """Goods that the shop has, or now and then has not."""
    act = talk.rng.choices(list(_SEARCHES), list(_SEARCHES.values()))[0]
    ware = talk.ware()
    kind = ware.kind
    if act in ("search", "carries") and talk.rng.random() < (0.5 if act == "carries" else 0.12):
        kind = talk.rng.choice(talk.world.absent)
    names = [kind.name[talk.lang], *([kind.plural] if talk.lang == "en" else [])]
    talk.sought = query = talk.rng.choice([*kind.queries[talk.lang], *names])
    if kind is ware.kind and kind.options and talk.rng.random() < 0.15:
        value = talk.value(talk.rng.choice(next(iter(kind.options.values()))))
        query = f"{value} {query}" if talk.lang == "en" else f"{value}{query}"
    slots: dict[str, str] = {"query": query}
    arguments: dict[str, Any] = {"query": query}
    near = int(ware.price)
    if act in _BOUNDED:
        bound = _round(near * Decimal(str(talk.rng.choice((0.4, 0.9, 1.2, 1.6, 2)))))
        arguments["max_price"] = bound
        (slots["price"],) = talk.prices(bound)
    if act in ("search_min", "search_between"):
        bound = _round(near * Decimal(str(talk.rng.choice((0.3, 0.5, 0.7)))))
        arguments["min_price"] = bound
        (slots["price"],) = talk.prices(bound)
    if act == "search_between":
        low, high = sorted((arguments["min_price"], arguments["max_price"]))
        if low == high:
            raise Unsayable
        arguments |= {"min_price": low, "max_price": high}
        slots["price"], slots["price2"] = talk.prices(low, high)
    if act in ("search_brand", "search_brand_max", "search_brand_stock"):
        slots["brand"] = arguments["brand"] = _brand(talk, ware)
    if act in ("search_stock", "search_stock_max", "search_brand_stock"):
        arguments["in_stock"] = True
    if act == "search_gift":
        slots["person"] = talk.person()
    if act in _SORTS:
        arguments["sort"] = _SORTS[act]
    talk.wanted = arguments
    return Wish(
        talk.say(act, **slots),
        ("search_products", dict(sorted(arguments.items(), key=_argument_order))),
        lambda seen: found(talk, seen, act, kind),
    )


_ORDER = ("query", "category", "brand", "min_price", "max_price", "in_stock", "sort")


def _argument_order(item: tuple[str, Any]) -> int:
    return _ORDER.index(item[0])


def _round(amount: Decimal) -> int:
    """As people round a budget."""
    step = 5 if amount < 100 else 10 if amount < 500 else 50
    return max(step, int(amount / step) * step)


def _brand(talk: Talk, ware: Ware) -> str:
    brand = ware.brand
    return str((brand["zh"] if talk.lang == "zh" else None) or brand["en"])


def found(talk: Talk, seen: Seen, act: str, kind: Kind) -> str:
    """What to say of a search's result: of the first product that is what was asked for.

    Raises Unsayable where the shop has such goods and the result does not begin with any, or where
    a price is not within the bounds that were asked for.
    """
    shown = seen.of("products")
    if shown is None:
        return talk.reply("none")
    talk.shown, talk.opened, talk.kind = list(shown.items), None, kind
    fitting = [card for card in shown.items if talk.world.ware(card.id).kind is kind]
    first = (fitting or shown.items)[0]
    absent = kind in talk.world.absent
    if not fitting and not absent and not seen.text.startswith(_NOT_CARRIED):
        raise Unsayable
    if act in _SORTS and first is not shown.items[0]:
        raise Unsayable
    slots = {
        "title": first.title,
        "price": money(first.price, first.currency),
        "count": str(len(shown.items)),
        "rating": str(first.rating),
    }
    if seen.text.startswith(_NOT_IN_RANGE):
        return talk.reply("none_cheapest", **slots)
    if absent or seen.text.startswith(_NOT_CARRIED):
        wares = ((card, talk.world.ware(card.id)) for card in shown.items)
        near = [card for card, ware in wares if ware.kind.category == kind.category]
        if not near:
            return talk.reply("nearest_none")
        return talk.reply("nearest", title=near[0].title)
    if not all(_within(talk.wanted, card) for card in shown.items):
        raise Unsayable
    if act == "carries":
        return talk.reply("carries_yes", **slots)
    if act in _SORTS:
        return talk.reply(act.replace("_max", "").replace("search", "found"), **slots)
    if act == "search_gift":
        return talk.reply("found_gift", **slots)
    if len(fitting) == 1:
        return talk.reply("found_one", **slots)
    # Of the others on the cards some are no such goods: how many there are says nothing.
    return talk.reply("found" if len(fitting) == len(shown.items) else "found_some", **slots)


def _within(wanted: dict[str, Any], card: ProductCard) -> bool:
    price = Decimal(card.price)
    return bool(wanted.get("min_price", 0) <= price <= wanted.get("max_price", price))


def refine(talk: Talk) -> Wish:
    """The last search again, with one thing more. Raises Unsayable."""
    if not talk.wanted or talk.kind is None:
        raise Unsayable
    asked, kind = dict(talk.wanted), talk.kind
    act = talk.rng.choice(
        [
            "refine_max",
            "refine_cheaper",
            "refine_brand",
            "refine_value",
            "refine_stock",
            "correct_query",
            "refine_max",
        ]
    )
    slots: dict[str, str] = {}
    if act == "refine_max":
        prices = [Decimal(card.price) for card in talk.shown] or [Decimal(50)]
        bound = _round(talk.rng.choice(prices) * Decimal(str(talk.rng.choice((0.8, 1.1)))))
        asked["max_price"] = bound
        asked.pop("min_price", None)
        (slots["price"],) = talk.prices(bound)
    elif act == "refine_cheaper":
        asked["sort"] = "price_asc"
    elif act == "refine_brand":
        if not talk.shown:
            raise Unsayable
        slots["brand"] = asked["brand"] = _brand(
            talk, talk.world.ware(talk.rng.choice(talk.shown).id)
        )
    elif act == "refine_value":
        kinds = [talk.world.ware(card.id).kind for card in talk.shown[:1]]
        axes = [values for kind in kinds for values in kind.options.values()]
        if not axes:
            raise Unsayable
        slots["value"] = talk.value(talk.rng.choice(talk.rng.choice(axes)))
        glue = " " if talk.lang == "en" else ""
        # Another colour takes the place of the one that was asked for before.
        asked["query"] = f"{slots['value']}{glue}{talk.sought}"
    elif act == "refine_stock":
        asked["in_stock"] = True
    else:
        if len(asked) > 1:
            raise Unsayable
        kind = talk.ware().kind
        talk.sought = talk.rng.choice(kind.queries[talk.lang])
        slots["query"] = asked["query"] = talk.sought
    talk.wanted = asked
    sort = "search_cheapest" if act == "refine_cheaper" else "search"
    return Wish(
        talk.say(act, **slots),
        ("search_products", dict(sorted(asked.items(), key=_argument_order))),
        lambda seen: found(talk, seen, sort, kind),
    )


def detail(talk: Talk) -> Wish:
    """Something about one product: one that is shown, or one that is named from nowhere."""
    if talk.shown and talk.rng.random() < 0.75:
        card, said = talk.card_named()
        ware, named = talk.world.ware(card.id), card.handle
    else:
        ware = talk.ware()
        said = named = talk.rng.choice([ware.short[talk.lang], ware.title[talk.lang]])
        if talk.lang == "en" and talk.rng.random() < 0.5:
            said = f"the {said}"
    act = talk.rng.choices(
        ["detail", "detail_attribute", "detail_value", "detail_stock", "detail_price"],
        [3, 8, 5, 4, 2],
    )[0]
    return _asked_of(talk, ware, act, named, {"product": said})


def follow(talk: Talk) -> Wish:
    """Something more about the product just talked about. Raises Unsayable."""
    if talk.opened is None:
        raise Unsayable
    act = talk.rng.choices(
        ["follow_attribute", "follow_value", "follow_price", "follow_stock"], [4, 2, 2, 2]
    )[0]
    ware = talk.world.ware(talk.opened.id)
    return _asked_of(talk, ware, act, talk.opened.handle, {})


def _asked_of(talk: Talk, ware: Ware, act: str, named: str, slots: dict[str, str]) -> Wish:
    rng, words = talk.rng, talk.world.words
    key = value = ""
    if act.endswith("attribute"):
        strange = rng.random() < 0.12
        keys = [k for k in words.attributes if (k in ware.facts) != strange]
        key = rng.choice(keys)
        slots["attribute"] = rng.choice(words.attributes[key][f"ask_{talk.lang}"])
    elif act.endswith("value"):
        axes = ware.kind.options or {"colour": ["navy", "red", "black"]}
        value = rng.choice(rng.choice(list(axes.values())))
        slots["value"] = talk.value(value) if value in words.values or value else value

    def answer(seen: Seen) -> str:
        shown = seen.of("products")
        if shown is None or (card := shown.items[0]).id != ware.id:
            raise Unsayable
        if len(shown.items) > 1 or seen.name == "search_products":
            # Of a list the model reads name, price and stock; the rest it must look up by handle.
            if act not in ("detail_stock", "detail_price", "follow_stock", "follow_price"):
                raise Unsayable
            talk.shown = list(shown.items)
        talk.opened = card
        if card.id not in {c.id for c in talk.shown}:
            talk.shown = [card]
        return _of_product(talk, card, ware, act, key, value, seen.text)

    return Wish(
        talk.say(act, **slots),
        ("get_product", {"product_id": named}),
        answer,
        ("search_products", {"query": named}),
    )


def _of_product(
    talk: Talk, card: ProductCard, ware: Ware, act: str, key: str, value: str, text: str
) -> str:
    slots = {"title": card.title, "price": money(card.price, card.currency)}
    if key:
        fact = talk.value(ware.facts[key]) if key in ware.facts else ""
        if not fact or fact not in text:
            return talk.reply("fact_unknown", **slots)
        return talk.reply("fact", attribute=_label(talk, key), value=fact, **slots)
    if value:
        return _of_option(talk, card, talk.value(value), slots)
    if act.endswith("_stock"):
        stock = str(card.stock)
        return talk.reply("stock_yes" if card.stock else "stock_no", stock=stock, **slots)
    if act.endswith("_price"):
        return talk.reply("price", **slots)
    facts = [(k, talk.value(v)) for k, v in ware.facts.items() if talk.value(v) in text]
    if not facts:
        return talk.reply("about_bare", **slots)
    key, fact = talk.rng.choice(facts)
    return talk.reply("about", attribute=_label(talk, key), value=fact, **slots)


def _label(talk: Talk, key: str) -> str:
    """An attribute's name inside a sentence."""
    label = str(talk.world.words.attributes[key][talk.lang])
    return label.lower() if label[1:].islower() else label


def _of_option(talk: Talk, card: ProductCard, value: str, slots: dict[str, str]) -> str:
    if not card.variants:
        return talk.reply("option_none", **slots)
    having = [v for v in card.variants if value in v.options.split(", ")]
    if any(v.stock for v in having):
        return talk.reply("option_yes", value=value, **slots)
    if having:
        return talk.reply("option_sold_out", value=value, **slots)
    options = list(dict.fromkeys(v.options for v in card.variants))[:3]
    glue = "; " if talk.lang == "en" else "、"
    return talk.reply("option_no", value=value, options=glue.join(options), **slots)


def recommend(talk: Talk) -> Wish:
    """A suggestion, or something similar to a product."""
    like, arguments = talk.rng.random() < 0.55, {}
    if like and talk.shown:
        card, said = talk.card_named()
        text, arguments = talk.say("recommend_like", product=said), {"like_product_id": card.handle}
    elif like:
        ware = talk.ware()
        said = talk.rng.choice([ware.short[talk.lang], ware.title[talk.lang]])
        text, arguments = talk.say("recommend_like", product=said), {"like_product_id": said}
    else:
        text = talk.say("recommend")

    def answer(seen: Seen) -> str:
        shown = seen.of("products")
        if shown is None:
            raise Unsayable
        talk.shown, talk.opened, talk.wanted = list(shown.items), None, {}
        first = shown.items[0]
        act = "recommended_like" if like else "recommended"
        return talk.reply(act, title=first.title, price=money(first.price, first.currency))

    return Wish(text, ("recommend_products", arguments), answer)
