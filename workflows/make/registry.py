"""Draws the pack's icon and banner for the registry: ``python workflows/make/registry.py``."""

from __future__ import annotations

import torch
from definitions import ROOT
from parts import EDIT, FOURTH, IN_APP, OTHER, PERSON
from PIL import Image
from thumbnails import edited, portrait
from torch import Tensor

from ood_core.bundle import Bundle, load_bundle
from ood_core.files.levels import to_uint8
from ood_core.images import resize_area

ICON, BANNER = 400, (1260, 540)  # the registry's largest icon, and 21:9
_LINE = 6


def halves(before: Tensor, after: Tensor) -> Tensor:
    """The left half before, the right half after, a white line between."""
    middle = before.shape[-1] // 2
    both = torch.cat([before[..., :middle], after[..., middle:]], dim=3)
    both[..., middle - _LINE // 2 : middle + _LINE // 2] = 1
    return both


def icon(bundle: Bundle) -> Tensor:
    """Half a face as it was, half with eyeglasses."""
    image = portrait(**PERSON)
    return resize_area(halves(image, edited(image, bundle, EDIT)), ICON)


def banner(bundle: Bundle) -> Tensor:
    """Three people, each half before and half after an edit."""
    pairs = ((FOURTH, IN_APP), (PERSON, EDIT), (OTHER, IN_APP))
    people = [halves(portrait(**who), edited(portrait(**who), bundle, what)) for who, what in pairs]
    width, height = BANNER
    row = [resize_area(person, height) for person in people]
    start = (height - width // 3) // 2
    return torch.cat([person[..., start : start + width // 3] for person in row], dim=3)


def main() -> None:
    """Write docs/images/icon.png and docs/images/banner.png."""
    bundle = load_bundle()
    for name, picture in (("icon", icon(bundle)), ("banner", banner(bundle))):
        Image.fromarray(to_uint8(picture)[0]).save(ROOT / "docs" / "images" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
