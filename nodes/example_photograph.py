"""Example Photograph: a photograph to try the other nodes on, with no file to look for."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ..ood_core.errors import OodError
from ..ood_core.files.pictures import load_image
from .checks import checked
from .schema import schema, widget
from .showing import shown
from .tensors import to_image

_FOLDER = Path(__file__).parents[1] / "docs" / "examples"
_FILES = {"astronaut": "astronaut", "coffee": "coffee", "coffee, edited": "coffee_edited"}


class ExamplePhotograph(io.ComfyNode):
    """Load Image takes its place once somebody has a photograph of their own."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "ExamplePhotograph",
            "Example Photograph",
            ("test photograph", "sample photo"),
            description="A photograph that comes with the pack, to try things out before you load your own.",
            has_intermediate_output=True,
            inputs=[
                widget(
                    io.Combo,
                    "picture",
                    options=list(_FILES),
                    default="astronaut",
                    tooltip="astronaut is Eileen Collins (NASA). coffee, edited is what a simulated editor "
                    "returned: a sticker, and everything a little shifted, tinted and softened.",
                )
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The photograph in its own size.")],
        )

    @classmethod
    @checked
    def execute(cls, picture: str) -> io.NodeOutput:
        if picture not in _FILES:
            raise OodError(f"There is no picture '{picture}'. Known: {', '.join(_FILES)}.")
        image = to_image(load_image(_FOLDER / f"{_FILES[picture]}.jpg"))
        return io.NodeOutput(image, ui=shown(image, cls))
