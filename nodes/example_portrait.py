"""Example Portrait: a drawn person with something in front of them that the generator never saw."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ..ood_core.domains.portraits import THING_KINDS, render_scene, sample_factors, sample_things
from ..ood_core.errors import OodError
from .checks import checked
from .schema import schema, widget
from .tensors import to_image

_THINGS = ("nothing", "anything", *THING_KINDS)


class ExamplePortrait(io.ComfyNode):
    """A picture to try the other nodes on, with no file to look for."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "ExamplePortrait",
            "Example Portrait",
            ("test portrait", "sample portrait", "drawn face"),
            description="Draws a portrait of the embedded bundle's domain, with an out-of-domain thing in "
            "front of it if wanted. For trying things out; nobody is portrayed.",
            inputs=[
                widget(
                    io.Int,
                    "person",
                    default=1,
                    min=0,
                    max=2**31 - 1,
                    tooltip="Which person: each number is another one.",
                ),
                widget(
                    io.Combo,
                    "thing",
                    options=list(_THINGS),
                    default="anything",
                    tooltip="What is in front of or behind the person and must survive the edit.",
                ),
                widget(
                    io.Int,
                    "size",
                    default=512,
                    min=64,
                    max=2048,
                    step=64,
                    tooltip="Width and height in pixels.",
                ),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The portrait, size × size pixels.")],
        )

    @classmethod
    @checked
    def execute(cls, person: int, thing: str, size: int) -> io.NodeOutput:
        if thing not in _THINGS:
            raise OodError(f"There is no thing called '{thing}'. Known: {', '.join(_THINGS)}.")
        dice = torch.Generator().manual_seed(person)
        factors = sample_factors(1, dice)
        kinds = None if thing == "anything" else (thing,)
        things = [()] if thing == "nothing" else sample_things(1, dice, kinds)
        return io.NodeOutput(to_image(render_scene(factors, things, size)))
