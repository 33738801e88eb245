"""How long Cancel takes in a real ComfyUI, on photographs of 24 megapixels.

COMFYUI_PATH=/path/to/ComfyUI /its/python benchmarks/cancel.py [node ...]

Each node runs once to the end and is then cancelled at seeded moments of its run. The time is from the
request to the word of the history that the run was interrupted; it holds the work of the server, too.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "comfyui"))
TIMES = 12
Graph = dict[str, dict[str, Any]]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def large(source: str) -> dict[str, Any]:
    size = {"width": 6000, "height": 4000}
    return node("ImageScale", image=[source, 0], upscale_method="bicubic", crop="disabled", **size)


def graphs() -> dict[str, Graph]:
    """Title → a graph, of which the node called "tried" is cancelled; what it reads stays cached."""
    photographs = {
        "coffee": node("OOD_ExamplePhotograph", picture="coffee"),
        "returned": node("OOD_ExamplePhotograph", picture="coffee, edited"),
        "original": large("coffee"),
        "edited": large("returned"),
    }
    portrait = {
        "drawn": node("OOD_ExamplePortrait", person=4, thing="hat", size=2048),
        "bundle": node("OOD_LoadBundle", bundle="portraits-128", precision="fp32"),
        "portrait": large("drawn"),
    }
    pair = {"original": ["original", 0], "edited": ["edited", 0]}
    person = {"bundle": ["bundle", 0], "image": ["portrait", 0]}
    found = {"face": "largest", "align": "auto", "faceless": "stop", "detector": "auto"}
    shape = {"threshold": 0.0, "grow": 20.0, "feather": 20.0}
    asked = {"attribute": "Eyeglasses", "strength": 1.0, "more": "", "mode": "faithful"}
    own = {"mask_settings": "", "mask_is": "replace", "refine": 0, "tune": 0}
    aligned = node("OOD_AlignFace", **person, **found, size=2048)
    blurred = node("ImageBlur", image=["aligned", 1], blur_radius=4, sigma=2.0)
    return {
        "Keep Original": photographs | {"tried": node("OOD_KeepOriginal", **pair, **shape, mask_is="limit")},
        "Register Edit": photographs | {"tried": node("OOD_RegisterEdit", **pair)},
        "Edit Portrait": portrait | {"tried": node("OOD_Edit", **person, **found, **shape, **asked, **own)},
        "Align Face": portrait | {"tried": aligned},
        "Paste Crop Back": portrait
        | {"aligned": aligned, "blurred": blurred}
        | {"tried": node("OOD_PasteBack", crop=["aligned", 0], edited=["blurred", 0])},
    }


def warm(server: Any, graph: Graph) -> None:
    """Everything that the tried node reads is in ComfyUI's cache, and the node itself is not."""
    server.request("/free", {"unload_models": True, "free_memory": True})
    time.sleep(1)
    read = {value[0] for value in graph["tried"]["inputs"].values() if isinstance(value, list)}
    ends = {f"see {source}": node("PreviewAny", source=[source, 0]) for source in read}
    server.run({name: one for name, one in graph.items() if name != "tried"} | ends)


def seconds_of_cancel(server: Any, graph: Graph, dice: random.Random) -> list[float]:
    """How long each of `TIMES` requests took to end the run."""
    seen = graph | {"seen": node("PreviewAny", source=["tried", 0])}
    warm(server, graph)
    began = time.monotonic()
    server.run(seen)
    whole, took = time.monotonic() - began, []
    warm(server, graph)
    while len(took) < TIMES:
        prompt = server.queue(seen)
        time.sleep(dice.uniform(0.05, 0.8) * whole)
        asked = time.monotonic()
        server.request("/interrupt", {})
        while prompt not in server.get(f"/history/{prompt}"):
            time.sleep(0.01)
        ended = time.monotonic()
        if server.wait(prompt)["status"]["status_str"] == "success":
            warm(server, graph)  # the request came too late
        else:
            took.append(ended - asked)
    print(f"  (a whole run takes {whole:.1f} s)", file=sys.stderr)
    return took


def main(*only: str) -> None:
    """Print a line per node."""
    from comfyui_server import Server

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("custom_nodes", "models", "input", "output", "temp", "user"):
            (folder / part).mkdir()
        (folder / "custom_nodes" / "ood-editing").symlink_to(ROOT, target_is_directory=True)
        server = Server(Path(os.environ["COMFYUI_PATH"]), folder)
        dice = random.Random(0)
        try:
            for title, graph in graphs().items():
                if title in (only or graphs()):
                    took = seconds_of_cancel(server, graph, dice)
                    middle, longest = statistics.median(took), max(took)
                    print(f"{title}: median {middle:.2f} s, longest {longest:.2f} s", flush=True)
        finally:
            server.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
