"""Backgrounds: a plain studio for most things, a little landscape for those that stand outdoors."""

from drawings.canvas import SIZE, Item, Shapes, disc, mix, oval, path, rect

# Pale papers for dark things, deeper ones so that white and oat-coloured things stay visible.
_PALE = ("#eaf1ec", "#f5eee2", "#e8f0f5", "#f5eae5", "#eeedf5", "#f3f2e2")
_DEEP = ("#c3d5cb", "#d8c8b2", "#bfd1dd", "#e4cfc2", "#c7c6da", "#d1ceae")


def studio(item: Item) -> Shapes:
    """A wall with a round light on it, and a floor."""
    return counter(item) if item.tones().bright > 0.72 else _wall(item.pick(_PALE, "paper"))


def counter(item: Item) -> Shapes:
    """The studio with a deeper wall, for white things whose variants name no colour."""
    return _wall(item.pick(_DEEP, "paper"))


def _wall(paper: str) -> Shapes:
    return [
        rect(0, 0, SIZE, SIZE, paper),
        disc(200, 186, 158, mix(paper, "#ffffff", 0.42)),
        path("M0 318Q200 296 400 318V400H0Z", mix(paper, "#5b5140", 0.13)),
    ]


def meadow(item: Item) -> Shapes:
    """Hills under a morning sky."""
    sky = item.pick(("#e3eff5", "#f4ecdc", "#e9eef6", "#f3e7df"), "sky")
    return [
        rect(0, 0, SIZE, SIZE, sky),
        disc(316, 84, 32, "#fff6d8"),
        path("M0 232L70 170L128 214L214 140L296 216L342 184L400 226V330H0Z", "#c3d3d2"),
        path("M0 262Q90 224 190 254T400 244V330H0Z", "#b0c5a9"),
        path("M0 296Q200 278 400 296V400H0Z", "#93b07d"),
    ]


def snow(item: Item) -> Shapes:
    """A white pass between peaks."""
    return [
        rect(0, 0, SIZE, SIZE, "#cfe0ec"),
        path("M-20 270L90 116L160 206L246 90L420 270Z", "#a3bacb"),
        path("M66 150L90 116L117 151L96 164ZM213 136L246 90L287 133L250 156Z", "#f4f8fb"),
        path("M0 276Q130 244 260 272T400 266V400H0Z", "#f3f7fa"),
        path("M0 352Q160 322 400 350V400H0Z", "#dfe9f0"),
    ]


def beach(item: Item) -> Shapes:
    """Sand and a strip of sea."""
    return [
        rect(0, 0, SIZE, SIZE, "#dceff5"),
        disc(78, 84, 34, "#fff3cc"),
        rect(0, 190, SIZE, 60, "#7dbccb"),
        path("M0 232Q50 222 100 232T200 232T300 232T400 232V260H0Z", "#a9d8de"),
        path("M0 248Q200 236 400 250V400H0Z", "#ecdcb6"),
    ]


def dusk(item: Item) -> Shapes:
    """An evening sky in which a lamp's light shows."""
    return [
        rect(0, 0, SIZE, SIZE, "#3d4a66"),
        oval(200, 210, 176, 168, "#55607c"),
        disc(328, 66, 2, PALE_STAR),
        disc(64, 92, 2, PALE_STAR),
        disc(112, 44, 2, PALE_STAR),
        disc(352, 148, 2, PALE_STAR),
        path("M0 318Q200 298 400 318V400H0Z", "#2d3850"),
    ]


PALE_STAR = "#f2ead0"
SCENES = {
    "studio": studio,
    "counter": counter,
    "meadow": meadow,
    "snow": snow,
    "beach": beach,
    "dusk": dusk,
}
