"""Draw the sample shop's product pictures: `python data/shop/generate_pictures.py`.

Reads products/*.jsonl beside this file and writes one SVG a product to pictures/ID.svg. The same
products give the same bytes. Every drawing is a function in drawings/; a new product needs its id
in the `@draws(…)` line of the function that shows such a thing.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from html import escape
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import drawings
from drawings.canvas import PLANS, SIZE, Item, Shapes
from drawings.palette import COLOURS
from drawings.scenes import SCENES

SHOP = Path(__file__).resolve().parent


def products(folder: Path) -> Iterator[dict]:
    """Every product of the shop, file by file."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def first_colour(product: dict) -> str | None:
    """The hex value of the first variant's colour; None where variants have no colour."""
    colour = product["variants"][0]["attributes"].get("colour")
    if colour is None:
        return None
    name = colour["en"] if isinstance(colour, dict) else colour
    if name not in COLOURS:
        sys.exit(f"{product['id']}: no such colour: {name}; add it to drawings/palette.py")
    return COLOURS[name]


def picture(product: dict) -> str:
    """One product's SVG document."""
    item = Item(product["id"], product["title"]["en"], first_colour(product))
    if item.id not in PLANS:
        sys.exit(f"{item.id}: no drawing; name it in a @draws(…) line in drawings/")
    plan = PLANS[item.id]
    shapes: Shapes = [*SCENES[plan.scene](item), *plan.drawing(item, **plan.options)]
    title = f"{item.title} · {product['title']['zh']}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">\n'
        f"<title>{escape(title, quote=False)}</title>\n" + "\n".join(shapes) + "\n</svg>\n"
    )


def write_pictures(into: Path) -> int:
    """Write every picture, take away those of products that are gone, and count them."""
    for module in iter_modules(drawings.__path__):
        import_module(f"drawings.{module.name}")  # enters its drawings in PLANS
    into.mkdir(parents=True, exist_ok=True)
    drawn = {f"{p['id']}.svg": picture(p) for p in products(SHOP / "products")}
    for stale in into.glob("*.svg"):
        if stale.name not in drawn:
            stale.unlink()
    for name, text in drawn.items():
        (into / name).write_text(text, encoding="utf-8", newline="\n")
    return len(drawn)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the sample shop's product pictures.")
    parser.add_argument("--into", type=Path, default=SHOP / "pictures", help="folder to write to")
    print(f"{write_pictures(parser.parse_args().into)} pictures")
