"""Attributes: what a bundle offers, to read."""

from __future__ import annotations

from comfy_api.latest import io

from ..ood_core.bundle.manifest import Attribute
from .models import BundleHandle
from .schema import bundle_input, schema, shown_text


class Attributes(io.ComfyNode):
    """Text, shown in the node and handed on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Attributes",
            "Attributes",
            ("list", "info", "help"),
            description="Lists what a bundle can edit, how strongly, and where it comes from.",
            is_output_node=True,
            inputs=[bundle_input()],
            outputs=[
                io.String.Output(display_name="text", tooltip="The list, one attribute a line."),
            ],
        )

    @classmethod
    def execute(cls, bundle: BundleHandle) -> io.NodeOutput:
        about = bundle.bundle
        side = about.resolution
        head = f"{about.name}: {side}×{side} pixels, {about.licence}. {about.provenance}"
        text = "\n".join([head, *(_line(attribute) for attribute in about.attributes.values())])
        return io.NodeOutput(text, ui=shown_text(text))


def _line(attribute: Attribute) -> str:
    low, high = attribute.range
    known = "" if attribute.diffcam_class is not None else "; the classifier does not know it"
    return f"{attribute.name}: useful strengths {low:+g} to {high:+g}{known}"
