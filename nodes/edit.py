"""Edit: the whole line in one node."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..ood_core.alignment import Aligning, Faceless
from ..ood_core.choosing import first_look, foretold
from ..ood_core.diffcam import MaskIs
from ..ood_core.finding import WhichDetector, detector_of
from ..ood_core.inversion import inverter_of
from ..ood_core.modes import mode_of
from ..ood_core.pipeline import edit_crops, find_crops
from ..ood_core.results import completed
from ..ood_core.sources import check_edits
from .checks import checked
from .latent_edit import attribute_input, direction_input
from .models import BundleHandle
from .rows import Row, edits_of, row_hidden, row_inputs, rows_of
from .saying import say
from .schema import (
    crop_input,
    face_inputs,
    image_input,
    mode_input,
    own_mask_inputs,
    refine_input,
    schema,
    settings_input,
    shape_inputs,
    slider,
    travelling_bundle,
    tune_input,
    which_face,
    widget,
)
from .showing import compared
from .sockets import Crops, Direction, bundle_of, needed, on
from .tensors import before_after, from_mask, keep_bits, to_image, to_picture
from .work import for_each_mask, numbers_of, progress_bar, report_of, settings_of, shape_of


class Edit(io.ComfyNode):
    """For people who want one box; the stages' nodes give the same."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "Edit",
            "Edit Portrait",
            ("face edit", "edit face", "edit photo", "smile", "age", "beard", "eyeglasses", "expression"),
            description="Finds the faces of a picture, edits them and puts only the change back, in one "
            "node. Outside the mask the image keeps its very values.",
            is_output_node=True,
            has_intermediate_output=True,
            hidden=row_hidden(),
            inputs=[
                travelling_bundle(),
                image_input("Any size, any batch."),
                attribute_input(),
                slider("strength", 1.0, -3.0, 3.0, "1 is the bundle's usual edit, negative the opposite."),
                widget(
                    io.String,
                    "more",
                    default="",
                    placeholder="Old=-0.5, Smiling=1",
                    tooltip="Further attributes with their strengths, such as: Old=-0.5, Smiling=1",
                    advanced=True,  # the rows below do the same
                ),
                mode_input(advanced=True),
                *face_inputs(),
                refine_input(advanced=True),
                *shape_inputs(advanced=True),
                settings_input(),
                *own_mask_inputs("replace", advanced=True),
                tune_input(),
                direction_input(),
                crop_input(),
                *row_inputs(),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The result, at the image's size."),
                io.Mask.Output(display_name="mask", tooltip="Where the result may differ from the image."),
                io.Image.Output(
                    display_name="reconstruction", tooltip="The generator's picture before the edit."
                ),
                io.Image.Output(display_name="edited", tooltip="The generator's picture after the edit."),
                io.Image.Output(display_name="coarse", tooltip="The composite before deghosting."),
                io.String.Output(
                    display_name="report",
                    tooltip="Scores, and what was held back, and why; one line per image.",
                ),
                io.Image.Output(
                    display_name="before_after", tooltip="The image before and after the edit, side by side."
                ),
            ],
        )

    @classmethod
    @checked
    def execute(
        cls,
        bundle: BundleHandle | None = None,
        attribute: str = "",
        strength: float = 1.0,
        image: Tensor | None = None,
        more: str = "",
        mode: str = "faithful",
        face: str = "largest",
        align: Aligning = "auto",
        faceless: Faceless = "stop",
        detector: WhichDetector = "auto",
        refine: int = 0,
        threshold: float = 0.0,
        grow: float = 0.0,
        feather: float = 0.0,
        mask_settings: str = "",
        mask: Tensor | None = None,
        mask_is: MaskIs = "replace",
        tune: int = 0,
        direction: Direction | None = None,
        crop: Crops | None = None,
        attribute_2: Row | None = None,
        attribute_3: Row | None = None,
        attribute_4: Row | None = None,
    ) -> io.NodeOutput:
        handle, shape, method = bundle_of(bundle, crop), shape_of(threshold, grow, feather), mode_of(mode)
        own = handle.bundle
        name, directions = attribute, {}
        if direction is not None:
            name, directions = direction.name, {direction.name: direction.vector}
        rows = rows_of(cls, attribute_2=attribute_2, attribute_3=attribute_3, attribute_4=attribute_4)
        written = numbers_of(more, "Attribute=strength, such as Old=-0.5")
        edits = edits_of((name, strength), *rows, *written.items())
        settings = settings_of(handle, mask_settings)
        check_edits(edits, own, directions)
        device = handle.place()
        if crop is None:
            source = needed(image, "image, or crop from Align Face")
            finder = None if align == "never" else detector_of(own, detector)
            where = (which_face(face), align, None, finder, faceless)
            crop = Crops(find_crops(to_picture(source), own, *where), source)
        seen = first_look(on(crop.crops, device), own)
        for text in dict.fromkeys(foretold(seen).values()):
            say(text)
        pictures = len(crop.crops)
        crop, mine = for_each_mask(crop, mask)
        seen = seen if len(crop.crops) == pictures else None  # several masks for one picture
        how = (inverter_of(own.encoder, refine, tune), directions, shape, settings, progress_bar(), seen)
        done = on(edit_crops(on(crop.crops, device), own, edits, method, mine, mask_is, *how), "cpu")
        done = completed(done, to_picture(crop.image))
        result = to_image(done.result)
        if done.mode.keeps:
            result = keep_bits(result, crop.image, done.change)
        change = done.change
        stages = (to_image(stage) for stage in (done.reconstruction, done.edited, done.coarse))
        report = report_of(done)
        say(report)
        both = before_after(crop.image, result)
        return io.NodeOutput(
            result, from_mask(change), *stages, report, both, ui=compared(crop.image, result, cls)
        )
