"""The preference step: direct preference optimisation (Rafailov et al., 2023) with TRL.

It goes on from an adapter, whose own answers are the reference. What it may change is little: a
step of the usual loss goes with it, so that the right answer stays as likely as it was.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.errors import TrainingError
from agent.profiles import ModelProfile
from finetune.bases import Say, say_on_stderr
from finetune.chat.pairs import make_pairs
from finetune.chat.recipe import PreferenceRecipe
from finetune.chat.tokens import Encoder
from finetune.chat.training import (
    Trained,
    data_hash,
    finite_only,
    need_trl,
    reports,
    run_through,
    shared_arguments,
    with_adapter,
)
from finetune.chat.work import claim
from finetune.synthesis.rows import Row


def train_preference(
    recipe: PreferenceRecipe,
    profile: ModelProfile,
    rows: Sequence[Row],
    checkpoint: Path,
    work: Path,
    *,
    start: Path,
    say: Say = say_on_stderr,
) -> Trained:
    """Train the adapter in `start` on, over `checkpoint`, with pairs made of `rows`.

    A call after a kill goes on from the last checkpoint in `work`. Raises TrainingError.
    """
    need_trl()
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    claim(work, recipe, data_hash(rows))
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    encoder = Encoder(profile, checkpoint)
    texts, faults = _texts(encoder, rows, recipe)
    if not texts:
        raise TrainingError("the conversations give no pair of a right and a wrong answer")
    counts = ", ".join(f"{count} {fault}" for fault, count in faults.most_common())
    say(f"{len(texts)} pairs: {counts}")
    set_seed(recipe.seed)
    model = AutoModelForCausalLM.from_pretrained(
        checkpoint, dtype=torch.bfloat16, local_files_only=True
    )
    trainer = _trainer(recipe, with_adapter(model, start), encoder, texts, work, say)
    lengths = [
        len(encoder.tokenizer(text[part])["input_ids"])
        for text in texts
        for part in ("chosen", "rejected")
    ]

    def save(folder: str) -> None:
        trainer.model.save_pretrained(folder, selected_adapters=["default"])

    return run_through(trainer, save, work, sum(lengths), sum(lengths[::2]), say)


def _texts(
    encoder: Encoder, rows: Sequence[Row], recipe: PreferenceRecipe
) -> tuple[list[dict[str, str]], Counter[str]]:
    """Pairs as TRL takes them, without those that are too long, and how many have which fault."""
    texts: list[dict[str, str]] = []
    faults: Counter[str] = Counter()
    for pair in make_pairs(rows, recipe.pairs, recipe.seed):
        prompt, chosen = encoder.completion(pair.before, pair.chosen)
        _, rejected = encoder.completion(pair.before, pair.rejected)
        size = len(encoder.tokenizer(prompt)["input_ids"])
        size += max(len(encoder.tokenizer(text)["input_ids"]) for text in (chosen, rejected))
        if size <= recipe.longest:
            texts.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
            faults[pair.fault] += 1
    return texts, faults


def _trainer(
    recipe: PreferenceRecipe,
    model: Any,
    encoder: Encoder,
    texts: list[dict[str, str]],
    work: Path,
    say: Say,
) -> Any:
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    # What ends an answer, which TRL would else add another end to.
    tokenizer = encoder.tokenizer
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(encoder.end)
    arguments = DPOConfig(
        beta=recipe.beta,
        loss_type=["sigmoid", "sft"] if recipe.sft else ["sigmoid"],
        loss_weights=[1.0, recipe.sft] if recipe.sft else [1.0],
        per_device_train_batch_size=recipe.batch,
        **shared_arguments(recipe, work),
    )
    return DPOTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(texts),
        processing_class=tokenizer,
        callbacks=[reports(say), finite_only(say)],
    )
