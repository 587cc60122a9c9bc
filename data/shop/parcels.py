"""Parcels of the sample shop's orders: carrier, tracking number, dates and what was reported.

Ages are hundredths of a day before the import; what lies ahead is negative.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

DAY = 100
PACKING = 130

TRACKING = {"Redwood Parcel": "RW", "Swiftlark": "SL", "Tern Pacific": "TP"}
TEXTS = {
    "label": ("Label created, waiting for the parcel", "已生成面单，等待交件"),
    "picked": ("Picked up from the shop", "已从店里揽收"),
    "hub": ("Passed the sorting centre", "已离开分拣中心"),
    "flight": ("Left by air", "已搭机离境"),
    "customs": ("Cleared customs", "已清关"),
    "depot": ("Arrived at the local depot", "已到达当地站点"),
    "out": ("Out for delivery", "派送中"),
    "door": ("Delivered, left at the front door", "已送达，放在门口"),
    "hand": ("Delivered, handed over in person", "已送达，本人签收"),
    "desk": ("Delivered, left with the front desk", "已送达，前台代收"),
    "delay": ("Delayed, the trailer missed its connection", "延误，未赶上转运班车"),
}

Stop = tuple[int, dict[str, str], str]
"""(age, place, key of TEXTS)"""


def moment(age: int) -> str:
    """An age as a relative time: 630 -> "@-6.3d", -200 -> "@+2d"."""
    sign, size = ("-", age) if age >= 0 else ("+", -age)
    fraction = f".{size % DAY:02d}".rstrip("0").rstrip(".")
    return f"@{sign}{size // DAY}{fraction}d"


def both(pair: Iterable[str]) -> dict[str, str]:
    """(English, Chinese) as a localised text."""
    return dict(zip(("en", "zh"), pair, strict=True))


@dataclass(frozen=True)
class Journey:
    """How an order travels. `count` parcels; the last is `under_way`, perhaps `late`."""

    placed: int
    transit: int
    count: int = 1
    under_way: bool = False
    late: bool = False

    @property
    def packed(self) -> int:
        """When the carrier took the parcels."""
        return self.placed - PACKING

    @property
    def arrived(self) -> int:
        """When the last parcel arrived or should arrive."""
        return self.packed - self.transit


@dataclass(frozen=True)
class Carriers:
    """Draws the parcels of orders. `zones` as in people.toml."""

    draw: random.Random
    zones: dict[str, Any]

    def parcels(self, city: list[str], lines: list[int], journey: Journey) -> list[dict[str, Any]]:
        """The order's parcels. Of two, the first holds the first line and arrives earlier."""
        if journey.count == 1:
            return [self.parcel(city, lines, journey)]
        first = Journey(journey.placed, min(journey.transit, journey.packed) * 3 // 4)
        return [self.parcel(city, lines[:1], first), self.parcel(city, lines[1:], journey)]

    def parcel(self, city: list[str], lines: list[int], journey: Journey) -> dict[str, Any]:
        """One parcel with what its carrier has reported until now."""
        carrier = self.draw.choice(self.zones[city[5]]["carriers"])
        shipment: dict[str, Any] = {
            "carrier": carrier,
            "tracking_number": f"{TRACKING[carrier]}{self.draw.randrange(10**9, 10**10)}",
            "lines": lines,
            "eta": moment(journey.arrived),
        }
        if not journey.under_way:
            shipment["eta"] = moment(journey.arrived + self.draw.choice([-60, -20, 0, 0, 30, 70]))
            shipment["delivered_at"] = moment(journey.arrived)
        events = [
            {"at": moment(at), "place": place, "text": both(TEXTS[text])}
            for at, place, text in self.reported(city, journey)
        ]
        return shipment | {"events": events}

    def reported(self, city: list[str], journey: Journey) -> list[Stop]:
        """The stops until now; a late parcel stands still after its second hub."""
        stops = self.stops(city, journey)
        if journey.late:
            at, place, _ = stops[3]
            return [*stops[:4], (at - self.draw.randrange(40, 90), place, "delay")]
        return [stop for stop in stops[:-2] if stop[0] > 0] if journey.under_way else stops

    def stops(self, city: list[str], journey: Journey) -> list[Stop]:
        """Label, pick-up, hubs, depot, van, door; oldest first."""
        home, hubs = both(city[:2]), self.zones[city[5]]["hubs"]
        packed, transit = journey.packed, journey.transit
        stops = [(packed + 30, both(hubs[0]), "label"), (packed, both(hubs[0]), "picked")]
        for place, hub in enumerate(hubs):
            at = packed - transit * (5 + 70 * place // len(hubs)) // 100
            text = ("hub", "flight", "customs")[place] if city[5] == "abroad" else "hub"
            stops.append((at, home if text == "customs" else both(hub), text))
        stops.append((packed - transit * 85 // 100, home, "depot"))
        van = min(self.draw.randrange(12, 32), transit // 8)
        stops.append((journey.arrived + van, home, "out"))
        end = self.draw.choice(["door", "door", "hand", "desk"])
        return [*stops, (journey.arrived, home, end)]
