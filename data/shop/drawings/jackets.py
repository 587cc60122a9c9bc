"""Jackets, laid flat and seen from the front."""

from drawings.canvas import (
    INK,
    PAPER,
    Item,
    Shapes,
    Tones,
    disc,
    draws,
    mirrored,
    oval,
    path,
    shade,
    shine,
    stroke,
)

TORSO = "M142 98Q200 84 258 98L284 126L278 330Q200 344 122 330L116 126Z"


def sleeve(tones: Tones, length: float = 306, cuff: str = "") -> Shapes:
    """The left sleeve; mirror it for the right one."""
    return [
        path(
            f"M142 98Q108 104 96 142L58 {length - 12}Q72 {length + 4} 100 {length + 4}L132 190Z",
            tones.dark,
        ),
        path(
            f"M60 {length - 22}L104 {length - 10}L100 {length + 6}"
            f"Q72 {length + 6} 56 {length - 8}Z",
            cuff or tones.deep,
        ),
    ]


def hood(tones: Tones, peak: bool = False) -> Shapes:
    """A hood up, its opening dark."""
    return [
        path("M142 108Q130 34 200 32T258 108Q200 128 142 108Z", tones.light),
        path("M160 104Q154 54 200 52T240 104Q200 128 160 104Z", tones.deep),
        path("M160 104Q200 128 240 104L246 122Q200 138 154 122Z", tones.base),
        *([path("M152 58Q200 26 248 58Q200 48 152 58Z", tones.dark)] if peak else []),
    ]


def collar(tones: Tones, height: float = 68) -> Shapes:
    """A stand-up collar."""
    return [
        path(
            f"M152 102L158 {height}Q200 {height - 12} 242 {height}L248 102Q200 122 152 102Z",
            tones.light,
        ),
        path(
            f"M166 {height + 4}Q200 {height - 6} 234 {height + 4}"
            f"Q200 {height + 18} 166 {height + 4}Z",
            tones.deep,
        ),
    ]


def front_zip(item: Item, top: float = 116, foot: float = 334) -> Shapes:
    """The zip and its pull tab."""
    return [
        stroke(f"M200 {top}V{foot}", INK, 5, 0.7),
        stroke(f"M200 {top}V{foot}", item.tones().pale, 2, dash="3 4"),
        stroke(f"M200 {top + 4}V{top + 20}", item.accent(), 7),
    ]


def ground() -> str:
    """A flat-laid thing's soft shadow."""
    return oval(204, 344, 110, 11, "#101828", 0.14)


@draws("jacket-ridgeline", peak=True, pockets="chest")
@draws("jacket-squall-w", peak=False, pockets="hand")
@draws("jacket-foldaway", peak=False, pockets="stow")
@draws("jacket-sparrow", peak=False, pockets="none")
def shell(item: Item, peak: bool, pockets: str) -> Shapes:
    """A hooded shell; rain beads on the waterproof ones, wind plays round the windshirt."""
    tones = item.tones()
    zips = {
        "chest": stroke("M146 160L152 232", tones.seam, 6),
        "hand": stroke("M138 236L128 296", tones.seam, 6),
        "stow": stroke("M136 240L126 296M150 156V196H176V156Z", tones.seam, 5),
        "none": stroke("M150 152H178", tones.seam, 5),
    }[pockets]
    drop = "q-7 -12 0 -20q7 8 0 20Z"
    rain = (
        f"M64 110{drop}M84 66{drop}M324 82{drop}M344 150{drop}M296 48{drop}M164 286{drop}"
        f"M236 220{drop}M248 280{drop}"
    )
    wind = "M36 120H84q16 0 12 -16M24 146H66M330 226H372q16 0 12 18M334 250H360"
    return [
        ground(),
        *mirrored(sleeve(tones)),
        path(TORSO, tones.base),
        shade("M236 92L258 98L284 126L278 330Q262 334 240 336Z", 0.12),
        *(
            mirrored([stroke("M142 98Q150 130 124 150", tones.seam, 4)])
            if peak
            else [
                path(
                    "M117 150Q200 168 283 150L284 126L258 98Q200 84 142 98L116 126Z",
                    tones.light,
                    0.6,
                )
            ]
        ),
        *mirrored([zips]),
        stroke("M124 318Q200 332 276 318", tones.seam, 5),
        *hood(tones, peak),
        *front_zip(item),
        stroke("M180 122L176 156M220 122L224 156", PAPER, 3),
        stroke(wind, "#8fa9b8", 5) if pockets == "none" else path(rain, "#6fa3c4"),
        *(
            [
                path("M324 300Q328 270 352 274T376 300Q380 336 350 336T324 300Z", tones.light),
                stroke("M330 292H370", tones.seam, 4),
            ]
            if pockets == "stow"
            else []
        ),
    ]


def baffles(tones: Tones, top: int, foot: int, step: int) -> str:
    """The sewn lines between down chambers, sagging a little."""
    return stroke(
        "".join(f"M119 {y}Q160 {y + 9} 200 {y}T281 {y}" for y in range(top, foot, step)),
        tones.seam,
        4,
    )


@draws("jacket-coldharbor", hooded=True, step=32)
@draws("jacket-lanternlight-w", hooded=False, step=22)
@draws("jacket-kiln", hooded=False, step=0)
def puffer(item: Item, hooded: bool, step: int) -> Shapes:
    """A down jacket in baffles, or a synthetic one quilted in diamonds."""
    tones = item.tones()
    arm = "".join(
        f"M{116 - (y - 130) * 0.3:.0f} {y - 6}l34 12" for y in range(150, 296, step or 30)
    )
    diamonds = stroke(
        "M120 180L200 250L280 180M120 230L200 300L280 230M122 280L176 326M278 280L224 326"
        "M120 240L200 170L280 240M120 290L200 220L280 290M140 326L200 270L260 326",
        tones.seam,
        3,
    )
    body = (
        "M142 98Q200 84 258 98L286 128Q290 150 284 160Q292 190 284 206Q292 240 282 260"
        "Q290 300 276 330Q200 344 124 330Q110 300 118 260Q108 240 116 206Q108 190 116 160"
        "Q110 150 114 128Z"
    )
    return [
        ground(),
        *mirrored(
            [*sleeve(tones), stroke(arm if step else "", tones.seam, 3)] if step else sleeve(tones)
        ),
        path(body, tones.base),
        shade("M238 92L258 98L286 128L282 260L276 330Q262 334 242 336Z", 0.12),
        baffles(tones, 140, 326, step) if step else diamonds,
        *mirrored([stroke("M134 262L126 306", tones.seam, 6)]),
        *(hood(tones) if hooded else collar(tones)),
        *front_zip(item, 116 if hooded else 88),
        shine("M130 140Q124 200 130 250Q140 200 140 146Z", 0.3),
        *([stroke("M152 78Q200 70 248 78", tones.seam, 3)] if hooded else []),
    ]


@draws("jacket-beidou")
def parka(item: Item) -> Shapes:
    """A long winter parka with a furry hood and big pockets."""
    tones = item.tones()
    fur = "".join(
        f"M{x} {y}l{dx} {dy}"
        for x, y, dx, dy in (
            (150, 112, -12, 6),
            (144, 92, -14, 0),
            (146, 70, -12, -8),
            (160, 50, -8, -12),
            (180, 40, -2, -14),
        )
    )
    half = [
        *sleeve(tones, 292),
        stroke(fur, "#b89a72", 12),
    ]
    snow = [
        disc(x, y, r, "#ffffff")
        for x, y, r in (
            (60, 80, 6),
            (92, 44, 4),
            (338, 92, 6),
            (310, 50, 5),
            (366, 180, 4),
            (36, 190, 5),
        )
    ]
    pocket = [
        path("M132 262H186V312H132Z", tones.light),
        path("M130 256H188V274H130Z", tones.dark),
        path("M146 164H184V198H146Z", tones.light),
    ]
    return [
        ground(),
        *snow,
        *mirrored(half),
        path("M142 98Q200 84 258 98L284 126L288 336Q200 352 112 336L116 126Z", tones.base),
        shade("M236 92L258 98L284 126L288 336Q262 342 240 344Z", 0.14),
        path("M140 106Q128 36 200 34T260 106Q200 132 140 106Z", "#cfb48c"),
        path("M158 102Q152 56 200 54T242 102Q200 126 158 102Z", tones.deep),
        path("M156 104Q200 130 244 104L248 124Q200 142 152 124Z", tones.light),
        *mirrored(pocket),
        stroke("M116 228Q200 242 284 228", tones.seam, 6),
        path("M190 120H212V344H190Z", tones.light),
        stroke("M212 126V342", tones.seam, 4),
        *[disc(200, y, 5, item.accent()) for y in (150, 190, 236, 282, 324)],
    ]


@draws("jacket-talus", hooded=False)
@draws("jacket-qingshi-w", hooded=True)
def softshell(item: Item, hooded: bool) -> Shapes:
    """A close softshell with darker side panels and a chest pocket."""
    tones = item.tones()
    panel = [
        path("M116 126L132 150Q142 240 132 331L122 330Z", tones.deep),
        stroke("M140 244L134 300", item.accent(), 5),
    ]
    return [
        ground(),
        *mirrored([*sleeve(tones), path("M108 196L72 292L88 298L124 204Z", tones.deep, 0.55)]),
        path(
            "M142 98Q200 84 258 98L284 126Q270 220 278 330Q200 344 122 330Q130 220 116 126Z",
            tones.base,
        ),
        path(
            "M117 136Q128 108 142 98Q200 84 258 98Q272 108 283 136Q240 150 200 150T117 136Z",
            tones.light,
            0.65,
        ),
        shade("M238 92L258 98L284 126Q270 220 278 330Q260 335 242 336Z", 0.1),
        *mirrored(panel),
        stroke("M150 168L176 160", INK, 6),
        *(hood(tones) if hooded else collar(tones, 62)),
        *front_zip(item, 116 if hooded else 84),
        stroke("M124 316Q200 330 276 316", tones.seam, 4),
        path("M236 176l10 -16l10 16Z", item.accent()),
    ]


@draws("jacket-gridline", pile=False)
@draws("jacket-haystack-w", pile=True)
def fleece(item: Item, pile: bool) -> Shapes:
    """A gridded half-zip, or a curly high-pile jacket with a smooth pocket."""
    tones = item.tones()
    grid = "".join(
        f"M{x} {112 if 140 < x < 260 else 136}V330" for x in range(130, 280, 14)
    ) + "".join(f"M118 {y}H282" for y in range(132, 330, 14))
    curls = "".join(
        f"M{x} {y}q7 -10 14 0"
        for y in range(134, 328, 19)
        for x in range(126 + y % 2 * 10, 268, 24)
    )
    cuffs = Tones("#7a4f36").base if pile else tones.deep
    edge = "#7a4f36" if pile else tones.deep
    patch = [path("M142 158H186V200H142Z", edge), stroke("M142 166H186", PAPER, 3)]
    return [
        ground(),
        *mirrored(sleeve(tones, 306, cuffs)),
        path(TORSO, tones.base),
        stroke(grid, tones.light, 2, 0.75) if not pile else stroke(curls, tones.seam, 3, 0.7),
        shade("M236 92L258 98L284 126L278 330Q262 334 240 336Z", 0.12),
        *collar(tones, 60),
        *(
            patch
            if pile
            else [
                path("M226 158H258V192H226Z", tones.deep),
                stroke("M226 166H258", item.accent(), 4),
            ]
        ),
        *front_zip(item, 82, 334 if pile else 186),
        stroke("M123 324Q200 338 277 324", edge, 10),
        *mirrored([stroke("M138 246L130 300", edge, 6)]),
    ]


@draws("jacket-xiaoman")
def down_vest(item: Item) -> Shapes:
    """A sleeveless down jacket in wide baffles."""
    tones = item.tones()
    return [
        ground(),
        path(
            "M146 92Q200 80 254 92L270 116Q262 160 284 190Q292 220 284 240Q290 290 278 332"
            "Q200 346 122 332Q110 290 116 240Q108 220 116 190Q138 160 130 116Z",
            tones.base,
        ),
        shade(
            "M236 88L254 92L270 116Q262 160 284 190L284 240Q290 290 278 332Q260 337 240 338Z", 0.14
        ),
        *mirrored([stroke("M130 116Q138 160 116 190", tones.seam, 7)]),
        stroke(
            "M134 148Q166 158 200 148T266 148M118 196Q160 208 200 196T282 196M116 242"
            "Q160 254 200 242T284 242M118 288Q160 300 200 288T282 288",
            tones.seam,
            4,
        ),
        *mirrored([stroke("M138 252L130 302", tones.seam, 6)]),
        *collar(tones, 58),
        stroke("M156 84Q200 72 244 84", tones.seam, 3),
        *front_zip(item, 80),
        shine("M130 204Q124 260 132 316Q140 260 138 208Z", 0.3),
        path("M226 164h26v18h-26Z", item.accent()),
    ]
