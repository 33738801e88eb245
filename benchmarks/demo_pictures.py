"""Make the photographs of `make demo`: docs/examples.

The photographs are scikit-image's (``pip install ".[photos]"``): the astronaut Eileen Collins, NASA, public
domain; coffee, Rachel Michetti, CC0. The edited one is what a simulated editor makes of the coffee.
"""

from __future__ import annotations

from pathlib import Path

from keep_picture import drifted, edited
from skimage.data import astronaut, coffee

from ood_core.files.levels import from_uint8
from ood_core.files.pictures import save_image

TARGET = Path(__file__).parents[1] / "docs" / "examples"


def main() -> None:
    """Write the pictures."""
    cup = from_uint8(coffee()[None])
    pictures = {
        "astronaut": from_uint8(astronaut()[None]),
        "coffee": cup,
        "coffee_edited": drifted(edited(cup)),
    }
    for name, picture in pictures.items():
        save_image(TARGET / f"{name}.jpg", picture, overwrite=True)


if __name__ == "__main__":
    main()
