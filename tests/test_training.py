"""The chat model's training: what is learnt of a conversation, packs, kills, adapters."""

import json
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest

from agent.errors import TrainingError
from agent.figures import numbers
from agent.normalise import language_of
from agent.profiles import load_profile
from agent.settings import CHECKOUT, Settings
from agent.tools import shopper_tools
from finetune.chat import publishing
from finetune.chat.pairs import Fault, make_pairs
from finetune.chat.preference import train_preference
from finetune.chat.recipe import (
    ChatRecipe,
    Lora,
    PreferenceRecipe,
)
from finetune.chat.tokens import IGNORED, Encoded, Encoder, packs
from finetune.chat.training import _collate, finite_only, packed_loss, train
from finetune.synthesis.rows import Row
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


def test_a_pack_of_short_rows_is_no_larger_than_it_may_be() -> None:
    made = packs(enumerate([Encoded([1] * 3, [1] * 3)] * 100), 1000, 32)
    assert [len(some) for some in made] == [32, 32, 32, 4]


def test_a_step_without_a_finite_gradient_is_left_out() -> None:
    import torch
    from transformers import TrainerState

    said: list[str] = []
    callback, state = finite_only(said.append), TrainerState()
    layer = torch.nn.Linear(2, 2)

    def step(poison: bool) -> bool:
        layer.zero_grad()
        layer(torch.ones(1, 2)).sum().backward()
        if poison:
            layer.bias.grad[0] = float("nan")  # type: ignore[index]
        callback.on_pre_optimizer_step(None, state, None, model=layer)
        return layer.weight.grad is not None

    assert step(poison=False) and not said
    assert not step(poison=True) and "step 1 is left out" in said[0]
    assert step(poison=False)
    with pytest.raises(TrainingError, match="ten steps in a row"):
        for _ in range(10):
            step(poison=True)
    assert len(said) == 10


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


@pytest.mark.integration
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
    assert whole.steps >= 6 and whole.resumed_at == 0
    # Of every fifth step one is logged.
    assert whole.first_loss == whole.last_loss > whole.loss > 0
    with pytest.raises(Killed):
        train(recipe, PROFILE, rows(16), tiny, tmp_path / "killed", say=tell)
    # What a kill in the middle of a save leaves.
    (tmp_path / "killed" / "checkpoint-99").mkdir()
    resumed = train(recipe, PROFILE, rows(16), tiny, tmp_path / "killed", say=tell)
    assert f"going on after step {resumed.resumed_at}" in told and 0 < resumed.resumed_at < 6
    assert ("TensorBoard is not installed" in " ".join(told)) == (not find_spec("tensorboard"))
    expected = load_file(whole.folder / "adapter_model.safetensors")
    for name, found in load_file(resumed.folder / "adapter_model.safetensors").items():
        assert found.equal(expected[name]), name
    with pytest.raises(TrainingError, match="another recipe or of other data"):
        train(recipe, PROFILE, rows(3), tiny, tmp_path / "killed", say=tell)
    _published(whole.folder, recipe, tiny, tmp_path)


@pytest.mark.integration
def test_whole_rows_of_one_step_are_of_about_one_length(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl import SFTTrainer

    lengths: list[list[int]] = []

    def seen(self: Any, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
        lengths.append(inputs["attention_mask"].sum(1).tolist())
        return sum(p.float().sum() for p in model.parameters() if p.requires_grad) * 0.0

    monkeypatch.setattr(SFTTrainer, "compute_loss", seen)
    many = rows(64)
    for number, row in enumerate(many):
        row.messages[0] = {"role": "user", "content": "boots " * (1 + number * 7 % 64 * 10)}
    recipe = ChatRecipe(
        profile=PROFILE.name,
        lora=Lora(rank=2, alpha=4),
        shared_prefix=False,
        batch=4,
        accumulate=1,
        threads=1,
        longest=4096,
    )
    train(recipe, PROFILE, many, tiny, tmp_path / "whole", say=lambda _: None)
    assert sorted(map(len, lengths)) == [4] * 16
    # Of four random rows the shortest and the longest would be about 400 apart, of 640.
    assert sum(max(some) - min(some) for some in lengths) / 16 < 200


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


def kept(count: int) -> list[Row]:
    """Conversations that end in a proposal, in both languages."""
    proposed = {
        "id": "c2",
        "type": "function",
        "function": {"name": "propose_cancellation", "arguments": '{"order_id": "LP-1"}'},
    }
    shown = "Shown to the shopper; nothing is done until they confirm it: cancel LP-1"
    ends = {"en": "Please check the card and confirm.", "zh": "请核对卡片并确认。"}
    found = []
    for number in range(count):
        lang: Any = ("en", "zh")[number % 2]
        messages = [
            *MESSAGES[:4],
            {"role": "user", "content": f"cancel LP-1 {number}"},
            {"role": "assistant", "content": "", "tool_calls": [proposed], "own": "calls"},
            {"role": "tool", "tool_call_id": "c2", "content": shown},
            {"role": "assistant", "content": ends[lang], "own": ends[lang]},
        ]
        found.append(Row(str(number), lang, 1, None, [], [m | {"lang": lang} for m in messages]))
    return found


def test_pairs_hold_one_fault_each_and_of_every_fault_about_as_many() -> None:
    pairs = make_pairs(kept(12), 40, seed=1)
    assert pairs == make_pairs(kept(12), 40, seed=1) != make_pairs(kept(12), 40, seed=2)
    counts = Counter(pair.fault for pair in pairs)
    assert set(counts) == set(get_args(Fault)) and max(counts.values()) <= min(counts.values()) + 1
    for pair in pairs:
        known = " ".join(str(m["content"]) for m in pair.before)
        right, wrong = str(pair.chosen["content"]), str(pair.rejected["content"])
        match pair.fault:
            case "wrong tool":
                names = [
                    m["tool_calls"][0]["function"]["name"] for m in (pair.chosen, pair.rejected)
                ]
                assert names[0] != names[1] and names[1] in {t.name for t in shopper_tools()}
            case "ungrounded figure":
                assert right == "Boot costs 20.00 USD." and numbers(wrong) - numbers(known)
            case "wrong language":
                assert language_of(wrong) != pair.chosen["lang"]
            case "claimed done":
                assert right in ("Please check the card and confirm.", "请核对卡片并确认。")
                assert wrong != right and not re.search("confirm|确认", wrong)


@pytest.mark.soak
def test_preferences_make_the_right_answer_likelier_than_the_wrong_one(
    tiny: Path, tmp_path: Path
) -> None:
    """Minutes on a processor: TRL takes the loss of every position over the whole vocabulary."""
    base = ChatRecipe(profile=PROFILE.name, lora=Lora(rank=2, alpha=4), threads=1)
    first = train(base, PROFILE, rows(4), tiny, tmp_path / "first", say=lambda _: None)
    recipe = PreferenceRecipe(
        profile=PROFILE.name, method="dpo", start="first", pairs=8, threads=1, learning_rate=0.02
    )
    told: list[str] = []
    trained = train_preference(
        recipe, PROFILE, kept(8), tiny, tmp_path / "then", start=first.folder, say=told.append
    )
    assert trained.steps == 2 and told[0].startswith("8 pairs: 2 ")
    before, after = (_margin(tiny, folder) for folder in (first.folder, trained.folder))
    assert after > before


def _margin(checkpoint: Path, adapter: Path) -> float:
    """How much likelier right answers are than wrong ones, in nats a token."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    encoder = Encoder(PROFILE, checkpoint)
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(checkpoint), adapter)
    total = 0.0
    for pair in make_pairs(kept(8), 8, seed=7):
        for sign, message in ((1, pair.chosen), (-1, pair.rejected)):
            prompt, said = encoder.completion(pair.before, message)
            given, whole = (encoder.tokenizer(t)["input_ids"] for t in (prompt, prompt + said))
            labels = [IGNORED] * len(given) + whole[len(given) :]
            with torch.no_grad():
                loss = model(input_ids=torch.tensor([whole]), labels=torch.tensor([labels])).loss
            total -= sign * float(loss)
    return total / 8


@pytest.mark.integration
def test_a_run_goes_on_from_an_adapter(tiny: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    recipe = ChatRecipe(profile=PROFILE.name, lora=Lora(rank=2, alpha=4), threads=1)
    first = train(recipe, PROFILE, rows(4), tiny, tmp_path / "first", say=lambda _: None)
    still = recipe.model_copy(update={"start": "first", "learning_rate": 1e-12})
    then = train(
        still, PROFILE, rows(4), tiny, tmp_path / "then", start=first.folder, say=lambda _: None
    )
    expected = load_file(first.folder / "adapter_model.safetensors")
    for name, found in load_file(then.folder / "adapter_model.safetensors").items():
        assert found.allclose(expected[name], atol=1e-6), name
