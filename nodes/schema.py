"""Node definitions that older and newer ComfyUI both accept: what a version does not know is left out."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

from comfy_api.latest import io, ui

CATEGORY = "OOD Editing"

OodBundle = io.Custom("OOD_BUNDLE")
OodLatent = io.Custom("OOD_LATENT")
OodDirection = io.Custom("OOD_DIRECTION")
OodAlignment = io.Custom("OOD_ALIGNMENT")
FaceLandmarks = io.Custom("FACE_LANDMARKS")  # core's, in newer versions

MODES = ("faithful", "paper")

_SEARCH = ["out of domain", "gan inversion", "face edit", "portrait", "stylegan"]


def schema(node_id: str, display_name: str, search: tuple[str, ...] = (), **options: Any) -> io.Schema:
    """A node's definition, in our category.

    Args:
        node_id: without the prefix ``OOD_``.
        display_name: without the suffix ``(OOD)``.
        search: further words under which newer versions find the node.
        options: as `io.Schema`; unknown ones are dropped.
    """
    known = {field.name for field in fields(io.Schema)}
    options |= {"category": CATEGORY, "search_aliases": [*search, *_SEARCH]}
    options = {name: value for name, value in options.items() if name in known}
    return io.Schema(node_id=f"OOD_{node_id}", display_name=f"{display_name} (OOD)", **options)


def widget(kind: Any, name: str, **options: Any) -> Any:
    """An input; options that this version's input type does not know are dropped."""
    known = inspect.signature(kind.Input.__init__).parameters
    return kind.Input(name, **{option: value for option, value in options.items() if option in known})


def bundle_input() -> Any:
    """The socket nearly every node begins with."""
    return widget(
        OodBundle, "bundle", tooltip="Networks and directions that belong together, from Load Bundle (OOD)."
    )


def slider(name: str, default: float, low: float, high: float, tooltip: str) -> Any:
    """A strength."""
    return widget(
        io.Float,
        name,
        default=default,
        min=low,
        max=high,
        step=0.05,
        round=0.001,
        display_mode=io.NumberDisplay.slider,
        tooltip=tooltip,
    )


def shown(images: Any, node: Any) -> Any:
    """Pictures drawn in the node itself, where this version can."""
    preview = getattr(ui, "PreviewImage", None)
    return None if preview is None else preview(images, cls=node)


def shown_text(text: str) -> Any:
    """Text drawn in the node itself, where this version can."""
    preview = getattr(ui, "PreviewText", None)
    return None if preview is None else preview(text)
