"""Faces are found at any size and turn; what is no face is not; odd pictures are no error."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.alignment import Detector, Faces, face_detector
from ood_core.alignment.warp import warp
from ood_core.errors import ImageError, ShapeError
from ood_core.evaluation.real_faces import turned as in_a_square
from ood_core.files.pictures import load_image
from ood_core.images import Box


@pytest.fixture(scope="module")
def detector() -> Detector:
    return face_detector()


def shipped(package: str, *path: str) -> Tensor:
    """A picture that an installed package ships; the test is skipped where the package is not there."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return load_image(Path(spec.submodule_search_locations[0]).joinpath(*path))


@pytest.fixture(scope="module")
def astronaut() -> Tensor:
    """Head and shoulders of an astronaut, [1, 3, 256, 256]; photograph by NASA."""
    return shipped("skimage", "data", "astronaut.png")[..., :256, 96:352]


EYES_AND_MOUTH = torch.tensor([[104.0, 102], [150, 102], [124, 125], [104, 142], [144, 142]])


def turned(picture: Tensor, degrees: float) -> Tensor:
    """A square picture turned clockwise about its middle."""
    middle, c, s = picture.shape[-1] / 2, math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    to_source = (c, s, middle * (1 - c - s), -s, c, middle * (1 + s - c))
    return warp(picture, to_source, Box(0, 0, *picture.shape[2:]), "bilinear")


def turned_points(points: Tensor, degrees: float, middle: float) -> Tensor:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (points - middle) @ torch.tensor([[c, s], [-s, c]]) + middle


def error(faces: Faces, expected: Tensor) -> float:
    """Mean distance of the first face's landmarks in distances between the eyes."""
    apart = (expected[1] - expected[0]).norm()
    return float((faces.landmarks[0] - expected).norm(dim=-1).mean() / apart)


def test_an_astronaut_is_found_with_eyes_nose_and_mouth(astronaut: Tensor, detector: Detector) -> None:
    faces = detector(astronaut)
    assert len(faces) == 1 and faces.scores[0] > 0.9
    assert error(faces, EYES_AND_MOUTH) < 0.1
    left, top, right, bottom = faces.boxes[0].tolist()
    assert left < 104 and right > 150 and top < 102 and bottom > 142


@pytest.mark.parametrize("scale", [0.35, 0.6, 2.0])
def test_a_face_is_found_at_any_size(astronaut: Tensor, detector: Detector, scale: float) -> None:
    side = round(256 * scale)
    faces = detector(F.interpolate(astronaut, size=(side, side), mode="bilinear", antialias=True))
    assert len(faces) == 1
    assert error(faces, EYES_AND_MOUTH * side / 256) < 0.12


@pytest.mark.parametrize("degrees", [-45.0, -20.0, 45.0, 90.0, 180.0])
def test_a_turned_face_has_turned_landmarks(astronaut: Tensor, detector: Detector, degrees: float) -> None:
    faces = detector(turned(astronaut, degrees))
    assert len(faces) == 1
    assert error(faces, turned_points(EYES_AND_MOUTH, degrees, 128)) < 0.12


@pytest.mark.parametrize(("degrees", "scale"), [(195, 0.8), (195, 1.2), (195, 2.4)])
def test_brows_and_chin_upside_down_are_no_upright_face(
    astronaut: Tensor, detector: Detector, degrees: int, scale: float
) -> None:
    crowd = in_a_square(astronaut[..., :240, 4:244], EYES_AND_MOUTH - torch.tensor([4.0, 0]), scale, degrees)
    assert error(detector(crowd.image), crowd.landmarks[0]) < 0.12


def test_another_photograph(detector: Detector) -> None:
    picture = shipped("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")
    faces = detector(picture)
    assert len(faces) == 1
    assert error(faces, torch.tensor([[222.0, 184], [307, 184], [270, 230], [236, 264], [300, 264]])) < 0.12


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "gravel.png", "motorcycle_left.png"])
def test_cups_cats_stones_and_engines_have_no_face(detector: Detector, name: str) -> None:
    assert len(detector(shipped("skimage", "data", name))) == 0


def test_several_faces_are_found_the_surest_first(astronaut: Tensor, detector: Detector) -> None:
    small = F.interpolate(astronaut, size=(128, 128), mode="bilinear", antialias=True)
    picture = F.pad(astronaut, (0, 256, 0, 0), value=-1)
    picture[..., 64:192, 320:448] = small
    faces = detector(picture)
    assert len(faces) == 2
    assert faces.scores[0] >= faces.scores[1]
    assert set((faces.landmarks[:, 2, 0] > 256).tolist()) == {False, True}


def test_a_face_half_outside_is_found_or_not_but_lies_where_it_is(
    astronaut: Tensor, detector: Detector
) -> None:
    faces = detector(astronaut[..., 115:])
    assert len(faces) <= 1
    if len(faces):
        assert error(faces, EYES_AND_MOUTH - torch.tensor([115.0, 0])) < 0.5


def test_the_same_picture_gives_the_same_bits(astronaut: Tensor, detector: Detector) -> None:
    first, again = detector(astronaut), detector(astronaut)
    assert torch.equal(first.landmarks, again.landmarks) and torch.equal(first.boxes, again.boxes)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (7, 40), (33, 31)])
def test_a_picture_of_any_size_is_searched(detector: Detector, size: tuple[int, int]) -> None:
    noise = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert len(detector(noise)) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused(detector: Detector, value: float) -> None:
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., 3, 3] = value
    with pytest.raises(ImageError, match="not finite"):
        detector(picture)


@pytest.mark.parametrize("shape", [(2, 3, 64, 64), (1, 1, 64, 64), (3, 64, 64), (1, 3, 0, 64)])
def test_what_is_no_picture_is_refused(detector: Detector, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="one picture"):
        detector(torch.zeros(shape))
