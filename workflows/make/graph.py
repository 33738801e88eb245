"""A graph in Python, written in ComfyUI's two formats: for its editor and for its server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core_nodes import CORE, Definition

ROOT = Path(__file__).resolve().parents[2]
PACK, VERSION = "ood-editing", "0.2.0"
_OURS = json.loads((ROOT / "tests" / "nodes" / "definitions.json").read_text(encoding="utf-8"))
_SOCKETS = {"IMAGE", "MASK", "LATENT", "VAE", "MODEL", "CLIP", "CONDITIONING", "FACE_LANDMARKS", "*"}
_COLUMN, _ROW = 380, 460
_NOTE = "MarkdownNote"
_PREVIEWS = {"PreviewImage", "PreviewAny", "MaskPreview"}
_ABOVE = 70  # pixels that a node's title and its pack's badge take above it


@dataclass(frozen=True)
class Wire:
    """One output of a node."""

    node: int
    slot: int
    kind: str


@dataclass
class Node:
    """One node: its place in columns and rows, and what each input holds."""

    id: int
    kind: str
    at: tuple[float, float]
    values: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Nodes in the order in which they were added, wired by `Wire`."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(self, kind: str, at: tuple[float, float], **values: Any) -> tuple[Wire, ...]:
        """Add a node; ``values`` are wires and widget values, left out ones take their defaults.

        Raises:
            KeyError: if the node has no such input.
        """
        inputs, outputs = definition(kind)
        unknown = set(values) - {name for name, *_ in inputs}
        if unknown:
            raise KeyError(f"{kind} has no input {sorted(unknown)}")
        node = Node(len(self.nodes) + 1, kind, at, values)
        self.nodes.append(node)
        return tuple(Wire(node.id, slot, output) for slot, (_, output) in enumerate(outputs))

    def note(self, text: str, height: int = 260) -> None:
        """Text for the reader, above the first node; the server never sees it."""
        at = (0, -(height + _ABOVE) / _ROW)
        self.nodes.append(Node(len(self.nodes) + 1, _NOTE, at, {"text": text}, {"size": [340, height]}))

    def needs(self, name: str, url: str, directory: str) -> None:
        """Tell the editor where to get the model file of the node added last."""
        model = {"name": name, "url": url, "directory": directory}
        self.nodes[-1].extra.setdefault("models", []).append(model)

    def api(self) -> dict[str, Any]:
        """What the server's /prompt takes."""
        return {
            str(node.id): {"class_type": node.kind, "inputs": _api_inputs(node)}
            for node in self.nodes
            if node.kind != _NOTE
        }

    def ui(self) -> dict[str, Any]:
        """What the editor opens: format 0.4, links as [id, from, slot, to, slot, type]."""
        links: list[list[Any]] = []
        nodes = [self._ui_node(node, order, links) for order, node in enumerate(self.nodes)]
        for node in nodes:
            for slot, output in enumerate(node["outputs"]):
                output["links"] = [link[0] for link in links if link[1:3] == [node["id"], slot]] or None
        return {
            "last_node_id": len(nodes),
            "last_link_id": len(links),
            "nodes": nodes,
            "links": links,
            "groups": [],
            "config": {},
            "extra": {},
            "version": 0.4,
        }

    def _ui_node(self, node: Node, order: int, links: list[list[Any]]) -> dict[str, Any]:
        inputs, outputs = definition(node.kind)
        ours = node.kind.startswith("OOD_")
        properties = {"cnr_id": PACK if ours else "comfy-core", "ver": VERSION if ours else "0.3.64"}
        properties |= {"Node name for S&R": node.kind}
        if "models" in node.extra:
            properties["models"] = node.extra["models"]
        return {
            "id": node.id,
            "type": node.kind,
            **self._title(node),
            "pos": [round(node.at[0] * _COLUMN), round(node.at[1] * _ROW)],
            "size": node.extra.get("size", [320, 80 + 24 * max(len(inputs), len(outputs))]),
            "flags": {},
            "order": order,
            "mode": 0,
            "inputs": [_ui_input(node, slot, entry, links) for slot, entry in enumerate(inputs)],
            "outputs": [{"name": name, "type": kind, "links": None} for name, kind in outputs],
            "properties": {} if node.kind == _NOTE else properties,
            "widgets_values": _widget_values(node),
        }

    def _title(self, node: Node) -> dict[str, str]:
        """A preview is called after what it shows; other nodes keep their names."""
        if node.kind == _NOTE:
            return {"title": "About this template"}
        if node.kind not in _PREVIEWS:
            return {}
        (wire,) = node.values.values()
        source = self.nodes[wire.node - 1].kind
        output = definition(source)[1][wire.slot][0]
        return {"title": f"{output.lower()} of {source.removeprefix('OOD_')}"}


def definition(kind: str) -> Definition:
    """Inputs and outputs of one of our nodes or of a core node."""
    if kind == _NOTE:
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


def _ui_input(node: Node, slot: int, entry: tuple[Any, ...], links: list[list[Any]]) -> dict[str, Any]:
    name, kind, *widget = entry
    value, link = node.values.get(name), None
    if isinstance(value, Wire):
        link = len(links) + 1
        links.append([link, value.node, value.slot, node.id, slot, value.kind])
    made = {"name": name, "type": kind, "link": link}
    return made | {"widget": {"name": name}} if widget else made


def _widget_values(node: Node) -> list[Any]:
    if node.kind == _NOTE:
        return [node.values["text"]]
    values: list[Any] = []
    for name, _, *default in (entry for entry in definition(node.kind)[0] if len(entry) > 2):
        value = node.values.get(name, default[0])
        values.append(default[0] if isinstance(value, Wire) else value)
        if name == "seed":
            values.append("fixed")  # the editor's own widget behind every seed
    if node.kind == "LoadImage":
        values.append("image")
    return values


def _api_inputs(node: Node) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for name, _, *default in definition(node.kind)[0]:
        value = node.values.get(name, *default) if default else node.values.get(name)
        if value is not None:
            inputs[name] = [str(value.node), value.slot] if isinstance(value, Wire) else value
    return inputs
