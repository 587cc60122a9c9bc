"""Tents, tarps and shades, out of doors."""

from drawings.canvas import (
    INK,
    PAPER,
    STEEL,
    WOOD,
    Item,
    Shapes,
    Tones,
    disc,
    draws,
    mirrored,
    oval,
    path,
    rect,
    shade,
    shadow,
    shine,
    stroke,
)


def guys(*lines: str) -> Shapes:
    """Guy lines with a peg at the end of each: "x1 y1 x2 y2"."""
    shapes = []
    for line in lines:
        x1, y1, x2, y2 = line.split()
        shapes += [
            stroke(f"M{x1} {y1}L{x2} {y2}", PAPER, 2),
            stroke(f"M{x2} {y2}l3 -9", INK, 4),
        ]
    return shapes


def door(d: str, flap: str, tones: Tones) -> Shapes:
    """An opening with the dark inside, and the rolled flap beside it."""
    return [path(d, mixed_inside(tones)), path(flap, tones.light)]


def mixed_inside(tones: Tones) -> str:
    """The colour of the shadow inside a tent."""
    return tones.deep if tones.bright > 0.3 else INK


@draws("tent-hollow-2", scene="meadow")
def backpacking_dome(item: Item) -> Shapes:
    """A low dome for two with a vestibule before the door."""
    tones = item.tones()
    return [
        shadow(150),
        *guys("120 180 46 318", "290 190 358 320"),
        path("M66 320Q104 166 206 150Q304 162 338 320Z", tones.base),
        path("M206 150Q304 162 338 320H262Q258 210 206 150Z", tones.dark),
        shine("M66 320Q104 166 206 150Q132 190 104 320Z", 0.2),
        *door(
            "M150 320Q156 236 206 186Q244 240 246 320Z",
            "M150 320Q156 236 206 186Q170 256 172 320Z",
            tones,
        ),
        stroke("M206 150Q254 214 262 320", tones.deep, 4),
        stroke("M206 150Q132 182 100 320", tones.deep, 4),
        stroke("M206 186V320", item.accent(), 2, dash="3 6"),
        path("M188 320Q196 300 212 300T236 320Z", "#e8d9b4"),
    ]


@draws("tent-meadow-4", scene="meadow")
def family_dome(item: Item) -> Shapes:
    """A tall dome with windows and two doors' worth of room."""
    tones = item.tones()
    window = ["M96 256Q106 208 136 188Q146 222 140 256Z"]
    return [
        shadow(168),
        *guys("84 190 26 320", "316 190 374 320"),
        path("M48 322Q64 108 200 96Q336 108 352 322Z", tones.base),
        path("M200 96Q336 108 352 322H268Q270 170 200 96Z", tones.dark),
        path("M116 118Q200 66 284 118Q200 104 116 118Z", PAPER),
        path(window[0], PAPER, 0.85),
        path("M304 256Q296 210 268 186Q266 222 272 256Z", PAPER, 0.55),
        path("M158 322Q158 190 200 156Q242 190 242 322Z", tones.deep),
        path("M158 322Q158 190 200 156Q186 220 188 322Z", tones.light),
        stroke("M200 96Q132 160 132 322M200 96Q268 160 268 322", item.accent(), 5),
        stroke("M96 256H140M118 256V206", tones.deep, 2),
        oval(216, 316, 26, 7, "#e0b060"),
    ]


@draws("tent-bracken-1", scene="meadow")
def trekking_pole_tent(item: Item) -> Shapes:
    """A single asymmetric peak held up by a walking pole."""
    tones = item.tones()
    return [
        shadow(140, 196),
        *guys("172 112 40 306", "172 112 128 334", "330 268 366 322"),
        stroke("M172 92V320", INK, 6),
        rect(167, 82, 10, 30, WOOD, 5),
        path("M172 110L62 318H334L336 264Z", tones.base),
        path("M172 110L336 264L334 318H236Z", tones.dark),
        shine("M172 110L62 318H112Z"),
        path("M160 318L180 150L232 318Z", tones.deep),
        path("M160 318L180 150L190 240Q176 284 186 318Z", tones.light),
        stroke("M180 150L232 318", item.accent(), 3),
        stroke("M62 318H334", tones.deep, 4),
    ]


@draws("tent-cloudrest-3", scene="meadow")
def quick_pitch(item: Item) -> Shapes:
    """A cabin-shaped dome with a hub on top and the porch raised on two poles."""
    tones = item.tones()
    return [
        shadow(160),
        stroke("M78 214V320M322 214V320", STEEL, 5),
        path("M92 320L108 176Q200 86 292 176L308 320Z", tones.base),
        path("M200 118Q262 132 292 176L308 320H246L236 200Z", "#101828", 0.1),
        path("M138 320L146 206H254L262 320Z", mixed_inside(Tones("#8f6747"))),
        path("M138 320L146 206H172Q158 260 164 320Z", "#d8c39c"),
        path("M262 320L254 206H230Q244 260 238 320Z", "#c7ae83"),
        path("M74 212L108 176H292L326 212L262 206H138Z", tones.pale),
        shade("M108 196L138 206H262L292 196L300 222L262 208H138L100 222Z", 0.16),
        stroke("M200 110L108 176L92 320M200 110L292 176L308 320", "#8f6747", 5),
        rect(184, 96, 32, 22, "#8f6747", 8),
        rect(164, 296, 72, 12, item.accent(), 6),
    ]


@draws("tent-courtyard-6", scene="meadow")
def tunnel_cabin(item: Item) -> Shapes:
    """A long tunnel of hoops with two rooms, seen from its side."""
    tones = item.tones()
    hoops = "M120 322Q112 170 150 152M214 322Q206 156 240 148M304 322Q306 166 318 160"
    return [
        shadow(180, 204),
        *guys("344 180 386 320", "70 190 14 322"),
        path("M32 322Q38 158 120 146H300Q368 158 372 322Z", tones.base),
        path("M300 146Q368 158 372 322H304Q320 210 300 146Z", "#101828", 0.14),
        path("M48 220Q70 152 120 146H300Q340 152 358 204Q200 190 48 220Z", "#74743c", 0.85),
        path("M46 322Q46 204 78 182Q112 204 110 322Z", "#53502e"),
        path("M46 322Q46 204 78 182Q64 240 70 322Z", tones.pale),
        rect(138, 226, 58, 44, "#a9c7d2", 10),
        rect(232, 226, 58, 44, "#a9c7d2", 10),
        stroke("M167 226V270M138 248H196M261 226V270M232 248H290", tones.base, 4),
        stroke(hoops, "#4d4a2c", 4),
        path("M32 322H372V310H32Z", "#4d4a2c", 0.5),
    ]


@draws("tent-firth-2", scene="snow")
def four_season(item: Item) -> Shapes:
    """A geodesic dome on snow: crossing poles make triangles."""
    tones = item.tones()
    return [
        shadow(150),
        *guys("96 222 34 318", "304 222 368 320", "200 128 370 290"),
        path("M62 322Q78 150 200 132Q322 150 338 322Z", tones.base),
        path("M200 132Q322 150 338 322H286L304 220Z", tones.dark),
        shine("M62 322Q78 150 200 132Q110 190 96 322Z", 0.22),
        path("M148 322Q150 244 200 222Q250 244 252 322Z", tones.deep),
        path("M148 322Q150 244 200 222Q170 268 176 322Z", tones.light),
        stroke("M62 322Q112 126 308 206M338 322Q288 126 92 206", INK, 4),
        stroke("M76 250Q200 196 324 250", INK, 4),
        path("M46 326Q80 300 130 322T220 322T354 326V336H46Z", "#f8fbfd"),
        path("M146 146Q200 112 254 146Q200 136 146 146Z", "#f8fbfd"),
    ]


@draws("tent-drift-tarp", scene="meadow")
def tarp(item: Item) -> Shapes:
    """A flat roof of thin cloth between two poles, a mat and a mug in its shade."""
    tones = item.tones()
    return [
        shadow(140, 200, 324),
        *guys("92 122 30 318", "308 122 370 318", "40 252 16 326", "360 252 384 326"),
        rect(89, 112, 7, 212, WOOD, 3),
        rect(304, 112, 7, 212, WOOD, 3),
        path("M132 306H268L288 324H112Z", "#d98b4a"),
        rect(222, 292, 16, 18, PAPER, 3),
        path("M92 122Q200 146 308 122L360 254Q284 228 200 230Q116 228 40 254Z", tones.base),
        path("M200 138Q262 136 308 122L360 254Q284 228 200 230Z", tones.dark),
        shine("M92 122L40 254Q74 242 104 236L124 128Z", 0.2),
        stroke("M92 122Q200 146 308 122", tones.deep, 3),
        stroke("M200 138V230M146 132L124 232M254 132L276 232", tones.deep, 2, 0.4),
        disc(42, 252, 5, item.accent()),
        disc(358, 252, 5, item.accent()),
        disc(200, 229, 5, item.accent()),
    ]


@draws("tent-teahouse-canopy", scene="meadow")
def canopy(item: Item) -> Shapes:
    """A wide canopy on two poles with a tea table in its shade."""
    tones = item.tones()
    return [
        shadow(130, 200, 328),
        *guys("40 168 8 316", "360 168 392 316"),
        rect(112, 122, 6, 204, STEEL, 3),
        rect(282, 122, 6, 204, STEEL, 3),
        path(
            "M30 176L115 112Q200 140 285 112L370 176Q320 180 285 206Q200 168 115 206"
            "Q80 180 30 176Z",
            tones.base,
        ),
        path("M285 112L370 176Q320 180 285 206Q270 150 285 112Z", "#8f6747", 0.35),
        path("M115 112L30 176Q80 180 115 206Q130 150 115 112Z", "#8f6747", 0.16),
        stroke("M30 176L115 112Q200 140 285 112L370 176", "#8f6747", 3),
        rect(148, 278, 104, 9, WOOD, 4),
        stroke("M160 287L152 324M240 287L248 324", "#8d6540", 6),
        path("M178 278Q170 250 196 250Q222 250 214 278Z", "#7f9b8a"),
        stroke("M214 262L228 254M186 250Q196 236 206 250", "#7f9b8a", 5),
        rect(228, 266, 14, 12, PAPER, 3),
        stroke("M196 232Q190 222 198 214", PAPER, 3, 0.8),
    ]


@draws("tent-emberpoint", scene="snow")
def hot_tent(item: Item) -> Shapes:
    """A pyramid with a stove pipe through its wall."""
    tones = item.tones()
    return [
        shadow(160),
        stroke("M270 222L286 110", "#4a4f56", 11),
        stroke("M279 106H297", "#34383e", 8),
        path("M290 88Q270 66 294 52T300 20Q330 46 308 66T304 92Z", "#ffffff", 0.7),
        path("M200 96L46 322H354Z", tones.base),
        path("M200 96L354 322H256Z", tones.dark),
        shine("M200 96L46 322H98Z", 0.24),
        path("M254 206L274 196L286 232L264 238Z", "#4a4f56"),
        path("M150 322L200 168L222 322Z", tones.deep),
        path("M164 322Q186 270 200 206Q212 260 212 322Z", "#f4b35a"),
        path("M150 322L200 168Q166 270 168 322Z", tones.light),
        stroke("M200 96V84M46 322L26 334M354 322L374 334", INK, 5),
        path("M36 326Q110 306 190 326T364 326V338H36Z", "#f8fbfd"),
    ]


@draws("tent-puddle-popup", scene="meadow")
def frog_den(item: Item) -> Shapes:
    """A pop-up den for children that looks like a frog."""
    tones = Tones("#6faa55")
    eye = [disc(140, 134, 34, tones.base), disc(140, 132, 22, "#fffdf4"), disc(146, 136, 11, INK)]
    return [
        shadow(140),
        *mirrored(eye),
        path("M66 322Q60 130 200 126Q340 130 334 322Z", tones.base),
        path("M270 140Q338 170 334 322H288Q304 220 270 140Z", tones.dark),
        path("M140 322Q138 218 200 216Q262 218 260 322Z", tones.deep),
        path("M140 322Q138 218 200 216Q158 240 160 322Z", "#ef8d8d"),
        stroke("M120 192Q200 226 280 192", tones.deep, 6),
        *mirrored([disc(112, 204, 12, "#f4b6a6"), disc(96, 268, 9, tones.light)]),
        disc(300, 286, 12, tones.light),
        oval(62, 332, 34, 8, "#a9d4e4"),
        stroke("M62 306q-8 -12 0 -18q8 6 0 18", "#7fb8dc", 3),
    ]


@draws("tent-porch-screen", scene="meadow")
def screen_shelter(item: Item) -> Shapes:
    """A roof and four walls of mesh round a table."""
    tones = item.tones()
    mesh = (
        "M92 216V318M132 212V318M172 210V318M228 210V318M268 212V318M308 216V318M72 244H328"
        "M68 280H332"
    )
    return [
        shadow(160),
        path("M74 206L60 322H340L326 206Z", "#e7efe9", 0.72),
        rect(160, 276, 80, 8, WOOD, 3),
        stroke("M172 284L168 320M228 284L232 320", WOOD, 5),
        rect(186, 258, 14, 18, "#d9534a", 4),
        disc(214, 270, 7, "#8fb45e"),
        stroke(mesh, "#7d8a80", 1.5, 0.6),
        path("M50 212Q120 190 150 116H250Q280 190 350 212Q200 196 50 212Z", tones.base),
        path("M250 116Q280 190 350 212Q300 204 230 202Z", tones.dark),
        path("M150 116Q200 96 250 116Q200 124 150 116Z", tones.light),
        path("M50 212Q200 196 350 212V226Q200 210 50 226Z", tones.dark),
        stroke("M62 220L58 322M338 220L342 322M200 206V320", tones.deep, 5),
        stroke("M204 212V318", item.accent(), 2, dash="3 6"),
    ]


@draws("tent-groundcloth")
def footprint(item: Item) -> Shapes:
    """A flat groundsheet with one corner turned up, its pegs and its pouch."""
    tones = Tones("#7b8a94")
    return [
        shadow(160, 200, 300, 30),
        path("M96 190H312L356 300H44Z", tones.base),
        path("M96 190H312L320 210H88Z", tones.light),
        path("M356 300H268Q290 264 334 246Z", "#dfe5e6"),
        shade("M268 300Q290 264 334 246L312 240Q272 262 258 300Z", 0.16),
        stroke("M118 206H292M82 288H250", tones.dark, 2, dash="6 6"),
        *[disc(x, y, 5, item.accent()) for x, y in ((104, 198), (304, 198), (58, 290))],
        stroke("M150 254L218 238L210 262", tones.pale, 4, 0.6),
        rect(70, 108, 92, 44, tones.dark, 20),
        rect(70, 108, 26, 44, tones.deep, 13),
        stroke("M150 116Q176 108 170 132", item.accent(), 4),
        *[
            stroke(f"M{x} 96L{x + 10} 156M{x - 7} 98H{x + 8}", "#c9a23f", 5)
            for x in (216, 244, 272)
        ],
    ]


@draws("tent-shoreline-shade", scene="beach")
def beach_shade(item: Item) -> Shapes:
    """A half-open shell on the sand, striped."""
    tones = item.tones()
    stripes = (
        "M104 250Q112 150 166 124L190 118Q140 160 140 262ZM182 268Q182 160 226 118L250 124"
        "Q222 170 220 272ZM262 268Q266 170 284 142L304 164Q300 220 300 260Z"
    )
    return [
        shadow(160, 204, 318),
        path("M66 262Q88 116 206 116Q322 120 340 262L320 316H84Z", mixed_inside(tones)),
        path("M84 316L108 250H300L320 316Z", "#cdbb8e"),
        path("M66 262Q88 116 206 116Q322 120 340 262Q318 186 206 184Q90 190 66 262Z", PAPER),
        path(
            "M66 262Q76 190 116 148L140 206Q86 216 66 262ZM168 124L206 116L226 118L222 184"
            "H178ZM264 134Q326 170 340 262Q326 214 280 196Z",
            tones.base,
        ),
        path(stripes, tones.base, 0.12),
        stroke("M66 262L84 316H320L340 262", tones.base, 6),
        *guys("70 250 36 322", "338 250 372 322"),
        rect(214, 288, 44, 20, item.accent(), 9),
        disc(150, 300, 15, "#f4f3ee"),
        path("M150 285A15 15 0 0 1 165 300H150ZM150 315A15 15 0 0 1 135 300H150Z", "#d9534a"),
    ]


@draws("tent-thicket-bivy", scene="meadow")
def bivvy(item: Item) -> Shapes:
    """A low sack with a hoop over the sleeper's head."""
    tones = item.tones()
    return [
        shadow(168, 204, 324),
        path("M46 322Q34 232 110 222Q150 226 170 256Q280 262 344 292Q366 306 356 322Z", tones.base),
        path("M170 256Q280 262 344 292Q366 306 356 322H210Q220 280 170 256Z", tones.dark),
        path("M60 316Q56 246 108 240Q140 246 146 296Q110 322 60 316Z", mixed_inside(tones)),
        path("M74 312Q72 282 104 278Q132 280 138 300Q110 318 74 312Z", "#e8a64b"),
        path("M60 316Q56 246 108 240Q140 246 146 296Q104 268 60 316Z", "#dfe8d8", 0.35),
        stroke("M46 322Q34 232 110 222Q160 226 164 318", tones.deep, 5),
        shine("M186 264Q270 272 330 296Q270 284 196 282Z", 0.24),
        stroke("M150 300Q180 286 200 320", item.accent(), 3, dash="3 6"),
        *guys("110 222 26 308"),
    ]
