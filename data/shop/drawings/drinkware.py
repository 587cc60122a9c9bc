"""Bottles, mugs, kettles and tea things."""

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


def steam(*xs: float, y: float = 90) -> Shapes:
    """Wisps of steam over a cup."""
    return [stroke(f"M{x} {y}q-10 -14 0 -28t0 -26", "#ffffff", 6, 0.9) for x in xs]


@draws("cup-ridgeline-bottle")
def vacuum_bottle(item: Item) -> Shapes:
    """A slim vacuum bottle with a cup for its cap, a ridge drawn round it."""
    tones = item.tones()
    return [
        shadow(66, 200, 342),
        rect(166, 46, 68, 62, STEEL, 12),
        rect(212, 46, 22, 62, "#8b949a", 11),
        stroke("M166 94H234", "#8b949a", 4),
        path(
            "M168 108H232Q252 122 252 150V320Q252 340 232 340H168Q148 340 148 320V150"
            "Q148 122 168 108Z",
            tones.base,
        ),
        shade("M222 108H232Q252 122 252 150V320Q252 340 232 340H218Q230 220 222 108Z"),
        shine("M160 156Q160 134 172 124H180Q172 140 172 170V310H160Z", 0.3),
        path("M148 282L172 246L188 264L212 226L234 258L252 242V300H148Z", tones.pale, 0.5),
        rect(148, 318, 104, 10, STEEL),
    ]


@draws("cup-travel-teaset")
def travel_tea_set(item: Item) -> Shapes:
    """Gaiwan, three cups and a tin in the cut-outs of an open case."""
    tones = item.tones()
    return [
        shadow(150, 200, 334),
        path("M56 156L76 60H324L344 156Z", "#5d6a63"),
        path("M76 148L90 72H310L324 148Z", "#7e8d84"),
        rect(48, 154, 304, 174, "#5d6a63", 22),
        rect(62, 168, 276, 146, "#3d4742", 14),
        disc(130, 238, 52, "#2d3531"),
        disc(130, 238, 46, tones.base),
        disc(130, 238, 34, tones.pale),
        disc(130, 238, 11, tones.dark),
        *[
            part
            for x in (210, 256, 302)
            for part in (
                disc(x, 208, 23, "#2d3531"),
                disc(x, 208, 19, tones.base),
                disc(x, 208, 13, "#b9803f"),
            )
        ],
        rect(190, 246, 130, 54, "#2d3531", 12),
        rect(194, 250, 122, 46, "#a3c7b0", 10),
        path("M238 286Q240 258 270 256Q268 282 242 288Z", "#5f8f74"),
        rect(182, 150, 36, 14, "#c9a23f", 5),
        stroke("M112 96q14 -12 28 0t28 0M214 112q14 -12 28 0t28 0", "#5d6a63", 5),
    ]


@draws("cup-enamel-camp-mug")
def enamel_mug(item: Item) -> Shapes:
    """A speckled enamel mug with a steel rim."""
    tones = item.tones()
    specks = [
        disc(x, y, r, PAPER, 0.85)
        for x, y, r in (
            (130, 178, 3),
            (156, 214, 2),
            (182, 180, 2.5),
            (208, 236, 3),
            (140, 262, 3),
            (176, 290, 2.5),
            (228, 200, 2),
            (222, 282, 3),
            (118, 224, 2),
            (196, 266, 2),
        )
    ]
    return [
        *steam(150, 198, y=108),
        shadow(96, 186, 324),
        stroke("M256 172Q330 170 322 232T254 280", tones.deep, 20),
        stroke("M256 172Q330 170 322 232T254 280", tones.base, 13),
        path("M98 136H272L262 304Q260 320 244 320H126Q110 320 108 304Z", tones.base),
        shade("M226 136H272L262 304Q260 320 244 320H214Z"),
        shine("M112 154H128L132 300H122Z", 0.24),
        *specks,
        oval(185, 136, 87, 15, STEEL),
        oval(185, 137, 78, 11, "#5a3a24"),
    ]


@draws("cup-two-way-infuser")
def infuser_bottle(item: Item) -> Shapes:
    """A glass bottle with a tea basket between its two ends."""
    tones = item.tones()
    return [
        shadow(66, 200, 346),
        rect(152, 44, 96, 40, tones.base, 12),
        rect(220, 44, 28, 40, tones.dark, 12),
        rect(148, 84, 104, 178, "#e3f0ea", 14, 0.9),
        path("M148 150H252V262H148Z", "#d3a24d", 0.85),
        rect(158, 96, 84, 34, "#c4ccc9", 6),
        stroke(
            "M166 104V124M178 104V124M190 104V124M202 104V124M214 104V124M226 104V124", "#8f9a95", 3
        ),
        path(
            "M166 186q14 -20 34 -8q-12 18 -34 8ZM206 226q10 -20 30 -12q-8 18 -30 12Z"
            "M178 240q6 -14 20 -10q-6 14 -20 10Z",
            "#5f7f3f",
        ),
        shine("M158 136H168V256H158Z", 0.7),
        rect(146, 256, 108, 86, tones.base, 16),
        shade("M226 256H238Q254 256 254 272V326Q254 342 238 342H226Z"),
        stroke("M160 276H240", tones.dark, 5),
        stroke("M248 60Q290 58 286 112", item.accent(), 7),
    ]


@draws("cup-harbor-tumbler")
def straw_tumbler(item: Item) -> Shapes:
    """A big tapered tumbler with a handle and a straw."""
    tones = item.tones()
    return [
        shadow(70, 190, 346),
        stroke("M214 92L232 26", "#e8eef0", 11),
        stroke("M217 80L232 26", item.accent(), 4),
        stroke("M260 152H292Q312 154 310 176V226Q308 246 288 246H250", tones.dark, 18),
        path(
            "M110 110H272L256 214L242 330Q240 344 226 344H158Q144 344 142 330L126 214Z", tones.base
        ),
        shade("M232 110H272L256 214L242 330Q240 344 226 344H206Q230 220 232 110Z"),
        shine("M126 130H142L156 320H150Z", 0.45),
        rect(102, 84, 178, 30, "#e2e8ea", 13),
        rect(102, 102, 178, 12, "#b9c2c6", 6),
        rect(166, 76, 52, 14, "#b9c2c6", 7),
        path("M152 230q12 -12 24 0t24 0t24 0l-2 12q-12 -10 -23 0t-23 0z", tones.pale),
        stroke("M142 318H242", STEEL, 6),
    ]


@draws("cup-noon-lunch-jar")
def lunch_jar(item: Item) -> Shapes:
    """A squat food jar, its lid beside it with the spoon, rice inside."""
    tones = item.tones()
    return [
        *steam(132, 184, y=96),
        shadow(150, 204, 330),
        path("M78 140H242V300Q242 326 216 326H104Q78 326 78 300Z", tones.base),
        shade("M204 140H242V300Q242 326 216 326H196Z"),
        shine("M92 160H108V300H100Q92 298 92 288Z", 0.4),
        oval(160, 140, 82, 20, STEEL),
        oval(160, 142, 70, 14, "#f7f1e2"),
        path("M112 138Q136 112 160 124Q190 112 208 140Q160 156 112 138Z", "#fffdf6"),
        disc(146, 132, 8, "#e0762f"),
        disc(172, 128, 7, "#6d9a4d"),
        disc(188, 136, 6, "#c8412f"),
        rect(78, 224, 164, 14, "#b98a58"),
        path(
            "M258 252Q258 240 272 240H334Q348 240 348 252V322Q348 330 338 330H268Q258 330 258 322Z",
            tones.dark,
        ),
        stroke("M272 252V320M288 252V320M304 252V320M320 252V320M336 252V320", tones.deep, 3),
        oval(296, 216, 22, 11, STEEL),
        stroke("M316 214L366 198", STEEL, 7),
    ]


@draws("cup-drip-gooseneck")
def gooseneck_kettle(item: Item) -> Shapes:
    """An electric kettle with a thin curved spout on its base."""
    tones = item.tones()
    return [
        shadow(130, 204, 338),
        path("M144 276Q84 262 92 196T62 116L84 112Q116 150 114 200T148 238Z", tones.base),
        stroke("M270 158Q342 150 336 226T300 268", tones.deep, 16),
        path("M146 146H268L288 290H126Z", tones.base),
        shade("M234 146H268L288 290H246Z", 0.22),
        shine("M152 162H166L152 280H140Z", 0.24),
        path("M146 146Q152 122 207 122T268 146Z", tones.light),
        rect(196, 106, 22, 18, WOOD, 7),
        rect(106, 298, 206, 34, tones.deep, 12),
        rect(122, 290, 170, 12, STEEL, 4),
        rect(172, 308, 56, 15, "#10202a", 4),
        stroke("M180 316H200", "#7fd08a", 5),
        disc(256, 315, 6, item.accent()),
        stroke("M312 322Q350 330 372 322", INK, 5),
        stroke("M66 108Q58 90 68 76", "#9fb0ba", 5),
    ]


@draws("cup-feather-ti-mug")
def titanium_mug(item: Item) -> Shapes:
    """A double-walled titanium mug, its rainbow rim and folding handles."""
    tones = item.tones()
    return [
        *steam(164, 206, y=124),
        shadow(88, 190, 324),
        stroke("M258 188H302Q324 190 322 212V262Q322 282 300 284H256", STEEL, 8),
        stroke("M258 204H290V268H256", STEEL, 6),
        path("M112 154H268L260 304Q258 320 242 320H138Q122 320 120 304Z", tones.base),
        shade("M228 154H268L260 304Q258 320 242 320H220Z"),
        shine("M124 172H142L144 302H134Z", 0.45),
        oval(190, 154, 78, 13, tones.pale),
        oval(190, 156, 68, 9, "#54382a"),
        stroke("M114 172Q190 190 267 172", "#6f8fc4", 5, 0.7),
        stroke("M115 180Q190 198 266 180", "#b98ac0", 4, 0.6),
        path("M172 270Q178 228 216 216Q214 256 178 274Z", tones.pale),
        stroke("M170 282L206 232", tones.dark, 3),
    ]


@draws("cup-minnow-kids")
def kids_bottle(item: Item) -> Shapes:
    """A fox with a straw: a child's bottle."""
    tones = item.tones()
    half = [
        path("M150 128L140 84L178 110Z", tones.base),
        path("M154 120L148 98L168 112Z", tones.pale),
        stroke("M142 150Q104 156 108 214", tones.dark, 12),
    ]
    face = [disc(170, 206, 8, INK), disc(154, 236, 9, "#f2a58d", 0.7)]
    return [
        shadow(68, 200, 338),
        stroke("M200 106V76Q202 56 232 58", "#e8f1f3", 14),
        *mirrored(half),
        rect(138, 108, 124, 228, tones.base, 40),
        shade("M232 110Q262 116 262 148V296Q262 336 222 336H210Q240 240 232 110Z", 0.12),
        path(
            "M138 216Q170 214 200 248Q230 214 262 216V296Q262 336 222 336H178Q138 336 138 296Z",
            "#fdf3e2",
        ),
        *mirrored(face),
        path("M190 240H210L200 252Z", INK),
        stroke("M200 252V260M186 264Q200 274 214 264", INK, 4),
        rect(138, 150, 124, 20, tones.dark),
        rect(176, 96, 48, 18, tones.deep, 7),
        stroke("M170 300H230", tones.light, 5, dash="2 10"),
    ]


@draws("cup-ripple-soft-flask")
def soft_flask(item: Item) -> Shapes:
    """A clear collapsible flask with a bite valve, half full and dented."""
    tones = item.tones()
    return [
        shadow(64, 200, 338),
        rect(186, 38, 28, 30, tones.dark, 10),
        rect(178, 62, 44, 16, INK, 6),
        rect(168, 76, 64, 26, tones.dark, 8),
        stroke("M176 84V96M188 84V96M200 84V96M212 84V96M224 84V96", tones.light, 3),
        path(
            "M168 102H232Q270 120 266 170Q246 220 264 268Q268 318 240 334H160"
            "Q132 318 136 268Q154 220 134 170Q130 120 168 102Z",
            tones.pale,
            0.9,
        ),
        path(
            "M145 200Q170 188 200 200T255 200Q250 232 264 268Q268 318 240 334H160"
            "Q132 318 136 268Q152 232 145 200Z",
            tones.base,
        ),
        shine(
            "M154 128Q164 116 176 114Q160 150 166 196Q170 250 160 314Q150 300 152 268"
            "Q168 220 150 172Q146 146 154 128Z",
            0.6,
        ),
        stroke("M228 224H246M222 246H242M228 268H248M222 290H246", tones.deep, 4),
        stroke("M250 160Q238 200 250 240", tones.dark, 3, 0.6),
    ]


@draws("cup-bamboo-shade-mug")
def office_mug(item: Item) -> Shapes:
    """A lidded porcelain mug with a bamboo painted on it and a tea basket."""
    tones = item.tones()
    return [
        shadow(92, 190, 330),
        stroke("M250 186Q318 184 314 240T248 288", tones.dark, 17),
        path("M108 138H262V298Q262 326 234 326H136Q108 326 108 298Z", tones.base),
        shade("M226 138H262V298Q262 326 234 326H216Z", 0.1),
        shine("M122 154H136V306Q122 304 122 290Z", 0.55),
        path("M98 134Q98 106 185 106T272 134Q272 142 185 142T98 134Z", tones.light),
        oval(185, 100, 18, 11, tones.dark),
        stroke("M166 320V232M166 226V178M206 320V262M206 256V206", "#4f7d5c", 7),
        path(
            "M168 216Q190 196 214 206Q194 222 168 216ZM164 240Q142 226 126 240"
            "Q146 252 164 240ZM208 246Q226 224 246 228Q236 248 208 246ZM164 192"
            "Q150 172 134 174Q142 194 164 192Z",
            "#4f7d5c",
        ),
        stroke("M262 152H280V140", STEEL, 5),
    ]


@draws("cup-hearthside-kettle")
def whistling_kettle(item: Item) -> Shapes:
    """A round stove kettle with a beech handle and a whistle on its spout."""
    tones = item.tones()
    return [
        shadow(120, 196, 328),
        path("M284 214Q318 200 326 156L348 164Q346 232 290 262Z", tones.dark),
        rect(322, 142, 32, 22, INK, 8),
        stroke("M356 132L374 116M362 148L384 144M346 126L350 106", "#9fb0ba", 6),
        stroke("M108 176Q104 70 196 70T284 176", STEEL, 9),
        stroke("M146 86Q196 58 246 86", WOOD, 19),
        path("M76 272Q76 158 196 158T316 272Q318 324 282 324H110Q74 324 76 272Z", tones.base),
        shade("M226 161Q316 172 316 272Q318 324 282 324H250Q290 240 226 161Z"),
        shine("M96 264Q100 196 150 178Q124 210 120 276Q98 290 96 264Z", 0.4),
        oval(196, 162, 46, 12, tones.light),
        disc(196, 146, 12, WOOD),
        stroke("M84 304Q196 320 308 304", tones.deep, 6),
    ]


@draws("cup-basecamp-jug")
def insulated_jug(item: Item) -> Shapes:
    """A big jug with a chunky handle and a drinking spout."""
    tones = item.tones()
    return [
        shadow(92, 190, 344),
        stroke("M256 138H300Q322 140 320 166V252Q318 276 294 276H256", INK, 20),
        rect(148, 52, 84, 34, INK, 12),
        rect(206, 38, 22, 24, INK, 8),
        stroke("M150 60Q118 62 124 100", INK, 10),
        rect(130, 82, 120, 28, tones.dark, 8),
        path(
            "M128 110H252Q276 122 276 150V318Q276 342 252 342H128Q104 342 104 318V150"
            "Q104 122 128 110Z",
            tones.base,
        ),
        shade("M238 110H252Q276 122 276 150V318Q276 342 252 342H228Q250 220 238 110Z", 0.12),
        shine("M118 156Q118 136 130 126H140Q132 146 132 176V316H118Z", 0.4),
        path("M140 268L178 208L198 238L214 220L240 268Z", tones.deep),
        path("M166 228L178 208L190 227L178 234Z", PAPER),
        stroke("M104 318H276", STEEL, 6),
    ]


@draws("cup-plain-gaiwan", scene="counter")
def gaiwan(item: Item) -> Shapes:
    """A white lidded bowl on its saucer, the lid askew."""
    tones = Tones("#f1efe8")
    return [
        *steam(256, y=112),
        oval(200, 312, 136, 24, "#101828", 0.15),
        path("M64 286Q200 336 336 286Q318 324 200 326T64 286Z", "#d5d3ca"),
        oval(200, 288, 136, 26, tones.base),
        oval(200, 288, 92, 15, "#d9d6cc"),
        path("M92 156Q104 262 156 286H244Q296 262 308 156Z", tones.base),
        shade("M254 156H308Q296 262 244 286H214Q256 236 254 156Z", 0.1),
        shine("M108 166H124Q134 230 164 264Q120 240 108 166Z", 0.9),
        oval(200, 156, 108, 20, "#dcd9cf"),
        oval(200, 159, 96, 14, "#c98f3d"),
        path("M110 146Q130 84 206 84Q268 92 290 136Q236 116 110 146Z", "#e7e4da"),
        path("M110 146Q130 84 206 84Q170 100 150 136Z", "#fbfaf5"),
        oval(214, 80, 30, 10, "#d5d3ca"),
        stroke("M150 206q14 14 30 4M164 226q10 8 22 2", "#9db7c9", 4),
    ]
