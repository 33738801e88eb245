"""A graph in API format, checked as ComfyUI checks it and run without ComfyUI, for `campaign.py`."""

from __future__ import annotations

from typing import Any

from ood_core.errors import OodError


class Refused(OodError):
    """ComfyUI would not let this graph run."""


_CASTS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
_DEEPEST = 50


def run_workflow(graph: Any, nodes: dict[str, Any]) -> None:
    """Run every node of the pack in a graph; other nodes stand for nothing.

    Args:
        graph: as the JSON file gives it.
        nodes: node id → class.

    Raises:
        Refused: where ComfyUI would refuse: unknown nodes, links and values of other kinds or out of range.
    """
    if not isinstance(graph, dict):
        raise Refused("a graph is an object")
    results: dict[str, Any] = {}
    for name, node in graph.items():
        if isinstance(node, dict) and str(node.get("class_type")) in nodes:
            _run(name, graph, nodes, results, 0)


def _run(name: str, graph: dict[str, Any], nodes: dict[str, Any], results: dict[str, Any], depth: int) -> Any:
    node = graph.get(name)
    kind = node.get("class_type") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in nodes or depth > _DEEPEST:
        raise Refused(f"no node {name!r} of the pack")
    if name not in results:
        assert isinstance(node, dict)
        given = node.get("inputs")
        if not isinstance(given, dict):
            raise Refused("inputs are an object")
        inputs = {}
        for socket in nodes[kind].define_schema().inputs:
            if socket.id in given:
                inputs[socket.id] = _value(socket, given[socket.id], graph, nodes, results, depth)
            elif not socket.options.get("optional"):
                raise Refused(f"{socket.id} is missing")
        results[name] = nodes[kind].execute(**inputs)
    return results[name]


def _value(
    socket: Any, given: Any, graph: dict[str, Any], nodes: dict[str, Any], results: dict[str, Any], depth: int
) -> Any:
    """A link's or a widget's value."""
    if isinstance(given, list):
        if len(given) != 2 or not isinstance(given[0], str) or type(given[1]) is not int:
            raise Refused("a link is a node and a number")
        source, place = given
        result = _run(source, graph, nodes, results, depth + 1)
        outputs = nodes[graph[source]["class_type"]].define_schema().outputs
        if not 0 <= place < len(outputs) or outputs[place].kind != socket.kind:
            raise Refused("the sockets are of different kinds")
        return result[place]
    if socket.kind == "COMBO":
        if given not in socket.options.get("options", []):
            raise Refused("not in the list")
        return given
    if socket.kind not in _CASTS:
        raise Refused(f"{socket.kind} needs a link")
    try:
        value = _CASTS[socket.kind](given)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(str(error)) from error
    low, high = socket.options.get("min"), socket.options.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused("out of range")
    return value
