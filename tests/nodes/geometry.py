"""What a template looks like when it opens, reckoned from its file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import Any

TITLE = 30  # a node's title bar lies above its rectangle
Box = tuple[float, float, float, float]
Point = tuple[float, float]


def boxes(graph: dict[str, Any]) -> dict[int, Box]:
    """Node → left, top, right, bottom, the title bar included."""
    found = {}
    for node in graph["nodes"]:
        (left, top), (width, height) = node["pos"], node["size"]
        found[node["id"]] = (left, top - TITLE, left + width, top + height)
    return found


def extent(graph: dict[str, Any]) -> tuple[float, float]:
    """Width and height of nodes and groups together."""
    all_boxes = list(boxes(graph).values())
    for left, top, width, height in (group["bounding"] for group in graph["groups"]):
        all_boxes.append((left, top, left + width, top + height))
    lefts, tops, rights, bottoms = zip(*all_boxes, strict=True)
    return max(rights) - min(lefts), max(bottoms) - min(tops)


def overlapping(graph: dict[str, Any]) -> list[tuple[int, int]]:
    """Pairs of nodes that cover each other."""
    return [
        (a, b)
        for (a, one), (b, other) in combinations(boxes(graph).items(), 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]


def outside_of_groups(graph: dict[str, Any]) -> list[int]:
    """Nodes that lie in no group, or not wholly."""
    bounds = (group["bounding"] for group in graph["groups"])
    groups = [(x, y, x + width, y + height) for x, y, width, height in bounds]
    return [node for node, box in boxes(graph).items() if not any(_within(box, group) for group in groups)]


def hidden_by(points: Iterable[Point], box: Box) -> bool:
    """Whether any of the points lies behind a box; a touch of its rim is nothing."""
    left, top, right, bottom = box
    return any(left + 4 < x < right - 4 and top + 4 < y < bottom - 4 for x, y in points)


def behind_nodes(graph: dict[str, Any]) -> list[tuple[int, int]]:
    """(link, node) where a link runs behind a node that it does not begin or end at."""
    found, placed = [], boxes(graph)
    for link, source, _, target, *_ in graph["links"]:
        for node, box in placed.items():
            if hidden_by(_points(graph, link, source, target), box):
                found.append((link, node))
    return found


def _within(box: Box, group: Box) -> bool:
    return box[0] >= group[0] and box[1] >= group[1] and box[2] <= group[2] and box[3] <= group[3]


def _points(graph: dict[str, Any], link: int, source: int, target: int) -> Iterator[Point]:
    nodes = {node["id"]: node for node in graph["nodes"]}
    start, end = nodes[source], nodes[target]
    _, _, out, _, into, _ = next(one for one in graph["links"] if one[0] == link)
    sockets = [entry for entry in end["inputs"] if "widget" not in entry]
    row = sockets.index(end["inputs"][into])
    first = (start["pos"][0] + start["size"][0], start["pos"][1] + 20 * out + 14)
    last = (end["pos"][0], end["pos"][1] + 20 * row + 14)
    reroutes = [point["pos"] for point in graph["extra"].get("reroutes", []) if link in point["linkIds"]]
    for a, b in pairwise([first, *reroutes, last]):
        yield from curve(a, b, 0.0 if reroutes else 0.25)


def curve(a: Point, b: Point, bend: float = 0.25) -> Iterator[Point]:
    """Points of a link, which leaves to the right and arrives from the left."""
    reach = bend * math.dist(a, b)
    points = (a, (a[0] + reach, a[1]), (b[0] - reach, b[1]), b)
    for step in range(101):
        t = step / 100
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) for axis in (0, 1))
        yield x, y
