"""Lamps, which shine at dusk, and things that store or make power."""

from drawings.canvas import (
    GLOW,
    INK,
    PAPER,
    STEEL,
    Item,
    Shapes,
    Tones,
    disc,
    draws,
    oval,
    path,
    placed,
    rect,
    ring,
    shade,
    shadow,
    shine,
    stroke,
)


def halo(cx: float, cy: float, r: float) -> Shapes:
    """Light spreading round a lamp."""
    return [disc(cx, cy, r, GLOW, 0.14), disc(cx, cy, r * 0.7, GLOW, 0.2)]


@draws("light-wren-200", scene="dusk", wide=84, lenses=1, pack=False)
@draws("light-heron-450", scene="dusk", wide=112, lenses=2, pack=False)
@draws("light-owl-1100", scene="dusk", wide=128, lenses=2, pack=True)
def headlamp(item: Item, wide: float, lenses: int, pack: bool) -> Shapes:
    """A lamp on its headband; brighter ones have two lenses, the brightest a battery behind."""
    tones = item.tones()
    x, r = 200 - wide / 2, 25 if lenses == 1 else 23
    centres = [200] if lenses == 1 else [200 - wide * 0.23, 200 + wide * 0.23]
    cell = [
        rect(160, 84, 80, 50, Tones(tones.light).light, 12),
        stroke("M176 104H224", INK, 4),
        disc(224, 120, 5, "#7fd08a"),
    ]
    top = [stroke("M200 110V220", tones.light, 14)] if pack else []
    return [
        *halo(200, 236, 130),
        path("M70 190Q72 118 200 116T330 190L322 232Q318 160 200 158T78 232Z", tones.light),
        path("M70 190Q64 250 200 262T330 190Q344 262 200 292T70 190Z", tones.dark),
        stroke("M76 206Q80 138 200 136T324 206", item.accent(), 4, dash="10 8"),
        *top,
        *(cell if pack else []),
        rect(x - 8, 214, wide + 16, 66, INK, 18),
        rect(x, 206, wide, 66, tones.light, 18),
        rect(x, 244, wide, 28, tones.base, 14),
        *[
            part
            for cx in centres
            for part in (
                disc(cx, 238, r + 4, INK),
                disc(cx, 238, r, GLOW),
                disc(cx, 238, r * 0.55, "#fffbe9"),
            )
        ],
        rect(188, 200, 24, 9, item.accent(), 4),
        *([disc(200, 262, 4, "#e24b3f")] if lenses == 2 else []),
    ]


@draws("light-glowpot", scene="dusk")
def lantern(item: Item) -> Shapes:
    """A table lantern with a frosted globe and a carrying loop."""
    tones = item.tones()
    return [
        *halo(200, 196, 140),
        shadow(78, 200, 328),
        stroke("M142 136Q146 60 200 60T258 136", STEEL, 7),
        rect(140, 128, 120, 26, tones.base, 11),
        path("M150 154H250Q268 200 252 250H148Q132 200 150 154Z", "#fff0c4"),
        oval(200, 204, 34, 40, GLOW),
        oval(200, 206, 18, 24, "#fffbe9"),
        stroke("M166 154Q152 202 164 250M234 154Q248 202 236 250", "#e9c983", 3),
        path("M138 250H262L272 318Q272 328 260 328H140Q128 328 128 318Z", tones.base),
        shade("M234 250H262L272 318Q272 328 260 328H240Z"),
        shine("M146 258H160L154 318H138Z", 0.4),
        disc(200, 290, 17, tones.deep),
        stroke("M200 290V278", GLOW, 4),
        rect(226, 306, 24, 9, INK, 4),
    ]


@draws("light-paper-moon", scene="dusk")
def paper_lantern(item: Item) -> Shapes:
    """A pleated ball of light that hangs from a branch, a solar cell on its top."""
    ribs = (
        "M112 176Q200 204 288 176M100 208Q200 238 300 208M106 242Q200 270 294 242M126 276"
        "Q200 298 274 276M140 146Q200 166 260 146"
    )
    return [
        *halo(200, 212, 150),
        path("M0 40Q120 66 240 50T400 70V58Q300 40 240 38T0 26Z", "#241f2c"),
        stroke("M300 56L342 92M90 44L64 84", "#241f2c", 6),
        stroke("M200 50V108", PAPER, 4),
        disc(200, 212, 104, "#fff3cf"),
        disc(200, 212, 74, "#fff9e6"),
        path("M240 118A104 104 0 0 1 240 306Q284 212 240 118Z", "#e2b45c", 0.4),
        stroke(ribs, "#d9b876", 3),
        oval(200, 114, 48, 13, Tones("#33435f").deep),
        stroke("M166 112H234M184 105V120M216 105V120", "#6f8fc0", 2),
        oval(200, 310, 36, 9, "#d8c392"),
        stroke("M200 318V344", item.accent(), 5),
        stroke("M192 346L190 362M200 346V366M208 346L210 362", item.accent(), 3),
    ]


@draws("light-stringline", scene="dusk")
def string_lights(item: Item) -> Shapes:
    """Warm bulbs on a cable between two posts, ending in a USB plug."""
    spots = [(66, 150), (112, 182), (164, 200), (218, 196), (270, 172), (326, 128)]
    bulbs: Shapes = []
    for x, y in spots:
        bulbs += [
            disc(x, y + 30, 38, GLOW, 0.18),
            rect(x - 8, y - 4, 16, 18, INK, 4),
            path(
                f"M{x - 8} {y + 14}Q{x - 22} {y + 40} {x} {y + 50}"
                f"Q{x + 22} {y + 40} {x + 8} {y + 14}Z",
                "#ffe7a6",
            ),
            stroke(f"M{x - 5} {y + 30}l5 -9l5 9", "#e08a2c", 2.5),
        ]
    return [
        rect(34, 92, 12, 236, "#6f5540", 3),
        rect(352, 72, 12, 256, "#6f5540", 3),
        stroke("M40 110Q190 270 358 90", "#1d2432", 5),
        *bulbs,
        stroke("M40 112Q14 190 62 284T150 316", "#1d2432", 5),
        rect(148, 302, 42, 26, "#e8e4d8", 5),
        rect(190, 307, 18, 16, STEEL, 2),
        rect(226, 262, 86, 66, "#7b8893", 10),
        rect(226, 262, 20, 66, "#93a0aa", 10),
        disc(296, 280, 5, "#7fd08a"),
    ]


@draws("light-bank-10", wide=104, tall=170, ports=2)
@draws("light-bank-27", wide=150, tall=214, ports=3)
def power_bank(item: Item, wide: float, tall: float, ports: int) -> Shapes:
    """A rounded block with ports, charge dots and a cable; a laptop's one is larger."""
    tones = item.tones()
    x, y = 190 - wide / 2, 322 - tall
    slots = [rect(x + 18 + i * (wide - 36) / ports, y + 14, 24, 10, INK, 5) for i in range(ports)]
    dots = [
        disc(190 - 27 + i * 18, y + tall - 26, 5, "#7fd08a" if i < 3 else tones.deep)
        for i in range(4)
    ]
    return [
        shadow(wide * 0.75, 200, 326),
        stroke(
            f"M{x + 30} {y + 18}V{y - 22}Q{x + 30} {y - 60} {x + 80} {y - 58}T334 {y + 30}V262",
            item.accent(),
            7,
        ),
        rect(324, 252, 20, 36, PAPER, 5),
        rect(329, 286, 10, 16, STEEL, 2),
        rect(x, y, wide, tall, tones.base, 24),
        shade(
            f"M{x + wide * 0.74} {y}H{x + wide - 24}Q{x + wide} {y} {x + wide} {y + 24}"
            f"V298Q{x + wide} 322 {x + wide - 24} 322H{x + wide * 0.74}Z"
        ),
        shine(
            f"M{x + 10} {y + 54}Q{x + 10} {y + 34} {x + 22} {y + 34}V{y + tall - 50}H{x + 10}Z", 0.3
        ),
        rect(x + 12, y + 8, wide - 24, 22, tones.dark, 8),
        *slots,
        *dots,
        path(
            f"M{194} {y + tall * 0.3}L{170} {y + tall * 0.56}H{188}"
            f"L{182} {y + tall * 0.74}L{210} {y + tall * 0.46}H{192}Z",
            tones.pale,
        ),
    ]


@draws("light-station-290")
def power_station(item: Item) -> Shapes:
    """A box with a handle, a screen and sockets of every kind."""
    tones = Tones("#5b666e")
    return [
        shadow(146, 200, 324),
        stroke("M118 132Q120 84 152 82H248Q280 84 282 132", tones.deep, 16),
        rect(66, 122, 268, 200, tones.base, 24),
        shade("M284 122H310Q334 122 334 146V298Q334 322 310 322H284Z"),
        rect(66, 122, 268, 30, "#d98331", 15),
        rect(84, 166, 104, 66, "#1d2a33", 8),
        stroke("M98 216H174", "#3d5560", 9),
        stroke("M98 216H150", "#7fd08a", 9),
        path("M126 176L112 194H124L120 206L138 188H126Z", GLOW),
        rect(208, 166, 106, 66, tones.dark, 8),
        disc(240, 199, 22, tones.deep),
        stroke("M233 192V204M247 192V204", PAPER, 4),
        disc(288, 199, 14, INK),
        disc(288, 199, 6, STEEL),
        *[rect(x, 254, 34, 16, INK, r) for x, r in ((92, 8), (138, 8), (184, 3), (230, 3))],
        disc(292, 262, 13, "#d98331"),
        stroke("M92 294H308M92 306H308", tones.dark, 4),
        rect(86, 318, 40, 12, INK, 5),
        rect(274, 318, 40, 12, INK, 5),
    ]


@draws("light-sunfold")
def solar_panel(item: Item) -> Shapes:
    """Three dark panels unfolded toward the sun."""
    cells: Shapes = []
    for index in range(3):
        x = 62 + index * 96
        cells.append(
            placed(
                [
                    rect(0, 0, 84, 168, "#263a5c", 5),
                    path("M0 4Q0 0 5 0H60L0 120Z", "#ffffff", 0.14),
                    stroke("M0 42H84M0 84H84M0 126H84M28 0V168M56 0V168", "#6f8bb8", 1.5),
                ],
                f"translate({x} 130)",
            )
        )
    return [
        disc(318, 66, 34, "#f7c65a"),
        stroke(
            "M318 18V8M366 66h10M352 32l8 -8M284 32l-8 -8M270 66h-10M284 100l-8 8M352 100l8 8",
            "#f7c65a",
            6,
        ),
        shadow(170, 200, 330),
        stroke("M92 300L66 334M308 300L334 334", "#5a5f52", 9),
        path(
            "M48 118H352Q360 118 360 128V302Q360 312 350 312H50Q40 312 40 302V128Q40 118 48 118Z",
            "#6d7158",
        ),
        stroke("M152 120V310M248 120V310", "#4d513d", 4, dash="5 5"),
        *cells,
        rect(176, 100, 48, 22, "#4d513d", 9),
        *[ring(x, 128, 5, STEEL, 3) for x in (50, 350)],
        stroke("M344 300Q380 320 350 346", INK, 5),
    ]


@draws("light-pike-1300", scene="dusk")
def torch(item: Item) -> Shapes:
    """A metal torch throwing a long beam."""
    tones = item.tones()
    body = [
        path("M214 166L420 70V330L214 234Z", GLOW, 0.22),
        path("M214 172L420 120V280L214 228Z", GLOW, 0.28),
        rect(40, 172, 120, 56, tones.base, 12),
        path("M156 172L188 158H214Q222 158 222 168V232Q222 242 214 242H188L156 228Z", tones.light),
        path("M156 208L188 218H222V232Q222 242 214 242H188L156 228Z", tones.base),
        stroke("M72 176V224M86 176V224M100 176V224M114 176V224M128 176V224", tones.deep, 5),
        shine("M46 180H156V188H46Z", 0.3),
        rect(138, 162, 26, 13, item.accent(), 6),
        path("M216 160Q232 200 216 240Z", "#fff6d8"),
        rect(28, 182, 16, 36, tones.deep, 6),
        stroke("M34 214Q10 250 44 276", item.accent(), 5),
    ]
    return [shadow(120, 190, 336), placed(body, "translate(10 10) rotate(-14 130 200)")]


@draws("light-firefly-kid", scene="dusk")
def crank_torch(item: Item) -> Shapes:
    """A round child's torch with a face, wings and a crank."""
    tones = item.tones()
    return [
        path("M252 200L420 96V340L252 262Z", GLOW, 0.25),
        shadow(96, 180, 328),
        oval(132, 128, 54, 28, "#e9f4f6", 0.8),
        oval(196, 118, 50, 26, "#e9f4f6", 0.65),
        rect(74, 150, 176, 150, tones.base, 62),
        shade("M80 250Q160 300 246 246Q240 300 190 300H134Q90 298 80 250Z"),
        shine("M96 200Q100 168 136 162Q116 180 112 214Z", 0.45),
        path("M234 176Q268 196 268 228T234 282Q248 228 234 176Z", INK),
        path("M250 186Q276 204 274 230T250 272Q262 230 250 186Z", "#fff6d8"),
        disc(146, 214, 8, INK),
        disc(196, 214, 8, INK),
        stroke("M156 240Q172 256 188 240", INK, 5),
        stroke("M116 158Q100 120 78 114M168 150Q172 116 196 100", INK, 5),
        disc(76, 112, 8, item.accent()),
        disc(198, 98, 8, item.accent()),
        stroke("M84 254L48 282V316", tones.deep, 10),
        disc(48, 318, 12, "#d9534a"),
        rect(120, 292, 26, 32, tones.dark, 10),
        rect(184, 292, 26, 32, tones.dark, 10),
    ]


@draws("light-cells-nimh")
def battery_cells(item: Item) -> Shapes:
    """Four cells in a row, a leaf on each."""
    cells: Shapes = []
    for index in range(4):
        x = 76 + index * 64
        cells += [
            rect(x + 18, 122, 20, 18, STEEL, 4),
            rect(x, 134, 56, 186, "#4f9a5b", 9),
            rect(x, 134, 56, 48, "#e9ece8", 9),
            rect(x + 40, 134, 16, 186, "#101828", 8, 0.14),
            rect(x + 7, 142, 7, 170, "#ffffff", 3, 0.3),
            path(f"M{x + 16} 256Q{x + 16} 222 {x + 42} 216Q{x + 44} 250 {x + 20} 258Z", "#d7ecc5"),
            stroke(f"M{x + 14} 266L{x + 34} 230", "#2f6b3c", 3),
            stroke(f"M{x + 20} 160H{x + 34}M{x + 27} 153V167", INK, 4),
            rect(x + 12, 290, 32, 8, "#f0c330", 3),
        ]
    return [shadow(150, 204, 324), *cells]
