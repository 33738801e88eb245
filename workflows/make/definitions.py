"""Inputs and outputs of the nodes that the templates use: ours from the snapshot, core's from a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core_nodes import CORE, Definition

ROOT = Path(__file__).resolve().parents[2]
PACK, VERSION = "ood-editing", "0.2.0"
NOTE = "MarkdownNote"
PREVIEWS = {"PreviewImage", "PreviewAny", "MaskPreview"}

_OURS = json.loads((ROOT / "tests" / "nodes" / "definitions.json").read_text(encoding="utf-8"))
_SOCKETS = {"IMAGE", "MASK", "LATENT", "VAE", "MODEL", "CLIP", "CONDITIONING", "FACE_LANDMARKS", "*"}


def definition(kind: str) -> Definition:
    """Inputs and outputs of one of our nodes or of a core node."""
    if kind == NOTE:
        return [], []
    if kind in CORE:
        return CORE[kind]
    ours = _OURS[kind]
    inputs = [_own_input(entry) for entry in ours["inputs"]]
    return inputs, [(output["name"], output["type"]) for output in ours["outputs"]]


def _own_input(entry: dict[str, Any]) -> tuple[Any, ...]:
    socket = entry["type"] in _SOCKETS or entry["type"].startswith("OOD_")
    pair = (entry["id"], entry["type"])
    return pair if socket else (*pair, entry.get("default", (entry.get("options") or [""])[0]))
