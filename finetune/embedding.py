"""Teaches the embedding model what shoppers mean: a LoRA adapter for queries and passages alike.

    shopclerk finetune embedding

transformers' Trainer runs it, PEFT holds the adapter, `contrast` is the objective. Every step's
batch follows from the recipe's seed, so that a run that was killed goes on with the batch after its
last checkpoint.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agent.errors import TrainingError
from finetune.bases import Say, say_on_stderr
from finetune.contrast import Contrast
from finetune.pairs import LANGS, Pairs, batches, data_hash
from finetune.recipe import Recipe
from finetune.resuming import last_checkpoint
from retrieval.embedders import MAX_TOKENS, load_embedder

_RUN, _MEMORY = "run.json", "memory.safetensors"


@dataclass(frozen=True)
class Trained:
    """PEFT's files of a finished run, and its figures."""

    adapter: Path
    steps: int
    before: dict[str, float]
    after: dict[str, float]


def train(
    recipe: Recipe,
    pairs: Sequence[Pairs],
    base: Path,
    work: Path,
    *,
    threads: int = 1,
    say: Say = say_on_stderr,
) -> Trained:
    """Train on `base`, a checkpoint folder, in the folder `work`.

    A call after a kill goes on from the last checkpoint in `work`. Raises TrainingError where that
    holds a run of another recipe or of other data, or where PEFT is not installed.
    """
    if not find_spec("peft"):
        raise TrainingError("training needs PEFT: run `make setup`, or install the extra `train`")
    import torch

    _claim(work, recipe, pairs)
    torch.set_num_threads(threads)
    texts = [text for product in pairs for text in product.passages]
    at_base = load_embedder(base, threads=threads).encode_passages(texts)
    sentences = _load(base)
    contrast = Contrast(sentences, pairs, recipe, torch.from_numpy(at_base))
    taught = [row for row, product in enumerate(pairs) if not product.is_held_out]
    plan = batches(
        taught, at_base[::2], size=recipe.products, epochs=recipe.epochs, seed=recipe.seed
    )
    say(f"{len(taught)} of {len(pairs)} products to learn from, {len(plan)} steps")
    before = _held_out(contrast, pairs)
    say(f"held out, before: {before}")
    torch.manual_seed(recipe.seed)
    adapted = _adapted(sentences, recipe)
    trainer = _trainer(adapted, contrast, plan, recipe, work, say)
    trainer.train(resume_from_checkpoint=last_checkpoint(work))
    _keep(adapted, recipe.keep)
    contrast.refresh()
    after = _held_out(contrast, pairs)
    say(f"held out, after: {after}")
    adapted.save_pretrained(work / "adapter")
    return Trained(work / "adapter", len(plan), before, after)


def _claim(work: Path, recipe: Recipe, pairs: Sequence[Pairs]) -> None:
    """Mark `work` as this run's. Raises TrainingError where another one's lies there."""
    run = {"recipe": recipe.model_dump(mode="json"), "data": data_hash(pairs)}
    mark = work / _RUN
    if mark.is_file() and json.loads(mark.read_text("utf-8")) != run:
        raise TrainingError(f"{work} holds a run of another recipe or of other data; remove it")
    work.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(run, indent=1), "utf-8")


def _load(base: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    # Without dropout, and with attention written out, a step takes half the time on a processor:
    # few passes over the data and the anchor leave little to overfit.
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    sentences = SentenceTransformer(
        str(base),
        device="cpu",
        local_files_only=True,
        config_kwargs=still,
        model_kwargs={"attn_implementation": "eager"},
    )
    sentences.max_seq_length = MAX_TOKENS
    return sentences


def _adapted(sentences: Any, recipe: Recipe) -> Any:
    """The encoder with LoRA in its linear layers, which `sentences` computes with as well."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules=list(recipe.targets),
        # Some loaders add a layer that no vector passes through.
        exclude_modules=r".*pooler.*",
        bias="none",
    )
    return get_peft_model(sentences[0].auto_model, config)


def _keep(adapted: Any, share: float) -> None:
    """Compute with a share of what was learnt, as the published adapter does."""
    from peft.tuners.lora import LoraLayer

    for module in adapted.modules():
        if isinstance(module, LoraLayer):
            module.scale_layer(share)


def _trainer(
    adapted: Any,
    contrast: Contrast,
    plan: list[list[int]],
    recipe: Recipe,
    work: Path,
    say: Say,
) -> Any:
    from torch.utils.data import SequentialSampler
    from transformers import Trainer, TrainerCallback, TrainingArguments

    class Planned(Trainer):  # type: ignore[misc]
        """Takes the batches in the plan's order."""

        def _get_train_sampler(self, *_: Any) -> Any:
            return SequentialSampler(plan)

        def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
            return contrast.loss(inputs["rows"], inputs["step"])

    class Reports(TrainerCallback):  # type: ignore[misc]
        """One line a log; beside each checkpoint what the objective remembers."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step:
                say(f"going on after step {state.global_step}")
                contrast.load(work / f"checkpoint-{state.global_step}" / _MEMORY)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            contrast.save(work / f"checkpoint-{state.global_step}" / _MEMORY)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                say(f"step {state.global_step} of {len(plan)}: loss {float(logs['loss']):.3f}")

    arguments = TrainingArguments(
        output_dir=str(work),
        max_steps=len(plan),
        per_device_train_batch_size=1,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        warmup_steps=max(1, len(plan) // 20),
        lr_scheduler_type="linear",
        logging_steps=5,
        save_steps=recipe.save_every,
        save_total_limit=2,
        seed=recipe.seed,
        remove_unused_columns=False,
        disable_tqdm=True,
        use_cpu=True,
        report_to="tensorboard" if find_spec("tensorboard") else "none",
    )
    return Planned(
        model=adapted,
        args=arguments,
        train_dataset=[{"rows": rows, "step": step} for step, rows in enumerate(plan)],
        data_collator=lambda items: items[0],
        callbacks=[Reports()],
    )


def _held_out(contrast: Contrast, pairs: Sequence[Pairs]) -> dict[str, float]:
    """The mean reciprocal rank of the product that a held-out query asks for, by language."""
    found = {}
    for lang in LANGS:
        asked = [
            (query.text, row)
            for row, product in enumerate(pairs)
            if product.is_held_out
            for query in product.queries
            if query.lang == lang
        ]
        if asked:
            ranks = contrast.ranks([text for text, _ in asked], [row for _, row in asked])
            found[lang] = round(float((1 / ranks).mean()), 3)
    return found
