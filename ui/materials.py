"""What building an index takes: products of files, the embedding model, the dictionary."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.settings import Settings
    from retrieval.catalogue import Item
    from retrieval.embedders import SentenceEmbedder


def read_files(files: Sequence[Path], map_: Path | None) -> "Iterator[Item]":
    """The rows of catalogue files, by a mapping where one is named. Raises CatalogueError."""
    from agent.clock import system_clock
    from retrieval.catalogue import read_catalogue
    from retrieval.inputs.mapping import load_mapping

    mapping = load_mapping(map_, today=system_clock().date()) if map_ else None
    return read_catalogue(files, mapping)


def fetched_dictionary(settings: "Settings") -> Path | None:
    """The dictionary that a build translates with, fetched if need be; None, and said, if not."""
    from retrieval.dictionary import FILE, NAME, prepare_dictionary
    from retrieval.errors import WeightsError

    folder = settings.models_dir / NAME
    if not (folder / FILE).is_file():
        click.echo("fetching the Chinese-English dictionary", err=True)
    try:
        return prepare_dictionary(folder)
    except WeightsError as error:
        click.echo(f"queries will not be translated: {error}", err=True)
        return None


def fetched_embedder(settings: "Settings") -> "SentenceEmbedder":
    """The embedding model, fetched if need be. Raises WeightsError."""
    from agent.shop import embedder_folder, fetched_embedder_folder
    from retrieval.embedders import load_embedder

    if settings.embedder_dir is None and not embedder_folder(settings).is_dir():
        click.echo("fetching the embedding model", err=True)
    return load_embedder(fetched_embedder_folder(settings))
