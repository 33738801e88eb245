"""Further attributes of an edit: a row for each where ComfyUI has inputs that come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfy_api.latest import io

from ..ood_core.errors import OodError
from .models import available_attributes
from .schema import slider

Row = Mapping[str, Any]
"""What a row hands over: under its own name the attribute, or none, and its strength."""

NONE = "none"
ROWS = ("attribute_2", "attribute_3", "attribute_4")


def row_inputs() -> list[Any]:
    """A list of attributes per row; once one is chosen, its strength appears below.

    Autogrow cannot do this: it makes sockets only, even of numbers and lists. Versions without DynamicCombo
    take further attributes as a text.
    """
    dynamic = getattr(io, "DynamicCombo", None)
    if dynamic is None:
        return []
    strength = slider("strength", 1.0, -3.0, 3.0, "1 is the bundle's usual edit, negative the opposite.")
    chosen = [dynamic.Option(name, [strength]) for name in available_attributes()]
    return [
        dynamic.Input(
            row,
            options=[dynamic.Option(NONE, []), *chosen],
            tooltip="A further attribute. Its strength appears once you have chosen one.",
        )
        for row in ROWS
    ]


def row_hidden() -> list[Any]:
    """What a node with rows asks of ComfyUI besides: which one of its graph it is."""
    return [io.Hidden.unique_id] if hasattr(io, "DynamicCombo") else []


def edits_of(*named: tuple[str, float]) -> dict[str, float]:
    """Attribute → strength.

    Raises:
        OodError: if an attribute is named twice.
    """
    edits: dict[str, float] = {}
    for name, strength in named:
        if name in edits:
            raise OodError(f"'{name}' is named twice: give each attribute one strength.")
        edits[name] = strength
    return edits


def rows_of(node: Any, **rows: Row | None) -> list[tuple[str, float]]:
    """Attributes and strengths of the rows by name, those that are set to none left out.

    Of a row whose attribute no installed bundle offers, ComfyUI hands on nothing: the graph tells.

    Raises:
        OodError: if there is such a row.
    """
    for row, written in _in_graph(node).items():
        if row in rows and not rows[row] and written != NONE:
            known = ", ".join([NONE, *available_attributes()])
            raise OodError(f"'{row}' cannot be {written!r}. Choose in the node: {known}.")
    chosen = ((values[name], values) for name, values in rows.items() if values)
    return [(attribute, values["strength"]) for attribute, values in chosen if attribute != NONE]


def _in_graph(node: Any) -> Mapping[str, Any]:
    """A running node's inputs as its graph has them."""
    hidden = getattr(node, "hidden", None)
    graph = getattr(hidden, "prompt", None) or {}
    return graph.get(getattr(hidden, "unique_id", None), {}).get("inputs", {})
