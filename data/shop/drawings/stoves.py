"""Stoves and their fuel."""

from drawings.canvas import (
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
    rect,
    shade,
    shadow,
    shine,
    stroke,
)

FLAME = "#4aa3df"


def flames(cx: float, foot: float, wide: float, colour: str = FLAME) -> Shapes:
    """A row of flames standing on a burner."""
    tongue = "q-9 -16 0 -32q9 16 0 32Z"
    row = "".join(f"M{cx + step * wide / 4:.0f} {foot}{tongue}" for step in (-2, -1, 0, 1, 2))
    return [path(row, colour), path(row.replace("-16", "-8").replace("-32", "-16"), "#dff1fb", 0.8)]


def canister(x: float, y: float, w: float, h: float, tones: Tones) -> Shapes:
    """A gas canister with its domed shoulder; (x, y) is where the valve sits."""
    left, right = x - w / 2, x + w / 2
    return [
        rect(x - 10, y, 20, 14, "#c9a23f", 3),
        path(
            f"M{left} {y + 46}Q{left} {y + 10} {x} {y + 10}T{right} {y + 46}V{y + h - 12}"
            f"Q{right} {y + h} {right - 12} {y + h}H{left + 12}"
            f"Q{left} {y + h} {left} {y + h - 12}Z",
            tones.base,
        ),
        shade(
            f"M{right - w * 0.24} {y + 22}Q{right} {y + 30} {right} {y + 46}V{y + h - 12}"
            f"Q{right} {y + h} {right - 12} {y + h}H{right - w * 0.24}Z"
        ),
        rect(left, y + 60, w, h * 0.34, tones.pale),
        path(f"M{x} {y + 66}q-14 20 0 32q14 -12 0 -32Z", "#e0762f"),
        shine(
            f"M{left + 10} {y + 46}Q{left + 12} {y + 28} {left + 28} {y + 24}V{y + h - 14}"
            f"H{left + 10}Z",
            0.3,
        ),
    ]


@draws("cook-ember-mini")
def canister_stove(item: Item) -> Shapes:
    """A tiny burner with three arms screwed on a canister."""
    tones = item.tones()
    return [
        shadow(80, 200, 332),
        *canister(200, 196, 132, 134, Tones("#4f7f6a")),
        rect(191, 142, 18, 60, "#c9a23f", 4),
        stroke("M208 176H262M262 164V188", "#c9a23f", 6),
        path("M160 128H240L226 150H174Z", tones.base),
        path("M216 128H240L226 150H210Z", tones.dark),
        stroke("M178 146L118 140V108M222 146L282 140V108M200 146V112", tones.deep, 8),
        stroke("M104 108H132M268 108H296", tones.deep, 8),
        rect(152, 120, 96, 12, tones.deep, 6),
        *flames(200, 120, 68),
    ]


@draws("cook-twinhearth")
def two_burner(item: Item) -> Shapes:
    """A camp stove with its lid up, a pan and a pot on the burners."""
    tones = item.tones()
    return [
        shadow(160),
        path("M62 226L78 88H322L338 226Z", tones.dark),
        path("M76 214L90 102H310L324 214Z", tones.light),
        path("M62 226L36 150L50 146L84 226ZM338 226L364 150L350 146L316 226Z", tones.deep),
        stroke("M92 216H186M214 216H308", "#5c6368", 8),
        *flames(140, 214, 52),
        *flames(260, 214, 52),
        rect(104, 156, 76, 34, "#464c52", 7),
        stroke("M104 166H58", "#464c52", 9),
        oval(142, 156, 38, 7, "#e3b04b"),
        rect(222, 128, 76, 62, STEEL, 7),
        rect(270, 128, 28, 62, "#8f989e", 7),
        rect(216, 122, 88, 10, "#8f989e", 5),
        disc(260, 118, 7, INK),
        rect(52, 222, 296, 92, tones.base, 12),
        shade("M300 222H336Q348 222 348 234V302Q348 314 336 314H300Z"),
        disc(130, 268, 23, tones.deep),
        disc(270, 268, 23, tones.deep),
        stroke("M130 268V252M270 268L282 258", PAPER, 5),
        rect(178, 258, 44, 20, item.accent(), 5),
        rect(70, 310, 34, 12, INK, 4),
        rect(296, 310, 34, 12, INK, 4),
    ]


@draws("cook-galehood")
def stove_system(item: Item) -> Shapes:
    """A tall pot locked on its burner and canister, in an insulated sleeve."""
    tones = item.tones()
    return [
        shadow(80, 194, 342),
        *canister(194, 250, 108, 90, Tones("#b9503a")),
        path("M148 224H240L228 254H160Z", "#4f565c"),
        stroke("M160 226V244M176 226V250M194 226V252M212 226V250M228 226V244", "#8fd0f0", 4),
        rect(138, 84, 112, 142, tones.base, 8),
        shade("M222 84H242Q250 84 250 92V218Q250 226 242 226H222Z", 0.24),
        stroke("M150 100V212M162 100V212M174 100V212", tones.light, 3, 0.7),
        rect(128, 72, 132, 18, "#d9653a", 8),
        path("M150 72Q154 54 194 54T238 72Z", "#d9653a"),
        rect(184, 46, 20, 12, INK, 5),
        stroke("M250 108Q300 110 300 154T250 196", tones.deep, 10),
        path("M186 196q-22 -30 8 -62q-2 20 12 30q10 18 -4 32Z", "#e0762f"),
        stroke("M164 40q-8 -12 0 -20M218 40q-8 -12 0 -20", "#9fb0ba", 4),
        stroke("M212 254L262 266", STEEL, 5),
    ]


@draws("cook-twigfire")
def wood_stove(item: Item) -> Shapes:
    """A folding steel firebox burning twigs."""
    tones = item.tones()
    holes = [disc(x, y, 6, INK) for y in (298, 272) for x in (150, 183, 216, 249)]
    return [
        shadow(108, 200, 328),
        path(
            "M200 40Q270 110 240 172Q276 150 262 118Q300 190 262 220H138Q104 180 150 124"
            "Q148 150 166 160Q152 96 200 40Z",
            "#ee8b2d",
        ),
        path(
            "M200 98Q240 150 224 184Q240 176 240 160Q258 196 236 220H164Q148 186 178 148"
            "Q178 166 188 172Q180 130 200 98Z",
            "#fbd34f",
        ),
        stroke("M150 216L176 122M252 216L216 136M196 216L262 150", "#6b4a31", 11),
        path("M118 206H282L296 326H104Z", tones.base),
        path("M236 206H282L296 326H246Z", tones.dark),
        path("M118 206H282L284 222H116Z", tones.light),
        path("M172 326L176 292Q200 274 224 292L228 326Z", "#3a2b22"),
        path("M186 326q2 -20 14 -26q12 6 14 26Z", "#f19a38"),
        *[disc(x, 246, 6, INK) for x in (150, 183, 216, 249)],
        *holes[0:1],
        *holes[3:5],
        *holes[7:],
        stroke("M112 206V190H136M288 206V190H264", tones.deep, 7),
        stroke("M58 322L96 308M64 334L104 330M306 318L346 330", "#7c5a3c", 9),
    ]


@draws("cook-fuel-iso")
def fuel(item: Item) -> Shapes:
    """Three canisters of the three sizes."""
    tones = Tones("#3f6f8c")
    return [
        shadow(150, 200, 326),
        *canister(288, 124, 110, 198, tones),
        *canister(176, 176, 104, 148, tones),
        *canister(84, 224, 84, 102, tones),
        rect(279, 108, 18, 20, "#d9534a", 5),
        path("M262 262l10 -16l8 10l10 -20l18 34h-46Z", PAPER),
        path("M156 292l8 -12l6 8l10 -16l14 26h-38Z", PAPER),
    ]
