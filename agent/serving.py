"""The vLLM command for CPU or GPU, built in one place, and the questions one asks its server.

`agent.supervisor` runs it.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from agent.profiles import TEMPLATE, Device, ModelProfile
from agent.server_state import read_state
from agent.settings import Settings

HOST = "127.0.0.1"
_TCMALLOC = (
    "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4",
    "/usr/lib/aarch64-linux-gnu/libtcmalloc_minimal.so.4",
)


def serving_command(profile: ModelProfile, settings: Settings, device: Device) -> list[str]:
    """The command that serves a prepared profile on 127.0.0.1, in vLLM's own environment."""
    folder = profile.folder(settings)
    how = profile.cpu if device == "cpu" else profile.gpu
    command = [*_program(settings, device, folder), "--served-model-name", profile.name]
    command += ["--host", HOST, "--port", str(settings.model_port)]
    command += ["--dtype", how.dtype, "--max-model-len", str(profile.context_length)]
    command += ["--max-num-seqs", str(how.max_num_seqs), "--enable-prefix-caching"]
    command += ["--chat-template", str(folder / TEMPLATE)]
    command += ["--enable-auto-tool-choice", "--tool-call-parser", profile.tool_parser]
    if profile.strict_tools:
        # Malformed or schema-breaking arguments cannot be sampled, whatever the client asks for.
        command += ["--tool-strict-level", "parameter"]
    if profile.guessed_tokens:
        command += ["--speculative-config", json.dumps(_guessing(profile.guessed_tokens))]
    command += ["--disable-uvicorn-access-log"]
    return command + (_cpu_options(profile) if device == "cpu" else _gpu_options(profile))


def _guessing(tokens: int) -> dict[str, Any]:
    """vLLM's guesses by the n-grams of the prompt, of two to four tokens."""
    return {
        "method": "ngram",
        "num_speculative_tokens": tokens,
        "prompt_lookup_min": 2,
        "prompt_lookup_max": 4,
    }


def _program(settings: Settings, device: Device, folder: Path) -> list[str]:
    if device == "gpu":
        return [str(settings.vllm_python.parent / "vllm"), "serve", str(folder)]
    # The CPU build's own `vllm` command fails: it looks for the metadata of a package "vllm".
    module = "vllm.entrypoints.openai.api_server"
    return [str(settings.vllm_python), "-m", module, "--model", str(folder)]


def _cpu_options(profile: ModelProfile) -> list[str]:
    return ["--enforce-eager"] if profile.cpu.enforce_eager else []


def _gpu_options(profile: ModelProfile) -> list[str]:
    options = ["--gpu-memory-utilization", str(profile.gpu.gpu_memory_utilization)]
    options += ["--tensor-parallel-size", str(profile.gpu.tensor_parallel_size)]
    if profile.tuned and not profile.merged:
        options += ["--enable-lora", "--max-lora-rank", str(profile.gpu.max_lora_rank)]
        options += ["--lora-modules", f"{profile.tuned.name}={profile.tuned.folder}"]
    return options


def serving_environment(
    profile: ModelProfile, settings: Settings, device: Device, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the model server: no telemetry, no network, caches under home."""
    ours = {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_CACHE_ROOT": str(settings.home / "cache" / "vllm"),
        "TORCHINDUCTOR_CACHE_DIR": str(settings.home / "cache" / "inductor"),
    }
    if device == "cpu":
        ours["VLLM_CPU_KVCACHE_SPACE"] = str(profile.cpu.kv_cache_gib)
        ours["VLLM_CPU_OMP_THREADS_BIND"] = profile.cpu.omp_threads_bind
        ours["VLLM_CPU_NUM_OF_RESERVED_CPU"] = str(profile.cpu.reserved_cores)
        preload = [inherited.get("LD_PRELOAD", ""), *_faster_libraries(settings)]
        ours["LD_PRELOAD"] = ":".join(filter(None, preload))
    # Thread counts and paths that were meant for this process do not suit that one.
    foreign = ("SHOPCLERK_", "PYTHON", "OMP_", "VIRTUAL_ENV")
    return {k: v for k, v in inherited.items() if not k.startswith(foreign)} | ours


def _faster_libraries(settings: Settings) -> list[str]:
    """The allocator and the OpenMP runtime that vLLM recommends on CPU, where they are there."""
    openmp = settings.vllm_python.parent.parent / "lib" / "libiomp5.so"
    wanted = [next((lib for lib in _TCMALLOC if Path(lib).exists()), ""), str(openmp)]
    return [library for library in wanted if Path(library).is_file()]


@dataclass(frozen=True)
class WarmUp:
    """What every conversation begins with; sent once so that its prefix is cached."""

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(default_factory=list)
    template_arguments: dict[str, Any] = field(default_factory=dict)


def own_url(settings: Settings) -> str:
    """The base URL of our own model server, without /v1."""
    return f"http://{HOST}:{settings.model_port}"


@cache
def _client() -> httpx.Client:
    """One for all questions: to make one reads every certificate authority, for 50 ms."""
    return httpx.Client()


def is_serving(profile: ModelProfile, settings: Settings, timeout: float = 2.0) -> bool:
    """Whether a healthy server that a supervisor of ours started with exactly these weights and
    this adapter answers on our port.
    """
    report = read_state(settings)
    return bool(report and report.serves(profile)) and answers(profile, settings, timeout)


def answers(profile: ModelProfile, settings: Settings, timeout: float = 2.0) -> bool:
    """Whether a healthy server of the profile's folder answers on our port, whatever it loaded."""
    try:
        client, url = _client(), own_url(settings)
        models = client.get(f"{url}/v1/models", timeout=timeout).json()["data"]
        healthy = client.get(f"{url}/health", timeout=timeout).status_code == 200
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
    folder = str(profile.folder(settings))
    return healthy and any(m.get("id") == profile.name and m.get("root") == folder for m in models)


def port_is_taken(port: int) -> bool:
    """Whether something listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def warm_up(profile: ModelProfile, url: str, prefix: WarmUp, timeout: float = 120.0) -> None:
    """Send the common prefix once, each way of choosing a tool, so its cache and grammars exist."""
    body: dict[str, Any] = {"model": profile.name, "max_tokens": 1, "temperature": 0.0}
    body["messages"] = [*prefix.messages, {"role": "user", "content": "."}]
    body["chat_template_kwargs"] = prefix.template_arguments
    choices = [{"tools": prefix.tools, "tool_choice": c} for c in ("auto", "required")]
    for extra in choices if prefix.tools else [{}]:
        _client().post(
            f"{url}/v1/chat/completions", json=body | extra, timeout=timeout
        ).raise_for_status()
