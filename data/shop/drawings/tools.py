"""Navigation, optics, poles, repair, radios and chairs."""

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
    placed,
    rect,
    ring,
    shade,
    shadow,
    shine,
    stroke,
    turned,
)


def compass_rose(cx: float, cy: float, r: float, bearing: float) -> Shapes:
    """A compass capsule: ticks round its edge, a red and white needle."""
    ticks = "".join(f"M{cx} {cy - r + 4}V{cy - r + (16 if a % 90 == 0 else 10)}" for a in (0,))
    return [
        disc(cx, cy, r + 9, INK),
        disc(cx, cy, r, PAPER),
        *[turned([stroke(ticks, INK, 3)], angle, cx, cy) for angle in range(0, 360, 45)],
        turned(
            [
                path(f"M{cx} {cy - r + 14}L{cx + 11} {cy}H{cx - 11}Z", "#d0352f"),
                path(f"M{cx} {cy + r - 14}L{cx + 11} {cy}H{cx - 11}Z", "#b9c2c7"),
            ],
            bearing,
            cx,
            cy,
        ),
        disc(cx, cy, 5, INK),
    ]


@draws("tool-bearing-base")
def baseplate_compass(item: Item) -> Shapes:
    """A clear plate with a ruler edge, an arrow and a turning ring, on a map."""
    return [
        path("M40 110L330 70L370 310L76 346Z", "#f3ead0"),
        stroke(
            "M64 150Q140 120 200 160T346 150M68 200Q150 170 210 216T354 204M76 260"
            "Q160 236 230 270T362 256",
            "#c7a66b",
            2.5,
        ),
        stroke("M60 300Q150 280 190 330", "#7fb0cb", 5),
        turned(
            [
                rect(122, 50, 156, 290, "#bfe0ea", 18, 0.72),
                stroke("M132 70V320M268 70V320", "#44606c", 2),
                stroke(
                    "M132 70h8M132 95h14M132 120h8M132 145h14M132 170h8M132 195h14M132 220"
                    "h8M132 245h14M132 270h8M132 295h14",
                    "#44606c",
                    2,
                ),
                path("M200 62L216 96H206V146H194V96H184Z", "#d0352f"),
                *compass_rose(200, 232, 64, -24),
                shine("M132 62H170L132 150Z", 0.5),
            ],
            14,
        ),
        stroke("M164 332Q120 372 60 350", item.accent(), 5),
    ]


@draws("tool-sight-mirror")
def mirror_compass(item: Item) -> Shapes:
    """An open compass whose lid is a mirror with a sighting slit."""
    tones = item.tones()
    return [
        shadow(98, 200, 348),
        path("M118 184L132 54Q134 42 146 42H254Q266 42 268 54L282 184Z", tones.base),
        path("M136 172L148 64H252L264 172Z", "#cfe3ec"),
        path("M176 64H226L164 172H136L138 158Z", "#ffffff", 0.6),
        stroke("M200 64V172", INK, 3),
        path("M190 42H210V58L200 66L190 58Z", INK),
        rect(112, 180, 176, 18, tones.deep, 8),
        rect(108, 194, 184, 152, tones.base, 22),
        shade("M264 194H270Q292 194 292 216V324Q292 346 270 346H258Z"),
        *compass_rose(200, 270, 58, 30),
        stroke("M118 330Q90 360 60 340", item.accent(), 5),
    ]


@draws("tool-meridian-watch")
def gps_watch(item: Item) -> Shapes:
    """A round watch showing a track through hills."""
    tones = item.tones()
    return [
        shadow(70, 200, 372, 8),
        path("M158 128L166 30Q168 20 178 20H222Q232 20 234 30L242 128Z", tones.base),
        path("M158 272L166 362Q168 372 178 372H222Q232 372 234 362L242 272Z", tones.base),
        stroke(
            "M176 40H224M174 62H226M172 84H228M176 352H224M174 330H226M172 308H228", tones.deep, 5
        ),
        rect(296, 176, 18, 22, STEEL, 5),
        rect(290, 224, 15, 26, tones.dark, 5),
        rect(92, 150, 15, 26, tones.dark, 5),
        disc(200, 200, 106, tones.dark),
        ring(200, 200, 98, item.accent(), 4),
        disc(200, 200, 88, "#18242c"),
        path("M114 218Q142 176 168 206T224 184T286 214A88 88 0 0 1 114 218Z", "#2f5d4a"),
        path("M130 254Q180 214 270 252A88 88 0 0 1 130 254Z", "#3f7a5f"),
        stroke("M146 262Q176 240 190 214T236 178", "#f0c330", 5, dash="2 9"),
        disc(238, 174, 8, "#e0762f"),
        stroke("M160 146H200M212 146H232", PAPER, 7),
        shine("M128 172A80 80 0 0 1 190 124Q150 146 138 190Z", 0.22),
    ]


@draws("tool-heath-bino", tall=190)
@draws("tool-pip-bino", tall=128)
def binoculars(item: Item, tall: float) -> Shapes:
    """Two barrels and a bridge with a focus wheel; the children's pair is short and stout."""
    tones = item.tones("#55603f")
    top = 318 - tall
    barrel = [
        path(
            f"M108 {top + 20}Q110 {top} 132 {top}H164Q180 {top} 182 {top + 20}L190 298"
            "Q190 318 166 318H108Q86 318 88 298Z",
            tones.base,
        ),
        path(
            f"M156 {top}H164Q180 {top} 182 {top + 20}L190 298Q190 318 166 318H150"
            f"Q172 230 156 {top}Z",
            tones.dark,
        ),
        shine(f"M112 {top + 34}L98 290H108L122 {top + 34}Z", 0.34),
        rect(112, top - 22, 64, 28, INK, 10),
        rect(88, 288, 102, 34, tones.deep, 14),
        stroke(f"M106 {top + 30}H184", item.accent(), 4),
    ]
    return [
        stroke(f"M112 {top + 20}Q40 {top - 70} 200 {top - 76}T288 {top + 20}", "#4b4f45", 6),
        shadow(126, 200, 326),
        rect(168, top + 44, 64, tall * 0.42, tones.deep, 10),
        *mirrored(barrel),
        rect(184, top + 18, 32, 42, INK, 8),
        stroke(f"M186 {top + 28}H214M186 {top + 38}H214M186 {top + 48}H214", "#7d868c", 3),
        oval(139, 318, 38, 8, "#8fb7cf"),
        oval(261, 318, 38, 8, "#8fb7cf"),
    ]


def pole(tones: Tones, grip: str, joints: tuple[float, ...], basket: str) -> Shapes:
    """One walking pole standing upright about x = 200."""
    return [
        rect(195, 96, 10, 230, tones.base, 4),
        rect(201, 96, 4, 230, tones.dark, 2),
        path("M188 36Q190 24 202 26L214 32Q210 44 210 58L208 110H192Z", grip),
        path("M192 110H208L207 150H193Z", mixed_grip(grip)),
        stroke("M190 52Q150 70 168 128Q178 140 192 60", INK, 6),
        *[rect(190, y, 20, 20, INK, 5) for y in joints],
        oval(200, 318, 22, 6, basket),
        path("M195 326H205L200 356Z", STEEL),
    ]


def mixed_grip(grip: str) -> str:
    """The lower, softer part of a grip."""
    return Tones(grip).dark


@draws("tool-crane-poles", grip=WOOD, joints=(176, 244))
@draws("tool-mule-poles", grip="#3b4046", joints=(196,))
def walking_poles(item: Item, grip: str, joints: tuple[float, ...]) -> Shapes:
    """A pair, crossed: cork grips and thin folding carbon, or foam and flip locks."""
    tones = item.tones("#3a4148")
    one = pole(tones, grip, joints, item.accent())
    locks = (
        []
        if len(joints) > 1
        else [placed([path("M210 198L228 206L210 214Z", item.accent())], "rotate(17 200 200)")]
    )
    return [
        shadow(110, 200, 352),
        placed([turned(one, 17)], "translate(400 0) scale(-1 1)"),
        turned(one, 17),
        *locks,
    ]


@draws("tool-tinker-14")
def multi_tool(item: Item) -> Shapes:
    """Pliers with open handles, a blade and a screwdriver folded out."""
    tones = item.tones("#b9c0c5")
    handle = [
        turned(
            [
                rect(150, 196, 36, 152, tones.dark, 14),
                rect(156, 206, 9, 130, tones.light, 4),
                disc(168, 208, 9, STEEL),
                disc(168, 334, 6, INK),
            ],
            16,
            186,
            200,
        ),
    ]
    jaw = [
        path("M199 200L166 176Q160 120 190 60Q197 52 199 66Z", "#9aa3a9"),
        stroke("M196 84l-8 4M196 98l-10 4M196 112l-12 4", INK, 3),
    ]
    return [
        shadow(116, 200, 356),
        turned(
            [
                path("M164 318L60 272Q52 262 66 262L168 300Z", "#e3e8ea"),
                stroke("M70 266L160 302", "#a3abb0", 2),
            ],
            -6,
            164,
            310,
        ),
        placed(
            [rect(0, -5, 84, 10, "#d5dade", 2), path("M84 -5L100 -2V2L84 5Z", "#8b9499")],
            "translate(240 312) rotate(-20)",
        ),
        *mirrored(handle),
        *mirrored(jaw),
        path("M199 66Q201 52 208 60L200 200Z", "#7e878d"),
        disc(200, 192, 17, tones.base),
        disc(200, 192, 8, INK),
        rect(132, 300, 12, 22, item.accent(), 4),
    ]


@draws("tool-aid-trail")
def first_aid_kit(item: Item) -> Shapes:
    """A green pouch with the white cross of ISO 7010, plasters and scissors before it."""
    tones = Tones("#3d8f62")
    return [
        shadow(140, 200, 328),
        stroke("M164 118Q166 84 200 84T236 118", tones.deep, 10),
        rect(74, 110, 252, 190, tones.base, 26),
        shade("M282 110H300Q326 110 326 136V274Q326 300 300 300H282Z"),
        shine("M88 150Q88 126 110 126H124Q102 136 102 170V240H88Z", 0.3),
        stroke("M86 142V140Q86 122 104 122H296Q314 122 314 140V142", PAPER, 3, dash="7 4"),
        rect(184, 154, 32, 96, PAPER, 4),
        rect(152, 186, 96, 32, PAPER, 4),
        turned(
            [
                rect(70, 296, 96, 30, "#e9bd92", 14),
                rect(102, 296, 32, 30, "#f7dfc4"),
                disc(112, 306, 2, WOOD),
                disc(124, 306, 2, WOOD),
                disc(118, 316, 2, WOOD),
            ],
            -8,
            118,
            310,
        ),
        stroke("M300 268L246 330M258 270L306 326", STEEL, 7),
        ring(242, 338, 11, INK, 6),
        ring(310, 336, 11, INK, 6),
    ]


@draws("tool-fixit")
def repair_kit(item: Item) -> Shapes:
    """An open roll with tape, needle and thread, glue, patches and a pole sleeve."""
    tones = item.tones()
    return [
        shadow(156, 200, 316),
        path("M56 120H344V300Q200 322 56 300Z", tones.base),
        path("M56 120H344V152H56Z", tones.light),
        path("M56 232Q200 250 344 232V300Q200 322 56 300Z", tones.dark),
        stroke(
            "M56 232Q200 250 344 232M128 240V308M200 244V312M272 240V308", tones.deep, 3, dash="6 4"
        ),
        disc(92, 206, 30, "#8b9499"),
        disc(92, 206, 15, tones.light),
        rect(148, 168, 34, 80, "#f0c330", 6),
        path("M156 168H174L170 150H160Z", "#d9534a"),
        rect(216, 186, 42, 54, "#c24a3f", 4),
        stroke("M216 196h42M216 206h42M216 216h42M216 226h42", "#e58b7f", 3),
        rect(210, 180, 54, 9, WOOD, 3),
        rect(210, 234, 54, 9, WOOD, 3),
        stroke("M258 210Q300 176 284 140", "#e58b7f", 2.5),
        stroke("M284 140L300 196", STEEL, 4),
        rect(296, 176, 14, 70, "#cfd6da", 6),
        rect(70, 256, 40, 30, "#5f9ea0", 5),
        rect(146, 262, 36, 32, item.accent(), 16),
        stroke("M344 186Q372 180 366 150", INK, 7),
    ]


@draws("tool-chatter-duo")
def radios(item: Item) -> Shapes:
    """Two radios that talk to one another."""
    tones = item.tones()

    def radio(x: float) -> Shapes:
        return [
            rect(x + 10, 62, 16, 84, INK, 8),
            rect(x + 62, 116, 22, 26, INK, 6),
            rect(x, 130, 96, 194, tones.base, 20),
            rect(x + 70, 130, 26, 194, "#101828", 18, 0.15),
            rect(x + 15, 148, 66, 50, "#cfe0c8", 7),
            stroke(f"M{x + 25} 164H{x + 50}M{x + 25} 180H{x + 68}", INK, 5),
            disc(x + 48, 222, 12, tones.deep),
            stroke("".join(f"M{x + 22} {y}H{x + 74}" for y in (250, 264, 278, 292)), tones.deep, 5),
            rect(x - 6, 168, 9, 46, INK, 4),
        ]

    return [
        shadow(130, 200, 328),
        *radio(84),
        *radio(222),
        stroke("M128 60Q142 76 128 94M144 48Q168 78 144 106", tones.deep, 5),
        stroke("M276 60Q290 76 276 94M292 48Q316 78 292 106", tones.deep, 5),
    ]


@draws("tool-perch-chair", scene="meadow")
def low_chair(item: Item) -> Shapes:
    """A low hub-and-pole chair with a cloth sling."""
    tones = item.tones()
    return [
        shadow(110, 200, 332),
        stroke("M118 330L196 280L288 330M138 322L208 276L262 334", "#52595f", 8),
        stroke("M110 120L176 268M292 126L238 268", "#6d757b", 8),
        path(
            "M96 108Q196 86 304 112Q296 196 272 228Q330 232 322 254Q250 292 150 284"
            "Q90 268 106 236Q128 220 126 220Q104 176 96 108Z",
            tones.base,
        ),
        path(
            "M126 220Q200 250 272 228Q330 232 322 254Q250 292 150 284Q90 268 106 236Z", tones.light
        ),
        shade("M262 104L304 112Q296 196 272 228L244 234Q270 170 262 104Z"),
        path("M138 138Q200 126 262 140L258 186Q200 176 142 184Z", tones.dark, 0.6),
        stroke("M96 108Q196 86 304 112", tones.deep, 6),
        disc(204, 282, 11, INK),
        stroke("M150 284Q250 292 322 254", tones.deep, 4),
        rect(92, 100, 18, 18, item.accent(), 5),
        rect(294, 104, 18, 18, item.accent(), 5),
    ]


@draws("tool-deck-chair", scene="meadow")
def high_chair(item: Item) -> Shapes:
    """A tall folding armchair with a side table and a cup on it."""
    tones = item.tones()
    return [
        shadow(140, 214, 336),
        stroke("M112 226L222 334M222 226L112 334M106 96V334M236 96V334", "#5c646a", 8),
        path("M102 74Q170 60 240 74L236 232H106Z", tones.base),
        shade("M212 69L240 74L236 232H212Z"),
        path("M110 82Q170 70 232 82L230 112Q170 102 112 112Z", tones.light),
        path("M96 228H240L254 256Q170 268 88 256Z", tones.light),
        path("M88 256Q170 268 254 256V266Q170 280 88 266Z", tones.dark),
        rect(78, 178, 44, 13, WOOD, 6),
        rect(218, 178, 44, 13, WOOD, 6),
        stroke("M88 188V250M252 188V250", "#5c646a", 7),
        rect(262, 208, 92, 12, WOOD, 5),
        stroke("M276 220L340 334M340 220L276 334", "#5c646a", 6),
        path("M296 176H326L322 208H300Z", PAPER),
        stroke("M326 184Q342 186 322 202", PAPER, 4),
        stroke("M306 168q-5 -8 0 -14M316 168q-5 -8 0 -14", "#ffffff", 3, 0.8),
        stroke("M150 130V220M192 130V220", tones.dark, 3, 0.7, dash="6 5"),
    ]
