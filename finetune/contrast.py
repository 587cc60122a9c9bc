"""The objective: a query near the passages of its product, and far from every other product's.

InfoNCE (van den Oord et al., 2018) over all passages: those of the batch as they are encoded now,
all the others as they were last (Wang et al., Cross-Batch Memory, CVPR 2020), which a model that
moves slowly allows. Half of the loss asks for the product by either of its languages, half for each
of them. Passages are held near to where the base put them: what it knows of other goods is kept.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import normalize

from finetune.pairs import LANGS, Pairs
from finetune.recipe import Recipe
from retrieval.embedders import E5_PROMPTS

Tensor = torch.Tensor

_WORD = re.compile(r"[A-Za-z]{5,}")
_AT_ONCE = {"query": 64, "passage": 16}


class Contrast:
    """The loss of a batch of products, and how well queries find them.

    `sentences`: a SentenceTransformer. `at_base`: the base's vectors of every product's two
    passages, one after the other, shape (2 * products, d).
    """

    def __init__(
        self, sentences: Any, pairs: Sequence[Pairs], recipe: Recipe, at_base: Tensor
    ) -> None:
        self._sentences = sentences
        self._pairs = pairs
        self._recipe = recipe
        self._texts = [text for product in pairs for text in product.passages]
        self._at_base = at_base
        self._memory = at_base.clone()

    def save(self, file: Path) -> None:
        """Keep what the passages were last encoded to, so that a run may go on from there."""
        save_file({"memory": self._memory}, file)

    def load(self, file: Path) -> None:
        """Go on from what `save` kept."""
        self._memory = load_file(file)["memory"]

    def refresh(self) -> None:
        """Encode every passage anew with what has been learnt."""
        self._memory = self._encode_at_rest("passage", self._texts)

    def ranks(self, queries: Sequence[str], rows: Sequence[int]) -> Tensor:
        """The rank, from 1, of the product that each query asks for, among all."""
        cosines = self._encode_at_rest("query", queries) @ self._memory.T
        # A product is as near as the nearer of its two passages.
        nearer = torch.maximum(cosines[:, 0::2], cosines[:, 1::2])
        own = nearer.gather(1, torch.tensor(rows)[:, None])
        return (nearer > own).sum(dim=1).float() + 1

    def loss(self, rows: Sequence[int], step: int) -> Tensor:
        """The loss of the products `rows`. What is drawn at random depends on `step` alone."""
        recipe, rng = self._recipe, random.Random(f"{self._recipe.seed} {step}")
        # One language of each product with gradients: half the work, and in turn both are.
        drawn = torch.tensor([2 * row + rng.randrange(2) for row in rows])
        queries, owners = self._ask(rows, rng)
        fresh = self._encode("passage", [self._texts[i] for i in drawn.tolist()])
        asked = self._encode("query", queries)
        passages = self._memory.index_copy(0, drawn, fresh)
        self._memory[drawn] = fresh.detach()
        moved = 1 - (fresh * self._at_base[drawn]).sum(dim=1)
        scores = asked @ passages.T / recipe.temperature
        own = torch.stack([2 * owners, 2 * owners + 1], dim=1)
        return _info_nce(scores, own, recipe.each_language) + (
            recipe.anchor / recipe.temperature * moved.mean()
        )

    def _encode_at_rest(self, kind: str, texts: Sequence[str]) -> Tensor:
        """Without gradients and dropout."""
        was_training = self._sentences.training
        self._sentences.eval()
        with torch.no_grad():
            vectors = self._encode(kind, texts)
        self._sentences.train(was_training)
        return vectors

    def _encode(self, kind: str, texts: Sequence[str]) -> Tensor:
        """L2-normalised float32, shape (n, d)."""
        # Texts of like length share a batch: no padding is computed.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i].encode()))
        vectors = []
        for start in range(0, len(order), _AT_ONCE[kind]):
            chosen = [E5_PROMPTS[kind] + texts[i] for i in order[start : start + _AT_ONCE[kind]]]
            fields = self._sentences.preprocess(chosen)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                vectors.append(self._sentences(fields)["sentence_embedding"].float())
        whole = torch.cat(vectors)
        return normalize(torch.empty_like(whole).index_copy(0, torch.tensor(order), whole), dim=1)

    def _ask(self, rows: Sequence[int], rng: random.Random) -> tuple[list[str], Tensor]:
        """Queries of each product, as many in each language, and the row that answers each."""
        texts: list[str] = []
        owners: list[int] = []
        for row in rows:
            product = self._pairs[row]
            own: list[str] = []
            for lang in LANGS:
                asked = [query.text for query in product.queries if query.lang == lang]
                drawn = rng.sample(asked, min(self._recipe.queries // 2, len(asked)))
                own += [
                    _mistyped(text, rng) if rng.random() < self._recipe.typos else text
                    for text in drawn
                ]
            if rng.random() < self._recipe.titles:
                own.append(_part_of_a_title(product, rng))
            texts += own
            owners += [row] * len(own)
        return texts, torch.tensor(owners)


def _info_nce(scores: Tensor, own: Tensor, each_language: float) -> Tensor:
    """The mean loss; `own`: the columns of each query's two passages, shape (queries, 2)."""
    positive = scores.gather(1, own)
    others = scores.scatter(1, own, float("-inf")).logsumexp(dim=1)
    either = positive.logsumexp(dim=1)
    by_either = (torch.logaddexp(others, either) - either).mean()
    by_each = (torch.logaddexp(others[:, None], positive) - positive).mean()
    return (1 - each_language) * by_either + each_language * by_each


def _part_of_a_title(product: Pairs, rng: random.Random) -> str:
    """What a shopper who knows its name may type: the Chinese title, or words of the English."""
    if rng.random() < 0.5:
        return product.zh.title
    words = product.en.title.split()
    length = rng.randint(min(2, len(words)), len(words))
    start = rng.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def _mistyped(text: str, rng: random.Random) -> str:
    """With one letter of a long English word left out, doubled or before its neighbour."""
    places = [
        match.start() + n for match in _WORD.finditer(text) for n in range(1, len(match[0]) - 1)
    ]
    if not places:
        return text
    at = rng.choice(places)
    here, after = text[at], text[at + 1]
    return text[:at] + rng.choice([after, here + here + after, after + here]) + text[at + 2 :]
