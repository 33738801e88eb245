"""Find Directions: what a generator itself can edit."""

from __future__ import annotations

import dataclasses
from typing import Any

from comfy_api.latest import io

from ..ood_core.bundle import Bundle
from ..ood_core.errors import OodError
from ..ood_core.files.sheets import as_picture
from ..ood_core.making import directions_sheet, find_directions
from .checks import checked
from .models import BundleHandle
from .schema import OodDirection, bundle_input, schema, widget
from .showing import shown
from .sockets import Direction
from .tensors import to_image


class FindDirections(io.ComfyNode):
    """No pictures and no labels are needed."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "FindDirections",
            "Find Directions",
            ("sefa", "ganspace", "pca", "discover"),
            description="Finds directions in the bundle's generator, without pictures or labels, and shows "
            "what they do. Choose one by its number on the sheet.",
            is_output_node=True,
            inputs=[
                bundle_input(),
                widget(
                    io.Combo,
                    "method",
                    options=["pca", "sefa", "both"],
                    default="pca",
                    tooltip="pca takes what varies most among random samples, sefa what the generator's "
                    "weights amplify most, both one of each in turn.",
                ),
                layers_input(),
                widget(
                    io.Int,
                    "count",
                    default=12,
                    min=1,
                    max=200,
                    tooltip="How many directions are found and shown.",
                ),
                widget(
                    io.Int,
                    "number",
                    default=1,
                    min=1,
                    max=200,
                    tooltip="Which of them leaves through the direction socket: its number on the sheet.",
                ),
            ],
            outputs=direction_outputs("A row per direction, a column per strength across its useful range."),
        )

    @classmethod
    @checked
    def execute(
        cls, bundle: BundleHandle, method: str = "pca", layers: str = "all", count: int = 12, number: int = 1
    ) -> io.NodeOutput:
        bundle.place("generator")
        bare = dataclasses.replace(bundle.bundle, attributes={}, directions={})
        found = find_directions(bare, method, layers, count)
        names = list(found.attributes)
        if not 1 <= number <= len(names):
            raise OodError(f"There are the directions 1 to {len(names)}, not {number}.")
        name = names[number - 1]
        sheet = to_image(as_picture(directions_sheet(found)))
        return io.NodeOutput(direction_of(found, name), sheet, ui=shown(sheet, cls))


def direction_outputs(sheet: str) -> list[Any]:
    """A new direction, and the sheet that shows what it does."""
    return [
        OodDirection.Output(
            display_name="direction",
            tooltip="For the direction socket of Edit Portrait, Edit Latents or Sweep Edit Strength.",
        ),
        io.Image.Output(display_name="sheet", tooltip=sheet),
    ]


def layers_input() -> Any:
    """Which styles a new direction moves."""
    return widget(
        io.String,
        "layers",
        default="all",
        tooltip="Styles that the direction moves: all, coarse (shape), middle, fine (colour), or 2-7, say.",
    )


def direction_of(bundle: Bundle, name: str) -> Direction:
    """One of a bundle's directions as the edit of strength 1, on the CPU."""
    edit = bundle.default_strengths[name] * bundle.attribute_directions[name]
    return Direction(name, edit.cpu())
