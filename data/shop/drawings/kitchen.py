"""Pots, coolers, water filters, and what is eaten with."""

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


@draws("cook-quarry-set")
def pot_set(item: Item) -> Shapes:
    """Two pots, a pan and a lid nested beside each other."""
    tones = Tones("#7b858c")
    return [
        shadow(150, 196, 326),
        stroke("M288 156H356", "#d9653a", 13),
        rect(150, 128, 148, 180, tones.base, 14),
        rect(254, 128, 44, 180, tones.dark, 14),
        shine("M162 146H180V200H162Z", 0.3),
        rect(142, 120, 164, 16, tones.light, 7),
        path("M160 120Q172 94 224 94T288 120Z", tones.light),
        rect(210, 82, 28, 15, "#d9653a", 6),
        stroke("M180 294H50", "#d9653a", 13),
        path("M176 276H348L332 318Q330 324 320 324H204Q194 324 192 318Z", "#454c52"),
        oval(262, 276, 86, 9, "#5d656c"),
        rect(64, 206, 124, 114, tones.light, 13),
        rect(152, 206, 36, 114, tones.base, 13),
        rect(58, 200, 136, 14, tones.pale, 7),
        stroke("M80 214V306M92 214V306", "#ffffff", 4, 0.35),
        stroke("M76 250H110M76 272H100M76 294H110", tones.dark, 3),
    ]


@draws("cook-featherpot")
def mug_pot(item: Item) -> Shapes:
    """A slim titanium pot that is also a mug."""
    tones = Tones("#a3a19c")
    return [
        shadow(78, 186, 328),
        stroke("M244 160H302Q318 162 316 182V256Q316 276 298 276H244", STEEL, 8),
        stroke("M244 176H284V260H244", STEEL, 6),
        path("M122 132H252V304Q252 322 236 322H138Q122 322 122 304Z", tones.base),
        shade("M220 132H252V304Q252 322 236 322H220Z"),
        shine("M134 146H150V306H142Q134 306 134 296Z", 0.4),
        oval(187, 132, 65, 10, tones.dark),
        path("M116 126Q116 112 187 112T258 126Q258 134 187 134T116 126Z", tones.light),
        stroke("M170 112Q187 84 204 112", STEEL, 6),
        disc(160, 122, 3, INK),
        disc(214, 122, 3, INK),
        stroke("M200 210h22M200 232h14M200 254h22M200 276h14", tones.dark, 4),
        path("M146 262Q152 232 184 224Q180 256 150 268Z", tones.pale),
        stroke("M168 78q-8 -12 0 -24M206 74q-8 -12 0 -24", "#9fb0ba", 4),
    ]


@draws("cook-hearthpan")
def skillet(item: Item) -> Shapes:
    """A black skillet from above with an egg and a mushroom in it."""
    return [
        oval(186, 236, 126, 112, "#101828", 0.14),
        stroke("M250 136L340 54", "#3d342e", 24),
        stroke("M292 98L340 54", WOOD, 20),
        disc(336, 58, 5, PAPER),
        disc(176, 220, 122, "#2f3336"),
        disc(176, 220, 108, "#454a4e"),
        path("M84 190A108 108 0 0 1 170 113A96 96 0 0 0 84 190Z", "#ffffff", 0.16),
        path(
            "M108 226Q96 184 134 176Q150 148 186 166Q226 164 220 204Q234 244 190 254"
            "Q160 278 136 256Q108 256 108 226Z",
            "#fdf8ea",
        ),
        disc(166, 212, 27, "#f2b632"),
        path("M152 206q4 -14 18 -14q-12 6 -18 14Z", "#fbe29a"),
        path(
            "M214 272Q212 244 240 244T268 270Q254 280 248 276V296H234V276Q224 282 214 272Z",
            "#c79a6c",
        ),
        stroke("M112 288q12 -10 20 0M140 304q12 -10 20 0M232 190q10 -8 16 2", "#7fa14f", 6),
    ]


@draws("cook-yuanyang")
def split_hot_pot(item: Item) -> Shapes:
    """A divided hot pot seen from above: red broth and clear broth."""
    return [
        oval(200, 230, 158, 134, "#101828", 0.13),
        rect(34, 176, 42, 64, "#98a1a7", 18),
        rect(324, 176, 42, 64, "#98a1a7", 18),
        disc(200, 208, 140, "#c7ced2"),
        disc(200, 208, 126, "#8f989e"),
        path("M200 88A120 120 0 0 0 200 328Q150 268 200 208T200 88Z", "#c23a25"),
        path("M200 88A120 120 0 0 1 200 328Q150 268 200 208T200 88Z", "#f1e3bd"),
        stroke("M200 86Q250 148 200 208T200 330", "#d9dfe2", 9),
        *[
            disc(x, y, r, "#8e2418")
            for x, y, r in ((120, 176, 9), (152, 138, 7), (112, 236, 8), (146, 284, 9))
        ],
        stroke("M140 204q18 -12 26 4M124 264l18 8M158 168l14 -10", "#f2a23c", 6),
        oval(262, 176, 24, 15, "#fbf6e6"),
        oval(276, 256, 22, 14, "#fbf6e6"),
        stroke("M230 284q16 8 26 -4M236 136q12 -10 22 0", "#6d9a4d", 6),
        disc(250, 228, 13, "#d98c4c"),
        disc(298, 206, 8, "#c73d34"),
        stroke("M170 56q-10 -14 0 -28M228 60q-10 -14 0 -28", "#9fb0ba", 5),
    ]


@draws("cook-roll-cutlery")
def cutlery_roll(item: Item) -> Shapes:
    """A cloth roll with spoon, fork, knife and chopsticks in its slots."""
    tones = item.tones()
    return [
        shadow(146, 200, 332),
        stroke("M220 60V250M238 60V250", WOOD, 7),
        stroke("M220 60V110M238 60V110", "#7d5a38", 7),
        oval(104, 92, 19, 30, STEEL),
        rect(99, 116, 10, 130, STEEL, 4),
        rect(153, 120, 10, 126, STEEL, 4),
        path("M142 64V98Q142 122 158 124T174 98V64H168V96H161V64H155V96H148V64Z", STEEL),
        path("M284 60Q302 92 296 150H284Z", STEEL),
        rect(284, 146, 12, 100, "#8b949a", 4),
        path("M60 190H340V318Q200 332 60 318Z", tones.base),
        shade("M290 190H340V318Q316 322 290 324Z"),
        path("M60 190H340V210H60Z", tones.light),
        stroke("M128 210V324M186 210V326M262 210V325", tones.deep, 3, dash="6 5"),
        stroke("M60 268Q200 280 340 268", item.accent(), 8),
        stroke("M340 268Q378 262 366 300", item.accent(), 7),
    ]


@draws("cook-frostbox")
def hard_cooler(item: Item) -> Shapes:
    """A thick-walled ice chest with rubber latches and rope handles."""
    tones = item.tones()
    return [
        shadow(150, 200, 328),
        stroke("M66 190Q34 220 62 262M334 190Q366 220 338 262", INK, 9),
        path("M70 172H330L322 314Q320 326 308 326H92Q80 326 78 314Z", tones.base),
        shade("M290 172H330L322 314Q320 326 308 326H280Z", 0.13),
        path("M62 122Q64 104 84 104H316Q336 104 338 122L336 176H64Z", tones.light),
        path(
            "M64 154L62 122Q64 104 84 104H316Q336 104 338 122L337 150Q200 132 64 154Z", tones.pale
        ),
        stroke("M64 176H336", tones.deep, 6),
        rect(112, 150, 26, 66, INK, 9),
        rect(262, 150, 26, 66, INK, 9),
        rect(119, 196, 12, 9, STEEL, 3),
        rect(269, 196, 12, 9, STEEL, 3),
        stroke(
            "M200 222V290M171 239L229 273M229 239L171 273M190 228L200 236L210 228M190 284"
            "L200 276L210 284",
            "#5f9cbd",
            6,
        ),
        disc(96, 302, 9, INK),
        stroke("M100 308Q110 324 122 314", INK, 3),
    ]


@draws("cook-clearbrook")
def squeeze_filter(item: Item) -> Shapes:
    """A filter on a squeezed pouch, water running into a cup."""
    return [
        shadow(90, 214, 338),
        path(
            "M128 44H252Q262 44 260 56Q248 110 262 158Q250 196 216 202H164Q130 196 118 158"
            "Q132 110 120 56Q118 44 128 44Z",
            "#bfe0ee",
        ),
        path(
            "M122 112Q160 98 200 112T258 112Q252 134 262 158Q250 196 216 202H164"
            "Q130 196 118 158Q126 134 122 112Z",
            "#5fb1d6",
        ),
        shine("M138 62H154Q146 110 152 168Q136 150 134 128Q140 90 138 62Z", 0.55),
        rect(122, 40, 136, 16, "#3f7fa6", 7),
        rect(168, 198, 44, 20, INK, 5),
        rect(162, 214, 56, 64, "#3f8fb5", 12),
        rect(200, 214, 18, 64, "#2f6e90", 9),
        stroke("M170 232H210M170 246H210M170 260H210", "#d6edf7", 4),
        path("M182 276H198L194 290H186Z", INK),
        stroke("M190 292V312", "#5fb1d6", 5),
        path("M146 302H234L226 344H154Z", PAPER, 0.9),
        path("M149 318H231L226 344H154Z", "#7cc3e2"),
        stroke("M234 308Q258 312 230 332", PAPER, 6),
        path("M284 96q-12 -20 0 -32q12 12 0 32ZM308 132q-8 -14 0 -22q8 8 0 22Z", "#7cc3e2"),
    ]


@draws("cook-stillpond", scene="meadow")
def gravity_filter(item: Item) -> Shapes:
    """A hung water bag with a hose through a filter to a bottle."""
    tones = item.tones()
    return [
        path("M0 34Q150 66 400 40V58Q150 84 0 56Z", "#7d6147"),
        stroke("M148 58L164 96M232 58L216 96", INK, 4),
        path(
            "M128 96H252Q264 96 262 110L248 226Q240 246 190 246T132 226L118 110Q116 96 128 96Z",
            tones.pale,
        ),
        path("M122 150Q160 138 200 150T257 150L248 226Q240 246 190 246T132 226Z", tones.base),
        shine("M136 112H152L160 222Q148 224 144 214Z", 0.5),
        rect(114, 88, 152, 18, tones.dark, 8),
        stroke("M190 246V268", INK, 6),
        stroke("M190 268Q190 300 226 296T286 268", "#e8f1f5", 7),
        turned(
            [rect(206, 280, 46, 24, "#3b4248", 11), rect(222, 280, 14, 24, item.accent())],
            -12,
            230,
            292,
        ),
        shadow(40, 306, 340),
        rect(280, 258, 52, 84, "#dcecf3", 12),
        path("M280 298H332V330Q332 342 320 342H292Q280 342 280 330Z", tones.base),
        rect(290, 246, 32, 16, INK, 5),
        stroke("M150 176H172M150 194H166M150 212H172", tones.dark, 3),
    ]


@draws("cook-slowpour")
def coffee_kit(item: Item) -> Shapes:
    """A dripper on a server and a hand grinder."""
    tones = item.tones()
    return [
        shadow(148, 200, 328),
        path("M92 72H252L206 164H138Z", tones.base),
        shade("M212 72H252L206 164H188Z", 0.2),
        path("M84 64H260L254 80H90Z", tones.light),
        stroke("M122 88L146 150M152 88L162 150M192 88L184 150M220 88L198 150", tones.light, 3),
        rect(112, 162, 120, 13, tones.dark, 6),
        path("M116 178H228L244 300Q246 322 224 322H120Q98 322 100 300Z", "#dfeaec", 0.95),
        path("M106 250H238L244 300Q246 322 224 322H120Q98 322 100 300Z", "#6b4026"),
        stroke("M172 176V250", "#6b4026", 5),
        shine("M120 190H134L124 304H114Z", 0.7),
        stroke("M238 206Q286 210 274 254T240 286", "#cbd9dc", 9),
        rect(298, 176, 56, 146, tones.base, 12),
        rect(334, 176, 20, 146, tones.deep, 10),
        rect(298, 238, 56, 10, item.accent()),
        path("M300 176Q302 156 326 156T352 176Z", STEEL),
        stroke("M326 156V136H276", STEEL, 7),
        disc(272, 134, 13, WOOD),
        placed(
            [oval(0, 0, 9, 13, "#5a3822"), stroke("M0 -10Q5 0 0 10", "#8a5c3c", 2.5)],
            "translate(280 316) rotate(40)",
        ),
    ]
