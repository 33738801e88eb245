"""Attributes: what a bundle offers, to read."""

from __future__ import annotations

from comfy_api.latest import io

from ..ood_core.bundle.contents import list_attributes
from .checks import checked
from .models import BundleHandle
from .saying import say
from .schema import bundle_input, schema
from .showing import shown_text


class Attributes(io.ComfyNode):
    """Text, shown in the node and handed on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Attributes",
            "List Edit Attributes",
            ("bundle info", "what can be edited"),
            description="Lists what a bundle can edit, how strongly, and where it comes from.",
            is_output_node=True,
            inputs=[bundle_input()],
            outputs=[
                io.String.Output(display_name="text", tooltip="The list, one attribute per line."),
            ],
        )

    @classmethod
    @checked
    def execute(cls, bundle: BundleHandle) -> io.NodeOutput:
        text = list_attributes(bundle.bundle)
        say(text)
        return io.NodeOutput(text, ui=shown_text(text))
