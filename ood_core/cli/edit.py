"""`ood edit`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import OodError
from .console import named_numbers, named_texts
from .options import (
    BundleName,
    Feather,
    Force,
    Format,
    Grow,
    Inputs,
    MaskFile,
    MaskMeaning,
    Output,
    Resume,
    Stages,
    Threshold,
    Where,
    make_folder,
    pick_device,
    suffix_of,
)
from .photographs import run
from .request import Request, by_picture

if TYPE_CHECKING:
    from torch import Tensor

    from ..bundle import Bundle
    from ..diffcam import MaskSettings
    from ..editing.formats import Norm

Edits = Annotated[
    list[str],
    typer.Option("--edit", metavar="NAME[=STRENGTH]", help="What to change; 1 is the usual strength."),
]
ModeName = Annotated[
    Literal["faithful", "paper"],
    typer.Option(help="faithful keeps every pixel outside the edit; paper is the published method."),
]
Fineness = Annotated[
    Literal["fp32", "bf16"],
    typer.Option(help="bf16 is faster on devices made for it, and off by about a grey level."),
]
Align = Annotated[
    Literal["auto", "never", "always"],
    typer.Option(help="Cut faces out upright: where needed, always, or edit the centred square as it is."),
]
Face = Annotated[
    str, typer.Option(metavar="largest|all|N", help="Which faces: N counts from 0, the surest first.")
]
LandmarkFile = Annotated[
    Path | None, typer.Option("--landmarks", readable=False, help="JSON with the faces of pictures.")
]
Faceless = Annotated[
    Literal["stop", "keep", "centre"],
    typer.Option(help="A picture without a face: an error, kept as it is, or edited in its centred square."),
]
Finder = Annotated[
    Literal["auto", "bundle", "photo"],
    typer.Option(help="What finds faces: the bundle's own, that for photographs, or whichever knows them."),
]
Refine = Annotated[
    int, typer.Option(min=0, max=2000, help="Steps that bring the inversion closer; 20 to 100 are useful.")
]
Tune = Annotated[
    int, typer.Option(min=0, max=2000, help="Steps that tune the generator to each picture; try 30.")
]
DirectionFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--direction",
        metavar="NAME=FILE[:KEY][@STYLES]",
        help="A direction of your own, for --edit NAME; KEY chooses among several in the file.",
    ),
]
Unit = Annotated[
    Literal["raw", "total", "layer"],
    typer.Option(help="Strength 1 moves as in the file, by 1 over all styles, or by 1 in each style."),
]
Setting = Annotated[
    list[str] | None,
    typer.Option("--mask-setting", metavar="NAME=VALUE", help="Measure the mask on scales such as low=6."),
]


def edit(
    inputs: Inputs,
    edits: Edits,
    bundle: BundleName = None,
    mode: ModeName = "faithful",
    mask: MaskFile = None,
    mask_is: MaskMeaning = "replace",
    threshold: Threshold = None,
    grow: Grow = 0.0,
    feather: Feather = 0.0,
    mask_setting: Setting = None,
    refine: Refine = 0,
    tune: Tune = 0,
    direction: DirectionFiles = None,
    direction_unit: Unit = "raw",
    face: Face = "largest",
    align: Align = "auto",
    faceless: Faceless = "stop",
    detector: Finder = "auto",
    landmarks: LandmarkFile = None,
    device: Where = "auto",
    precision: Fineness = "fp32",
    output: Output = Path("output"),
    file_format: Format = "same",
    stages: Stages = False,
    force: Force = False,
    resume: Resume = False,
) -> None:
    """Edit the faces of photographs: writes <name>_result for each, in the photograph's format and size.

    Without --bundle, each picture gets the installed bundle of its kind: photographs one, drawings another.
    """
    from ..alignment import read_landmarks
    from ..bundle import installed_bundles, load_bundle
    from ..bundle.memory import keep_freed_memory
    from ..choosing import Chooser
    from ..diffcam import MaskShape
    from ..files.pictures import load_mask
    from ..finding import detector_of
    from ..sources import check_edits

    if force and resume:
        raise OodError("--force overwrites results, --resume keeps them: give one of the two")
    strengths = named_numbers(edits, "--edit", default=1.0)
    where = pick_device(device)
    own_mask = None if mask is None else load_mask(mask).to(where)
    given = {} if landmarks is None else read_landmarks(landmarks)

    def with_bundle(loaded: Bundle) -> Request:
        directions = _directions(direction or [], loaded, direction_unit)
        check_edits(strengths, loaded, directions)
        blind = align == "never" or loaded.frame is None
        return Request(
            bundle=loaded,
            edits=strengths,
            mode=mode,
            mask=own_mask,
            mask_is=mask_is,
            shape=MaskShape(threshold, grow, feather),
            settings=_settings(mask_setting or [], loaded),
            refine=refine,
            tune=tune,
            directions=directions,
            face=face,
            align=align,
            faceless=faceless,
            detector=None if blind else detector_of(loaded, detector),
            given=given,
            stages=stages,
            suffix=suffix_of(file_format),
            force=force,
            resume=resume,
            named=bundle is not None,
        )

    if bundle is None and len(installed_bundles()) > 1:
        request = by_picture(Chooser(device=where, precision=precision), with_bundle)
    else:
        request = with_bundle(load_bundle(bundle, where, precision))
    keep_freed_memory()  # not before: loading gives back what only it needed
    make_folder(output)
    if not run(request, inputs, output):
        raise typer.Exit(1)


def _directions(texts: list[str], bundle: Bundle, unit: Norm) -> dict[str, Tensor]:
    """Name → the edit of strength 1, from NAME=FILE[:KEY]."""
    from ..checkpoints.direction_files import read_direction

    config = bundle.generator.config
    found = {}
    for name, text in named_texts(texts, "--direction").items():
        path, key = _path_and_key(text)
        synthesis = bundle.generator.synthesis
        found[name] = read_direction(path, config.num_styles, config.w_dim, key, unit, synthesis)[1]
    return found


def _path_and_key(text: str) -> tuple[Path, str]:
    """FILE, FILE:KEY, FILE@STYLES or FILE:KEY@STYLES as path and KEY@STYLES."""
    file, at, styles = text.rpartition("@") if not Path(text).exists() else (text, "", "")
    if not at:
        file, styles = text, ""
    path, colon, key = file.rpartition(":") if not Path(file).exists() else (file, "", "")
    return (Path(path), key + at + styles) if colon else (Path(file), at + styles)


def _settings(texts: list[str], bundle: Bundle) -> MaskSettings | None:
    """The bundle's mask settings with some of them changed; None where none is."""
    numbers = named_numbers(texts, "--mask-setting")
    return bundle.mask_settings.changed(numbers) if numbers else None
