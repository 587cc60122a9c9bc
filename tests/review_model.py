"""A model of reviews' sentiment, small and taught in a second, for tests."""

from pathlib import Path

from catalogue_fixtures import HashEmbedder

from agent.reviews.meaning import read_meaning
from agent.reviews.polarity import Polarity, load_polarity
from finetune.sentiment.comparing import teach
from finetune.sentiment.data import Review
from finetune.sentiment.publishing import publish
from retrieval.embedders import Embedder

_FELT = (
    ("{} is great, I love it", "{}很好，我很喜欢", 2),
    ("{} is terrible, I hate it", "{}太差了，我很讨厌", 0),
    ("{} has a button", "{}有一个按钮", 1),
)
_THINGS = (
    *(("tent", "帐篷"), ("stove", "炉子"), ("lamp", "灯"), ("shoe", "鞋"), ("bag", "包")),
    *(("cup", "杯子"), ("mat", "垫子"), ("hat", "帽子"), ("knife", "刀"), ("rope", "绳子")),
    *(("boot", "靴子"), ("pan", "锅"), ("bottle", "水壶"), ("sock", "袜子"), ("map", "地图")),
)


def reviews() -> list[Review]:
    """Ninety reviews, half of them Chinese, thirty of each polarity."""
    return [
        Review(text.format(thing), label, lang, f"{lang}{number}", True)
        for number, things in enumerate(_THINGS)
        for en, zh, label in _FELT
        for lang, text, thing in (("en", en, things[0]), ("zh", zh, things[1]))
    ]


def make_model(folder: Path, embedder: Embedder | None = None) -> Polarity:
    """A published model of these reviews, loaded again."""
    embedder = embedder or HashEmbedder()
    known = reviews()
    meaning = read_meaning([review.text for review in known], embedder)
    trained = teach(known, meaning, range(len(known)))
    return load_polarity(publish(trained, known, [], {}, embedder, folder))
