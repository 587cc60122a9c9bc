"""Drawings of the figures, as SVG text to stand in a page."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

Bars = Mapping[str, Sequence[dict[str, float] | None]]
"""For each variant one figure a group, or None where it has none."""

_COLOURS = ("#9aa7a2", "#5d6f69", "#62b39b", "#2f6f5e", "#d39a3c")


def grouped_bars(title: str, groups: Sequence[str], bars: Bars) -> str:
    """Bars of shares with their intervals, side by side in groups."""
    pyplot = _pyplot()
    width = max(6.0, 0.9 * len(groups) + 2)
    figure, axes = pyplot.subplots(figsize=(width, 3.6), layout="constrained")
    share = 0.8 / max(len(bars), 1)
    for number, (name, values) in enumerate(bars.items()):
        known = [(place, value) for place, value in enumerate(values) if value]
        places = [place - 0.4 + share * (number + 0.5) for place, _ in known]
        heights = [100 * value["value"] for _, value in known]
        below = [100 * (value["value"] - value["low"]) for _, value in known]
        above = [100 * (value["high"] - value["value"]) for _, value in known]
        axes.bar(
            places,
            heights,
            share * 0.92,
            yerr=[[max(b, 0) for b in below], [max(a, 0) for a in above]],
            error_kw={"elinewidth": 0.8, "ecolor": "#333"},
            label=name,
            color=_COLOURS[number % len(_COLOURS)],
        )
    axes.set_xticks(range(len(groups)), groups, rotation=30, ha="right", fontsize=8)
    axes.set_ylim(0, 104)
    axes.set_ylabel("%")
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        fontsize=8,
        frameon=False,
        ncols=max(len(bars), 1),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.28),
    )
    return _svg(pyplot, figure)


def _pyplot() -> Any:
    import matplotlib as mpl

    mpl.use("svg")
    # Without it the ids in the file differ from run to run.
    mpl.rcParams["svg.hashsalt"] = "shopclerk"
    from matplotlib import pyplot

    return pyplot


def _svg(pyplot: Any, figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    pyplot.close(figure)
    return out.getvalue().partition("<svg")[1] + out.getvalue().partition("<svg")[2]
