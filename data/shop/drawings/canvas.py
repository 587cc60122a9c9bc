"""Shapes, colours and backgrounds that every drawing uses; a drawing is a list of SVG elements.

The canvas is 400 x 400 user units, the ground lies near y = 320, light falls from the upper left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

SIZE = 400
INK = "#22303a"
PAPER = "#fbf8f1"
STEEL = "#b8bfc4"
WOOD = "#b98a58"
GLOW = "#ffd983"

Shapes = list[str]


@dataclass(frozen=True)
class Tones:
    """One colour (#rrggbb) as a flat illustration needs it: lit, plain, shaded."""

    base: str

    @property
    def light(self) -> str:
        return mix(self.base, "#ffffff", 0.24)

    @property
    def pale(self) -> str:
        return mix(self.base, "#ffffff", 0.58)

    @property
    def dark(self) -> str:
        return mix(self.base, "#141c28", 0.22)

    @property
    def deep(self) -> str:
        return mix(self.base, "#141c28", 0.45)

    @property
    def seam(self) -> str:
        """A line that shows on the base: darker than most colours, lighter than near-black."""
        return self.dark if self.bright > 0.32 else mix(self.base, "#ffffff", 0.2)

    @property
    def bright(self) -> float:
        """Perceived brightness from 0 (black) to 1 (white), ITU-R BT.601 weights."""
        red, green, blue = channels(self.base)
        return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


@dataclass(frozen=True)
class Item:
    """What a drawing may know of its product."""

    id: str
    title: str
    colour: str | None

    def tones(self, default: str = "#8a9a5b") -> Tones:
        """The first variant's colour, or the thing's own where variants have no colour."""
        return Tones(self.colour or default)

    def pick(self, choices: tuple[str, ...], salt: str = "") -> str:
        """One of the choices, always the same one for the same product."""
        return choices[crc32(f"{self.id}/{salt}".encode()) % len(choices)]

    def accent(self) -> str:
        """A small detail's colour: pull tabs, stitches, cords."""
        return self.pick(("#e0762f", "#f0c330", "#d9534a", "#f4ead2", "#5fb3b3"), "accent")


Drawing = Callable[..., Shapes]


@dataclass(frozen=True)
class Plan:
    """How one product is drawn: by which function, on which background, with which options."""

    drawing: Drawing
    scene: str
    options: dict[str, object]


PLANS: dict[str, Plan] = {}


def draws(*product_ids: str, scene: str = "studio", **options: object) -> Callable[..., Drawing]:
    """Enter a drawing for products; may be stacked, with other options for other products."""

    def enter(drawing: Drawing) -> Drawing:
        for product_id in product_ids:
            PLANS[product_id] = Plan(drawing, scene, options)
        return drawing

    return enter


def channels(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """The colour with a share (0 to 1) of another in it."""
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def number(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def path(d: str, fill: str, opacity: float = 1) -> str:
    """A filled outline in SVG path syntax."""
    return f'<path d="{d}" fill="{fill}"{_opacity(opacity)}/>'


def stroke(d: str, colour: str, width: float = 4, opacity: float = 1, dash: str = "") -> str:
    """A line with round ends along a path."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{number(width)}" '
        f'stroke-linecap="round" stroke-linejoin="round"{dashes}{_opacity(opacity)}/>'
    )


def rect(
    x: float, y: float, w: float, h: float, fill: str, r: float = 0, opacity: float = 1
) -> str:
    """A rectangle with its upper left corner at (x, y), its corners rounded by r."""
    corner = f' rx="{number(r)}"' if r else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
        f'{corner} fill="{fill}"{_opacity(opacity)}/>'
    )


def oval(cx: float, cy: float, rx: float, ry: float, fill: str, opacity: float = 1) -> str:
    """An ellipse around (cx, cy)."""
    return (
        f'<ellipse cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}" '
        f'fill="{fill}"{_opacity(opacity)}/>'
    )


def disc(cx: float, cy: float, r: float, fill: str, opacity: float = 1) -> str:
    """A filled circle."""
    return (
        f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" '
        f'fill="{fill}"{_opacity(opacity)}/>'
    )


def ring(cx: float, cy: float, r: float, colour: str, width: float = 4) -> str:
    """A circle's outline."""
    return (
        f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" fill="none" '
        f'stroke="{colour}" stroke-width="{number(width)}"/>'
    )


def shade(d: str, opacity: float = 0.14) -> str:
    """A shadow lying on what is below it."""
    return path(d, "#101828", opacity)


def shine(d: str, opacity: float = 0.28) -> str:
    """A highlight lying on what is below it."""
    return path(d, "#ffffff", opacity)


def placed(shapes: Shapes, transform: str) -> str:
    """Shapes moved, turned or scaled together."""
    return f'<g transform="{transform}">{"".join(shapes)}</g>'


def turned(shapes: Shapes, degrees: float, cx: float = 200, cy: float = 200) -> str:
    """Shapes turned clockwise around a point."""
    return placed(shapes, f"rotate({number(degrees)} {number(cx)} {number(cy)})")


def mirrored(shapes: Shapes) -> Shapes:
    """The left half of a symmetric thing, and its mirror image about x = 200."""
    return [*shapes, placed(shapes, f"translate({SIZE} 0) scale(-1 1)")]


def shadow(rx: float, cx: float = 200, cy: float = 322, ry: float = 0) -> str:
    """The soft shadow of a thing that stands on the ground."""
    return oval(cx, cy, rx, ry or max(7, rx / 11), "#101828", 0.16)


def _opacity(value: float) -> str:
    return "" if value == 1 else f' opacity="{value:g}"'
