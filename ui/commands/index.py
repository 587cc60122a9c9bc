"""`shopclerk index`: build, inspect and roll back the product index."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.orders.database import Database
    from agent.settings import Settings
    from retrieval.engine import Store
    from retrieval.inputs.report import ReadReport

as_json = click.option("--json", "json_", is_flag=True, help="Print one JSON object.")

_SHOWN_PROBLEMS = 20


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def index() -> None:
    """Build, inspect and roll back the product index.

    Example: shopclerk index update data/shop/products
    """


@index.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "map_", type=click.Path(path_type=Path), help="YAML: their columns, ours.")
@click.option("--force", is_flag=True, help="Even if over 30 % of the products are gone.")
@click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")
@as_json
def update(
    files: tuple[Path, ...], map_: Path | None, force: bool, dry_run: bool, json_: bool
) -> None:
    """Make FILES (JSONL, CSV, Parquet, or folders of them) the whole catalogue.

    Bad rows are reported and left out; products that are not in FILES are removed. The shop stays
    open: the old version serves until the new one is complete.

    \b
    Examples:
      shopclerk index update data/shop/products
      shopclerk index update products.csv --map mapping.yaml --dry-run
      shopclerk index update products_export.csv --map data/mappings/shopify.yaml
    """
    from agent.clock import system_clock
    from agent.indexing import update_index
    from retrieval.errors import CatalogueError
    from retrieval.inputs.report import ReadReport
    from ui.collecting import seldom_collecting
    from ui.materials import fetched_embedder, read_files
    from ui.progress import stage_bars

    settings = _settings()
    found = ReadReport()
    with seldom_collecting():
        products = list(found.sift(read_files(files, map_)))
    if not json_:
        _tell(found)
    if not products:
        first = "".join(f"; first: {problem}" for problem in (found.bad or found.problems)[:1])
        raise CatalogueError(f"no usable product in {', '.join(map(str, files))}{first}")
    with seldom_collecting(), stage_bars() as progress:
        report = update_index(
            _database(settings),
            _building_store(settings),
            fetched_embedder(settings),
            products,
            clock=system_clock,
            force=force,
            dry_run=dry_run,
            progress=progress,
        )
    verb = "would be" if dry_run else "were"
    _say(
        report.as_dict() | found.as_dict(),
        f"{report.products} products: {report.added} {verb} added, {report.changed} changed, "
        f"{report.removed} removed, {report.unchanged} unchanged; {found.bad_rows} bad rows "
        f"left out; {report.embedded} passages embedded\nversion {report.version or '(new)'}",
        json_,
    )


@index.command()
@as_json
def status(json_: bool) -> None:
    """Show the versions on disk and which one serves.

    Example: shopclerk index status --json
    """
    from retrieval.errors import IndexStoreError

    store = _store(_settings())
    current = store.current()
    versions = []
    for name in store.versions():
        try:
            manifest = store.manifest(name)
        except IndexStoreError as error:
            versions.append({"version": name, "current": name == current, "fault": str(error)})
            continue
        facts = {key: getattr(manifest, key) for key in _STATUS_KEYS}
        versions.append({"version": name, "current": name == current, **facts})
    lines = [_status_line(version) for version in versions]
    _say({"current": current, "versions": versions}, "\n".join(lines), json_)


@index.command()
@as_json
def verify(json_: bool) -> None:
    """Compare every file of every version with its checksum; fails if the current one is damaged.

    Example: shopclerk index verify
    """
    report = _store(_settings()).verify()
    lines = [f"{name}: {fault or 'whole'}" for name, fault in report.items()]
    _say({"ok": not report["current"], "versions": report}, "\n".join(lines), json_)
    if report["current"]:
        sys.exit(1)


@index.command()
@as_json
def rollback(json_: bool) -> None:
    """Go back to the version before the current one, in the index and in the database.

    Example: shopclerk index rollback
    """
    from agent.clock import system_clock
    from agent.indexing import rollback as roll_back

    settings = _settings()
    report = roll_back(_database(settings), _store(settings), clock=system_clock)
    _say(
        report.as_dict(),
        f"back at version {report.version}: {report.products} products "
        f"({report.added} back, {report.changed} changed back, {report.removed} gone again)",
        json_,
    )


@index.command()
@as_json
def rebuild(json_: bool) -> None:
    """Build the index anew from the products in the database, as after damage or a new model.

    Example: shopclerk index rebuild
    """
    from agent.clock import system_clock
    from agent.indexing import rebuild as build_anew
    from ui.materials import fetched_embedder
    from ui.progress import stage_bars

    settings = _settings()
    with stage_bars() as progress:
        built = build_anew(
            _database(settings),
            _building_store(settings),
            fetched_embedder(settings),
            clock=system_clock,
            progress=progress,
        )
    _say(
        {"version": built.version, "products": built.products, "embedded": built.embedded},
        f"rebuilt {built.products} products as version {built.version}",
        json_,
    )


_STATUS_KEYS = ("built_at", "products", "passages", "embedder", "weights_hash")


def _status_line(version: dict[str, Any]) -> str:
    mark = "*" if version["current"] else " "
    if "fault" in version:
        return f"{mark} {version['version']}  damaged: {version['fault']}"
    return (
        f"{mark} {version['version']}  {version['built_at']}  {version['products']} products  "
        f"{version['embedder'] or 'words alone'}"
    )


def _tell(found: "ReadReport") -> None:
    """What was found beside the products, on stderr, the first of it in full."""
    for problem in found.bad[:_SHOWN_PROBLEMS]:
        click.echo(f"bad row: {problem}", err=True)
    if len(found.bad) > _SHOWN_PROBLEMS:
        listed = f"--json lists {len(found.bad):,} of the problems"
        click.echo(f"… {found.bad_rows:,} bad rows in all; {listed}", err=True)
    for reason, count in found.left_out.items():
        click.echo(f"not for sale, left out: {count} ({reason})", err=True)
    notices = [problem for problem in found.problems if problem.kept and not problem.field]
    for problem in notices[:_SHOWN_PROBLEMS]:
        click.echo(f"note: {problem}", err=True)
    if texts := found.notices - len(notices):
        click.echo(f"HTML was removed from {texts} texts", err=True)


def _say(content: dict[str, Any], text: str, json_: bool) -> None:
    click.echo(json.dumps(content, ensure_ascii=False) if json_ else text)


def _settings() -> "Settings":
    from agent.settings import Settings

    return Settings()


def _database(settings: "Settings") -> "Database":
    from agent.orders.database import open_database

    database = open_database(settings)
    database.migrate()
    return database


def _store(settings: "Settings") -> "Store":
    from agent.shop import open_store

    return open_store(settings)


def _building_store(settings: "Settings") -> "Store":
    """The store, with the dictionary that a build translates with."""
    from agent.shop import open_store
    from ui.materials import fetched_dictionary

    fetched_dictionary(settings)
    return open_store(settings)
