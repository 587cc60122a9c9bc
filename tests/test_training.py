"""The chat model's training: what is learnt of a conversation, packs, kills, adapters."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import TrainingError
from agent.profiles import load_profile
from agent.settings import CHECKOUT, Settings
from finetune.chat import publishing
from finetune.chat.recipe import RECIPES, ChatRecipe, Lora, load_chat_recipe
from finetune.chat.tokens import IGNORED, Encoded, Encoder, packs
from finetune.chat.training import _collate, packed_loss, train
from finetune.synthesis.conversation import Row
from finetune.weights import merge_adapter
from tests.missing import missing

PROFILE = load_profile("qwen2.5-coder-0.5b")
CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "search_products", "arguments": '{"query": "boots"}'},
}
MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "need boots"},
    {"role": "assistant", "content": "", "tool_calls": [CALL], "own": "calls"},
    {"role": "tool", "tool_call_id": "c1", "content": "1 products:\nP1 Boot, 20.00 USD"},
    {"role": "assistant", "content": "Boot costs 20.00 USD.", "own": "Boot costs 20.00 USD."},
    {"role": "user", "content": "I confirm."},
    {"role": "assistant", "content": "Done by code.", "own": ""},
    {"role": "user", "content": "cancel it"},
    {"role": "assistant", "content": "Not possible. Sorry about that.", "own": "Sorry about that."},
]


@pytest.fixture(scope="module")
def tokenizer() -> Path:
    """The prepared model's folder, of which only the tokenizer is read."""
    folder = PROFILE.folder(Settings(_env_file=None, home=CHECKOUT / "data" / "build"))
    if not (folder / "tokenizer.json").is_file():
        missing(f"{folder.name} is not prepared; `make setup` prepares it")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory, tokenizer: Path) -> Path:
    """A Qwen of a few thousand weights beside its embeddings, with the real tokenizer."""
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("tiny")
    AutoTokenizer.from_pretrained(tokenizer, local_files_only=True).save_pretrained(folder)
    config = Qwen2Config(
        vocab_size=151_936,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        tie_word_embeddings=True,
    )
    Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def test_only_what_the_model_says_itself_is_learnt(tokenizer: Path) -> None:
    encoder = Encoder(PROFILE, tokenizer)
    encoded = encoder.encode(MESSAGES)
    learnt = encoder.tokenizer.decode([n for n in encoded.labels if n != IGNORED])
    assert learnt == (
        '<tool_call>\n{"name": "search_products", "arguments": {"query": "boots"}}\n</tool_call>'
        "<|im_end|>Boot costs 20.00 USD.<|im_end|> about that.<|im_end|>"
    )
    text = encoder.tokenizer.decode(encoded.ids)
    assert text.startswith("<|im_start|>user\nneed boots<|im_end|>")
    assert "# Tools" in encoder.tokenizer.decode(encoder.prefix)


def test_packs_hold_rows_of_about_one_length_within_their_budget() -> None:
    rows = [Encoded([1] * size, [1] * size) for size in (5, 90, 40, 7, 38, 6, 41, 300)]
    made = packs(enumerate(rows), 100)
    assert sorted(n for some in made for n in some) == list(range(8))
    assert made[0] == [7]
    for some in made[1:]:
        assert max(len(rows[n].ids) for n in some) * len(some) <= 100


def test_a_pack_gives_the_loss_and_gradient_of_separate_rows() -> None:
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(1)
    config = Qwen2Config(
        vocab_size=97,
        hidden_size=24,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    model = Qwen2ForCausalLM(config)
    prefix = [5, 6, 7, 8, 9]
    rows = [
        Encoded([10, 11, 12, 13], [IGNORED, 11, 12, IGNORED]),
        Encoded([20, 21, 22, 23, 24, 25], [IGNORED, IGNORED, 22, 23, 24, 25]),
    ]
    grads = []
    collate = _collate(prefix)
    pack = {"ids": [r.ids for r in rows], "labels": [r.labels for r in rows]}
    whole = packed_loss(model, collate([pack]), items=6)
    whole.backward()
    grads.append({n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None})
    model.zero_grad()
    for row in rows:
        ids = torch.tensor([[*prefix, *row.ids]])
        labels = torch.tensor([[IGNORED] * len(prefix) + row.labels])
        loss = model(input_ids=ids, labels=labels).loss
        (loss * row.learnt / 6).backward()
    apart = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert grads[0].keys() == apart.keys()
    for name, grad in apart.items():
        assert grad is not None
        torch.testing.assert_close(grads[0][name], grad, atol=1e-5, rtol=1e-4)


def rows(count: int) -> list[Row]:
    """Conversations that differ in a number."""
    return [
        Row(str(n), "en", 1, None, [], [{"role": "user", "content": f"boots {n}"}, *MESSAGES[1:]])
        for n in range(count)
    ]


class Killed(Exception):
    """The run ends here."""


def test_a_run_that_was_killed_goes_on_to_the_same_weights(tiny: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    recipe = ChatRecipe(
        profile=PROFILE.name,
        lora=Lora(rank=2, alpha=4),
        pack_tokens=260,
        accumulate=1,
        save_every=1,
        threads=1,
        learning_rate=0.01,
    )
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if line.startswith("step 5") and "going on" not in " ".join(told):
            raise Killed

    whole = train(recipe, PROFILE, rows(16), tiny, tmp_path / "whole", say=lambda _: None)
    assert whole.steps >= 6
    with pytest.raises(Killed):
        train(recipe, PROFILE, rows(16), tiny, tmp_path / "killed", say=tell)
    resumed = train(recipe, PROFILE, rows(16), tiny, tmp_path / "killed", say=tell)
    assert any(line.startswith("going on after step") for line in told)
    expected = load_file(whole.folder / "adapter_model.safetensors")
    for name, found in load_file(resumed.folder / "adapter_model.safetensors").items():
        assert found.equal(expected[name]), name
    with pytest.raises(TrainingError, match="another recipe or of other data"):
        train(recipe, PROFILE, rows(3), tiny, tmp_path / "killed", say=tell)
    _published(whole.folder, recipe, tiny, tmp_path)


def _published(trained: Path, recipe: ChatRecipe, tiny: Path, tmp_path: Path) -> None:
    """Published in bf16 with a card, and merged it is what PEFT makes of it."""
    import shutil

    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    out = publishing.publish(trained, recipe, PROFILE, tmp_path / "mine", {"figures": {"tool": 1}})
    card = json.loads((out / "card.json").read_text("utf-8"))
    assert card["base"]["identity"] == PROFILE.base.identity
    assert card["recipe"]["lora"] == {"rank": 2, "alpha": 4, "dropout": 0, "targets": "all-linear"}
    assert all(
        t.dtype == torch.bfloat16 for t in load_file(out / "adapter_model.safetensors").values()
    )
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32, local_files_only=True)
    expected = PeftModel.from_pretrained(model, str(out)).merge_and_unload().state_dict()
    merged = tmp_path / "merged"
    shutil.copytree(tiny, merged)
    merge_adapter(out, merged)
    changed = 0
    base = load_file(tiny / "model.safetensors")
    for name, found in load_file(merged / "model.safetensors").items():
        torch.testing.assert_close(found.float(), expected[name].float(), atol=2e-3, rtol=1e-2)
        changed += not found.equal(base[name])
    assert changed == 14


def test_held_out_figures_must_not_fall() -> None:
    publishing.refuse_fall({"tool en": 0.9, "new": 0.1}, {"tool en": 0.9, "old": 1.0})
    with pytest.raises(TrainingError, match=r"tool en from 0\.900 to 0\.890"):
        publishing.refuse_fall({"tool en": 0.89}, {"tool en": 0.9})


def test_what_a_canned_question_says_must_not_be_trained_on(tmp_path: Path) -> None:
    case = {
        "id": "x",
        "lang": "en",
        "turns": [{"say": "the quick brown fox jumps over the lazy dog"}],
    }
    (tmp_path / "cases.jsonl").write_text(json.dumps(case) + "\n")
    said = [{"role": "user", "content": "See: quick brown fox jumps over the lazy dog there"}]
    with pytest.raises(TrainingError, match="in the canned questions"):
        publishing.refuse_overlap([Row("1", "en", 1, None, [], said)], [tmp_path / "cases.jsonl"])


@pytest.mark.parametrize("name", ["cpu", "gpu-4b"])
def test_the_recipes_are_valid(name: str) -> None:
    recipe = load_chat_recipe(RECIPES / f"{name}.yaml")
    assert recipe.lora.rank <= load_profile(recipe.profile).gpu.max_lora_rank
    assert recipe.longest <= load_profile(recipe.profile).context_length


def test_a_faulty_recipe_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("profile: x\nlora: {rank: 0}\n")
    with pytest.raises(TrainingError, match=r"mine\.yaml: lora\.rank"):
        load_chat_recipe(file)
    with pytest.raises(TrainingError, match="cannot be read"):
        load_chat_recipe(tmp_path / "none.yaml")
