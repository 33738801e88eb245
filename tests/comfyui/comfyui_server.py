"""A real ComfyUI server of its own for the tests, spoken to as its frontend does."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


class PromptRefused(Exception):
    """ComfyUI's validator found errors; `errors` is its answer."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(json.dumps(errors)[:2000])
        self.errors = errors


class Server:
    """A running server. Loopback only, on a free port, with folders of its own."""

    def __init__(self, comfyui: Path, folder: Path, frontend: str = "") -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.log = (folder / "server.log").open("w+", encoding="utf-8")
        port = self.url.rpartition(":")[2]
        command = [sys.executable, "main.py", "--cpu", "--base-directory", str(folder), "--port", port]
        command += ["--disable-auto-launch", "--disable-api-nodes"]
        command += ["--front-end-root", frontend] if frontend else []
        self.process = subprocess.Popen(command, cwd=comfyui, stdout=self.log, stderr=subprocess.STDOUT)
        self._wait_until_up(limit=300)

    def _wait_until_up(self, limit: float) -> None:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        raise RuntimeError(f"ComfyUI did not start:\n{self.text()[-3000:]}")

    def text(self) -> str:
        """What the server has printed."""
        self.log.flush()
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def request(self, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data, headers), timeout=60
        ) as answer:
            return answer.read()

    def get(self, path: str) -> Any:
        return json.loads(self.request(path) or b"null")

    def queue(self, graph: dict[str, Any]) -> str:
        """Hand a graph in API format to the validator and the queue.

        Raises:
            PromptRefused: if the validator refuses it, wholly or in part.
        """
        try:
            answer = json.loads(self.request("/prompt", {"prompt": graph, "client_id": "tests"}))
        except urllib.error.HTTPError as error:
            raise PromptRefused(json.loads(error.read())) from None
        if answer.get("node_errors"):
            raise PromptRefused(answer)
        return answer["prompt_id"]

    def wait(self, prompt: str, limit: float = 300) -> dict[str, Any]:
        """The history entry of a prompt that has ended, well or not."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            history = self.get(f"/history/{prompt}")
            if prompt in history:
                return history[prompt]
            time.sleep(0.2)
        raise TimeoutError(f"prompt {prompt} did not end; the server said:\n{self.text()[-2000:]}")

    def run(self, graph: dict[str, Any], limit: float = 300) -> dict[str, Any]:
        """Queue, wait, and insist on success."""
        entry = self.wait(self.queue(graph), limit)
        assert entry["status"]["status_str"] == "success", entry["status"]
        return entry

    def pictures(self, entry: dict[str, Any], node: str) -> list[np.ndarray]:
        """The pictures a node showed or saved, uint8 [H,W,3]."""
        found = []
        for image in entry["outputs"][node]["images"]:
            data = self.request("/view?" + urllib.parse.urlencode(image))
            found.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        return found


def message(entry: dict[str, Any], kind: str) -> dict[str, Any]:
    """The execution message of a kind from a history entry."""
    return next(content for name, content in entry["status"]["messages"] if name == kind)
