"""Luggage, travel things and goods for children."""

from drawings.canvas import (
    INK,
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
)


@draws("trip-gull-cabin", top=132, wide=132)
@draws("trip-gull-checked", top=88, wide=176)
def hard_case(item: Item, top: float, wide: float) -> Shapes:
    """A ribbed shell case on spinners; the checked one is bigger and wears a tag."""
    tones = item.tones()
    x, h = 200 - wide / 2, 312 - top
    ribs = "".join(f"M{x + wide * i / 6:.0f} {top + 18}V296" for i in range(1, 6))
    tag = [
        stroke(f"M{x + wide - 34} {top - 8}L{x + wide + 2} {top + 40}", INK, 3),
        rect(x + wide - 14, top + 38, 34, 48, item.accent(), 6),
        disc(x + wide + 2, top + 48, 4, PAPER),
    ]
    return [
        shadow(wide * 0.7, 200, 330),
        stroke(f"M{200 - wide * 0.2} {top}V{top - 62}H{200 + wide * 0.2}V{top}", STEEL, 7),
        rect(200 - wide * 0.24, top - 70, wide * 0.48, 16, INK, 8),
        *[rect(cx - 9, 308, 18, 20, INK, 7) for cx in (x + 24, x + wide - 24)],
        *[disc(cx, 322, 8, "#6a737a") for cx in (x + 24, x + wide - 24)],
        rect(x, top, wide, h, tones.base, 22),
        shade(
            f"M{x + wide * 0.74} {top}H{x + wide - 22}"
            f"Q{x + wide} {top} {x + wide} {top + 22}V290"
            f"Q{x + wide} 312 {x + wide - 22} 312H{x + wide * 0.74}Z"
        ),
        stroke(ribs, tones.dark, 5),
        shine(
            f"M{x + 10} {top + 26}Q{x + 10} {top + 10} {x + 26} {top + 10}H{x + 34}"
            f"Q{x + 20} {top + 20} {x + 20} {top + 60}V240H{x + 10}Z",
            0.4,
        ),
        rect(x, top + h * 0.48, wide, 7, tones.deep, 0, 0.6),
        rect(186, top - 8, 28, 14, tones.deep, 6),
        rect(x + wide - 12, top + h * 0.4, 14, 34, "#d5dade", 5),
        *(tag if wide > 150 else [rect(184, top + 22, 32, 18, PAPER, 4, 0.8)]),
    ]


@draws("trip-tidewater-duffel")
def duffel(item: Item) -> Shapes:
    """A round-ended duffel with a wide zip and webbing handles."""
    tones = item.tones()
    return [
        shadow(160, 200, 308),
        stroke("M136 190Q142 108 200 108T264 190", INK, 10),
        path(
            "M52 200Q52 162 92 158H308Q348 162 348 200V262Q348 304 300 304H100Q52 304 52 262Z",
            tones.base,
        ),
        path("M52 200Q52 162 92 158Q122 172 122 232T92 303Q52 300 52 262Z", tones.light),
        shade(
            "M308 158Q348 162 348 200V262Q348 304 300 304H100Q76 304 62 288Q260 292 308 158Z", 0.16
        ),
        stroke("M104 166H296", tones.deep, 6),
        stroke("M270 166V186", item.accent(), 6),
        stroke("M136 190V302M264 190V302", INK, 11),
        rect(162, 214, 76, 40, tones.dark, 8),
        path("M176 242Q188 222 200 242T226 242", tones.light),
        stroke("M344 184Q376 200 346 252", INK, 8),
        rect(184, 100, 32, 18, tones.deep, 6),
        stroke("M70 206Q62 236 72 270", tones.dark, 4),
    ]


@draws("trip-stack-cubes")
def packing_cubes(item: Item) -> Shapes:
    """Three zipped cubes in a stack, clothes showing through the mesh."""
    tones = item.tones()

    def cube(x: float, y: float, w: float, h: float, part: Tones, cloth: str) -> Shapes:
        return [
            rect(x, y, w, h, part.base, 14),
            rect(x + 14, y + 12, w - 62, h - 24, cloth, 8),
            stroke(
                "".join(
                    f"M{x + 22 + i * 18:.0f} {y + 14}V{y + h - 14}"
                    for i in range(int((w - 76) / 18) + 1)
                ),
                part.pale,
                1.5,
                0.7,
            ),
            rect(x + w - 38, y, 38, h, part.dark, 14),
            stroke(
                f"M{x + 10} {y + h / 2}M{x + w - 28} {y + h * 0.3:.0f}"
                f"Q{x + w - 12} {y + h / 2:.0f} {x + w - 28} {y + h * 0.7:.0f}",
                INK,
                6,
            ),
            stroke(f"M{x + 6} {y + 6}H{x + w - 8}", item.accent(), 3, dash="6 3"),
        ]

    return [
        shadow(148, 200, 326),
        *cube(60, 240, 280, 82, tones, "#d58a6a"),
        *cube(76, 166, 220, 72, Tones(tones.dark), "#e9d8a6"),
        *cube(96, 106, 158, 58, Tones(tones.light), "#7fa9a0"),
    ]


@draws("trip-crescent-pillow")
def neck_pillow(item: Item) -> Shapes:
    """A horseshoe of foam with a clasp, asleep."""
    tones = item.tones()
    return [
        shadow(120),
        path(
            "M132 316Q70 290 70 206Q74 92 200 90Q326 92 330 206Q330 290 268 316"
            "Q236 322 228 296Q224 276 244 262Q272 240 266 204Q258 164 200 162"
            "Q142 164 134 204Q128 240 156 262Q176 276 172 296Q164 322 132 316Z",
            tones.base,
        ),
        shade("M262 106Q328 130 330 206Q330 290 268 316Q250 318 240 312Q330 240 262 106Z"),
        shine("M88 206Q92 130 160 110Q116 140 108 210Q108 240 118 268Q88 250 88 206Z", 0.34),
        stroke("M84 240Q92 122 200 120T316 240", tones.dark, 3, 0.8, dash="7 6"),
        stroke("M172 296Q200 312 228 296", INK, 5),
        rect(188, 294, 24, 18, item.accent(), 5),
        stroke("M180 62h22l-22 24h22M216 40h16l-16 18h16", tones.deep, 5),
    ]


@draws("trip-magpie-adapter")
def plug_adapter(item: Item) -> Shapes:
    """A cube with a socket face, sliders and two prongs out."""
    tones = item.tones()
    return [
        shadow(110),
        rect(166, 70, 14, 48, STEEL, 4),
        rect(216, 70, 14, 48, STEEL, 4),
        rect(118, 108, 164, 210, tones.base, 26),
        shade("M236 108H256Q282 108 282 134V292Q282 318 256 318H236Z", 0.2),
        shine("M132 140Q132 122 150 122H160Q144 130 144 160V250H132Z", 0.3),
        disc(198, 196, 58, tones.dark),
        disc(198, 196, 50, tones.light),
        *[rect(x, 176, 9, 30, INK, 3) for x in (172, 215)],
        disc(198, 218, 7, INK),
        rect(146, 270, 34, 14, INK, 6),
        rect(190, 270, 20, 14, INK, 3),
        rect(220, 270, 20, 14, INK, 3),
        rect(150, 276, 26, 4, item.accent(), 2),
        disc(252, 138, 6, "#7fd08a"),
        rect(276, 170, 14, 44, tones.deep, 6),
        rect(276, 180, 14, 14, item.accent(), 4),
    ]


@draws("trip-summit-carrier")
def frame_carrier(item: Item) -> Shapes:
    """A framed carrier with a child under the sun shade."""
    tones = item.tones()
    return [
        shadow(110, 196, 340),
        stroke("M124 120L104 338H196L248 338M124 120L262 132", STEEL, 8),
        path("M232 40Q310 44 322 120L232 98Q196 76 232 40Z", tones.light),
        stroke("M230 100L218 210M318 118L292 216", STEEL, 5),
        disc(262, 140, 32, "#f0c39a"),
        path("M230 138Q230 104 264 106T294 138Q262 122 230 138Z", "#5b3d2c"),
        disc(252, 144, 4, INK),
        disc(274, 144, 4, INK),
        stroke("M256 156q7 6 14 0", INK, 3),
        disc(244, 154, 5, "#e99a86", 0.7),
        path("M182 176H304Q326 220 302 282Q280 304 208 300Z", tones.base),
        path("M278 176H304Q326 220 302 282Q290 294 266 298Z", tones.dark),
        path("M208 300L200 324H262L286 292Z", tones.deep),
        stroke("M190 196Q248 220 308 194", item.accent(), 7),
        path("M134 128Q150 112 176 130L196 286Q160 306 122 292Z", tones.dark),
        stroke("M128 132Q72 150 74 220Q78 262 116 280", tones.deep, 16),
        stroke("M116 300H76Q62 300 62 312", tones.deep, 14),
        stroke("M288 290Q296 306 288 318M226 298Q222 314 230 322", "#f0c39a", 12),
    ]


@draws("trip-pebble-wrap")
def baby_carrier(item: Item) -> Shapes:
    """A soft carrier worn on the chest: crossing straps, panel, waistband, a sleeping head."""
    tones = item.tones()
    shirt = Tones("#5f7f86")
    straps = [stroke("M132 88Q136 130 158 176", tones.dark, 26)]
    return [
        path("M170 0H230V84Q200 104 170 84Z", "#d9a57e"),
        path(
            "M170 70Q130 88 104 100Q76 116 62 190L44 400H356L338 190Q324 116 296 100"
            "Q270 88 230 70Q200 110 170 70Z",
            shirt.base,
        ),
        stroke("M96 210L84 400M304 210L316 400", shirt.dark, 5),
        *mirrored(straps),
        path("M150 164Q146 270 160 292H240Q254 270 250 164Q200 186 150 164Z", tones.base),
        shade("M232 173L250 164Q254 270 240 292H218Q236 240 232 173Z", 0.12),
        disc(200, 142, 36, "#efc39b"),
        path("M163 142Q164 104 200 104T237 142Q218 126 200 126T163 142Z", "#4c382b"),
        stroke("M180 148q7 6 14 0M208 148q7 6 14 0", INK, 4),
        oval(176, 160, 7, 4, "#e79a8a"),
        path("M150 164Q200 190 250 164L251 184Q200 210 149 184Z", tones.light),
        stroke("M154 216Q200 236 246 216M156 250Q200 268 244 250", tones.dark, 3, dash="6 6"),
        stroke("M158 272Q132 284 138 318M242 272Q268 284 262 318", "#efc39b", 18),
        path("M56 284Q200 262 344 284L348 316Q200 300 52 316Z", tones.dark),
        rect(286, 284, 22, 26, INK, 5),
    ]


@draws("trip-otter-kids-pack")
def otter_pack(item: Item) -> Shapes:
    """A child's pack with an otter's face."""
    tones = item.tones()
    ear = [
        disc(118, 146, 17, tones.dark),
        disc(118, 146, 9, tones.pale),
        rect(92, 226, 30, 78, tones.deep, 14),
    ]
    face = [
        disc(150, 186, 9, INK),
        disc(147, 183, 3, PAPER),
        stroke("M148 228L96 216M148 238L92 240M150 248L98 264", tones.deep, 3),
    ]
    return [
        shadow(106),
        stroke("M178 104Q200 72 222 104", tones.deep, 9),
        *mirrored(ear),
        path("M106 196Q106 96 200 96T294 196V298Q294 324 268 324H132Q106 324 106 298Z", tones.base),
        shade("M236 102Q294 122 294 196V298Q294 324 268 324H246Q278 220 236 102Z"),
        oval(200, 234, 72, 40, tones.pale),
        *mirrored(face),
        path("M180 214Q200 204 220 214Q216 234 200 236T180 214Z", INK),
        stroke("M200 236V248M182 256Q200 264 218 256", INK, 4),
        stroke("M122 162Q136 114 200 114T278 162", tones.deep, 4),
        stroke("M278 162V180", item.accent(), 6),
        path("M132 284H268V304Q268 312 258 312H142Q132 312 132 304Z", tones.dark),
        stroke("M132 284H268", PAPER, 3, dash="5 4"),
    ]


@draws("trip-puddle-suit")
def rain_suit(item: Item) -> Shapes:
    """A child's one-piece rain suit beside a puddle."""
    tones = item.tones()
    arm = [
        path("M146 140Q100 150 84 230L116 242Q128 206 150 194Z", tones.dark),
        rect(80, 228, 38, 14, tones.deep, 5),
    ]
    leg = [path("M140 236L136 310H190L198 246Z", tones.base), rect(132, 304, 62, 14, tones.deep, 5)]
    return [
        path("M60 326Q110 306 200 312T340 328Q280 350 190 346T60 326Z", "#a9d4e4"),
        path("M140 334Q180 324 230 332", "#d7eef7"),
        *mirrored(arm),
        *mirrored(leg),
        path("M142 142Q200 120 258 142L264 254Q200 272 136 254Z", tones.base),
        shade("M232 132L258 142L264 254L268 306H240Q244 200 232 132Z", 0.12),
        path("M148 120Q148 56 200 56T252 120Q228 156 200 156T148 120Z", tones.light),
        path("M164 116Q164 76 200 76T236 116Q222 138 200 138T164 116Z", tones.deep),
        stroke("M200 156V300", PAPER, 5, dash="7 4"),
        path("M150 216H184V240H150ZM216 216H250V240H216Z", tones.dark),
        stroke("M104 208L90 203M296 208L310 203", "#e9f1f3", 6),
        path(
            "M70 120q-9 -15 0 -24q9 9 0 24ZM328 92q-9 -15 0 -24q9 9 0 24ZM300 60"
            "q-6 -10 0 -16q6 6 0 16Z",
            "#7fb0cb",
        ),
        stroke("M188 158L184 178M212 158L216 178", item.accent(), 4),
    ]


@draws("trip-pond-towel")
def towel(item: Item) -> Shapes:
    """A thin towel hung by its loop, its mesh pouch beside it."""
    tones = item.tones()
    return [
        shadow(96, 196, 330),
        stroke("M60 76H340", "#b98a58", 9),
        path("M104 74H256V306Q180 318 104 306Z", tones.base),
        path("M104 74H148V312Q124 310 104 306Z", tones.light),
        shade("M222 74H256V306Q240 309 222 311Z"),
        stroke("M180 82Q174 200 182 308", tones.dark, 4, 0.6),
        path(
            "M104 262Q180 274 256 262V278Q180 290 104 278ZM104 286Q180 298 256 286V292"
            "Q180 304 104 292Z",
            tones.pale,
        ),
        rect(98, 66, 164, 20, tones.dark, 8),
        stroke("M246 78Q276 92 268 112", INK, 4),
        disc(268, 114, 5, item.accent()),
        path("M276 216H336L344 314Q308 326 268 314Z", tones.dark, 0.9),
        stroke(
            "M286 220L280 312M306 220V318M326 220L332 312M274 244H338M272 270H340M270 294H342",
            tones.pale,
            1.5,
            0.7,
        ),
        stroke("M276 216H336M306 214Q300 190 318 184", INK, 5),
    ]


@draws("trip-perch-underseat")
def underseat_bag(item: Item) -> Shapes:
    """A low soft trolley that goes under a seat."""
    tones = item.tones()
    return [
        shadow(120),
        stroke("M170 140V76H230V140", STEEL, 7),
        rect(160, 66, 80, 15, INK, 7),
        disc(126, 316, 13, INK),
        disc(274, 316, 13, INK),
        disc(126, 316, 5, STEEL),
        disc(274, 316, 5, STEEL),
        path(
            "M98 168Q98 136 132 134H268Q302 136 302 168V294Q302 314 282 314H118Q98 314 98 294Z",
            tones.base,
        ),
        shade("M262 134H268Q302 136 302 168V294Q302 314 282 314H262Z", 0.2),
        stroke("M108 190V166Q108 148 132 146H268Q292 148 292 166V190", tones.pale, 3, dash="7 4"),
        rect(120, 200, 160, 96, tones.light, 12),
        shine("M128 210H150L132 280H128Z", 0.2),
        stroke("M132 220H268", tones.deep, 5),
        stroke("M256 220V242", item.accent(), 6),
        rect(134, 160, 132, 26, tones.dark, 8),
        stroke("M178 134Q200 112 222 134", tones.deep, 8),
        rect(228, 262, 40, 20, PAPER, 4, 0.8),
    ]


@draws("trip-hook-washbag")
def wash_bag(item: Item) -> Shapes:
    """An open hanging wash bag with brush, tube and bottle in its pockets."""
    tones = item.tones()
    return [
        stroke("M60 58H340", "#9aa3a8", 9),
        stroke("M200 96V78Q200 48 222 50T232 74", INK, 6),
        path(
            "M118 96H282Q296 96 294 112L304 312Q302 330 284 330H116Q98 330 96 312L106 112"
            "Q104 96 118 96Z",
            tones.base,
        ),
        shade("M262 96H282Q296 96 294 112L304 312Q302 330 284 330H262Z"),
        rect(122, 112, 156, 58, tones.pale, 10),
        stroke("M130 124H270", tones.deep, 4),
        stroke("M262 124V140", item.accent(), 5),
        rect(148, 180, 18, 56, "#f4f3ee", 4),
        rect(146, 172, 22, 14, "#7fb8dc", 4),
        placed(
            [rect(196, 176, 8, 62, "#5fb3b3", 4), rect(192, 168, 16, 20, PAPER, 3)],
            "rotate(8 200 210)",
        ),
        rect(228, 188, 26, 50, "#d9534a", 6),
        rect(234, 178, 14, 14, INK, 3),
        path("M116 212H284L288 256H112Z", tones.dark),
        stroke("M116 212H284", tones.light, 4),
        path("M110 268H290L294 312Q294 320 284 320H116Q106 320 106 312Z", tones.light),
        stroke("M120 284H280", tones.deep, 4),
        stroke("M132 284V302", item.accent(), 5),
    ]
