"""A proxy before PostgreSQL's socket that loses a connection at a chosen moment."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

Cut = Literal["before", "after"]
_SOCKET = ".s.PGSQL.5432"


class CuttingProxy:
    """Passes bytes both ways. Armed, it cuts one connection before COMMIT reaches the server, or
    after the server has done it and before its answer reaches the client."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.cuts = 0
        self._server = str(server / _SOCKET)
        self._armed: Cut | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, when: Cut) -> None:
        """Cut the next connection that commits."""
        self._armed = when

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        losing = threading.Event()
        back = threading.Thread(target=self._back, args=(server, client, losing), daemon=True)
        back.start()
        with client, server, suppress(OSError):
            while data := client.recv(65536):
                if self._armed and b"COMMIT" in data:
                    when, self._armed = self._armed, None
                    self.cuts += 1
                    losing.set()
                    if when == "after":
                        server.sendall(data)
                        back.join(10)
                    # `_back` may be reading: closing alone would leave the server's end open.
                    server.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if losing.is_set():
                    return
                client.sendall(data)


@contextmanager
def cutting(server: Path, folder: Path) -> Iterator[CuttingProxy]:
    """A proxy in `folder` before the server in the other one."""
    proxy = CuttingProxy(server, folder)
    try:
        yield proxy
    finally:
        proxy.close()
