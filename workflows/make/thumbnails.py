"""Draws the templates' thumbnails with the installed bundle: ``python workflows/make/thumbnails.py``.

Without a bundle they show the pictures that go in. Run again when the bundle changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from graph import ROOT
from PIL import Image
from templates import EDIT, PERSON, SECOND, SWEPT
from torch import Tensor

from ood_core.alignment import draw_squares
from ood_core.bundle import Bundle, installed_bundles, load_bundle
from ood_core.composition import overlay
from ood_core.domains.portraits import render_scene, sample_factors, sample_things
from ood_core.files.levels import to_uint8
from ood_core.images import resize_area
from ood_core.pipeline import edit

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


def masked(image: Tensor, bundle: Bundle | None) -> list[Tensor]:
    if bundle is None:
        return [image]
    result = edit(image, bundle, {EDIT["attribute"]: EDIT["strength"]})
    return [overlay(image, result.change), result.result]


def photograph(bundle: Bundle | None) -> list[Tensor]:
    """Two people in one picture, with the squares that are cut out, and both edited."""
    people = torch.cat([portrait(11, "microphone"), portrait(PERSON["person"], PERSON["thing"])], dim=3)
    if bundle is None:
        return [*people.split(512, dim=3)]
    result = edit(people, bundle, {EDIT["attribute"]: EDIT["strength"]}, face="all")
    shown = draw_squares(people, [crop.place for crop in result.pair.crops])
    return [*shown.split(512, dim=3), *result.result.split(512, dim=3)]


def strips(bundle: Bundle | None) -> dict[str, Callable[[], list[Tensor]]]:
    """Template → its pictures, left to right."""
    image = portrait(PERSON["person"], PERSON["thing"])
    return {
        "1_edit_a_portrait": lambda: [image, edited(image, bundle, EDIT)],
        "2_two_attributes_at_once": lambda: [image, edited(image, bundle, EDIT, SECOND)],
        "3_strength_filmstrip": lambda: filmstrip(image, bundle),
        "4_mask_for_diffusion": lambda: masked(image, bundle),
        "5_part_of_a_larger_graph": lambda: [portrait(11, "microphone"), edited(image, bundle, EDIT)],
        "6_ffhq_photographs": lambda: [image, edited(image, bundle, SECOND)],
        "7_edit_a_photograph": lambda: photograph(bundle),
    }


def main() -> None:
    """Write workflows/*.jpg."""
    bundle = load_bundle() if installed_bundles() else None
    if bundle is None:
        logger.warning("no bundle is installed: the thumbnails show only what goes in")
    for name, pictures in strips(bundle).items():
        row = torch.cat([resize_area(picture, SIDE) for picture in pictures()], dim=3)
        Image.fromarray(to_uint8(row)[0]).save(ROOT / "workflows" / f"{name}.jpg", quality=90)


if __name__ == "__main__":
    main()
