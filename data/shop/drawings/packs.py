"""Backpacks, vests and dry bags, seen from the front."""

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
    shadow,
    shine,
    stroke,
)


@draws("pack-talus-45", top=92, belt=1)
@draws("pack-cairn-65", top=58, belt=2)
def trekking_pack(item: Item, top: float, belt: int) -> Shapes:
    """A tall pack with a lid, a hip belt, compression straps; the larger carries a rolled mat."""
    tones = item.tones()
    lid = top + 8
    wings = [
        path("M118 284Q76 276 58 300Q60 322 82 320L124 318Z", tones.deep),
        rect(76, 292, 26, 20, tones.dark, 5),
        rect(98, 206, 32, 82, tones.dark, 12),
    ]
    mat = [
        rect(92, 322, 216, 30, "#d9a521", 15),
        disc(107, 337, 9, "#a87c14"),
        rect(140, 318, 10, 38, INK),
        rect(250, 318, 10, 38, INK),
    ]
    return [
        shadow(120, 200, 352 if belt > 1 else 334),
        stroke(f"M180 {top + 6}Q200 {top - 30} 220 {top + 6}", tones.deep, 8),
        *mirrored(wings),
        path(
            f"M116 {lid + 40}Q112 {lid} 150 {lid}H250Q288 {lid} 284 {lid + 40}L280 316"
            "Q278 334 258 334H142Q122 334 120 316Z",
            tones.base,
        ),
        shade(f"M246 {lid}Q288 {lid} 284 {lid + 40}L280 316Q278 334 258 334H236Z"),
        path(
            f"M108 {lid + 52}Q104 {top} 150 {top}H250Q296 {top} 292 {lid + 52}"
            f"Q200 {lid + 66} 108 {lid + 52}Z",
            tones.light,
        ),
        path(f"M250 {top}Q296 {top} 292 {lid + 52}Q270 {lid + 56} 244 {lid + 59}Z", tones.base),
        stroke(f"M136 {lid + 30}Q200 {lid + 38} 264 {lid + 30}", tones.deep, 4),
        path("M136 232H264L260 318H140Z", tones.dark),
        stroke("M136 232H264", item.accent(), 4),
        stroke(f"M160 {lid + 58}V232M240 {lid + 58}V232", INK, 7),
        rect(152, lid + 78, 16, 18, PAPER, 4, 0.85),
        rect(232, lid + 78, 16, 18, PAPER, 4, 0.85),
        stroke("M118 214L136 232M282 214L264 232", INK, 5),
        stroke("M290 150V250", "#c9cfd2", 4),
        path("M184 262L200 244L216 262V280H184Z", tones.light, 0.55),
        *(mat if belt > 1 else []),
    ]


@draws("pack-sparrow-18", top=124, mesh=False)
@draws("pack-antler-22", top=104, mesh=True)
def daypack(item: Item, top: float, mesh: bool) -> Shapes:
    """A rounded zip pack; one has bottles in mesh sides and bungee cord on its front."""
    tones = item.tones()
    bottle = [
        rect(94, 206, 26, 90, "#8fc4e0", 10),
        rect(99, 194, 16, 14, INK, 4),
        rect(88, 244, 40, 70, tones.deep, 10),
    ]
    cord = stroke("M150 246L250 210L150 174M250 246L150 210L250 174", item.accent(), 4)
    pocket = [
        path("M140 224H260V298Q260 314 244 314H156Q140 314 140 298Z", tones.dark),
        stroke("M140 226H260", item.accent(), 5),
        stroke("M240 226V244", PAPER, 5),
    ]
    return [
        shadow(104, 200, 330),
        stroke(f"M176 {top + 8}Q200 {top - 34} 224 {top + 8}", tones.deep, 9),
        *(mirrored(bottle) if mesh else mirrored([rect(98, 232, 30, 80, tones.deep, 12)])),
        path(
            f"M112 {top + 80}Q112 {top} 200 {top}T288 {top + 80}L284 310Q282 330 260 330"
            "H140Q118 330 116 310Z",
            tones.base,
        ),
        shade(
            f"M222 {top + 2}Q288 {top + 6} 288 {top + 80}L284 310Q282 330 260 330H236"
            f"Q262 230 222 {top + 2}Z"
        ),
        shine(f"M126 {top + 80}Q126 {top + 24} 168 {top + 16}Q142 {top + 40} 140 {top + 96}Z", 0.3),
        stroke(f"M124 {top + 76}Q130 {top + 22} 200 {top + 22}T276 {top + 76}", tones.deep, 4),
        stroke(f"M276 {top + 76}V{top + 94}", item.accent(), 5),
        *(
            [path("M138 160H262V262Q262 276 246 276H154Q138 276 138 262Z", tones.dark, 0.6), cord]
            if mesh
            else pocket
        ),
        rect(176, 286 if mesh else 180, 48, 24, tones.light, 5),
        disc(200, 298 if mesh else 192, 6, tones.deep),
    ]


@draws("pack-plume-ultralight")
def ultralight_pack(item: Item) -> Shapes:
    """A frameless roll-top sack in gridded cloth with big mesh pockets."""
    tones = item.tones()
    side = path("M116 216L96 230V300Q98 318 122 322Z", "#4a4f56", 0.8)
    return [
        shadow(100, 200, 336),
        *mirrored([side]),
        path("M122 110Q200 92 278 110L286 312Q284 334 262 334H138Q116 334 114 312Z", tones.base),
        stroke(
            "M150 104V334M175 100V334M200 98V334M225 100V334M250 104V334M118 146H280"
            "M118 176H282M117 206H283M116 236H284M115 266H285M114 296H286",
            "#8ea0a6",
            1.5,
            0.6,
        ),
        shade("M244 104L278 110L286 312Q284 334 262 334H240Q256 220 244 104Z", 0.12),
        path("M112 78Q200 62 288 78L280 116Q200 98 120 116Z", "#5c666e"),
        stroke("M116 92Q200 76 284 92M119 104Q200 88 281 104", "#3c444b", 3),
        stroke("M112 82Q90 120 112 170M288 82Q310 120 288 170", INK, 5),
        path(
            "M134 204Q200 216 266 204L268 314Q266 324 252 324H148Q134 324 132 314Z", "#434b53", 0.88
        ),
        stroke(
            "M146 226L256 306M146 256L230 316M176 216L258 276M256 226L146 306M256 256"
            "L170 316M226 216L144 276",
            "#7c868d",
            2,
            0.6,
        ),
        stroke("M134 204Q200 216 266 204", item.accent(), 5),
        rect(90, 158, 26, 12, INK, 4),
        rect(284, 158, 26, 12, INK, 4),
    ]


@draws("pack-brook-vest")
def running_vest(item: Item) -> Shapes:
    """A running vest with two soft flasks in front and two chest straps."""
    tones = item.tones()
    half = [
        path(
            "M132 66Q166 58 178 84L184 210Q184 306 168 330H108Q92 300 98 234"
            "Q104 180 92 158Q100 96 132 66Z",
            tones.base,
        ),
        path("M92 158Q104 180 98 234Q92 300 108 330H124Q108 220 118 150Z", tones.dark),
        rect(126, 128, 46, 18, INK, 6),
        path("M128 160H174V246Q174 260 160 260H140Q126 260 126 246Z", "#cfe6ef"),
        path("M126 208H174V246Q174 260 160 260H140Q126 260 126 246Z", tones.deep),
        stroke("M150 160V126Q150 108 162 104", "#8fc4e0", 6),
        rect(142, 146, 18, 16, "#4b90b5", 4),
        stroke("M126 210H174", item.accent(), 4),
        path("M122 276H168V306Q168 314 160 314H126Z", tones.dark),
        stroke("M122 276H168", PAPER, 3, dash="4 4"),
    ]
    return [
        shadow(112, 200, 344),
        path("M140 72Q200 44 260 72L256 110Q200 86 144 110Z", tones.deep),
        path("M150 96Q200 82 250 96V200Q200 190 150 200Z", tones.deep, 0.75),
        *mirrored(half),
        stroke("M176 190H224M178 234H222", INK, 6),
        rect(190, 182, 20, 16, item.accent(), 4),
        rect(190, 226, 20, 16, item.accent(), 4),
    ]


def dry_sack(x: float, foot: float, w: float, h: float, tones: Tones) -> Shapes:
    """One rolled-down sack whose buckle closes above the roll."""
    top, mid, right = foot - h, x + w / 2, x + w
    return [
        stroke(f"M{x + 4} {top + 14}Q{mid} {top - h * 0.22} {right - 4} {top + 14}", INK, 5),
        rect(mid - 13, top - h * 0.075, 26, 14, INK, 4),
        path(
            f"M{x + 6} {top + 20}H{right - 6}"
            f"Q{right + 8} {top + h * 0.5} {right} {foot - 12}"
            f"Q{mid} {foot + 14} {x} {foot - 12}"
            f"Q{x - 8} {top + h * 0.5} {x + 6} {top + 20}Z",
            tones.base,
        ),
        shade(
            f"M{right - w * 0.24} {top + 20}H{right - 6}"
            f"Q{right + 8} {top + h * 0.5} {right} {foot - 12}"
            f"Q{right - w * 0.15} {foot - 4} {right - w * 0.3} {foot}Z"
        ),
        shine(
            f"M{x + w * 0.1} {top + h * 0.3}"
            f"Q{x + w * 0.06} {foot - h * 0.3} {x + w * 0.14} {foot - h * 0.14}"
            f"Q{x + w * 0.22} {foot - h * 0.4} {x + w * 0.2} {top + h * 0.3}Z",
            0.4,
        ),
        rect(x, top + 6, w, 24, tones.dark, 9),
        stroke(f"M{x + 8} {top + 15}H{right - 8}", tones.deep, 2),
    ]


@draws("pack-otter-drybag")
def dry_bag(item: Item) -> Shapes:
    """One stout roll-top bag with a shoulder strap, wet from the lake."""
    tones = item.tones()
    return [
        shadow(110),
        stroke("M284 138Q352 190 284 296", INK, 9),
        *dry_sack(116, 318, 168, 210, tones),
        rect(160, 210, 80, 50, tones.light, 8),
        path("M176 246Q186 226 200 246T224 246L228 252H172Z", tones.deep),
        path(
            "M142 290q-9 -15 0 -24q9 9 0 24ZM262 226q-7 -12 0 -19q7 7 0 19ZM126 218"
            "q-5 -9 0 -14q5 5 0 14Z",
            "#d7eef7",
        ),
    ]


@draws("pack-minnow-drysacks")
def dry_sacks(item: Item) -> Shapes:
    """Three light sacks of growing size and different colours."""
    return [
        shadow(150, 204),
        *dry_sack(206, 310, 116, 190, item.tones()),
        *dry_sack(118, 316, 96, 150, Tones("#f0c330")),
        *dry_sack(60, 322, 74, 112, Tones("#c8412f")),
    ]


@draws("pack-slicker-cover")
def rain_cover(item: Item) -> Shapes:
    """A pack under its cover, rain running off."""
    tones = item.tones()
    drops = (
        "M70 74l-8 22M128 50l-8 22M330 70l-8 22M278 44l-8 22M354 160l-8 22M52 176l-8 22M206 34"
        "l-6 18"
    )
    return [
        stroke(drops, "#7fa9c4", 5),
        shadow(108, 200, 334),
        rect(92, 258, 30, 40, "#4a4f56", 10),
        rect(278, 258, 30, 40, "#4a4f56", 10),
        path("M174 110Q200 70 226 110", "#4a4f56"),
        path("M104 172Q104 92 200 92T296 172L300 290Q296 334 200 334T100 290Z", tones.base),
        shade("M226 94Q296 104 296 172L300 290Q297 322 246 331Q282 220 226 94Z"),
        shine("M120 172Q122 120 168 110Q136 140 134 214Q120 214 120 172Z", 0.42),
        stroke("M110 296Q200 330 290 296", tones.dark, 5, dash="3 8"),
        stroke("M150 140Q166 190 154 244M244 150Q232 190 246 236", tones.dark, 3, 0.6),
        rect(150, 252, 100, 12, PAPER, 6, 0.85),
        path(
            "M180 196q-10 -18 0 -28q10 10 0 28ZM222 224q-8 -14 0 -22q8 8 0 22ZM142 286"
            "q-7 -12 0 -19q7 7 0 19Z",
            "#e9f6fb",
        ),
    ]


@draws("pack-acorn-kids")
def fox_pack(item: Item) -> Shapes:
    """A small child's pack with a sleeping fox under the moon."""
    tones = Tones("#3f527c")
    fox = [
        path("M-44 -34L-30 -2L-8 -16ZM44 -34L30 -2L8 -16Z", "#e0762f"),
        path("M-42 -4Q0 -34 42 -4Q40 36 0 46Q-40 36 -42 -4Z", "#e0762f"),
        path("M-42 -2Q-14 6 0 34Q14 6 42 -2Q40 36 0 46Q-40 36 -42 -2Z", "#fdf3e2"),
        stroke("M-26 10q8 7 16 0M10 10q8 7 16 0", INK, 4),
        disc(0, 36, 6, INK),
    ]
    return [
        shadow(104),
        stroke("M176 116Q200 78 224 116", tones.deep, 10),
        rect(94, 228, 32, 74, tones.deep, 14),
        rect(274, 228, 32, 74, tones.deep, 14),
        path(
            "M112 194Q112 106 200 106T288 194V300Q288 324 264 324H136Q112 324 112 300Z", tones.base
        ),
        shade("M226 108Q288 120 288 194V300Q288 324 264 324H244Q270 230 226 108Z"),
        path("M246 140a20 20 0 1 0 16 32a16 16 0 0 1 -16 -32Z", "#f7dc8b"),
        *[disc(x, y, 3, "#f7dc8b") for x, y in ((146, 150), (182, 134), (140, 188), (214, 164))],
        stroke("M124 196H276", item.accent(), 5),
        path("M134 216H266V296Q266 310 252 310H148Q134 310 134 296Z", tones.light),
        placed(fox, "translate(200 260)"),
    ]


@draws("pack-ferry-carryon")
def travel_pack(item: Item) -> Shapes:
    """A boxy travel pack that opens like a case, with grab handles."""
    tones = item.tones()
    return [
        shadow(108, 200, 336),
        stroke("M170 86Q172 62 200 62T230 86", tones.deep, 10),
        stroke("M292 180Q314 182 314 206T292 232", tones.deep, 9),
        rect(108, 80, 184, 256, tones.base, 30),
        shade("M252 80H262Q292 80 292 110V306Q292 336 262 336H252Z", 0.2),
        shine("M122 116Q122 94 144 94H160Q136 100 134 130V230H122Z", 0.22),
        stroke("M122 250V114Q122 94 146 94H254Q278 94 278 114V250", tones.pale, 3, dash="7 4"),
        rect(128, 116, 144, 66, tones.light, 12),
        stroke("M140 134H258", tones.deep, 4),
        stroke("M250 134V150", item.accent(), 5),
        rect(128, 196, 144, 114, tones.dark, 14),
        stroke("M142 216H258", tones.pale, 3),
        stroke("M108 258H128M272 258H292", INK, 9),
        stroke("M128 258H272", INK, 9),
        rect(184, 247, 32, 22, item.accent(), 5),
        rect(226, 284, 34, 14, PAPER, 3, 0.8),
    ]


@draws("pack-pika-fold")
def packable_pack(item: Item) -> Shapes:
    """A thin crumpled daypack beside the pouch that it folds into."""
    tones = item.tones()
    return [
        shadow(140, 204),
        stroke("M152 108Q168 78 190 108", tones.deep, 7),
        path("M88 190Q92 104 166 100Q244 102 250 186L262 306Q258 326 168 326T78 306Z", tones.base),
        shade("M196 104Q246 116 250 186L262 306Q259 322 210 325Q228 220 196 104Z"),
        stroke(
            "M110 170Q130 220 116 290M168 130Q160 190 178 232M220 170Q206 210 222 300",
            tones.dark,
            3,
            0.8,
        ),
        shine("M104 190Q108 132 146 120Q122 150 120 220Z", 0.35),
        path("M118 228Q168 240 222 228L228 302Q168 318 112 302Z", tones.dark, 0.7),
        stroke("M118 228Q168 240 222 228", item.accent(), 4),
        path(
            "M266 272Q266 256 282 256H336Q352 256 352 272L354 306Q354 322 336 322H282"
            "Q264 322 264 306Z",
            tones.light,
        ),
        path("M330 256H336Q352 256 352 272L354 306Q354 322 336 322H326Z", tones.dark),
        stroke("M272 272H346", tones.deep, 3),
        stroke("M352 268Q368 276 362 298", INK, 4),
        oval(308, 298, 12, 9, tones.pale),
    ]


@draws("pack-harbour-roll")
def commuter_pack(item: Item) -> Shapes:
    """A square roll-top with a hook strap and a bike light in its loop."""
    tones = item.tones()
    return [
        shadow(104, 200, 336),
        rect(100, 262, 22, 60, tones.deep, 8),
        path("M122 120L116 316Q118 336 140 336H260Q282 336 284 316L278 120Z", tones.base),
        shade("M248 120H278L284 316Q282 336 260 336H246Z", 0.2),
        path("M114 76H286L280 130H120Z", tones.light),
        path("M114 76H286L284 94H116Z", tones.dark),
        stroke("M118 108H282", tones.deep, 3),
        rect(192, 92, 16, 132, INK),
        path("M190 214H210V236Q210 246 200 246T190 236Z", "#c9a23f"),
        rect(186, 130, 28, 20, "#c9a23f", 4),
        path("M134 238H266L268 322H132Z", tones.dark),
        stroke("M134 238H266", tones.pale, 3, dash="7 4"),
        rect(178, 276, 44, 12, INK, 4),
        rect(188, 282, 24, 26, "#d9333a", 6),
        disc(200, 292, 6, "#ff9d92"),
        stroke("M140 300H166M234 300H260", "#dfe6e8", 5),
    ]
