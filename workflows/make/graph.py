"""A graph in Python, written in ComfyUI's two formats: for its editor and for its server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from core_nodes import NEWER, ROWS
from definitions import NOTE, PACK, PREVIEWS, VERSION, definition
from layout import Band, Rect, height_of


@dataclass(frozen=True)
class Wire:
    """One output of a node."""

    node: int
    slot: int
    kind: str
    path: tuple[tuple[int, int], ...] = ()

    def via(self, *points: tuple[int, int]) -> Wire:
        """The same, led over points of the canvas, so that it does not run behind nodes."""
        return replace(self, path=points)


@dataclass
class Node:
    """One node: where it lies, and what each input holds."""

    id: int
    kind: str
    at: Rect
    values: dict[str, Any]
    title: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    models: list[dict[str, str]] = field(default_factory=list)


class Graph:
    """Nodes in groups from left to right, in columns from left to right, in a column from top to bottom.

    Wires should lead to the next column: then none runs behind a node.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.bands: list[Band] = []
        self.app: tuple[list[list[str]], list[str]] | None = None

    def group(self, title: str) -> None:
        """Begin a group to the right of what is there; call `column` next."""
        left = self.bands[-1].right if self.bands else 0
        self.bands.append(Band(title, left))

    def column(self, width: int, skip: int = 0) -> None:
        """Begin a column of a width in the group, ``skip`` pixels below its top."""
        self.bands[-1].begin(width, skip)

    def row(self, top: int) -> None:
        """Begin a second row of columns in the group, ``top`` pixels below the canvas's origin."""
        self.bands[-1].again(top)

    def add(
        self, kind: str, title: str = "", show: int = 0, labels: dict[str, str] | None = None, **values: Any
    ) -> tuple[Wire, ...]:
        """Add a node; ``values`` are wires and widget values, left out ones take their defaults.

        Args:
            kind: its id.
            title: instead of its own name.
            show: pixels for what the node shows below its widgets.
            labels: input → what it is called in the editor.
            values: as above.

        Raises:
            KeyError: if the node has no such input.
        """
        inputs, outputs = definition(kind)
        unknown = set(values) - {name for name, *_ in inputs} - set(ROWS.get(kind, ()))
        if unknown:
            raise KeyError(f"{kind} has no input {sorted(unknown)}")
        at = self.bands[-1].place(height_of(kind, inputs, outputs, show))
        node = Node(len(self.nodes) + 1, kind, at, values, title or self._shown(kind, values), labels or {})
        self.nodes.append(node)
        return tuple(Wire(node.id, slot, output) for slot, (_, output) in enumerate(outputs))

    def note(self, text: str, height: int = 200) -> None:
        """Text for the reader; the server never sees it."""
        at = self.bands[-1].place(height)
        self.nodes.append(Node(len(self.nodes) + 1, NOTE, at, {"text": text}, "About this template"))

    def needs(self, name: str, url: str, directory: str) -> None:
        """Tell the editor where to get the model file of the node added last."""
        self.nodes[-1].models.append({"name": name, "url": url, "directory": directory})

    def as_app(self, inputs: list[tuple[Wire, str]], outputs: list[int]) -> None:
        """Show the graph as a form: (any wire of a node, widget) in order, and the nodes with results."""
        self.app = ([[str(wire.node), name] for wire, name in inputs], [str(node) for node in outputs])

    def api(self) -> dict[str, Any]:
        """What the server's /prompt takes."""
        return {
            str(node.id): {"class_type": node.kind, "inputs": _api_inputs(node)}
            for node in self.nodes
            if node.kind != NOTE
        }

    def ui(self) -> dict[str, Any]:
        """What the editor opens: format 0.4, links as [id, from, slot, to, slot, type]."""
        links: list[list[Any]] = []
        paths: dict[int, tuple[tuple[int, int], ...]] = {}
        nodes = [_ui_node(node, order, links, paths) for order, node in enumerate(self.nodes)]
        for node in nodes:
            for slot, output in enumerate(node["outputs"]):
                output["links"] = [link[0] for link in links if link[1:3] == [node["id"], slot]] or None
        bottom = max(band.bottom for band in self.bands)
        return {
            "last_node_id": len(nodes),
            "last_link_id": len(links),
            "nodes": nodes,
            "links": links,
            "groups": [band.ui(number, bottom) for number, band in enumerate(self.bands, 1)],
            "config": {},
            "extra": self._app() | _reroutes(paths),
            "version": 0.4,
        }

    def _app(self) -> dict[str, Any]:
        if self.app is None:
            return {}
        inputs, outputs = self.app
        return {"linearMode": True, "linearData": {"inputs": inputs, "outputs": outputs}}

    def _shown(self, kind: str, values: dict[str, Any]) -> str:
        """A preview is called after what it shows; other nodes keep their names."""
        if kind not in PREVIEWS:
            return ""
        (wire,) = values.values()
        return definition(self.nodes[wire.node - 1].kind)[1][wire.slot][0].replace("_", " ").capitalize()


def _reroutes(paths: dict[int, tuple[tuple[int, int], ...]]) -> dict[str, Any]:
    """Points that links are led over: each knows the one before it, and the link knows the last."""
    points: list[dict[str, Any]] = []
    ends = []
    for link, path in paths.items():
        for number, place in enumerate(path):
            before = {"parentId": len(points)} if number else {}
            points.append({"id": len(points) + 1, **before, "pos": list(place), "linkIds": [link]})
        ends.append({"id": link, "parentId": len(points)})
    return {"reroutes": points, "linkExtensions": ends} if points else {}


def _ui_node(
    node: Node, order: int, links: list[list[Any]], paths: dict[int, tuple[tuple[int, int], ...]]
) -> dict[str, Any]:
    inputs, outputs = definition(node.kind)
    ours = node.kind.startswith("OOD_")
    properties: dict[str, Any] = {"Node name for S&R": node.kind}
    properties |= {"cnr_id": PACK if ours else "comfy-core", "ver": VERSION if ours else "0.3.64"}
    if node.models:
        properties["models"] = node.models
    return {
        "id": node.id,
        "type": node.kind,
        **({"title": node.title} if node.title else {}),
        "pos": [node.at.left, node.at.top],
        "size": [node.at.width, node.at.height],
        "flags": {},
        "order": order,
        "mode": 0,
        "inputs": [_ui_input(node, slot, entry, links, paths) for slot, entry in enumerate(inputs)],
        "outputs": [{"name": name, "type": kind, "links": None} for name, kind in outputs],
        "properties": {} if node.kind == NOTE else properties,
        "widgets_values": _widget_values(node),
    }


def _ui_input(
    node: Node,
    slot: int,
    entry: tuple[Any, ...],
    links: list[list[Any]],
    paths: dict[int, tuple[tuple[int, int], ...]],
) -> dict[str, Any]:
    name, kind, *widget = entry
    value, link = node.values.get(name), None
    if isinstance(value, Wire):
        link = len(links) + 1
        links.append([link, value.node, value.slot, node.id, slot, value.kind])
        if value.path:
            paths[link] = value.path
    made = {"name": name, "type": kind, "link": link}
    if name in node.labels:
        made["label"] = node.labels[name]
    return made | {"widget": {"name": name}} if widget else made


def _widget_values(node: Node) -> list[Any]:
    if node.kind == NOTE:
        return [node.values["text"]]
    values: list[Any] = []
    for name, _, *default in (entry for entry in definition(node.kind)[0] if len(entry) > 2):
        value = node.values.get(name, default[0])
        values.append(default[0] if isinstance(value, Wire) else value)
        if name == "seed":
            values.append("fixed")  # the editor's own widget behind every seed
    if rows := ROWS.get(node.kind, ()):
        values += [part for row in rows for part in node.values.get(row, ("none",))]
    return values


def _api_inputs(node: Node) -> dict[str, Any]:
    inputs: dict[str, Any] = dict(NEWER.get(node.kind, {}))
    for row in ROWS.get(node.kind, ()):
        if row in node.values:
            inputs[row], inputs[f"{row}.strength"] = node.values[row]
    for name, _, *default in definition(node.kind)[0]:
        value = node.values.get(name, *default) if default else node.values.get(name)
        if value is not None:
            inputs[name] = [str(value.node), value.slot] if isinstance(value, Wire) else value
    return inputs
