"""Make the README's picture: what came in, what the GAN alone makes of the edit, and our result.

python benchmarks/readme_picture.py benchmarks/readme.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from ood_core import edit, load_bundle
from ood_core.bundle import find_bundle
from ood_core.files.pictures import load_image
from ood_core.files.sheets import labelled_strip

ROWS = {
    "cap_and_phone": {"Smiling": 1.2},
    "bricks_and_headphones": {"Eyeglasses": 1.2},
    "waving": {"Beard": 1.2},
}


def main(path: Path) -> None:
    """Write the picture."""
    bundle = load_bundle()
    examples = find_bundle() / "examples"
    rows = []
    for name, edits in ROWS.items():
        picture = load_image(examples / f"{name}.png")
        result = edit(picture, bundle, edits)
        what = ", ".join(edits)
        pictures = {
            "original": picture,
            f"GAN alone: {what}": result.edited,
            "mask": result.change,
            f"our result: {what}": result.result,
        }
        rows.append(labelled_strip(pictures, height=240))
    sheet = Image.new("RGB", (rows[0].width, sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    sheet.save(path, quality=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
