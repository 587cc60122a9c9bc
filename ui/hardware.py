"""What machine a figure was measured on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def hardware() -> dict[str, str | int | float]:
    """Processor, cores usable by this process, memory in GiB, the day, and how busy it all is.

    `load_average` is that of the last five minutes: above what the bench itself took, others
    were at work on the same cores.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load_average": round(os.getloadavg()[1], 1),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
