"""Product pictures: the shop's own SVG files, and a placeholder drawn here where there is none."""

import re
import zlib
from pathlib import Path

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
# Calm pairs of (ground, hill) for placeholders; the id decides, so a product keeps its colours.
_TINTS = (
    ("#e6ece3", "#a9bfa8"),
    ("#f3e9d6", "#d8b67c"),
    ("#e4eaec", "#9fb4ba"),
    ("#efe6e0", "#c9a691"),
)


def picture_svg(folder: Path, product_id: str) -> bytes:
    """The SVG of a product. An id that cannot name a file there gets a placeholder too."""
    if _ID.fullmatch(product_id) and ".." not in product_id:
        file = folder / f"{product_id}.svg"
        if file.is_file() and file.resolve().parent == folder.resolve():
            return file.read_bytes()
    return placeholder(product_id)


def placeholder(product_id: str) -> bytes:
    """A hill, a pine and a lamp in the colours of the id. Nothing of the id is written into it."""
    ground, hill = _TINTS[zlib.crc32(product_id.encode("utf-8", "replace")) % len(_TINTS)]
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" role="img">
<rect width="320" height="240" fill="{ground}"/>
<circle cx="226" cy="78" r="26" fill="#f2c063" opacity=".75"/>
<path d="M0 196 Q80 136 168 178 T320 160 V240 H0Z" fill="{hill}"/>
<path d="M104 64 L140 122 H124 L150 164 H116 V186 H92 V164 H58 L84 122 H68Z" fill="#2f5743"/>
</svg>""".encode()
