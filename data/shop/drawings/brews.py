"""Coffee, tea and what else goes into a cup, in their packets."""

from drawings.canvas import (
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
    shade,
    shadow,
    shine,
    stroke,
    turned,
)


@draws("food-drip-coffee")
def drip_bags(item: Item) -> Shapes:
    """A drip bag hung over a cup, its box behind."""
    return [
        shadow(150, 200, 328),
        rect(226, 120, 120, 204, "#c9683a", 6),
        rect(316, 120, 30, 204, "#a8532b", 6),
        disc(272, 176, 26, "#f6dfb0"),
        path("M226 240L262 206L288 232L316 200V270H226Z", "#8a4226"),
        stroke("M242 290H300M242 304H282", "#f0c79c", 5),
        path("M74 190H238L228 302Q226 324 204 324H108Q86 324 84 302Z", PAPER),
        shade("M204 190H238L228 302Q226 324 204 324H184Z", 0.1),
        stroke("M76 214Q28 212 34 254T86 286", PAPER, 14),
        oval(156, 190, 82, 14, "#e5dccb"),
        oval(156, 192, 70, 9, "#5d3a23"),
        path("M104 114H208V176Q208 214 156 220Q104 214 104 176Z", "#f3ead6"),
        path("M110 160Q156 150 202 160V178Q200 208 156 214Q112 208 110 178Z", "#6b4329"),
        path("M104 114H92L72 190H90L108 136ZM208 114H220L240 190H222L204 136Z", "#d8c9a8"),
        stroke("M134 92q-8 -12 0 -22t0 -20M174 92q-8 -12 0 -22t0 -20", "#b9a48c", 4),
    ]


@draws("food-instant-coffee")
def instant_coffee(item: Item) -> Shapes:
    """A tin of instant coffee with slim sachets beside it."""
    sachets = [
        placed(
            [
                rect(0, 0, 32, 132, fill, 3),
                rect(0, 0, 32, 14, "#2c2723"),
                path("M0 90L10 70L16 80L24 62L32 78V112H0Z", "#f2d8a8"),
                stroke("M8 30H24M8 40H18", PAPER, 4),
            ],
            f"translate({x} {y}) rotate({a})",
        )
        for x, y, a, fill in (
            (232, 182, -8, "#3f6f6a"),
            (272, 186, 6, "#b9673a"),
            (314, 196, 16, "#3f6f6a"),
        )
    ]
    return [
        shadow(146, 200, 328),
        rect(72, 116, 142, 208, "#3a322c", 12),
        rect(180, 116, 34, 208, "#26211d", 12),
        rect(66, 96, 154, 34, STEEL, 9),
        rect(72, 168, 142, 104, "#e8c990"),
        path("M72 272V244L104 204L128 232L158 190L214 256V272Z", "#3f6f6a"),
        stroke("M84 262q30 -20 50 -6t40 -16t38 -8", "#e8c990", 4),
        disc(186, 192, 13, "#d9653a"),
        stroke("M92 288H170M92 302H140", "#8f8072", 5),
        shine("M82 140H96V314H82Z", 0.2),
        *sachets,
    ]


def tea_tin(tones: Tones, x: float, y: float) -> Shapes:
    """A round tin with a blank paper label."""
    return [
        rect(x, y + 34, 130, 172, tones.base, 10),
        rect(x + 98, y + 34, 32, 172, tones.dark, 10),
        rect(x - 4, y, 138, 46, tones.dark, 12),
        rect(x - 4, y + 34, 138, 12, tones.deep, 5),
        shine(f"M{x + 8} {y + 54}H{x + 22}V{y + 196}H{x + 8}Z", 0.25),
        rect(x + 34, y + 64, 62, 112, PAPER, 3),
    ]


@draws("food-dongding-oolong")
def oolong(item: Item) -> Shapes:
    """A tin with a mountain on its label, rolled leaves and a cup before it."""
    leaves = [
        placed(
            [oval(0, 0, 11, 8, "#4c5a34"), stroke("M-6 2Q0 -6 7 -1", "#7f8f55", 3)],
            f"translate({x} {y}) rotate({x * 7 % 90})",
        )
        for x, y in ((60, 308), (84, 320), (102, 306), (78, 298), (118, 322))
    ]
    return [
        shadow(150, 206, 326),
        *tea_tin(Tones("#3f5a4c"), 124, 112),
        path("M158 262L180 216L196 238L208 222L220 262Z", "#3f5a4c"),
        disc(204, 200, 9, "#c8512f"),
        stroke("M170 274H208", "#3f5a4c", 4),
        path("M270 272H360Q356 320 334 326H296Q274 320 270 272Z", PAPER),
        oval(315, 272, 45, 9, "#dcd6c6"),
        oval(315, 273, 38, 6, "#c98a35"),
        stroke("M304 256q-8 -10 0 -20M324 256q-8 -10 0 -20", "#b9ac94", 4),
        *leaves,
    ]


@draws("food-puer-tuo")
def puer(item: Item) -> Shapes:
    """Small dark nests of pressed tea, one still in its paper."""

    def nest(x: float, y: float) -> Shapes:
        return [
            path(f"M{x - 42} {y}Q{x - 44} {y + 44} {x} {y + 46}T{x + 42} {y}Z", "#3f2a20"),
            path(
                f"M{x + 14} {y}H{x + 42}Q{x + 44} {y + 40} {x + 6} {y + 46}"
                f"Q{x + 24} {y + 30} {x + 14} {y}Z",
                "#2b1c15",
            ),
            oval(x, y, 42, 14, "#5a3e2e"),
            oval(x, y + 2, 22, 7, "#251812"),
            stroke(
                f"M{x - 30} {y + 14}l10 8M{x - 12} {y + 24}l12 4M{x - 24} {y + 30}l8 2",
                "#7a5a43",
                3,
            ),
        ]

    return [
        shadow(150, 200, 330),
        rect(84, 104, 150, 160, "#c4a574", 4),
        path("M84 104H234L218 134H100Z", "#d9bf92"),
        disc(160, 190, 36, "#a8432f"),
        path("M142 202q18 -40 38 -22q-4 26 -38 22Z", "#f2e2c0"),
        path("M262 186L312 168L352 202L340 262H272L252 216Z", "#f4ead4"),
        path("M312 168L352 202L340 262H310Z", "#dccdae"),
        stroke("M312 168q-4 -20 8 -28M312 168q8 -14 22 -16", "#dccdae", 6),
        disc(300, 222, 16, "#a8432f"),
        *nest(96, 268),
        *nest(200, 274),
        *nest(304, 268),
    ]


@draws("food-jasmine-sachets")
def jasmine(item: Item) -> Shapes:
    """A pyramid tea bag on its thread, jasmine flowers round it."""

    def flower(x: float, y: float, r: float) -> Shapes:
        petals = [
            turned([oval(x, y - r, r * 0.55, r, "#ffffff")], a, x, y) for a in range(0, 360, 72)
        ]
        return [*petals, disc(x, y, r * 0.4, "#f0c95a")]

    return [
        shadow(118, 200, 330),
        rect(228, 110, 116, 210, "#7fa58a", 6),
        rect(316, 110, 28, 210, "#64896f", 6),
        rect(244, 140, 58, 80, PAPER, 28),
        stroke("M244 250H300M244 266H282", "#cfe0d2", 5),
        *flower(273, 180, 15),
        stroke("M140 186Q120 120 170 74", "#c8bda4", 3),
        rect(158, 52, 34, 30, "#64896f", 4),
        path("M140 180L56 316H226Z", "#eaf0df", 0.95),
        path("M140 180L226 316H168Z", "#c9d5b8"),
        path("M84 300Q140 250 204 300L216 316H66Z", "#7f8f4f"),
        stroke("M96 306l16 -12M128 300l14 -14M158 306l12 -14M184 310l-8 -12", "#4f5f33", 5),
        stroke("M44 322Q80 300 92 330M340 330Q366 300 372 336", "#4f7d4a", 5),
        *flower(48, 312, 17),
        *flower(362, 316, 14),
    ]


@draws("food-electrolyte-tabs")
def electrolyte_tube(item: Item) -> Shapes:
    """A tube of tablets and one fizzing in a glass."""
    fizz = [
        disc(x, y, r, "#ffffff", 0.9)
        for x, y, r in (
            (270, 230, 5),
            (286, 204, 4),
            (304, 236, 6),
            (294, 260, 4),
            (318, 212, 4),
            (276, 180, 3),
            (310, 184, 3),
        )
    ]
    return [
        shadow(146, 206, 330),
        rect(76, 92, 92, 232, "#f4f1e6", 14),
        rect(140, 92, 28, 232, "#101828", 12, 0.1),
        rect(72, 72, 100, 42, "#2f8f9d", 12),
        path("M76 160Q122 140 168 160V276Q122 256 76 276Z", "#f09a3c"),
        disc(122, 214, 29, "#fbd98a"),
        stroke("M122 190V238M101 202L143 226M143 202L101 226", "#f09a3c", 4),
        path("M236 136H354L342 312Q340 324 328 324H262Q250 324 248 312Z", "#e6f2f6", 0.92),
        path("M240 168H350L342 312Q340 324 328 324H262Q250 324 248 312Z", "#f7c27a", 0.85),
        *fizz,
        oval(296, 296, 24, 11, "#fff4de"),
        shine("M248 146H262L264 300H258Z", 0.7),
        oval(194, 318, 24, 10, "#fff4de"),
        oval(194, 313, 24, 10, "#fdf9ef"),
    ]
