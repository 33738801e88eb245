"""Draws docs/images/face_found.jpg: a photograph, its face as it is found, and the crop that is edited.

The photograph is scikit-image's astronaut (NASA, public domain): ``pip install ".[photos]"``.
"""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from skimage.data import astronaut

from ood_core.alignment import Frame, draw_faces, draw_squares, face_crops, face_detector
from ood_core.files.levels import to_uint8
from ood_core.images import resize_area

TARGET = Path(__file__).parents[1] / "docs" / "images" / "face_found.jpg"
SIDE = 400


def main() -> None:
    """Write the picture."""
    photograph = torch.from_numpy(astronaut()).movedim(-1, 0)[None] / 127.5 - 1
    found = face_detector(None, None)(photograph)
    crops = face_crops(photograph, Frame(), found)
    shown = draw_squares(draw_faces(photograph, found), [crop.place for crop in crops])
    row = [resize_area(photograph, SIDE), resize_area(shown, SIDE), crops[0].cut((SIDE, SIDE))]
    Image.fromarray(to_uint8(torch.cat(row, dim=3))[0]).save(TARGET, quality=90)


if __name__ == "__main__":
    main()
