"""Draws the templates' thumbnails with the installed bundle: ``python workflows/make/thumbnails.py``.

Without a bundle they show the pictures that go in. Run again when the bundle changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from definitions import ROOT
from parts import BOTH, EDIT, FOURTH, IN_APP, OTHER, PERSON, SWEPT, THIRD
from PIL import Image
from templates import TEMPLATES
from torch import Tensor

from ood_core.alignment import cut_all, draw_squares
from ood_core.bundle import Bundle, installed_bundles, load_bundle
from ood_core.composition import overlay
from ood_core.domains.portraits import render_scene, sample_factors, sample_things
from ood_core.files.levels import to_uint8
from ood_core.files.pictures import load_image
from ood_core.images import resize_area
from ood_core.pipeline import edit, find_crops, keep

SIDE = 256
logger = logging.getLogger(__name__)


def portrait(person: int, thing: str, size: int = 512) -> Tensor:
    """What Example Portrait (OOD) draws."""
    dice = torch.Generator().manual_seed(person)
    factors = sample_factors(1, dice)
    return render_scene(factors, sample_things(1, dice, (thing,)), size)


def edited(image: Tensor, bundle: Bundle | None, *edits: dict[str, Any]) -> Tensor:
    """The result of edits as the templates name them."""
    if bundle is None:
        return image
    return edit(image, bundle, {one["attribute"]: one["strength"] for one in edits}).result


def filmstrip(image: Tensor, bundle: Bundle | None) -> list[Tensor]:
    return [edited(image, bundle, SWEPT | {"strength": strength}) for strength in (-1.0, 0.0, 1.5)]


def stages(image: Tensor, bundle: Bundle | None) -> list[Tensor]:
    """The reconstruction, its edit, and the result."""
    if bundle is None:
        return [image]
    done = edit(image, bundle, {EDIT["attribute"]: EDIT["strength"]})
    return [image, done.reconstruction.clamp(-1, 1), done.edited.clamp(-1, 1), done.result]


def masked(image: Tensor, bundle: Bundle | None) -> list[Tensor]:
    if bundle is None:
        return [image]
    result = edit(image, bundle, {EDIT["attribute"]: EDIT["strength"]})
    return [overlay(image, result.change), result.result]


def photograph(bundle: Bundle | None) -> list[Tensor]:
    """Two people in one picture, before and after."""
    people = torch.cat([portrait(**OTHER), portrait(**PERSON)], dim=3)
    if bundle is None:
        return [*people.split(512, dim=3)]
    result = edit(people, bundle, {EDIT["attribute"]: EDIT["strength"]}, face="all")
    return [*people.split(512, dim=3), *result.result.split(512, dim=3)]


def crop_and_place() -> list[Tensor]:
    """Where a face lies, and the face cut out."""
    crops = find_crops(astronaut(), None)
    shown = draw_squares(astronaut(), [crop.place for crop in crops])
    return [shown, cut_all(crops, (512, 512))]


def strips(bundle: Bundle | None) -> dict[str, Callable[[], list[Tensor]]]:
    """Title of a template → its pictures, left to right."""
    image = portrait(**PERSON)
    return {
        "Edit a portrait": lambda: [image, edited(image, bundle, EDIT)],
        "Keep Original": kept_coffee,
        "After an instruction editor": lambda: [coffee()],
        "Several attributes at once": lambda: [portrait(**THIRD), edited(portrait(**THIRD), bundle, *BOTH)],
        "Every face of a photograph": lambda: photograph(bundle),
        "Stage by stage": lambda: stages(image, bundle),
        "Strength filmstrip": lambda: filmstrip(image, bundle),
        "Mask for diffusion": lambda: masked(image, bundle),
        "Faces for other nodes": crop_and_place,
        "FFHQ photographs": lambda: [astronaut()],
        "Portrait app": lambda: [portrait(**FOURTH), edited(portrait(**FOURTH), bundle, IN_APP)],
    }


def kept_coffee() -> list[Tensor]:
    """What a drifting editor returned, the mask of its edit, and the photograph with only that edit."""
    before, returned = (
        load_image(ROOT / "docs" / "examples" / f"{n}.jpg") for n in ("coffee", "coffee_edited")
    )
    kept = keep(before, returned)
    return [part[..., 40:440] for part in (returned, overlay(before, kept.mask), kept.result)]


def astronaut() -> Tensor:
    """A photograph in the public domain (NASA), as scikit-image ships it."""
    from skimage.data import astronaut as photograph

    return torch.from_numpy(photograph()).movedim(-1, 0)[None] / 127.5 - 1


def coffee() -> Tensor:
    """A photograph under CC0 (Rachel Michetti), as scikit-image ships it."""
    from skimage.data import coffee as photograph

    return torch.from_numpy(photograph()[:, 100:500].copy()).movedim(-1, 0)[None] / 127.5 - 1


def main() -> None:
    """Write workflows/*.jpg."""
    bundle = load_bundle() if installed_bundles() else None
    if bundle is None:
        logger.warning("no bundle is installed: the thumbnails show only what goes in")
    titled = {name.partition(" ")[2]: name for name in TEMPLATES}
    for title, pictures in strips(bundle).items():
        row = torch.cat([resize_area(picture, SIDE) for picture in pictures()], dim=3)
        Image.fromarray(to_uint8(row)[0]).save(ROOT / "workflows" / f"{titled[title]}.jpg", quality=90)


if __name__ == "__main__":
    main()
