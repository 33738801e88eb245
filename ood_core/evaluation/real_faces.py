"""How well real faces are found: photographs that installed packages ship, at several sizes and turned."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..alignment import Detector, warp
from ..domains import Crowd
from ..files.pictures import load_image
from ..images import Box
from .photos import ALL, Matched, match, row_of

SCALES, ANGLES = (0.25, 0.5, 1.0, 2.0), (0, 20, -20, 45, -45, 90, 180)
_BOX = 2.5  # side of a face's box in distances between its eyes
_PHOTOGRAPHS: dict[str, tuple[str, str, tuple[tuple[float, float], ...]]] = {
    "an astronaut": (
        "skimage",
        "data/astronaut.png",
        ((200, 102), (246, 102), (220, 125), (200, 142), (240, 142)),
    ),
    "Grace Hopper": (
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        ((222, 184), (307, 184), (270, 230), (236, 264), (300, 264)),
    ),
}  # name: package of the extra `photos`, file in it, landmarks as a person sees them


def real_faces_table(detector: Detector) -> list[dict[str, Any]]:
    """Recall, precision and landmark error on each photograph at each of `SCALES`, turned by `ANGLES`.

    Args:
        detector: one that knows photographs; that of a bundle of drawn people does not.

    Returns:
        Rows as `photos.detection_table`'s, for the photographs whose packages are installed; precision is of
        the row. The landmarks they are compared with were placed by hand, to some 5 %.
    """
    rows = []
    for name, (package, file, points) in _PHOTOGRAPHS.items():
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        path = Path(spec.submodule_search_locations[0]) / file
        if not path.is_file():
            continue
        picture = load_image(path)
        for scale in SCALES:
            crowds = [turned(picture, torch.tensor(points), scale, angle) for angle in ANGLES]
            found = [match(crowd, detector(crowd.image)) for crowd in crowds]
            rows.append(_row(f"{name}, {scale:g} ×", found))
    return rows


def _row(name: str, found: list[Matched]) -> dict[str, Any]:
    return row_of(found, ALL, "scales", 0, math.inf) | {"group": name}


def turned(picture: Tensor, points: Tensor, scale: float, degrees: float) -> Crowd:
    """A photograph [1, 3, H, W] of one person, scaled and turned clockwise within a square that holds it."""
    height, width = picture.shape[2:]
    side = math.ceil(math.hypot(height, width) * scale)
    cosine, sine = (turn(math.radians(degrees)) / scale for turn in (math.cos, math.sin))
    x, y = width / 2 - (cosine + sine) * side / 2, height / 2 - (cosine - sine) * side / 2
    image = warp(picture, (cosine, sine, x, -sine, cosine, y), Box(0, 0, side, side), "bilinear", "zeros")
    back = torch.tensor([[cosine, sine], [-sine, cosine]]).inverse()
    landmarks = (points - torch.tensor([x, y])) @ back.T
    reach = _BOX / 2 * (landmarks[1] - landmarks[0]).norm()
    middle = landmarks[[0, 1, 3, 4]].mean(dim=0)
    box = torch.cat([middle - reach, middle + reach])
    return Crowd(image, box[None], landmarks[None], torch.tensor([scale]), torch.tensor([float(degrees)]))
