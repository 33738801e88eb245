"""Node definitions that older and newer ComfyUI both accept: what a version does not know is left out."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any, get_args

from comfy_api.latest import io

from ..ood_core.alignment import ALIGNING, FACELESS
from ..ood_core.diffcam import MaskIs
from ..ood_core.errors import OodError
from ..ood_core.finding import WhichDetector
from ..ood_core.modes import MODES

CATEGORY = "OOD Editing"

OodBundle = io.Custom("OOD_BUNDLE")
OodLatent = io.Custom("OOD_LATENT")
OodDirection = io.Custom("OOD_DIRECTION")
OodCrop = io.Custom("OOD_CROP")
OodEdit = io.Custom("OOD_EDIT")
FaceLandmarks = io.Custom("FACE_LANDMARKS")  # core's, in newer versions

_NUMBERED = 16  # faces that can be asked for by number
FACES = ("largest", "all", *(f"face {number}" for number in range(_NUMBERED)))


def schema(node_id: str, display_name: str, search: tuple[str, ...] = (), **options: Any) -> io.Schema:
    """A node's definition, in our category.

    Args:
        node_id: without the prefix ``OOD_``.
        display_name: without the suffix ``(OOD)``.
        search: what people type who need this node; newer versions look there too. Each phrase belongs to one
            node, so that it comes first.
        options: as `io.Schema`; unknown ones are dropped.
    """
    known = {field.name for field in fields(io.Schema)}
    options |= {"category": CATEGORY, "search_aliases": list(search)}
    options = {name: value for name, value in options.items() if name in known}
    return io.Schema(node_id=f"OOD_{node_id}", display_name=f"{display_name} (OOD)", **options)


def widget(kind: Any, name: str, **options: Any) -> Any:
    """An input; options that this version's input type does not know are dropped."""
    known = inspect.signature(kind.Input.__init__).parameters
    return kind.Input(name, **{option: value for option, value in options.items() if option in known})


def bundle_input() -> Any:
    """The socket nearly every node begins with."""
    return widget(
        OodBundle, "bundle", tooltip="Networks and directions that belong together, from Load Edit Bundle."
    )


def optional_bundle(tooltip: str) -> Any:
    """The bundle's socket where plain pictures may come without one."""
    return widget(OodBundle, "bundle", optional=True, tooltip=tooltip)


def travelling_bundle() -> Any:
    """The bundle's socket where crops may bring one."""
    return optional_bundle(
        "Networks and directions that belong together, from Load Edit Bundle. A crop brings the bundle of "
        "its Align Face."
    )


def image_input(tooltip: str) -> Any:
    """A picture, where a crop may be connected instead."""
    return widget(io.Image, "image", optional=True, tooltip=tooltip)


def crop_input() -> Any:
    """Faces cut out by Align Face, in place of a picture."""
    return widget(
        OodCrop,
        "crop",
        optional=True,
        tooltip="From Align Face, in place of image: the edit returns to the whole photograph.",
    )


def mode_input(advanced: bool = False) -> Any:
    """The method; newer versions fold away what is advanced."""
    return widget(
        io.Combo,
        "mode",
        options=list(MODES),
        default="faithful",
        tooltip="faithful keeps everything outside the mask; paper is the published method.",
        advanced=advanced,
    )


def face_inputs() -> list[Any]:
    """Which faces of a picture, and how they are cut out."""
    return [
        widget(
            io.Combo,
            "face",
            options=list(FACES),
            default=FACES[0],
            tooltip="Which faces of each picture: the largest, all, or one of them; face 0 is the surest.",
        ),
        widget(
            io.Combo,
            "align",
            options=list(ALIGNING),
            default=ALIGNING[0],
            tooltip="auto leaves pictures that are already aligned as they are; never takes the largest "
            "centred square without looking for faces.",
            advanced=True,
        ),
        widget(
            io.Combo,
            "faceless",
            options=list(FACELESS),
            default=FACELESS[0],
            tooltip="A picture without a face stops the run, is kept as it is, "
            "or is edited in its centred square.",
            advanced=True,
        ),
        widget(
            io.Combo,
            "detector",
            options=list(get_args(WhichDetector)),
            default="auto",
            tooltip="What finds faces: the bundle's own detector, the one for photographs, or, with auto, "
            "whichever knows the picture.",
            advanced=True,
        ),
    ]


def which_face(face: str) -> str | int:
    """What the library calls the face that the widget chooses.

    Raises:
        OodError: if there is no such choice.
    """
    if face not in FACES:
        raise OodError(f"There is no choice '{face}' of faces. Known: {', '.join(FACES)}.")
    return int(face.removeprefix("face ")) if face.startswith("face ") else face


def refine_input(advanced: bool = False) -> Any:
    """Descent after the encoder."""
    return widget(
        io.Int,
        "refine",
        default=0,
        min=0,
        max=2000,
        tooltip="Steps that bring the inversion closer; 20 to 100 help. 0 is fastest and edits best.",
        advanced=advanced,
    )


def tune_input() -> Any:
    """Pivotal tuning after the inversion."""
    return widget(
        io.Int,
        "tune",
        default=0,
        min=0,
        max=2000,
        tooltip="Steps that tune the generator to each face; try 30. The tuning travels with the latents.",
        advanced=True,
    )


def own_mask_inputs(default: str, advanced: bool = False) -> list[Any]:
    """A mask of the user's own, and what it means."""
    return [
        widget(
            io.Mask,
            "mask",
            optional=True,
            tooltip="A mask of your own, of the image's size. White takes the edit; "
            "mask_is says how it counts.",
        ),
        widget(
            io.Combo,
            "mask_is",
            options=list(get_args(MaskIs)),
            default=default,
            tooltip="Whether your mask replaces the one that is found, limits it, adds to it, "
            "or is subtracted.",
            advanced=advanced,
        ),
    ]


def settings_input() -> Any:
    """The scales on which a faithful mask is found."""
    return widget(
        io.String,
        "mask_settings",
        default="",
        placeholder="low=6, foreign_high=80",
        tooltip="Scales such as low=6, foreign_high=80. With them the faithful mask is measured from "
        "differences of colour, not found by the bundle's network.",
        advanced=True,
    )


def shape_inputs(advanced: bool = False) -> list[Any]:
    """What is done to a mask once it is found."""
    return [
        widget(
            io.Float,
            "threshold",
            default=0.0,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="Make the mask black and white at this value. 0 keeps it soft.",
            advanced=advanced,
        ),
        widget(
            io.Float,
            "grow",
            default=0.0,
            min=-512.0,
            max=512.0,
            step=1.0,
            tooltip="Pixels of the picture by which the mask grows; negative shrinks it.",
            advanced=advanced,
        ),
        widget(
            io.Float,
            "feather",
            default=0.0,
            min=0.0,
            max=512.0,
            step=0.5,
            tooltip="Softness of the mask's rim, in pixels of the picture.",
            advanced=advanced,
        ),
    ]


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
