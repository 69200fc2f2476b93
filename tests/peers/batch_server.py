"""Our own server of the Batch API, for what aimock has not: answers, errors, expiry, a lost connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Line = dict[str, Any]


class BatchServer:
    """`answer` says what becomes of each request of a batch: a body, or None.

    `state` is what every batch stands at; `lose_next` breaks off the connection once the next batch was made.
    """

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.answer: Callable[[Line], Line | None] = lambda line: None
        self.realtime: Callable[[Line], Line] = lambda body: {}
        self.asked_at_once: list[Line] = []
        self.state = "completed"
        self.lose_next = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> BatchServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def requests(self, batch: dict[str, Any]) -> list[Line]:
        content = self.files[batch["input_file_id"]][1]
        return [json.loads(line) for line in content.splitlines()]

    def shown(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch as it is told, with its results in files, last first, once it has ended."""
        told = batch | {"status": batch.get("status") or self.state}
        if told["status"] not in ("completed", "expired", "cancelled"):
            return told
        lines, errors = [], []
        for request in reversed(self.requests(batch)):
            body = self.answer(request)
            if body is None:
                errors.append({"custom_id": request["custom_id"], "error": {"code": "batch_expired"}})
            else:
                response = {"status_code": 200, "body": body}
                lines.append({"custom_id": request["custom_id"], "response": response, "error": None})
        for name, some in (("output", lines), ("error", errors)):
            if some:
                id_ = f"file-{name}-{batch['id']}"
                self.files[id_] = (f"{id_}.jsonl", "\n".join(json.dumps(line) for line in some).encode())
                told[f"{name}_file_id"] = id_
        return told


def _handler(server: BatchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/v1/").partition("?")[0].split("/")
            if path == ["batches"]:
                self._say({"data": [server.shown(b) for b in server.batches.values()], "has_more": False})
            elif path == ["files"]:
                files = [{"id": id_, "filename": name} for id_, (name, _) in server.files.items()]
                self._say({"data": files, "has_more": False})
            elif path[0] == "batches" and path[1] not in server.batches:
                self._send(404, json.dumps({"error": {"message": "No such batch.", "code": None}}).encode())
            elif path[0] == "batches":
                self._say(server.shown(server.batches[path[1]]))
            else:
                self._send(200, server.files[path[1]][1])

        def do_POST(self) -> None:
            content = self._body()
            path = self.path.removeprefix("/v1/").split("/")
            if path == ["files"]:
                head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                form = BytesParser(policy=HTTP).parsebytes(head + content)
                part = next(p for p in form.iter_parts() if p.get_filename())
                id_ = f"file-{len(server.files)}"
                server.files[id_] = (str(part.get_filename()), bytes(part.get_payload(decode=True)))  # type: ignore[arg-type]
                self._say({"id": id_})
            elif path == ["batches"]:
                batch = {"id": f"batch_{len(server.batches)}", **json.loads(content)}
                server.batches[batch["id"]] = batch
                if server.lose_next:
                    server.lose_next = False
                    self.connection.close()
                    return
                self._say(server.shown(batch))
            elif path[0] == "batches":
                server.batches[path[1]]["status"] = "cancelled"
                self._say(server.shown(server.batches[path[1]]))
            else:
                server.asked_at_once.append(json.loads(content))
                self._say(server.realtime(json.loads(content)))

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def _say(self, told: Any) -> None:
            self._send(200, json.dumps(told).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
