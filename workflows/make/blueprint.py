"""A graph as one node to reuse: the subgraph blueprint in subgraphs/."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from graph import Graph, Wire
from parts import BUNDLE, EDIT

BLUEPRINT = "Edit a portrait"
_IN, _OUT = -10, -20  # what the editor calls the subgraph's own two ends
_NAMES = uuid.NAMESPACE_URL


@dataclass(frozen=True)
class Blueprint:
    """What of a graph is seen from outside.

    Attributes:
        name: of the node that stands for it.
        description: what it does.
        search: words under which it is found.
        inputs: (name, type, any wire of the node it goes to, that node's input).
        outputs: (name, wire).
        widgets: (any wire of a node, widget) to show on the outside.
    """

    name: str
    description: str
    search: tuple[str, ...]
    inputs: tuple[tuple[str, str, Wire, str], ...]
    outputs: tuple[tuple[str, Wire], ...]
    widgets: tuple[tuple[Wire, str], ...]

    def file(self, graph: Graph) -> dict[str, Any]:
        """The whole file: one node, and the subgraph that it stands for."""
        own = _id(self.name)
        return {
            "revision": 0,
            "last_node_id": 1,
            "last_link_id": 0,
            "nodes": [self._node(own)],
            "links": [],
            "version": 0.4,
            "definitions": {"subgraphs": [self._subgraph(own, graph)]},
            "extra": {"BlueprintDescription": self.description, "BlueprintSearchAliases": list(self.search)},
        }

    def _node(self, own: str) -> dict[str, Any]:
        return {
            "id": 1,
            "type": own,
            "pos": [0, 0],
            "size": [280, 150],
            "flags": {},
            "order": 0,
            "mode": 0,
            "inputs": [{"name": name, "type": kind, "link": None} for name, kind, *_ in self.inputs],
            "outputs": [{"name": name, "type": wire.kind, "links": []} for name, wire in self.outputs],
            "properties": {"proxyWidgets": [[str(wire.node), name] for wire, name in self.widgets]},
            "widgets_values": [],
            "title": self.name,
        }

    def _subgraph(self, own: str, graph: Graph) -> dict[str, Any]:
        ui = graph.ui()
        nodes = {node["id"]: node for node in ui["nodes"]}
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        links = [dict(zip(keys, link, strict=True)) for link in ui["links"]]
        inputs, outputs = self._enter(nodes, links), self._leave(nodes, links)
        right = max(node["pos"][0] + node["size"][0] for node in ui["nodes"])
        return {
            "id": own,
            "version": 1,
            "state": {
                "lastGroupId": 0,
                "lastNodeId": len(nodes),
                "lastLinkId": len(links),
                "lastRerouteId": 0,
            },
            "revision": 0,
            "config": {},
            "name": self.name,
            "inputNode": {"id": _IN, "bounding": [-180, 278, 120, 120]},
            "outputNode": {"id": _OUT, "bounding": [right + 60, 74, 120, 120]},
            "inputs": inputs,
            "outputs": outputs,
            "widgets": [],
            "nodes": ui["nodes"],
            "groups": [],
            "links": links,
            "extra": {},
            "category": "OOD Editing",
            "description": self.description,
        }

    def _enter(self, nodes: dict[int, Any], links: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for slot, (name, kind, target, socket) in enumerate(self.inputs):
            into = nodes[target.node]["inputs"]
            index = next(number for number, entry in enumerate(into) if entry["name"] == socket)
            link = _link(links, (_IN, slot), (target.node, index), kind)
            into[index]["link"] = link
            made.append(_end(name, kind, link))
        return made

    def _leave(self, nodes: dict[int, Any], links: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for slot, (name, wire) in enumerate(self.outputs):
            link = _link(links, (wire.node, wire.slot), (_OUT, slot), wire.kind)
            output = nodes[wire.node]["outputs"][wire.slot]
            output["links"] = [*(output["links"] or []), link]
            made.append(_end(name, wire.kind, link))
        return made


def _link(links: list[dict[str, Any]], start: tuple[int, int], end: tuple[int, int], kind: str) -> int:
    number = len(links) + 1
    origin = {"origin_id": start[0], "origin_slot": start[1]}
    links.append({"id": number, **origin, "target_id": end[0], "target_slot": end[1], "type": kind})
    return number


def _end(name: str, kind: str, link: int) -> dict[str, Any]:
    return {"id": _id(f"{name} {kind} {link}"), "name": name, "type": kind, "linkIds": [link]}


def _id(text: str) -> str:
    return str(uuid.uuid5(_NAMES, f"ood-editing {text}"))


def portrait_blueprint() -> dict[str, Any]:
    """The five stages as one node, with the widgets that matter on its outside."""
    graph = Graph()
    graph.group("")
    graph.column(240)
    (bundle, _) = graph.add("OOD_LoadBundle", bundle=BUNDLE)
    graph.column(225, skip=196)  # stairs: the links of the outer inputs pass below the nodes before
    latents, _ = graph.add("OOD_Invert", bundle=bundle)
    graph.column(240, skip=490)
    moved, _ = graph.add("OOD_LatentEdit", show=230, latents=latents, **EDIT)
    graph.column(240)
    making, *_ = graph.add("OOD_DiffCAM", show=270, latents=moved)
    graph.column(225)
    making, _ = graph.add("OOD_Composite", edit=making)
    graph.column(300)
    image, mask, report, both = graph.add("OOD_Deghost", show=270, edit=making)
    return Blueprint(
        name=BLUEPRINT,
        description="Edits a portrait in five stages and keeps every pixel outside the edit.",
        search=("face edit", "edit portrait", "smile", "eyeglasses"),
        inputs=(("image", "IMAGE", latents, "image"),),
        outputs=(("image", image), ("mask", mask), ("report", report), ("before_after", both)),
        widgets=((bundle, "bundle"), (moved, "attribute"), (moved, "strength")),
    ).file(graph)
