"""Sleeping bags, mats, pillows, liners and hammocks."""

from drawings.canvas import (
    INK,
    PAPER,
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
)


@draws("sleep-ember-down", zip_side="left", lofty=True)
@draws("sleep-wether-synthetic", zip_side="right", lofty=False)
def mummy_bag(item: Item, zip_side: str, lofty: bool) -> Shapes:
    """A tapering bag with a hood; down shows as fat baffles, fibre as sewn waves."""
    tones = item.tones("#c4622f")
    shell = (
        "M200 40Q268 40 278 104Q296 176 270 258Q256 340 200 344Q144 340 130 258"
        "Q104 176 122 104Q132 40 200 40Z"
    )
    rows = range(136, 330, 30)
    seams = "".join(
        f"M{124 + (y - 136) * 0.14:.0f} {y}"
        f"Q200 {y + (20 if lofty else -12)} {276 - (y - 136) * 0.14:.0f} {y}"
        for y in rows
    )
    zip_x, way = (150, 1) if zip_side == "left" else (250, -1)
    return [
        shadow(96, 200, 346),
        path(shell, tones.base),
        shade("M226 44Q270 52 278 104Q296 176 270 258Q256 340 200 344Q262 250 226 44Z"),
        path("M200 54Q254 56 252 104Q248 144 200 146Q152 144 148 104Q146 56 200 54Z", tones.deep),
        path("M164 118Q166 84 200 84Q234 84 236 118Q200 142 164 118Z", "#f0c98b"),
        path("M152 116Q200 166 248 116Q244 146 200 148Q156 146 152 116Z", tones.dark),
        stroke(seams, tones.dark, 4 if lofty else 3),
        shine("M136 120Q124 190 148 270Q134 200 152 130Z", 0.3),
        stroke(f"M{zip_x} 132Q{zip_x - 8 * way} 220 {zip_x + 10 * way} 292", PAPER, 3, dash="5 4"),
        rect(zip_x - 4, 292, 8, 18, item.accent(), 4),
        stroke("M200 148V160", item.accent(), 4),
    ]


@draws("sleep-canopy-quilt")
def quilt(item: Item) -> Shapes:
    """An open-backed quilt: closed foot, wide shoulders, straps below."""
    tones = item.tones()
    seams = "".join(
        f"M{90 + (y - 120) * 0.16:.0f} {y}Q200 {y + 18} {310 - (y - 120) * 0.16:.0f} {y}"
        for y in range(120, 320, 34)
    )
    return [
        shadow(112, 200, 346),
        stroke("M76 170H56M74 222H54M324 170H344M326 222H346", INK, 6),
        path(
            "M80 70Q200 96 320 70Q338 210 282 316Q266 342 200 342Q134 342 118 316Q62 210 80 70Z",
            tones.base,
        ),
        shade("M260 82L320 70Q338 210 282 316Q266 342 200 342Q290 260 260 82Z"),
        path("M80 70Q200 96 320 70L322 96Q200 122 78 96Z", tones.pale),
        stroke(seams, tones.dark, 4),
        stroke("M200 300V340", tones.deep, 3, dash="4 5"),
        shine("M98 110Q92 210 132 292Q112 200 118 114Z", 0.26),
        path("M320 70Q300 120 250 96Q286 92 320 70Z", tones.light),
        rect(48, 164, 16, 12, item.accent(), 3),
        rect(336, 216, 16, 12, item.accent(), 3),
    ]


@draws("sleep-chrysalis-kids")
def kids_bag(item: Item) -> Shapes:
    """A short bag with moons and a rabbit, its foot zipped off to grow later."""
    tones = Tones("#6a7bb3")
    rabbit = [
        oval(-9, -34, 6, 20, PAPER),
        oval(9, -34, 6, 20, PAPER),
        disc(0, 0, 22, PAPER),
        disc(-7, -2, 3, INK),
        disc(7, -2, 3, INK),
        disc(0, 6, 3, "#e9a0a0"),
    ]
    moons = [
        path(f"M{x} {y}a15 15 0 1 0 12 24a13 13 0 0 1 -12 -24Z", "#f7dc8b")
        for x, y in ((142, 150), (252, 176), (150, 262))
    ]
    return [
        shadow(92, 200, 344),
        path("M124 90Q126 54 200 54T276 90Q294 190 274 270H126Q106 190 124 90Z", tones.base),
        path("M126 274H274Q268 340 200 340T126 274Z", tones.dark),
        shade("M236 58Q272 64 276 90Q294 190 274 270H240Q270 160 236 58Z"),
        path("M146 112Q146 74 200 74T254 112Q200 134 146 112Z", "#f2d3a4"),
        path("M138 108Q200 146 262 108L264 132Q200 166 136 132Z", tones.light),
        *moons,
        placed(rabbit, "translate(206 228)"),
        stroke("M126 272H274", PAPER, 4, dash="5 4"),
        rect(264, 266, 20, 10, item.accent(), 4),
        disc(236, 300, 4, "#f7dc8b"),
        disc(164, 306, 4, "#f7dc8b"),
    ]


@draws("sleep-cloudraft-mat")
def air_mat(item: Item) -> Shapes:
    """An inflated mat of long tubes with its valve and pump sack."""
    tones = item.tones()
    tubes = "".join(f"M{x} 84Q{x - 8} 200 {x} 322" for x in (142, 168, 194, 220))
    return [
        shadow(92, 182, 338),
        path(
            "M116 78Q114 58 134 62Q182 48 230 62Q248 58 246 78Q256 200 246 324"
            "Q248 342 230 338Q182 350 134 338Q114 342 116 324Q106 200 116 78Z",
            tones.base,
        ),
        shade("M226 62Q248 58 246 78Q256 200 246 324Q248 342 226 338Q242 200 226 62Z"),
        stroke(tubes, tones.dark, 4),
        shine("M126 84Q118 200 128 310Q134 200 132 84Z", 0.35),
        stroke("M128 112Q182 96 234 112M128 296Q182 312 234 296", tones.light, 4),
        disc(230, 324, 9, INK),
        disc(230, 324, 4, item.accent()),
        path("M276 252Q270 228 286 222H326Q344 228 338 252L346 326Q306 340 268 326Z", tones.light),
        path("M322 222Q344 228 338 252L346 326Q330 332 318 332Q330 270 322 222Z", tones.dark, 0.6),
        stroke("M280 240H334", tones.deep, 3),
        oval(306, 222, 22, 6, tones.deep),
    ]


@draws("sleep-slab-foam")
def foam_mat(item: Item) -> Shapes:
    """A closed-cell mat folding like an accordion, with egg-box dimples."""
    tones = item.tones()
    back = Tones("#8c9296")
    panels = []
    for index in range(5):
        x = 62 + index * 54
        up, down = (236, 268) if index % 2 else (268, 236)
        face = tones.base if index % 2 else tones.light
        panels.append(
            path(f"M{x} {up - 112}L{x + 54} {down - 112}V{down + 50}L{x} {up + 50}Z", face)
        )
        panels += [oval(x + 27, 160 + row * 34 + 4, 10, 6, tones.dark, 0.7) for row in range(4)]
        panels.append(
            path(f"M{x} {up + 50}L{x + 54} {down + 50}V{down + 62}L{x} {up + 62}Z", back.base)
        )
    return [
        shadow(150, 200, 330),
        *panels,
        shade("M116 124L170 156V318L116 286ZM224 124L278 156V318L224 286Z", 0.1),
        rect(292, 296, 12, 42, item.accent(), 5),
    ]


@draws("sleep-lodge-selfmat")
def self_inflating_mat(item: Item) -> Shapes:
    """A thick mat half rolled up, one end lying flat."""
    tones = item.tones()
    return [
        shadow(168, 204, 322),
        path("M120 250L364 274Q372 296 360 316L130 318Z", tones.base),
        path("M130 300L366 296Q368 308 360 316L130 318Z", tones.deep),
        stroke("M190 266L352 282M196 284L356 292", tones.dark, 3),
        disc(342, 300, 8, INK),
        disc(342, 300, 4, item.accent()),
        disc(128, 250, 70, tones.dark),
        disc(124, 250, 66, tones.base),
        stroke(
            "M124 196A54 54 0 1 0 178 250A44 44 0 0 0 134 208A36 36 0 1 0 160 252"
            "A24 24 0 1 0 132 268",
            tones.deep,
            6,
        ),
        shine("M72 224A60 60 0 0 1 112 188A54 54 0 0 0 72 224Z", 0.5),
        stroke("M92 190Q150 176 186 214", item.accent(), 9),
    ]


@draws("sleep-dumpling-pillow")
def dumpling_pillow(item: Item) -> Shapes:
    """A plump pillow pleated along its top like a dumpling."""
    tones = item.tones()
    pleats = (
        "M112 176L124 214M146 152L152 198M182 142L184 190M218 142L216 190M254 152L248 198"
        "M288 176L276 214"
    )
    return [
        shadow(146, 200, 312),
        path(
            "M52 270Q50 176 130 150Q200 122 270 150Q350 176 348 270Q344 314 200 314Q56 314 52 270Z",
            tones.base,
        ),
        shade("M270 150Q350 176 348 270Q344 314 200 314Q310 290 270 150Z", 0.1),
        path(
            "M92 190Q108 152 132 160Q146 132 168 146Q184 124 200 140Q216 124 232 146"
            "Q254 132 268 160Q292 152 308 190Q200 140 92 190Z",
            tones.light,
        ),
        stroke(pleats, tones.deep, 4, 0.5),
        stroke("M92 190Q200 136 308 190", tones.deep, 3, 0.4),
        shine("M74 262Q78 210 120 186Q96 220 96 270Z", 0.6),
        oval(170, 262, 6, 7, INK),
        oval(230, 262, 6, 7, INK),
        stroke("M190 272Q200 282 210 272", INK, 4),
        oval(148, 276, 12, 7, "#ee9d8b", 0.7),
        oval(252, 276, 12, 7, "#ee9d8b", 0.7),
    ]


@draws("sleep-wisp-inflatable")
def inflatable_pillow(item: Item) -> Shapes:
    """A curved air pillow with a nest for the head and a round valve."""
    tones = item.tones()
    return [
        shadow(140, 200, 300),
        path(
            "M58 168Q52 130 96 138Q200 168 304 138Q348 130 342 168Q356 230 340 272"
            "Q332 300 300 294Q200 276 100 294Q68 300 60 272Q44 230 58 168Z",
            tones.base,
        ),
        shade("M304 138Q348 130 342 168Q356 230 340 272Q332 300 300 294Q330 220 304 138Z"),
        path(
            "M112 178Q200 204 288 178Q304 220 290 256Q200 240 110 256Q96 220 112 178Z", tones.light
        ),
        stroke("M156 192Q150 222 154 248M200 196V246M244 192Q250 222 246 248", tones.dark, 4, 0.8),
        shine("M74 170Q70 148 96 154Q130 166 160 170Q110 172 88 190Q72 200 74 170Z", 0.4),
        disc(318, 270, 14, tones.deep),
        disc(318, 270, 7, item.accent()),
        rect(170, 314, 62, 26, tones.dark, 12),
        stroke("M222 318Q246 316 240 334", item.accent(), 3),
    ]


@draws("sleep-silk-liner", sheen=True)
@draws("sleep-fleece-liner", sheen=False)
def liner(item: Item, sheen: bool) -> Shapes:
    """A folded sheet sack; silk gleams in folds, fleece is fluffy. Its pouch lies before it."""
    tones = item.tones()
    fluff = "".join(
        f"M{x} {y}q5 -7 10 0" for y in range(134, 270, 26) for x in range(112 + y % 4 * 9, 280, 38)
    )
    folds = "M116 116Q150 200 126 286M168 108Q196 200 176 292M228 108Q250 200 238 292"
    return [
        shadow(124, 190, 306),
        path("M92 108Q190 84 292 108Q300 200 290 292Q190 310 90 292Q82 200 92 108Z", tones.base),
        shade("M244 100L292 108Q300 200 290 292Q266 297 246 298Q268 200 244 100Z", 0.12),
        path("M92 108Q190 84 292 108L288 134Q190 112 96 134Z", tones.light),
        stroke(
            folds, "#ffffff" if sheen else tones.deep, 9 if sheen else 3, 0.45 if sheen else 0.2
        ),
        *([] if sheen else [stroke(fluff, tones.pale, 3, 0.7)]),
        stroke("M104 142Q190 122 280 142", tones.deep, 2, 0.5, dash="5 5"),
        path("M256 246Q250 232 266 228H320Q336 232 330 246L342 322Q294 338 246 322Z", tones.dark),
        path("M256 246Q250 232 266 228H284L274 330Q258 328 246 322Z", tones.light, 0.5),
        stroke("M258 244H328", item.accent(), 4),
        stroke("M328 244Q350 250 344 274", item.accent(), 3),
    ]


def trees() -> Shapes:
    """Two trunks to hang from."""
    return [
        path("M28 0Q40 180 22 324H74Q62 180 70 0Z", "#7d6147"),
        path("M330 0Q338 180 326 324H378Q360 180 372 0Z", "#7d6147"),
        path(
            "M54 0Q62 180 58 324H74Q62 180 70 0ZM356 0Q350 180 362 324H378Q360 180 372 0Z",
            "#5f4934",
        ),
        rect(27, 126, 46, 14, INK, 3),
        rect(327, 126, 46, 14, INK, 3),
        stroke("M72 134L100 166M328 134L300 166", INK, 4),
    ]


@draws("sleep-grove-hammock", scene="meadow", net=False)
@draws("sleep-lull-net", scene="meadow", net=True)
def hammock(item: Item, net: bool) -> Shapes:
    """A hammock between two trees, under a net where it has one."""
    tones = item.tones()
    ridge = [
        stroke("M74 112L326 112", INK, 2),
        path(
            "M96 166Q146 118 200 112Q254 118 304 166Q290 220 200 236Q110 220 96 166Z",
            "#eef4ee",
            0.55,
        ),
        stroke(
            "M128 142Q140 190 168 220M164 122Q172 180 190 226M236 122Q228 180 210 226"
            "M272 142Q260 190 232 220M104 190Q200 206 296 190M112 160Q200 170 288 160",
            "#7c8a80",
            1.5,
            0.6,
        ),
    ]
    belly = 222 if net else 236
    return [
        *trees(),
        shadow(96, 200, 330),
        *(ridge if net else []),
        path(f"M98 164Q200 {belly} 302 164Q284 {belly + 30} 200 {belly + 30}T98 164Z", tones.base),
        path(
            f"M200 {belly - 29}Q262 {belly - 34} 302 164Q284 {belly + 30} 200 {belly + 30}Z",
            tones.dark,
        ),
        path("M98 164Q200 230 302 164Q200 208 98 164Z", tones.pale, 0.8),
        stroke(
            f"M112 188Q140 {belly + 12} 200 {belly + 18}M288 188Q260 {belly + 12} 200 {belly + 18}",
            tones.light,
            3,
            0.8,
        ),
        rect(186, belly + 24, 28, 20, item.accent(), 6),
    ]
