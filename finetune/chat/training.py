"""Fine-tunes a chat model on conversations with TRL's SFTTrainer.

Where the recipe says `shared_prefix`, many conversations share one computation of their common
beginning, prompt and tools: a pack is that beginning once, and conversations of about one length
that go on from its keys and values. The gradients are those of separate rows, at a third of the
work. Else rows stay whole and TRL computes its own loss.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agent.errors import TrainingError
from agent.profiles import ModelProfile
from finetune.bases import Say, say_on_stderr
from finetune.chat.recipe import ChatRecipe, Recipe
from finetune.chat.tokens import IGNORED, Encoded, Encoder, packs
from finetune.chat.work import TRAINED, claim
from finetune.resuming import last_checkpoint
from finetune.synthesis.rows import Row


@dataclass(frozen=True)
class Trained:
    """PEFT's or the model's files of a finished run, and its figures.

    `loss` is the mean of the run, `first_loss` and `last_loss` those of its first and last log.
    `seconds` are those after the step `resumed_at`, 0 in a run that nothing killed.
    """

    folder: Path
    steps: int
    tokens: int
    learnt: int
    loss: float
    first_loss: float
    last_loss: float
    seconds: float
    resumed_at: int


def data_hash(rows: Sequence[Row]) -> str:
    """The SHA-256 of all conversations, in their order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row.messages, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def train(
    recipe: ChatRecipe,
    profile: ModelProfile,
    rows: Sequence[Row],
    checkpoint: Path,
    work: Path,
    *,
    start: Path | None = None,
    say: Say = say_on_stderr,
) -> Trained:
    """Train on `checkpoint`, a folder of bf16 weights, in the folder `work`.

    `start` is the folder of the adapter that the recipe's `start` names.

    A call after a kill goes on from the last checkpoint in `work`. Raises TrainingError where that
    holds another run, or where TRL is not installed.
    """
    need_trl()
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    claim(work, recipe, data_hash(rows))
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    encoder = Encoder(profile, checkpoint)
    encoded = [encoder.encode(row.messages) for row in rows]
    usable = [(n, row) for n, row in enumerate(encoded) if len(row.ids) <= recipe.longest]
    if not usable:
        raise TrainingError(f"no conversation has at most {recipe.longest} tokens")
    if len(usable) < len(encoded):
        say(f"{len(encoded) - len(usable)} conversations are longer than {recipe.longest} tokens")
    if recipe.shared_prefix:
        plan = packs(usable, recipe.pack_tokens, recipe.pack_rows)
    else:
        plan = [[number] for number, _ in usable]
    random.Random(recipe.seed).shuffle(plan)
    learnt = sum(row.learnt for _, row in usable)
    tokens = sum(len(row.ids) for _, row in usable)
    say(
        f"{len(usable)} conversations, {tokens:,} tokens, {learnt:,} of them learnt, beside a "
        f"prefix of {len(encoder.prefix)}; {len(plan)} packs an epoch"
    )
    set_seed(recipe.seed)
    model = AutoModelForCausalLM.from_pretrained(
        checkpoint, dtype=torch.bfloat16, local_files_only=True
    )
    if start:
        model = with_adapter(model, start)
    trainer = _trainer(recipe, model, encoder, encoded, plan, work, say)
    return run_through(trainer, trainer.save_model, work, tokens, learnt, say)


def need_trl() -> None:
    """Raises TrainingError where what trains is not installed."""
    if not (find_spec("trl") and find_spec("peft")):
        raise TrainingError("training needs TRL and PEFT: install the extra `train`")


def run_through(
    trainer: Any, save: Callable[[str], None], work: Path, tokens: int, learnt: int, say: Say
) -> Trained:
    """Train from the last whole checkpoint in `work` to the end, and `save` the weights there."""
    if not find_spec("tensorboard"):
        say("TensorBoard is not installed, so it will have no logs to read: install `train`")
    began, checkpoint = time.monotonic(), last_checkpoint(work)
    result = trainer.train(resume_from_checkpoint=checkpoint)
    folder = work / TRAINED
    save(str(folder))
    mean = float(result.training_loss)
    losses = [float(log["loss"]) for log in trainer.state.log_history if "loss" in log] or [mean]
    return Trained(
        folder=folder,
        steps=int(result.global_step),
        tokens=tokens,
        learnt=learnt,
        loss=mean,
        first_loss=losses[0],
        last_loss=losses[-1],
        seconds=time.monotonic() - began,
        resumed_at=int(checkpoint.rpartition("-")[2]) if checkpoint else 0,
    )


def with_adapter(model: Any, adapter: Path) -> Any:
    """The model with an adapter that is to be trained on."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter), is_trainable=True)


def shared_arguments(recipe: Recipe, work: Path) -> dict[str, Any]:
    """What TRL's trainers are told alike."""
    import torch

    return {
        "output_dir": str(work),
        "num_train_epochs": recipe.epochs,
        "gradient_accumulation_steps": recipe.accumulate,
        "learning_rate": recipe.learning_rate,
        "warmup_steps": recipe.warmup,
        "lr_scheduler_type": recipe.schedule,
        "logging_steps": 5,
        "save_steps": recipe.save_every,
        "save_total_limit": 2,
        "seed": recipe.seed,
        "bf16": True,
        "use_cpu": not torch.cuda.is_available(),
        "gradient_checkpointing": recipe.gradient_checkpointing,
        "disable_tqdm": True,
        "max_length": None,
        "report_to": "tensorboard" if find_spec("tensorboard") else "none",
    }


def _trainer(
    recipe: ChatRecipe,
    model: Any,
    encoder: Encoder,
    encoded: Sequence[Encoded],
    plan: list[list[int]],
    work: Path,
    say: Say,
) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    rows = [
        {"ids": [encoded[n].ids for n in some], "labels": [encoded[n].labels for n in some]}
        if recipe.shared_prefix
        else _whole(encoder.prefix, encoded[some[0]])
        for some in plan
    ]

    class Packed(SFTTrainer):  # type: ignore[misc]
        """Takes the loss of the learnt positions alone: of a pack most are not.

        TRL's fused loss computes every position; on a processor that is most of the time.
        """

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            if not recipe.shared_prefix:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            return packed_loss(model, inputs, num_items_in_batch)

    arguments = SFTConfig(
        per_device_train_batch_size=1 if recipe.shared_prefix else recipe.batch,
        # Packs are of one length already.
        train_sampling_strategy="random" if recipe.shared_prefix else "group_by_length",
        weight_decay=recipe.weight_decay,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        **shared_arguments(recipe, work),
    )
    lora = recipe.lora
    return Packed(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        data_collator=_collate(encoder.prefix) if recipe.shared_prefix else None,
        processing_class=encoder.tokenizer,
        peft_config=LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
            bias="none",
            task_type="CAUSAL_LM",
        )
        if recipe.method == "lora" and not recipe.start
        else None,
        callbacks=[reports(say), finite_only(say)],
    )


def _whole(prefix: Sequence[int], row: Encoded) -> dict[str, list[int]]:
    """One conversation with its beginning, as TRL takes it."""
    return {
        "input_ids": [*prefix, *row.ids],
        "labels": [IGNORED] * len(prefix) + row.labels,
    }


def _collate(prefix: Sequence[int]) -> Any:
    """A collator of packs: the prefix, and conversations of shape (rows, longest), padded at the
    end; `attention_mask` is of prefix and conversation together.
    """
    import torch

    def collate(packs: list[dict[str, Any]]) -> dict[str, Any]:
        (pack,) = packs
        longest = max(map(len, pack["ids"]))

        def padded(rows: list[list[int]], value: int) -> Any:
            return torch.tensor([row + [value] * (longest - len(row)) for row in rows])

        return {
            "prefix": torch.tensor([list(prefix)]),
            "input_ids": padded(pack["ids"], 0),
            "labels": padded(pack["labels"], IGNORED),
            "attention_mask": torch.tensor(
                [[1] * (len(prefix) + len(row)) + [0] * (longest - len(row)) for row in pack["ids"]]
            ),
        }

    return collate


def packed_loss(model: Any, inputs: dict[str, Any], items: Any = None) -> Any:
    """The mean cross entropy over what is learnt: of `items` tokens, or of this pack's.

    The prefix is computed once; its keys and values, and through them its gradient, serve every
    conversation of the pack.
    """
    import torch

    labels = inputs["labels"]
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    cache = inner.model(input_ids=inputs["prefix"], use_cache=True).past_key_values
    cache.batch_repeat_interleave(len(labels))
    hidden = inner.model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    # A token is learnt from the one before it. A conversation's first token never is: what the
    # shopper says first is not the model's.
    wanted = labels[:, 1:] != IGNORED
    logits = inner.lm_head(hidden[:, :-1][wanted]).float()
    loss = torch.nn.functional.cross_entropy(logits, labels[:, 1:][wanted], reduction="sum")
    return loss / (items if items is not None else wanted.sum())


def reports(say: Say) -> Any:
    """A callback of transformers' Trainer that says how far the run is."""
    from transformers import TrainerCallback

    class Reports(TrainerCallback):  # type: ignore[misc]
        """One line a log, with an estimate of what is left."""

        began = 0.0
        first = 0

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.began, self.first = time.monotonic(), state.global_step
            if state.global_step:
                say(f"going on after step {state.global_step}")

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                done = max(state.global_step - self.first, 1)
                each = (time.monotonic() - self.began) / done
                left = each * (state.max_steps - state.global_step) / 60
                say(
                    f"step {state.global_step} of {state.max_steps}: loss "
                    f"{float(logs['loss']):.3f}, {each:.1f} s a step, {left:.0f} minutes left"
                )

    return Reports()


def finite_only(say: Say) -> Any:
    """A callback of transformers' Trainer that leaves out a step whose gradient is not finite.

    One such step would make every weight NaN. Ten in a row are no accident: TrainingError.
    """
    import torch
    from transformers import TrainerCallback

    class FiniteOnly(TrainerCallback):  # type: ignore[misc]
        """Between the clipping of the gradients, which spreads a NaN to all, and their use."""

        in_a_row = 0

        def on_pre_optimizer_step(
            self, args: Any, state: Any, control: Any, model: Any = None, **_: Any
        ) -> None:
            learnt = [p for p in model.parameters() if p.grad is not None]
            if torch.nn.utils.get_total_norm([p.grad for p in learnt]).isfinite():
                self.in_a_row = 0
                return
            self.in_a_row += 1
            if self.in_a_row == 10:
                raise TrainingError("ten steps in a row have no finite gradient: lower the rate")
            say(f"step {state.global_step + 1} is left out: its gradient is not finite")
            for parameter in learnt:
                parameter.grad = None

    return FiniteOnly()
