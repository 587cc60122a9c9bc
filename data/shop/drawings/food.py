"""Meals, bars and jerky, in their packets."""

from drawings.canvas import (
    INK,
    PAPER,
    WOOD,
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


def pouch(tones: Tones, emblem: Shapes) -> Shapes:
    """A stand-up pouch with a torn notch and a round emblem in its middle."""
    return [
        shadow(106, 200, 330),
        path("M106 62H294L302 310Q300 330 276 330H124Q100 330 98 310Z", tones.base),
        shade("M254 62H294L302 310Q300 330 276 330H236Q262 200 254 62Z"),
        path("M106 62H294L295 92H105Z", tones.dark),
        stroke("M116 72H284M116 82H284", tones.light, 2),
        path("M106 100l10 5l-10 5Z", PAPER),
        shine("M116 120H130L124 300H112Z", 0.26),
        path(
            "M100 290Q200 312 300 290L302 310Q300 330 276 330H124Q100 330 98 310Z", tones.deep, 0.5
        ),
        disc(200, 196, 74, PAPER),
        *emblem,
        stroke("M160 124H240", PAPER, 6),
        stroke("M176 110H224", tones.pale, 4),
    ]


def bowl(filling: str, rim: str) -> Shapes:
    """A bowl seen from its side, its filling heaped."""
    return [
        path("M144 196Q200 148 256 196Z", filling),
        path("M140 196H260Q258 244 224 250H176Q142 244 140 196Z", rim),
        path("M236 196H260Q258 244 224 250H214Q238 236 236 196Z", Tones(rim).dark),
    ]


@draws("food-mushroom-risotto")
def risotto(item: Item) -> Shapes:
    """Rice and mushrooms."""
    mushroom = [
        path("M-24 0Q-24 -30 0 -30T24 0Q0 8 -24 0Z", "#9b6b43"),
        path("M-9 2H9L7 26H-7Z", "#ead9bd"),
    ]
    return pouch(
        Tones("#7a5b40"),
        [
            *bowl("#f0e0b8", "#6f8a5a"),
            placed(mushroom, "translate(186 168)"),
            placed(mushroom, "translate(222 176) scale(.8) rotate(16)"),
            stroke("M160 190l8 -3M178 182l8 4M204 190l8 -3M236 188l8 4", "#fffaf0", 5),
        ],
    )


@draws("food-mapo-rice")
def mapo_rice(item: Item) -> Shapes:
    """Tofu cubes in red sauce, two chillies."""
    cubes = [
        turned([rect(x, y, 24, 22, "#fdf6e6", 4)], a, x + 12, y + 11)
        for x, y, a in ((160, 172, -10), (188, 158, 12), (216, 174, -6))
    ]
    return pouch(
        Tones("#b03a2a"),
        [
            *bowl("#d9532f", "#33424e"),
            *cubes,
            stroke("M176 190l10 2M212 168l8 -6M240 190l6 -4", "#6d9a4d", 5),
            path("M232 240q30 -4 34 -34q10 40 -26 44Z", "#d92f22"),
            stroke("M266 206l4 -10", "#4f7d3c", 5),
        ],
    )


@draws("food-scallion-noodles")
def noodles(item: Item) -> Shapes:
    """A nest of noodles with scallions and a pair of chopsticks."""
    return pouch(
        Tones("#4f8a53"),
        [
            *bowl("#f2d38a", "#b9503a"),
            stroke("M152 190q14 -20 30 -4t30 -6t36 8M164 176q18 -18 36 -4t34 -2", "#d9a64a", 4),
            stroke("M168 166l8 8M196 160l10 4M222 172l10 -6", "#4f8a3c", 7),
            stroke("M188 182L252 134M198 186L264 144", WOOD, 5),
        ],
    )


@draws("food-millet-porridge")
def porridge(item: Item) -> Shapes:
    """Golden porridge before a pumpkin."""
    return pouch(
        Tones("#d2872f"),
        [
            oval(178, 172, 26, 30, "#e58a2e"),
            oval(222, 172, 26, 30, "#d9761f"),
            oval(200, 170, 22, 33, "#ee9c45"),
            stroke("M200 140q0 -10 8 -12", "#5f7f3f", 6),
            *bowl("#f4cb5c", "#f7efe0")[1:],
            oval(200, 198, 60, 10, "#f4cb5c"),
            *[disc(x, 198, 2.5, "#fdf1c4") for x in (160, 178, 196, 216, 236)],
            stroke("M150 222Q200 240 250 222", "#d9b878", 4),
        ],
    )


@draws("food-seed-bar")
def seed_bar(item: Item) -> Shapes:
    """A bar torn out of its wrapper, seeds and almonds on it."""
    seeds = [
        placed([oval(0, 0, 10, 6, fill)], f"translate({x} {y}) rotate({a})")
        for x, y, a, fill in (
            (60, 176, 20, "#e8d6a8"),
            (88, 206, -30, "#5a3a24"),
            (112, 180, 60, "#c58a4a"),
            (74, 228, 0, "#c58a4a"),
            (128, 218, 15, "#e8d6a8"),
            (104, 238, -20, "#5a3a24"),
            (140, 188, -10, "#e8d6a8"),
        )
    ]
    bar = [
        rect(40, 158, 190, 94, "#a5713c", 14),
        path("M40 226H230V252H54Q40 252 40 238Z", "#7d532a"),
        *seeds,
        path(
            "M150 148L162 164L152 182L166 204L152 226L164 244L152 262H340L352 254V156L340 148Z",
            "#3f7f77",
        ),
        path("M150 236L164 244L152 262H340L352 254V232Z", "#2e625c"),
        stroke("M338 152V258M346 158V252", "#79b3ab", 3),
        path("M196 236L226 186L242 208L258 178L296 236Z", "#f0e3c0"),
        path("M218 200L226 186L236 200Z", "#e0762f"),
        shine("M172 158H330V166H176Z", 0.3),
    ]
    return [
        shadow(150, 200, 312),
        turned(bar, -14, 200, 200),
        oval(92, 322, 14, 8, "#c58a4a"),
        oval(128, 332, 9, 5, "#e8d6a8"),
        placed(
            [oval(0, 0, 14, 8, "#8a5730"), stroke("M-10 0H10", "#6f4423", 2)],
            "translate(296 326) rotate(-24)",
        ),
    ]


@draws("food-beef-jerky", paper="#5b2f27", strip="#8a3b2c", mark="pepper")
@draws("food-mushroom-jerky", paper="#5d6b4a", strip="#b98a58", mark="mushroom")
def jerky(item: Item, paper: str, strip: str, mark: str) -> Shapes:
    """A packet with a window, strips of jerky before it."""
    tones, meat = Tones(paper), Tones(strip)
    emblem = (
        [
            disc(x, y, 6, INK)
            for x, y in ((182, 116), (200, 106), (218, 118), (206, 126), (190, 130))
        ]
        if mark == "pepper"
        else [
            path("M170 122Q170 92 200 92T230 122Q200 132 170 122Z", "#8a5f3c"),
            rect(190, 122, 20, 20, PAPER, 6),
        ]
    )
    strips = [
        placed(
            [
                path("M-62 -12Q-20 -22 20 -12T64 -8Q68 10 30 12T-58 12Q-70 0 -62 -12Z", meat.base),
                stroke("M-48 -2Q-10 -10 20 0T54 2", meat.light, 3),
                stroke("M-40 6Q0 0 44 6", meat.dark, 3),
            ],
            f"translate({x} {y}) rotate({a})",
        )
        for x, y, a in ((136, 312, -12), (250, 318, 10), (196, 330, -3))
    ]
    return [
        shadow(124, 200, 334),
        path("M110 46H290L296 312H104Z", tones.base),
        shade("M254 46H290L296 312H250Z"),
        path("M110 46H290V70H110Z", tones.dark),
        disc(200, 58, 6, PAPER),
        rect(150, 84, 100, 56, tones.pale, 26),
        *emblem,
        stroke("M150 160H250M166 174H234", tones.light, 5),
        rect(136, 192, 128, 80, "#f5e8d4", 12, 0.9),
        path(
            "M146 214Q190 200 254 212L252 230Q190 218 148 232ZM150 246Q200 234 252 244"
            "L250 260Q200 252 152 262Z",
            meat.base,
        ),
        shine("M142 198H170L150 266H142Z", 0.5),
        *strips,
    ]
