"""Shirts, trousers, socks, gloves, hats and gaiters, laid flat."""

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
    placed,
    rect,
    shade,
    shine,
    stroke,
    turned,
)
from drawings.jackets import ground, hood, sleeve

BODY = "M150 92Q200 112 250 92L286 120L276 326Q200 338 124 326L114 120Z"


def ribbing(tones: Tones) -> Shapes:
    """A knitted crew neck."""
    return [
        path("M150 92Q200 74 250 92Q200 138 150 92Z", tones.deep),
        stroke("M150 92Q200 134 250 92", tones.light, 9),
        stroke("M156 90Q200 78 244 90", tones.seam, 5),
    ]


@draws("wear-wool-crew")
def wool_crew(item: Item) -> Shapes:
    """A long-sleeved knit with flat seams set back from the shoulder."""
    tones = item.tones()
    knit = "".join(f"M128 {y}H272" for y in range(150, 320, 13))
    return [
        ground(),
        *mirrored(sleeve(tones)),
        path(BODY, tones.base),
        stroke(knit, tones.light, 2, 0.5, dash="5 5"),
        shade("M240 97L250 92L286 120L276 326Q262 329 244 330Z", 0.14),
        *mirrored([stroke("M138 100Q150 140 122 176", tones.pale, 3, 0.8)]),
        *ribbing(tones),
        stroke("M125 316Q200 328 275 316", tones.seam, 7),
        rect(132, 288, 12, 20, item.accent(), 2),
        stroke("M62 276L104 288M298 288L338 276", tones.pale, 2, 0.6),
    ]


@draws("wear-quickdry-tee")
def tee(item: Item) -> Shapes:
    """A short-sleeved shirt, drops drying off it."""
    tones = item.tones()
    drop = "q-8 -13 0 -22q8 9 0 22Z"
    arm = [
        path("M150 92Q112 104 98 132L62 200L112 224L132 176Z", tones.dark),
        stroke("M66 196L112 218", tones.light, 4),
    ]
    return [
        ground(),
        *mirrored(arm),
        path(BODY, tones.base),
        shade("M240 97L250 92L286 120L276 326Q262 329 244 330Z", 0.12),
        path("M130 240Q200 262 272 240L268 296Q200 312 128 296Z", tones.light, 0.35),
        *mirrored([stroke("M136 100Q150 140 128 180", tones.seam, 3)]),
        *ribbing(tones),
        path(
            f"M160 300{drop}M186 318{drop}M220 302{drop}M92 300{drop}M310 288{drop}M322 320{drop}",
            "#5fa3cc",
        ),
        stroke("M166 176q12 -12 24 0t24 0t24 0", tones.pale, 5),
        stroke("M126 318Q200 330 274 318", tones.seam, 3, dash="6 4"),
    ]


@draws("wear-sun-hoody")
def sun_hoody(item: Item) -> Shapes:
    """A thin hooded shirt with thumb holes, the sun above."""
    tones = item.tones()
    return [
        disc(330, 74, 26, "#f7c65a"),
        stroke("M330 34V24M370 74h10M358 46l8 -8M302 46l-8 -8M358 102l8 8", "#f7c65a", 6),
        ground(),
        *mirrored([*sleeve(tones), oval(84, 298, 5, 9, INK, 0.55)]),
        path(BODY, tones.base),
        shade("M240 97L250 92L286 120L276 326Q262 329 244 330Z", 0.1),
        *hood(tones),
        stroke("M200 122V176", tones.seam, 4),
        stroke("M200 122V138", item.accent(), 7),
        *mirrored([stroke("M142 104Q156 140 120 178", tones.seam, 3)]),
        path("M146 240Q200 228 254 240L264 296H136Z", tones.dark, 0.45),
        stroke("M146 240L136 296M254 240L264 296", tones.seam, 4),
        stroke("M125 316Q200 328 275 316", tones.seam, 4),
    ]


@draws("wear-ferry-shirt")
def travel_shirt(item: Item) -> Shapes:
    """A buttoned shirt with two chest pockets and a loop for rolled sleeves."""
    tones = item.tones()
    half = [
        *sleeve(tones),
        path("M200 112L160 74L146 100L176 132Z", tones.pale),
        path("M140 160H184V206L162 216L140 206Z", tones.dark, 0.6),
        stroke("M138 168H186", tones.seam, 4),
        disc(162, 172, 3, "#8a7350"),
        stroke("M104 218L128 226", "#8a7350", 4),
    ]
    return [
        ground(),
        path("M150 92Q200 70 250 92L286 120L278 316Q240 338 200 326T122 316L114 120Z", tones.base),
        *mirrored(half[:2]),
        path("M160 80Q200 62 240 80L200 116Z", tones.deep),
        shade("M244 90L286 120L278 316Q262 328 246 330Z", 0.1),
        *mirrored(half[2:]),
        path("M190 114H210V328H190Z", tones.light),
        stroke("M190 116V326M210 116V326", tones.seam, 2),
        *[disc(200, y, 4, "#8a7350") for y in (136, 172, 208, 244, 280, 312)],
    ]


@draws("wear-wool-leggings-w", style="leggings")
@draws("wear-longmile-trousers", style="trousers")
@draws("wear-zipoff-w", style="zipoff")
@draws("wear-sluice-pants", style="rain")
def trousers(item: Item, style: str) -> Shapes:
    """Long trousers: knitted leggings, hiking, zip-off, or rain trousers."""
    tones = item.tones()
    slim = style == "leggings"
    outer = (
        "M136 64L124 190L136 352H182L198 150V64Z"
        if slim
        else "M132 64L108 200L104 352H176L198 158V64Z"
    )
    drop = "q-7 -12 0 -20q7 8 0 20Z"
    half = {
        "leggings": [
            stroke(
                "M140 200H180M141 216H180M142 232H180M143 248H180M144 264H179M145 280H179"
                "M146 296H179M147 312H179",
                tones.light,
                2,
                0.6,
                dash="5 4",
            ),
            stroke("M160 80Q146 180 158 340", tones.seam, 4),
            stroke("M138 342H181", tones.light, 9),
        ],
        "trousers": [
            stroke("M140 92L120 134", tones.seam, 6),
            path("M112 204L156 212L152 262L108 256Z", tones.dark, 0.7),
            stroke("M112 204L156 212", item.accent(), 4),
            stroke("M176 120L150 340", tones.seam, 2, 0.6),
        ],
        "zipoff": [
            stroke("M140 92L120 134", tones.seam, 6),
            path("M106 232L180 236L176 352H104Z", tones.light),
            stroke("M107 230L181 235", INK, 6),
            stroke("M107 230L181 235", PAPER, 2, dash="4 4"),
            stroke("M108 232v14", item.accent(), 6),
        ],
        "rain": [
            stroke("M110 220L106 346", item.accent(), 5),
            shine("M138 100L122 200L122 330L136 210Z", 0.22),
            path(
                f"M150 200{drop}M166 260{drop}M140 300{drop}M84 160{drop}M64 240{drop}", "#6fa3c4"
            ),
        ],
    }[style]
    return [
        oval(200, 354, 108, 9, "#101828", 0.14),
        *mirrored([path(outer, tones.base), *half]),
        shade(
            "M252 64H264L292 200L296 352H262Q284 210 252 64Z"
            if not slim
            else "M246 64H264L276 190L264 352H240Q262 200 246 64Z",
            0.16,
        ),
        stroke("M200 90V158", tones.seam, 4),
        path("M134 48H266L269 84Q200 92 131 84Z", tones.light if style != "rain" else tones.dark),
        *(
            []
            if slim or style == "rain"
            else [
                disc(200, 66, 6, "#c9a23f"),
                *[rect(x, 46, 8, 40, tones.dark, 2) for x in (150, 242)],
            ]
        ),
        *(
            [stroke("M188 84L182 116M212 84L218 116", item.accent(), 4)]
            if style == "rain" or slim
            else []
        ),
    ]


@draws("wear-scramble-shorts")
def shorts(item: Item) -> Shapes:
    """Walking shorts with a zipped thigh pocket and a drawcord."""
    tones = item.tones()
    half = [
        path("M122 104L84 302Q130 318 180 308L198 204V104Z", tones.base),
        stroke("M132 134L110 188", tones.seam, 7),
        stroke("M88 288Q132 302 182 294", tones.seam, 4, dash="7 5"),
        path("M104 224L150 230L144 274L98 268Z", tones.dark, 0.7),
        stroke("M104 224L150 230", item.accent(), 5),
    ]
    return [
        oval(200, 322, 122, 11, "#101828", 0.14),
        *mirrored(half),
        shade("M256 104H278L316 302Q290 310 262 311Q290 220 256 104Z", 0.16),
        stroke("M200 134V206", tones.seam, 4),
        path("M120 86H280L283 124Q200 132 117 124Z", tones.light),
        stroke("M136 92V122M160 94V126M240 94V126M264 92V122", tones.seam, 4),
        stroke("M190 118Q180 150 188 166M210 118Q222 146 212 170", PAPER, 4),
        shine("M120 140L96 270L108 272L128 150Z", 0.2),
    ]


@draws("wear-switchback-socks")
def socks(item: Item) -> Shapes:
    """A pair of cushioned crew socks, heel and toe in another tone."""
    tones = item.tones()

    def sock(x: float, y: float) -> str:
        return placed(
            [
                path(
                    "M0 0H72V120Q78 146 110 156L158 172Q182 186 172 212Q164 228 134 226"
                    "L44 218Q0 210 0 168Z",
                    tones.base,
                ),
                path("M0 148Q36 150 44 218Q0 210 0 168Z", tones.deep),
                path(
                    "M142 167L158 172Q182 186 172 212Q164 228 134 226L126 225Q148 200 142 167Z",
                    tones.deep,
                ),
                rect(-3, -4, 78, 34, tones.light, 7),
                stroke("M8 0V26M20 0V26M32 0V26M44 0V26M56 0V26M66 0V26", tones.seam, 3),
                rect(0, 48, 72, 12, PAPER, 0, 0.9),
                rect(0, 68, 72, 7, item.accent()),
                stroke("M66 128l30 18M62 142l32 20M58 158l34 18", tones.seam, 3),
                shine("M8 84H18V140H8Z", 0.3),
            ],
            f"translate({x} {y})",
        )

    return [oval(210, 326, 120, 11, "#101828", 0.14), sock(166, 64), sock(70, 96)]


@draws("wear-liner-gloves")
def gloves(item: Item) -> Shapes:
    """A pair of thin gloves whose thumb and first finger work on a screen."""
    tones = item.tones()
    glove = [
        path(
            "M100 330V246Q84 214 66 192Q54 172 68 164Q84 160 100 186V104Q100 90 112 90"
            "T125 104V84Q126 70 138 70T150 84V92Q152 78 163 78T176 92V118Q178 106 188 106"
            "T198 118V236Q196 262 182 276V330Z",
            tones.base,
        ),
        shade(
            "M176 118Q178 106 188 106T198 118V236Q196 262 182 276V330H160Q176 260 176 118Z", 0.14
        ),
        path(
            "M66 192Q54 172 68 164Q84 160 96 180L82 196ZM100 112V104Q100 90 112 90T125 104V112Z",
            item.accent(),
        ),
        stroke("M125 112V176M150 112V178M176 124V182", tones.seam, 4),
        rect(96, 284, 90, 48, tones.dark, 8),
        stroke(
            "M108 290V326M122 290V326M136 290V326M150 290V326M164 290V326M176 290V326",
            tones.light,
            3,
        ),
        shine("M108 200Q104 240 112 270Q120 240 118 204Z", 0.25),
    ]
    return [
        oval(200, 340, 130, 10, "#101828", 0.14),
        placed([turned(glove, -6, 140, 220)], "translate(-6 6)"),
        placed(
            [placed([turned(glove, -6, 140, 220)], "translate(400 0) scale(-1 1)")],
            "translate(6 6)",
        ),
    ]


@draws("wear-ribbed-beanie")
def beanie(item: Item) -> Shapes:
    """A ribbed cap with a folded brim."""
    tones = item.tones()
    ribs = (
        "M128 214Q132 130 184 92M158 216Q160 136 192 88M186 218Q186 140 198 86M214 218"
        "Q214 140 202 86M242 216Q240 136 208 88M272 214Q268 130 216 92"
    )
    return [
        oval(200, 312, 118, 12, "#101828", 0.15),
        path("M96 230Q92 82 200 80T304 230Q200 252 96 230Z", tones.base),
        shade("M226 84Q306 100 304 230H262Q270 140 226 84Z", 0.14),
        stroke(ribs, tones.seam, 5, 0.8),
        path("M84 224Q200 246 316 224Q326 262 314 300Q200 320 86 300Q74 262 84 224Z", tones.light),
        stroke(
            "M106 236V296M130 240V302M154 244V305M178 246V307M202 247V308M226 246V307"
            "M250 244V304M274 240V301M296 236V296",
            tones.base,
            5,
        ),
        rect(236, 256, 40, 30, "#7a4f36", 3),
        path("M246 278l10 -14l10 14Z", PAPER),
        path("M96 230Q92 150 130 112Q112 160 112 228Z", "#ffffff", 0.16),
    ]


@draws("wear-brim-hat")
def sun_hat(item: Item) -> Shapes:
    """A wide-brimmed hat with a band, mesh and a chin cord."""
    tones = item.tones()
    return [
        disc(326, 70, 26, "#f7c65a"),
        oval(200, 316, 140, 14, "#101828", 0.14),
        stroke("M112 244Q130 330 200 340T288 244", "#7a5f45", 4),
        disc(200, 338, 8, "#7a5f45"),
        path("M40 226Q110 286 200 288T360 226Q352 204 290 204H110Q48 204 40 226Z", tones.dark),
        path("M40 226Q110 262 200 264T360 226Q330 196 280 198H120Q70 196 40 226Z", tones.light),
        path(
            "M108 226Q108 116 150 108Q200 96 250 108Q292 116 292 226Q200 252 108 226Z", tones.base
        ),
        shade("M240 106L250 108Q292 116 292 226Q270 234 240 238Z", 0.12),
        path("M109 200Q200 228 291 200L292 226Q200 252 108 226Z", "#7a5f45"),
        *[
            disc(x, y, 3, tones.deep)
            for x, y in ((140, 150), (152, 150), (164, 152), (140, 162), (152, 164), (164, 164))
        ],
        path("M150 108Q200 122 250 108Q200 96 150 108Z", tones.pale),
        rect(240, 206, 14, 26, item.accent(), 3),
    ]


@draws("wear-bramble-gaiters")
def gaiters(item: Item) -> Shapes:
    """Two low gaiters over shoes."""
    tones = item.tones()

    def gaiter(x: float, y: float) -> str:
        return placed(
            [
                path("M-10 118Q-12 150 -6 168H172Q176 130 128 118L84 104Z", "#7d6147"),
                rect(-12, 164, 190, 16, "#2f3338", 7),
                path(
                    "M4 0H80L90 84Q104 116 130 132Q110 152 60 146L-14 148Q-16 60 4 0Z", tones.base
                ),
                shade("M4 0Q-16 60 -14 148L22 147Q6 70 26 0Z", 0.16),
                rect(0, -8, 84, 20, tones.light, 8),
                stroke("M60 14L70 88Q84 118 108 138", item.accent(), 5),
                stroke("M112 140L126 150", "#c9cfd2", 5),
                rect(-14, 112, 26, 22, tones.deep, 4),
                path("M20 52l10 -18l10 18Z", tones.pale),
            ],
            f"translate({x} {y})",
        )

    return [oval(212, 330, 134, 11, "#101828", 0.14), gaiter(176, 92), gaiter(76, 146)]
