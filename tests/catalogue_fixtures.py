"""A small bilingual catalogue and a deterministic embedder for tests of index and search."""

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np

from retrieval.catalogue import Product, Variant
from retrieval.embedders import Advance, Matrix
from retrieval.words import tokens


class HashEmbedder:
    """Texts that share words are near each other; counts what it embeds."""

    name = "hash"
    dimension = 64

    def __init__(self, weights_hash: str = "weights-1") -> None:
        self.weights_hash = weights_hash
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        self.encoded += texts
        if advance:
            advance(len(texts))
        vectors = [self.encode_query(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self.dimension)

    def encode_query(self, text: str) -> Matrix:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for token in tokens(text) or [text]:
            vector[int.from_bytes(hashlib.md5(token.encode()).digest()[:4]) % self.dimension] += 1
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def make_product(number: int, *, price: str = "10.00", **changes: object) -> Product:
    """Product p-NNN, a red mug unless changed."""
    facts: dict[str, object] = {
        "id": f"p-{number:03d}",
        "title": {"en": f"Red mug no {number}", "zh": f"红色杯子 {number} 号"},
        "description": {"en": "A mug of enamel.", "zh": "搪瓷杯子。"},
        "category": {"en": "Kitchen > Mugs", "zh": "厨房 > 杯子"},
        "brand": "Oakfen",
        "price": Decimal(price),
        "stock": 3,
    }
    return Product(**(facts | changes))  # type: ignore[arg-type]


def small_catalogue() -> list[Product]:
    """Six unlike products in three categories."""
    tent = make_product(
        1,
        price="249.00",
        title={"en": "Hollow 2 tent", "zh": "双人徒步帐篷"},
        description={"en": "Sleeps two people.", "zh": "睡两个成年人。"},
        category={"en": "Outdoor > Tents", "zh": "户外 > 帐篷"},
        brand="Fernhollow",
        attributes={"model": {"": "FH-2000X"}, "weight": {"": "1.9 kg"}},
        variants=(
            Variant("p-001-green", {"colour": {"en": "green", "zh": "绿色"}}, Decimal(249), 3),
            Variant("p-001-red", {"colour": {"en": "red", "zh": "红色"}}, Decimal(259), 0),
        ),
    )
    big_tent = make_product(
        2,
        price="399.00",
        title={"en": "Meadow 4 family tent", "zh": "四人家庭帐篷"},
        description={"en": "Sleeps four people.", "zh": "睡一家四口。"},
        category={"en": "Outdoor > Tents", "zh": "户外 > 帐篷"},
        brand="Yunqi 云栖",
        stock=0,
    )
    stove = make_product(
        3,
        price="59.95",
        title={"en": "Gas stove", "zh": "燃气炉"},
        description={"en": "Boils a litre in four minutes.", "zh": "四分钟烧开一升水。"},
        category={"en": "Outdoor > Cooking", "zh": "户外 > 炊具"},
        brand="Tallowmere",
        stock=None,
    )
    return [tent, big_tent, stove, *(make_product(n, price=f"{n}.50") for n in (4, 5, 6))]


def raise_at(step: int, error: type[BaseException]) -> Callable[..., None]:
    """A function that raises the `step`-th time it is called, counted from 1."""
    calls = 0

    def check(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise error

    return check
