"""Keeps a program and everything it starts on a leash: they end when the holder of stdin does.

    python -I leash.py PROGRAM ARGUMENT…

The holder keeps the writing end of this process's stdin open. Closing it, or being killed in any
way, SIGKILL included, ends the program and all of its descendants. A pipe, and not the parent-death
signal alone, because that one also fires when a mere thread of the parent ends. It stands alone, on
the standard library, since it runs beside a program of another environment.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE = 10.0  # seconds from SIGTERM to SIGKILL


def main(command: list[str]) -> int:
    """Run `command` until it ends or stdin closes; returns its exit status."""
    libc = ctypes.CDLL(None, use_errno=True)
    # Orphans of the program become our children, so that none is lost from sight.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    released = []
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda number, frame: released.append(number))
    program = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        # Our own SIGKILL takes at least the program's first process along.
        preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
    )
    while program.poll() is None and not released:
        readable, _, _ = select.select([0], [], [], 0.2)
        if readable and not os.read(0, 4096):
            break
    end(program)
    return program.returncode


def end(program: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the program, then SIGKILL to it and to whatever it leaves behind."""
    if program.poll() is None:
        program.terminate()
    deadline = time.monotonic() + GRACE
    while program.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    while left := descendants(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        program.poll()
        reap()
        time.sleep(0.02)
    program.wait()


def reap() -> None:
    """Take the exit status of adopted orphans."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def descendants(root: int) -> list[int]:
    """The ids of all living processes below `root`."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # "pid (name) state ppid …": the name may hold spaces and parentheses.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
