"""Load Bundle: networks and directions from disk into the graph."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.bundle.contents import describe
from ..ood_core.bundle.manifest import MANIFEST
from ..ood_core.bundle.precision import Precision
from ..ood_core.choosing import AUTOMATIC
from .checks import checked
from .models import available_bundles, choose_bundle, open_bundle
from .saying import say
from .schema import OodBundle, image_input, schema, widget
from .showing import shown_text
from .sockets import needed
from .tensors import to_picture


class LoadBundle(io.ComfyNode):
    """The embedded bundle first, then every folder under models/ood."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "LoadBundle",
            "Load Edit Bundle",
            ("load stylegan", "gan checkpoint", "portraits-128"),
            description="Loads the networks and directions that belong together. One bundle comes with the "
            "pack; others are folders under models/ood.",
            inputs=[
                widget(
                    io.Combo,
                    "bundle",
                    options=[*(list(available_bundles()) or ["none installed"]), AUTOMATIC],
                    tooltip="The bundle that came with the pack, or a bundle's folder in models/ood. With "
                    "automatic, the first image decides: drawings get one bundle, photographs another.",
                ),
                widget(
                    io.Combo,
                    "precision",
                    options=["fp32", "bf16"],
                    default="fp32",
                    optional=True,
                    tooltip="bf16 halves the memory and is faster on hardware made for it; results are off "
                    "by about a grey level.",
                ),
                image_input("What automatic looks at; other choices need no image."),
            ],
            outputs=[
                OodBundle.Output(display_name="bundle", tooltip="For the bundle sockets of the other nodes."),
                io.String.Output(
                    display_name="about",
                    tooltip="What the bundle holds, what stands in for what it lacks, and what it can edit.",
                ),
            ],
        )

    @classmethod
    def fingerprint_inputs(
        cls, bundle: str, precision: Precision = "fp32", image: Tensor | None = None
    ) -> str:
        """Load again when the bundle changed on disk: bundle.json holds the checksum of every file."""
        found = available_bundles()
        folders = found.values() if bundle == AUTOMATIC else [found[bundle]]
        return "".join((folder / MANIFEST).read_text(encoding="utf-8") for folder in folders)

    @classmethod
    @checked
    def execute(
        cls, bundle: str, precision: Precision = "fp32", image: Tensor | None = None
    ) -> io.NodeOutput:
        if bundle == AUTOMATIC:
            picture = to_picture(needed(image, "image, at which automatic looks"))[:1]
            handle, why = choose_bundle(picture, precision)
            about = f"{why}\n{describe(handle.bundle)}"
        else:
            handle = open_bundle(bundle, precision)
            about = describe(handle.bundle)
        say(about)
        return io.NodeOutput(handle, about, ui=shown_text(about))
