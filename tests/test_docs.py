"""What the documents say exists: commands, options, make targets, settings, files."""

import re
import shlex
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue

from agent.settings import CHECKOUT, Settings
from agent.shop import embedder_folder
from retrieval import embedders
from retrieval.catalogue import Product, read_catalogue
from retrieval.inputs.mapping import load_mapping
from retrieval.store import IndexStore
from ui.cli import COMMANDS, cli

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
NOT_TEXT = {".png", ".gz", ".parquet", ".ico", ".woff2", ".safetensors"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|tmp/w)/\w")
REGISTRY = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "index" + "-url")))


def read(name: str) -> str:
    """A document of the checkout."""
    return (CHECKOUT / name).read_text("utf-8")


def fenced(text: str, language: str) -> list[str]:
    """The contents of the code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def shell_lines(name: str) -> list[list[str]]:
    """The words of every shell command of a document; a backslash joins lines."""
    blocks = "".join(fenced(read(name), "sh")).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in blocks.splitlines() if line.strip()]


def calls(name: str) -> list[list[str]]:
    """The arguments of every shopclerk command of a document, in blocks and in the running text."""
    lines = [words[1:] for words in shell_lines(name) if words[0].endswith("/shopclerk")]
    inline = re.findall(
        r"`shopclerk ([a-z][^`]*)`", re.sub(r"```.*?```", "", read(name), flags=re.DOTALL)
    )
    return lines + [shlex.split(call) for call in inline]


def resolve(arguments: list[str]) -> click.Command:
    """The command that the arguments name, or an assertion."""
    command: click.Command = cli
    rest = list(arguments)
    while isinstance(command, click.Group):
        context = click.Context(command)
        if not rest:
            return command
        found = command.get_command(context, rest.pop(0))
        assert found is not None, f"shopclerk {shlex.join(arguments)}"
        command = found
    options = {option for param in command.params for option in param.opts} | {"--help"}
    assert {word for word in rest if word.startswith("--")} <= options, arguments
    return command


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_exists(name: str) -> None:
    found = calls(name)
    assert found
    for arguments in found:
        resolve(arguments)


def test_the_check_of_commands_can_fail() -> None:
    for wrong in (["grow"], ["index", "melt"], ["ask", "x", "--loudly"]):
        with pytest.raises(AssertionError):
            resolve(wrong)


def test_every_command_is_in_the_readme() -> None:
    table = re.findall(r"^\| (`shopclerk .*?) \|", read("README.md"), re.MULTILINE)
    named = [
        call.removeprefix("shopclerk ").split() for call in re.findall(r"`(.+?)`", "".join(table))
    ]
    assert {call[0] for call in named} == set(COMMANDS)
    for name in COMMANDS:
        command = resolve([name])
        below = set(command.commands) if isinstance(command, click.Group) else set()
        assert {call[1] for call in named if call[0] == name and len(call) > 1} == below, name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {word for words in shell_lines(name) if words[0] == "make" for word in words[1:]}
    named |= set(re.findall(r"`make ([a-z]+)`", read(name)))
    assert {"test", "setup"} <= named
    assert named <= targets


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md"])
def test_what_is_linked_or_named_is_there(name: str) -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", read(name)))
    links = {link for link in links if "://" not in link}
    links |= set(re.findall(r"`((?:agent|retrieval|finetune|ui|data|tests)/[\w./-]+)`", read(name)))
    assert [link for link in sorted(links) if not (CHECKOUT / link).exists()] == []


def shown(value: Any) -> str:
    """A default as the documents write it; paths count from the checkout."""
    if value is None:
        return ""
    if isinstance(value, Path):
        return value.relative_to(CHECKOUT).as_posix()
    value = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return f"{value:g}" if isinstance(value, float) else str(value)


def defaults() -> dict[str, str]:
    """Every setting's variable and its default."""
    fields = Settings.model_fields.items()
    return {
        f"SHOPCLERK_{name.upper()}": shown(field.get_default(call_default_factory=True))
        for name, field in fields
    }


def test_env_example_names_exactly_the_settings() -> None:
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE)
    assert dict(lines) == defaults()
    assert len(lines) == len(defaults())


def test_the_readme_has_every_setting() -> None:
    rows = re.findall(
        r"^\| `(SHOPCLERK_\w+)` \| (.*?) \| (.*) \|$", read("README.md"), re.MULTILINE
    )
    assert {name: default.strip("` ") for name, default, _ in rows} == defaults()
    described = [field.description for field in Settings.model_fields.values()]
    assert [text for _, _, text in rows] == described


def test_the_readme_catalogue_is_read_as_it_says(tmp_path: Path) -> None:
    rows, mapping = fenced(read("README.md"), "csv")[0], fenced(read("README.md"), "yaml")[0]
    (tmp_path / "products.csv").write_text(rows, "utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    found = list(
        read_catalogue([tmp_path / "products.csv"], load_mapping(tmp_path / "mapping.yaml"))
    )
    products = [product for product in found if isinstance(product, Product)]
    assert products == found
    assert [(p.id, p.price, p.currency, p.stock, p.brand) for p in products] == [
        ("T-1", Decimal("189.00"), "USD", 12, "Northfold"),
        ("T-2", Decimal("329.00"), "USD", 0, "Northfold"),
    ]


def test_the_readme_runs_from_langchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, home=Path("data/build"))
    made = {embedder_folder(settings): HashEmbedder()}
    monkeypatch.setattr(embedders, "load_embedder", made.__getitem__)
    store = IndexStore(settings.index_dir)
    with store.writing():
        built = store.build(small_catalogue(), HashEmbedder(), built_at="")
        store.switch(built.version)
    (block,) = fenced(read("README.md"), "python")
    assert len(block.splitlines()) <= 15
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert [document.id for document, _ in names["by_meaning"]] == ["p-001"]
    assert [document.id for document in names["by_meaning_and_words"]] == ["p-001"]


def test_the_mappings_that_the_readme_names_are_read() -> None:
    words = [words for words in shell_lines("README.md") if "--map" in words]
    named = {line[line.index("--map") + 1] for line in words} - {"mapping.yaml"}
    assert named == {"data/mappings/shopify.yaml", "data/mappings/woocommerce.yaml"}
    for name in named:
        assert load_mapping(CHECKOUT / name).group is not None


def test_the_changelog_has_unreleased() -> None:
    assert re.search(r"^## \[Unreleased\]$", read("CHANGELOG.md"), re.MULTILINE)


def test_pictures_are_small() -> None:
    pictures = sorted((CHECKOUT / "docs").glob("*.png"))
    assert [picture.name for picture in pictures] == ["chat-zh.png", "chat.png"]
    assert max(picture.stat().st_size for picture in pictures) < 250_000


def test_no_path_of_a_machine_and_no_registry_is_tracked() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = CHECKOUT / name
        if path.suffix in NOT_TEXT or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if MACHINE_PATH.search(line) or REGISTRY.search(line):
                found.append(f"{name}:{number}")
    assert found == []
