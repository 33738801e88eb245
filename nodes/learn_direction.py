"""Learn Direction: from pictures with something, and pictures without it."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import ALIGNING
from ..ood_core.files.sheets import as_picture
from ..ood_core.inversion import inverter_of
from ..ood_core.making import directions_sheet, learn_from_pictures
from ..ood_core.pipeline import find_crops
from .checks import checked
from .find_directions import direction_of, direction_outputs, layers_input
from .models import BundleHandle
from .schema import bundle_input, schema, widget
from .showing import shown
from .tensors import to_image, to_picture
from .work import progress_bar


class LearnDirection(io.ComfyNode):
    """Twenty pictures of each kind are a good start."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "LearnDirection",
            "Learn Direction",
            ("interfacegan", "boundary", "train", "attribute"),
            description="Learns an editing direction from two batches of pictures: with something, and "
            "without it. At least 5 of each; 20 are better.",
            is_output_node=True,
            inputs=[
                bundle_input(),
                io.Image.Input("present", tooltip="Pictures that show it: beards, say."),
                io.Image.Input("absent", tooltip="Pictures that do not, of otherwise similar people."),
                widget(
                    io.String,
                    "name",
                    default="learned",
                    tooltip="What the direction is called in reports.",
                ),
                layers_input(),
                widget(
                    io.Combo,
                    "align",
                    options=list(ALIGNING),
                    default=ALIGNING[0],
                    tooltip="auto cuts faces out where the bundle draws faces; "
                    "never takes the largest centred square.",
                ),
            ],
            outputs=direction_outputs("What the direction does to a random sample, across its useful range."),
        )

    @classmethod
    @checked
    def execute(
        cls,
        bundle: BundleHandle,
        present: Tensor,
        absent: Tensor,
        name: str = "learned",
        layers: str = "all",
        align: str = "auto",
    ) -> io.NodeOutput:
        own = bundle.bundle
        bundle.place(*own.networks)
        kinds = [find_crops(to_picture(kind), own, "largest", align) for kind in (present, absent)]
        inverter = inverter_of(own.encoder)
        learned = learn_from_pictures(own, name, *kinds, inverter, layers=layers, progress=progress_bar())
        sheet = to_image(as_picture(directions_sheet(learned, [name])))
        return io.NodeOutput(direction_of(learned, name), sheet, ui=shown(sheet, cls))
