"""Flicker of an edited clip: python benchmarks/clips.py [--frames 24] [--noise 0.015]

A drawn person looks about, turns, opens the mouth and moves through a still scene; the landmarks are the
true ones with noise, and two frames have none. The noise is a coordinate's standard deviation in distances
between the eyes: 0.015 is what YuNet's landmarks have in a grainy photograph that is moved a little. All
frames' faces are laid over each other by the true landmarks. Printed is the mean absolute change from frame
to frame where the edit is (range 2): of the clip itself, of the clip drawn with the true edit, and of the
clip edited frame by frame or as a sequence.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ood_core import clips
from ood_core.alignment import Alignment, Faces, align, face_alignment, no_faces, track
from ood_core.bundle import Bundle, load_bundle
from ood_core.composition import paste_square
from ood_core.domains.portraits import landmarks, render, sample_factors, set_attribute
from ood_core.images import resize_bicubic

SIZE, SIDE, MISSING = (240, 360), 192, (5, 6)


def draw_clip(count: int, edits: Mapping[str, float] | None = None) -> tuple[list[Tensor], Tensor]:
    """Frames [1, 3, H, W], of the person with true edits, and the true landmarks [T, 5, 2]."""
    random, time = torch.Generator().manual_seed(5), torch.linspace(0, 2 * math.pi, count)
    factors = sample_factors(1, random).repeat(count, 1)
    moving = {"gaze": 0.8 * time.sin(), "tilt": 0.4 * time.sin(), "turn": 0.6 * time.sin()}
    still = {"Smiling": 0.0, "Eyeglasses": 0.0, "Mouth_Open": 0.3 + 0.3 * time.sin()}
    for name, value in (moving | still | dict(edits or {})).items():
        factors = set_attribute(factors, name, value)
    people, points = render(factors, SIDE).image, landmarks(factors, SIDE)
    scene = resize_bicubic(torch.rand(1, 3, 12, 18, generator=random) * 1.2 - 0.6, SIZE)
    frames, where = [], []
    for index, phase in enumerate(time.tolist()):
        angle, half = math.radians(8) * math.sin(phase), 75 + 5 * math.cos(phase)
        middle = 150.0 + 2 * index, 120 + 6 * math.sin(phase)
        place = Alignment(middle, (half * math.cos(angle), half * math.sin(angle)), SIZE)
        frames.append(paste_square(scene, people[index : index + 1], place))
        a, b, c, d, e, f = place.to_picture(SIDE)
        x, y = points[index].unbind(-1)
        where.append(torch.stack([a * x + b * y + c, d * x + e * y + f], dim=-1))
    return frames, torch.stack(where)


class Given:
    """Finds what it was told to, with noise, frame after frame."""

    def __init__(self, points: Tensor, noise: float) -> None:
        eyes = (points[:, 1] - points[:, 0]).norm(dim=-1).mean()
        random = torch.randn(points.shape, generator=torch.Generator().manual_seed(0))
        self._points, self._frame = points + noise * eyes * random, 0

    def __call__(self, picture: Tensor) -> Faces:
        index, self._frame = self._frame, self._frame + 1
        points = self._points[index : index + 1]
        boxes = torch.cat([points.amin(dim=1), points.amax(dim=1)], dim=1)
        return no_faces() if index in MISSING else Faces(boxes, torch.ones(1), points)


def flicker(
    frames: list[Tensor],
    true: list[Tensor],
    points: Tensor,
    bundle: Bundle,
    attribute: str,
    noise: float,
) -> list[float]:
    """Mean change from frame to frame where the edit is: of the clip, of the true edit, and of the edit."""
    results = list(clips.edit_clip(frames, bundle, {attribute: 1.0}, detector=Given(points, noise)))
    for frame, result in zip(frames, results, strict=True):
        outside = (result.change == 0).expand_as(frame)
        assert torch.equal(result.result[outside], frame[outside]), "outside the mask nothing changes"
    places = [face_alignment(each, bundle.frame, SIZE) for each in points]

    def faces(pictures: list[Tensor]) -> Tensor:
        return torch.cat(
            [align(picture, place, 128) for picture, place in zip(pictures, places, strict=True)]
        )

    mask = faces([result.change for result in results])
    inside = (torch.maximum(mask[1:], mask[:-1]) > 0.05).expand(-1, 3, -1, -1)
    compared = frames, true, [result.result for result in results]
    return [float(faces(clip).diff(dim=0).abs()[inside].mean()) for clip in compared]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--noise", type=float, default=0.015)
    options, bundle = parser.parse_args(), load_bundle()
    count = options.frames
    frames, points = draw_clip(count)
    steady = track.LANDMARK_REACH, clips.LATENT_REACH, track.DRIFT_REACH
    print("| edit | clip, same places | true edit | frame by frame | clip | true edit | as a sequence |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for attribute in ("Smiling", "Eyeglasses", "Beard"):
        true, values = draw_clip(count, {attribute: 1.0})[0], []
        for reaches in ((0.01, 0.01, 0.01), steady):
            track.LANDMARK_REACH, clips.LATENT_REACH, track.DRIFT_REACH = reaches
            values += flicker(frames, true, points, bundle, attribute, options.noise)
        print(f"| {attribute} | " + " | ".join(f"{value:.4f}" for value in values) + " |", flush=True)


if __name__ == "__main__":
    main()
