"""Latent Edit: move latents along one direction; chained for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import numbered_on
from ..ood_core.inversion import drawn, part_of
from ..ood_core.sources import batches, check_edits, move
from .checks import checked
from .models import available_attributes
from .saying import say
from .schema import OodDirection, OodLatent, schema, slider, widget
from .showing import shown
from .sockets import Direction, Latents
from .tensors import to_image
from .work import progress_bar


def attribute_input() -> Any:
    """The choice among the attributes of all bundles; whether this bundle has it is checked when it runs."""
    return widget(
        io.Combo,
        "attribute",
        options=available_attributes() or ["none installed"],
        tooltip="What to change. List Edit Attributes lists what the bundle offers.",
    )


def direction_input() -> Any:
    """A direction of one's own in place of an attribute."""
    return widget(
        OodDirection,
        "direction",
        optional=True,
        tooltip="A direction from Load Edit Direction, used instead of the attribute.",
    )


class LatentEdit(io.ComfyNode):
    """One synthesis per execution: with the queue on 'change' the slider is live."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "LatentEdit",
            "Edit Latents",
            ("latent edit", "latent direction", "stylegan edit", "attribute slider"),
            description="Moves the latents along an attribute and shows the generator's picture of them. "
            "Chain two for two attributes. Changing the strength does not run Invert again.",
            is_output_node=True,
            has_intermediate_output=True,
            inputs=[
                OodLatent.Input("latents", tooltip="From Invert Portrait or another Edit Latents."),
                attribute_input(),
                slider(
                    "strength",
                    1.0,
                    -3.0,
                    3.0,
                    "1 is the bundle's usual edit, negative the opposite, 0 leaves the latents alone.",
                ),
                direction_input(),
            ],
            outputs=[
                OodLatent.Output(
                    display_name="latents",
                    tooltip="The edited latents: for another Edit Latents, and for DiffCAM Edit Mask.",
                ),
                io.Image.Output(
                    display_name="edited",
                    tooltip="What the generator makes of the edited latents, at the bundle's size.",
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls, latents: Latents, attribute: str, strength: float, direction: Direction | None = None
    ) -> io.NodeOutput:
        edited = moved(latents, attribute, [strength], direction)
        images = synthesise(edited)
        say(", ".join(f"{name} {amount:+g}" for name, amount in edited.edits.items()))
        return io.NodeOutput(edited, images, ui=shown(images, cls))


def moved(
    latents: Latents, attribute: str, strengths: Sequence[float], direction: Direction | None
) -> Latents:
    """The latents at each strength, all crops at the first strength first.

    Each strength makes pictures of its own: the crops behind are numbered on.
    """
    bundle, directions = latents.handle.bundle, dict(latents.directions)
    if direction is not None:
        attribute, directions[direction.name] = direction.name, direction.vector
    for strength in strengths:
        check_edits({attribute: strength}, bundle, directions)
    codes = [move(latents.codes, bundle, {attribute: strength}, directions) for strength in strengths]
    sofar = latents.edits.get(attribute, 0.0)
    farthest = max(strengths, key=lambda strength: abs(sofar + strength))
    edits = {**latents.edits, attribute: sofar + farthest}
    return replace(
        _repeated(latents, len(strengths)), codes=torch.cat(codes), edits=edits, directions=directions
    )


def _repeated(latents: Latents, times: int) -> Latents:
    """The same crops several times over, as crops of so many times as many pictures."""
    if times == 1:
        return latents
    inverted = latents.inverted
    crops = numbered_on(inverted.crops, times)
    tensors = {
        name: torch.cat([getattr(inverted, name)] * times)
        for name in ("original", "latents", "reconstruction")
    }
    tuning = {name: torch.cat([tensor] * times) for name, tensor in inverted.tuning.items()}
    inverted = replace(inverted, crops=crops, tuning=tuning, **tensors)
    return replace(latents, inverted=inverted, image=torch.cat([latents.image] * times))


def synthesise(latents: Latents) -> Tensor:
    """The generator's pictures as IMAGE."""
    device, report = latents.handle.place("generator"), progress_bar()
    bundle, made = latents.handle.bundle, []
    with torch.no_grad():
        for part in batches(len(latents.codes), bundle.resolution):
            report(part.start, len(latents.codes), "synthesis")
            tuning = part_of(latents.inverted.tuning, part)
            made.append(to_image(drawn(bundle.generator, latents.codes[part].to(device), tuning)))
    report(len(latents.codes), len(latents.codes), "done")
    return torch.cat(made)
