"""What a conversation is about: scenes of one to four moves, drawn by weight."""

from collections.abc import Callable, Iterator

from finetune.synthesis import comparing, goods, own_orders, wishes
from finetune.synthesis.changes import change
from finetune.synthesis.gold import Calls, Plan, Say
from finetune.synthesis.proposing import Move
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import Wish

Scene = Callable[[Talk], Iterator[Move]]

_JOINTS = {"en": " ", "zh": ""}


def _goods(talk: Talk) -> Iterator[Move]:
    yield _of(goods.search(talk))
    after = [
        *(goods.refine, goods.detail, goods.detail, goods.follow, comparing.compare),
        *(goods.recommend, goods.refine, goods.follow),
    ]
    for _ in range(talk.rng.choice((0, 1, 1, 2, 3))):
        yield _of(talk.rng.choice(after)(talk))


def _named(talk: Talk) -> Iterator[Move]:
    yield _of(goods.detail(talk))
    if talk.rng.random() < 0.6:
        yield _of(goods.follow(talk))


def _compared(talk: Talk) -> Iterator[Move]:
    yield _of(comparing.compare(talk))
    if talk.rng.random() < 0.5:
        yield _of(goods.detail(talk))


def _recommended(talk: Talk) -> Iterator[Move]:
    yield _of(goods.recommend(talk))
    if talk.rng.random() < 0.5:
        yield _of(talk.rng.choice([goods.detail, comparing.compare])(talk))


def _rules(talk: Talk) -> Iterator[Move]:
    yield _of(wishes.policy(talk))
    for _ in range(talk.rng.choice((0, 1, 1))):
        ask = wishes.more_policy if talk.rng.random() < 0.6 else wishes.policy
        yield _of(ask(talk))


def _orders(talk: Talk) -> Iterator[Move]:
    if talk.rng.random() < 0.35:
        yield from own_orders.parcel(talk)
    else:
        yield _of(talk.rng.choice([own_orders.order, own_orders.order, own_orders.orders])(talk))
    for _ in range(talk.rng.choice((0, 1, 1))):
        yield _of(own_orders.more_of_order(talk))


def _insisting(talk: Talk) -> Iterator[Move]:
    yield from own_orders.insisting(talk)


def _person(talk: Talk) -> Iterator[Move]:
    yield _of(wishes.human(talk))


def _small(talk: Talk) -> Iterator[Move]:
    act = talk.rng.choice(
        [
            *("greet", "greet", "how_are_you", "who", "who", "bot", "bot"),
            *("thanks", "bye", "ack", "praise", "gripe"),
        ]
    )
    yield talk.say(act), _just(talk.reply(act))


def _called_off(talk: Talk) -> Iterator[Move]:
    yield next(change(talk))
    yield talk.say("never_mind"), _just(talk.reply("never_mind"))


def _off_topic(talk: Talk) -> Iterator[Move]:
    yield talk.say("off_topic"), _just(talk.reply("off_topic"))


def _intruding(talk: Talk) -> Iterator[Move]:
    yield talk.say("intrude"), _just(talk.reply("intrude"))


def _both(talk: Talk) -> Iterator[Move]:
    """Two wishes in one message: both are looked up at once."""
    makers = [goods.search, wishes.policy, own_orders.order, own_orders.orders, wishes.policy]
    one, two = (talk.rng.choice(makers)(talk) for _ in range(2))
    if one.call == two.call:
        raise Unsayable

    def plan() -> Plan:
        first, second = yield Calls((one.call, two.call))
        glue = _JOINTS[talk.lang]
        yield Say(glue.join(dict.fromkeys((one.answer(first), two.answer(second)))))

    first = one.text.rstrip(" .。")
    yield talk.say("two_wishes", first=first, second=two.text), plan()


def _of(wish: Wish) -> Move:
    return wish.text, wish.plan()


def _just(text: str) -> Plan:
    yield Say(text)


SCENES: dict[Scene, int] = {
    _goods: 30,
    _named: 14,
    _compared: 2,
    _recommended: 4,
    _rules: 24,
    _orders: 24,
    _insisting: 2,
    change: 45,
    _called_off: 2,
    _person: 5,
    _small: 8,
    _off_topic: 9,
    _intruding: 7,
    _both: 5,
}
OWN_ORDERS = {_orders, _insisting, change, _called_off}


def scenes(talk: Talk, first: Scene) -> Iterator[Move]:
    """The moves of a whole conversation, beginning with `first`."""
    if talk.rng.random() < 0.08:
        yield talk.say("greet"), _just(talk.reply("greet"))
    yield from first(talk)
    while talk.rng.random() < 0.3:
        if talk.rng.random() < 0.1:
            talk.lang = "zh" if talk.lang == "en" else "en"
        yield from talk.rng.choices(list(SCENES), list(SCENES.values()))[0](talk)
    if talk.rng.random() < 0.1:
        act = talk.rng.choice(["thanks", "bye", "praise", "ack"])
        yield talk.say(act), _just(talk.reply(act))


def draw(talk: Talk) -> Scene:
    """What a conversation begins with; who has not signed in seldom speaks of orders."""
    found = talk.rng.choices(list(SCENES), list(SCENES.values()))[0]
    if talk.buyer is None and found in OWN_ORDERS and talk.rng.random() < 0.75:
        return draw(talk)
    return found
