"""Boots, shoes, sandals and what goes into them; shoes point to the right."""

from drawings.canvas import (
    PAPER,
    STEEL,
    Item,
    Shapes,
    Tones,
    disc,
    draws,
    mirrored,
    oval,
    path,
    placed,
    rect,
    shade,
    shadow,
    shine,
    stroke,
    turned,
)

RUBBER = "#2f3338"


def lugs(left: int, right: int, y: float, deep: float) -> str:
    """The teeth of an outsole between two x."""
    return "".join(f"M{x} {y}v{deep}h14v-{deep}Z" for x in range(left, right - 10, 22))


def laces(points: tuple[tuple[float, float], ...], colour: str) -> Shapes:
    """Short lace bars with a hook at each end."""
    bars = "".join(f"M{x} {y}l26 10" for x, y in points)
    return [stroke(bars, colour, 5), *[disc(x, y, 4, STEEL) for x, y in points]]


@draws("shoe-granite-mid", cuff=128, rand=False)
@draws("shoe-fernpath-mid-w", cuff=140, rand=False)
@draws("shoe-bastion", cuff=92, rand=True)
def boot(item: Item, cuff: float, rand: bool) -> Shapes:
    """A lace-up boot; the heavy one is taller and has a rubber rand and a welt."""
    tones = item.tones()
    rows = 4 if rand else 3
    points = tuple(
        (180 + i * 15, cuff + 34 + i * 31) for i in range(rows + (1 if cuff < 110 else 0))
    )
    toe = (
        path("M270 250Q336 248 348 290H76V270Q170 280 270 250Z", "#3b4046")
        if rand
        else path("M292 244Q344 250 350 290H280Q276 262 292 244Z", tones.dark)
    )
    return [
        shadow(150, 210, 330),
        path(
            f"M84 {cuff}Q130 {cuff - 14} 186 {cuff}L200 {cuff + 60}Q222 222 290 236"
            f"Q348 246 352 292H72Q66 240 84 {cuff}Z",
            tones.base,
        ),
        shade(f"M84 {cuff}Q66 240 72 292H140Q110 220 118 {cuff - 6}Z", 0.12),
        path(
            f"M166 {cuff + 12}L186 {cuff}L200 {cuff + 60}Q222 222 276 234L250 250"
            f"Q190 226 166 {cuff + 12}Z",
            tones.deep,
        ),
        toe,
        path(
            f"M78 {cuff - 4}Q130 {cuff - 22} 190 {cuff - 2}L190 {cuff + 22}"
            f"Q130 {cuff + 8} 80 {cuff + 22}Z",
            tones.light,
        ),
        path("M72 292Q68 252 76 226Q104 236 112 292Z", tones.dark),
        stroke(
            f"M146 {cuff + 20}Q156 220 226 262Q270 276 346 270", tones.light, 3, 0.7, dash="6 4"
        ),
        *laces(points, item.accent()),
        stroke(f"M74 {cuff + 6}q-14 -26 8 -30", tones.deep, 6),
        path("M66 290H354Q362 300 354 314H330L320 308H130L120 316H72Q60 306 66 290Z", RUBBER),
        path(lugs(72, 126, 312, 14) + lugs(150, 350, 308, 15), RUBBER),
        stroke("M70 290H352", "#c9a23f" if rand else tones.pale, 4, dash="5 4" if rand else ""),
    ]


@draws("shoe-scree-low", style="hike")
@draws("shoe-quail-runner", style="run")
@draws("shoe-gufeng-wide", style="wide")
@draws("shoe-ledge-approach", style="climb")
def low_shoe(item: Item, style: str) -> Shapes:
    """A low shoe: hiking, trail running, wide-toed, or with an approach shoe's rubber toe."""
    tones = item.tones()
    sole = {"run": "#f2eee2", "wide": "#e7dfc8"}.get(style, "#4a4f55")
    toe = 364 if style == "wide" else 356
    detail = {
        "hike": [
            path("M300 236Q346 244 354 284H292Q284 256 300 236Z", tones.deep),
            stroke("M120 214L150 284M150 222L176 284", tones.light, 5),
        ],
        "run": [
            stroke("M110 262Q170 224 226 268", PAPER, 9),
            stroke("M104 280Q176 246 250 280", item.accent(), 7),
            path("M318 246Q350 256 354 282H326Z", tones.dark),
        ],
        "wide": [
            path("M96 282Q130 238 176 282ZM180 282Q214 240 256 282Z", tones.light),
            stroke("M268 258Q320 250 352 274", tones.dark, 5),
        ],
        "climb": [
            path("M262 250Q338 238 354 288H90Q180 284 262 250Z", RUBBER),
            stroke("M100 236Q150 262 190 236", PAPER, 4, dash="6 4"),
        ],
    }[style]
    points = tuple((188 + i * 22, 196 + i * 16) for i in range(5 if style == "climb" else 4))
    return [
        shadow(152, 210, 326),
        path(
            "M78 168Q96 152 108 172Q124 196 170 186Q184 178 198 184Q232 222 300 232"
            f"Q{toe} 240 {toe} 288H70Q60 220 78 168Z",
            tones.base,
        ),
        shade("M78 168Q60 220 70 288H124Q92 230 96 162Z", 0.13),
        path("M86 176Q96 164 108 176Q128 198 172 190L166 200Q120 212 86 176Z", tones.deep),
        path("M176 190Q190 178 200 186Q232 222 296 232L270 246Q210 232 176 190Z", tones.dark),
        *detail,
        *laces(points, item.accent() if style != "run" else PAPER),
        stroke("M80 172q-16 -12 -8 -28", tones.deep, 7),
        path(lugs(80, 350, 302, 20), RUBBER),
        path(
            f"M64 284H{toe + 2}Q{toe + 12} 298 {toe - 4} 312Q300 318 220 312"
            "Q130 318 78 312Q58 300 64 284Z",
            sole,
        ),
        stroke(f"M70 298Q180 306 {toe - 4} 296", Tones(sole).dark, 3),
    ]


@draws("shoe-ford-sandal", leather=False)
@draws("shoe-estuary-sandal-w", leather=True)
def sandal(item: Item, leather: bool) -> Shapes:
    """A sandal from its side: webbing and hook-and-loop, or leather and buckles."""
    tones = item.tones()
    buckles = [
        rect(146, 182, 24, 22, "#c9a23f", 4),
        rect(152, 188, 12, 10, tones.dark),
        rect(268, 220, 24, 22, "#c9a23f", 4),
        rect(274, 226, 12, 10, tones.dark),
    ]
    patches = [rect(140, 178, 46, 22, item.accent(), 5), rect(262, 218, 44, 20, item.accent(), 5)]
    return [
        shadow(150, 206, 322),
        path("M70 262Q74 206 92 178L116 182Q100 222 108 264Z", tones.dark),
        path("M92 178Q160 158 212 196L204 222Q150 190 102 204Z", tones.base),
        path("M150 270L196 200L222 212L190 274Z", tones.dark),
        path(
            "M218 276Q236 220 284 214Q322 214 342 262L318 272Q300 240 280 242Q256 248 246 278Z",
            tones.base,
        ),
        path("M106 262L140 204L160 210L134 266Z", tones.light),
        *(buckles if leather else patches),
        path(
            "M58 258Q110 276 200 268T356 262Q368 276 354 288H64Q50 274 58 258Z",
            "#b98a58" if leather else "#7b858b",
        ),
        path("M60 282H358Q362 300 346 312H78Q58 304 60 282Z", RUBBER if not leather else "#5a4030"),
        stroke(
            "M66 270Q180 284 350 272",
            "#e8d6b4" if leather else "#aab3b8",
            3,
            dash="6 4" if leather else "",
        ),
        path(lugs(84, 346, 311, 8), RUBBER if not leather else "#5a4030"),
    ]


@draws("shoe-sprout-kids")
def kids_boot(item: Item) -> Shapes:
    """A pair of small round-toed boots with a strap and a star."""
    tones = item.tones()

    def small(x: float, y: float) -> str:
        return placed(
            [
                path(
                    "M0 8Q36 -6 78 8L86 62Q100 84 148 92Q182 100 182 138H-6Q-12 70 0 8Z", tones.base
                ),
                shade("M0 8Q-12 70 -6 138H36Q16 70 26 2Z", 0.12),
                path("M130 90Q182 98 182 138H122Q112 108 130 90Z", tones.dark),
                path("M-2 4Q38 -12 82 6V28Q38 12 -2 28Z", tones.pale),
                stroke("M62 50l28 6M70 72l28 4", PAPER, 5),
                path("M20 78L100 92L98 112L16 100Z", item.accent()),
                rect(76, 90, 26, 22, tones.deep, 5),
                path("M38 46l6 12l13 2l-10 9l3 13l-12 -6l-11 6l2 -13l-9 -9l13 -2Z", "#f7dc8b"),
                path("M-10 134H186Q192 150 178 160H0Q-16 150 -10 134Z", "#f2eee2"),
                path(
                    "M4 156v11h16v-11ZM38 156v11h16v-11ZM78 156v11h16v-11ZM112 156v11h16v-11Z"
                    "M146 156v11h16v-11Z",
                    RUBBER,
                ),
            ],
            f"translate({x} {y})",
        )

    return [shadow(150, 206, 332), small(150, 128), small(58, 162)]


@draws("shoe-keel-insole")
def insoles(item: Item) -> Shapes:
    """A left and a right insole from above with their arch and heel cups."""
    tones = Tones("#3f7f8f")
    sole = [
        path(
            "M136 50Q186 52 186 122Q186 164 172 206Q166 236 172 276Q178 340 136 346"
            "Q94 346 96 286Q98 246 92 210Q74 150 84 100Q96 50 136 50Z",
            tones.base,
        ),
        path(
            "M172 206Q166 236 172 276Q178 340 136 346Q94 346 96 286Q98 240 120 224"
            "Q150 214 172 206Z",
            "#e08a3c",
        ),
        path("M118 300Q120 272 136 272T154 300Q152 326 136 326T118 300Z", "#f4c07e"),
        stroke(
            "M104 110Q132 84 166 112M100 134Q132 110 170 136M100 158Q132 136 170 160",
            tones.light,
            4,
        ),
        stroke("M164 214Q158 240 162 270", "#f4c07e", 5),
    ]
    return [oval(208, 206, 132, 156, "#101828", 0.1), *mirrored([turned(sole, -4, 136, 200)])]


@draws("shoe-knot-laces")
def boot_laces(item: Item) -> Shapes:
    """A pair of waxed laces tied in a bow with copper tips."""
    tones = item.tones()
    rope = (
        "M200 200Q120 90 76 140T200 200Q280 90 324 140T200 200Q170 270 110 330M200 200"
        "Q230 270 290 330"
    )
    return [
        oval(200, 330, 130, 14, "#101828", 0.1),
        stroke("M60 74Q150 40 200 74T344 70", tones.dark, 11),
        stroke("M60 74Q150 40 200 74T344 70", tones.light, 3, dash="2 10"),
        stroke("M60 74L42 78M344 70L362 66", "#c27a45", 9),
        stroke(rope, tones.deep, 17),
        stroke(rope, tones.base, 12),
        stroke(rope, tones.light, 3, dash="3 11"),
        path("M180 182Q200 170 220 182L224 214Q200 226 176 214Z", tones.dark),
        stroke("M184 188L216 208", tones.light, 3),
        stroke("M116 322L98 346M284 322L302 346", "#c27a45", 13),
        stroke("M112 328L102 341M288 328L298 341", "#e3a878", 4),
    ]


@draws("shoe-hut-slippers")
def slippers(item: Item) -> Shapes:
    """Two quilted down slippers, warm inside."""
    tones = item.tones()

    def slipper(x: float, y: float) -> str:
        return placed(
            [
                path("M-4 96Q-10 40 30 34Q56 30 72 58Q96 14 150 28Q212 48 214 112H0Z", tones.base),
                path("M10 62Q24 34 50 44Q68 56 74 78Q40 92 12 84Z", "#f0e2c8"),
                shade("M0 112Q-8 60 12 44Q6 80 60 112Z", 0.12),
                stroke(
                    "M98 38Q92 76 102 110M132 28Q128 70 136 112M168 36Q164 76 172 112",
                    tones.dark,
                    4,
                ),
                shine("M112 44Q150 32 186 66Q150 48 112 56Z", 0.32),
                stroke("M74 58Q66 74 78 96", item.accent(), 5),
                path("M-10 106H220Q226 124 210 130H6Q-14 126 -10 106Z", "#4a4138"),
                stroke("M0 118H212", "#8a7a68", 3, dash="8 6"),
            ],
            f"translate({x} {y})",
        )

    return [shadow(156, 204, 322), slipper(134, 122), slipper(48, 190)]
