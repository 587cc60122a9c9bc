"""The shop's own system for tests: a real web server that takes changes once for their id."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()


def signature_is_right(headers: Any, body: bytes) -> bool:
    """What a shop's programmer writes after reading the standard; none of our code."""
    key = base64.b64decode(SECRET.split("_", 1)[1])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and f"v1,{wanted}" in headers["webhook-signature"].split(" ")


class Shop:
    """Acts on each change once; `plan` is what it does with the next requests, in order.

    A number is a status to answer with and not act; "hang" and "drop" act and then do not answer;
    an object is acted on and answered with; what is not planned is acted on and answered with 204.
    """

    def __init__(self) -> None:
        self.plan: list[Any] = []
        self.headers: dict[str, str] = {}
        self.seen: list[str] = []
        self.acted: list[dict[str, Any]] = []
        self.unsigned = 0
        self.url = ""
        self.released = threading.Event()
        self._lock = threading.Lock()

    def take(self, headers: Any, body: bytes) -> Any:
        """One request."""
        with self._lock:
            step = self.plan.pop(0) if self.plan else 204
            self.seen.append(headers["webhook-id"])
            if not signature_is_right(headers, body):
                self.unsigned += 1
                return 401
            change = json.loads(body)
            assert change["id"] == headers["webhook-id"]
            refuses = isinstance(step, int) and step >= 300
            if not refuses and change["id"] not in [known["id"] for known in self.acted]:
                self.acted.append(change)
        return step


@contextmanager
def open_shop_server() -> Iterator[Shop]:
    """A shop on a free port."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            step = shop.take(self.headers, body)
            if step == "hang":
                shop.released.wait(10)
            if step in ("hang", "drop"):
                self.close_connection = True
                return
            said = json.dumps(step).encode() if isinstance(step, dict) else b""
            self.send_response(200 if said else step)
            for name, value in shop.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_port}/changes"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        shop.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
