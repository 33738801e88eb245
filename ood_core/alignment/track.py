"""One face through the frames of a clip: found, followed, and held still.

What moves from frame to frame by chance, and not with the face, is what flickers: landmarks found a little
differently. They are averaged over neighbouring frames, within a shot; how the face lies in one frame and the
next is then measured on the pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from ..errors import NoFaceError, ShapeError
from .align import Alignment, align, face_alignment
from .faces import Detector, Faces, choose_faces
from .frame import Frame
from .motion import moved

LANDMARK_REACH = 2.0  # standard deviation of the weights, in frames
DRIFT_REACH = 4.0  # over more frames than this landmarks are surer than the sum of small motions
_COMPARED = 256  # largest side in pixels of crops on which motion is measured
_JUMP = 1.0  # a face that moves by its own width between two frames is another shot


def follow_face(
    frames: Iterable[Tensor], frame: Frame, detector: Detector, face: str | int, size: int
) -> tuple[list[Alignment], list[slice]]:
    """The square in which a face lies in every frame, and the shots of the clip.

    Args:
        frames: pictures [1, 3, H, W] in [-1, 1] of one size, in their order; read twice.
        frame: how a face lies in the bundle's pictures.
        detector: finds the faces.
        face: "largest", or a number, in the first frame that shows one; then it is followed.
        size: side in pixels of the crops that are edited.

    Raises:
        NoFaceError: if no frame shows a face.
        ShapeError: if frames differ in size or there is none.
    """
    found, picture_size = follow(frames, detector, face)
    cuts = shots(found)
    points = smoothed(filled(found), LANDMARK_REACH, cuts)
    places = [face_alignment(each, frame, picture_size) for each in points]
    return steadied(frames, places, min(size, _COMPARED), cuts), cuts


def steadied(
    frames: Iterable[Tensor], alignments: list[Alignment], size: int, shots: list[slice]
) -> list[Alignment]:
    """Squares in which a face lies still, as far as the pixels of neighbouring frames say.

    Args:
        frames: pictures [1, 3, H, W].
        alignments: a square a frame, from landmarks.
        size: side in pixels of the crops that are compared.
        shots: parts of the clip that are apart.
    """
    starts = {shot.start for shot in shots}
    crops = (align(frame, place, size) for frame, place in zip(frames, alignments, strict=True))
    last: Tensor | None = None
    steps = []
    for index, crop in enumerate(crops):
        steps.append(moved(crop if last is None or index in starts else last, crop))  # itself: no motion
        last = crop
    path = torch.stack(steps).cumsum(dim=0)
    drift = smoothed(path, DRIFT_REACH, shots)
    return [_shifted(place, *each) for place, each in zip(alignments, (path - drift).tolist(), strict=True)]


def _shifted(place: Alignment, a: float, b: float, x: float, y: float) -> Alignment:
    """A square moved by a similarity of its own coordinates; see `moved`."""
    axis = complex(*place.axis)
    centre, axis = complex(*place.centre) + axis * complex(x, y), axis * (1 + complex(a, b))
    return Alignment((centre.real, centre.imag), (axis.real, axis.imag), place.picture_size)


def follow(frames: Iterable[Tensor], detector: Detector, face: str | int) -> tuple[Tensor, tuple[int, int]]:
    """Landmarks of one face in every frame, [T, 5, 2], NaN where it was not found; and the frames' (H, W).

    In each frame it is the one nearest to where it was seen last.
    """
    points, last, size = [], None, None
    for frame in frames:
        if size not in (None, tuple(frame.shape[2:])):
            raise ShapeError(f"frames of one clip have one size, not {size} and {list(frame.shape)}")
        size = (frame.shape[2], frame.shape[3])
        faces = detector(frame)
        if len(faces):
            last = choose_faces(faces, face).landmarks[0] if last is None else _nearest(faces, last)
            points.append(last.float().cpu())
        else:
            points.append(torch.full((5, 2), torch.nan))
    if size is None:
        raise ShapeError("a clip needs at least one frame")
    if last is None:
        raise NoFaceError("no frame shows a face that could be found; try another clip")
    return torch.stack(points), size


def _nearest(faces: Faces, last: Tensor) -> Tensor:
    return faces.landmarks[int((faces.landmarks - last).square().sum(dim=(1, 2)).argmin())]


def filled(points: Tensor) -> Tensor:
    """Landmarks [T, 5, 2] with those of frames without a face between the ones before and after, linearly."""
    there = torch.isfinite(points).all(dim=2).all(dim=1).nonzero()[:, 0]
    times = torch.arange(len(points)).clamp(int(there[0]), int(there[-1]))
    after = torch.searchsorted(there, times).clamp(max=len(there) - 1)
    before = (after - 1).clamp(min=0)
    gap = (there[after] - there[before]).clamp(min=1)
    weight = ((times - there[before]) / gap).clamp(0, 1)[:, None, None]
    return torch.lerp(points[there[before]], points[there[after]], weight)


def smoothed(track: Tensor, reach: float, shots: list[slice]) -> Tensor:
    """Each frame's value of a parabola fitted to its neighbours of the same shot, with Gaussian weights.

    A plain average would cut every turn of a movement short (after Savitzky & Golay 1964).

    Args:
        track: [T, …].
        reach: standard deviation of the weights in frames.
        shots: parts of the clip that are fitted apart.
    """
    fitted = torch.empty_like(track)
    radius = math.ceil(3 * reach)
    steps = torch.arange(-radius, radius + 1, dtype=torch.float64)
    powers = torch.stack([torch.ones_like(steps), steps / reach, (steps / reach).square()], dim=1)
    for shot in shots:
        values = track[shot].double().flatten(1).cpu()
        near = torch.arange(len(values))[:, None] + steps.long()
        weights = torch.exp(-(steps / reach).square() / 2) * ((near >= 0) & (near < len(values)))
        weighted = weights[:, :, None] * powers
        normal = weighted.mT @ powers + 1e-9 * torch.eye(3, dtype=torch.float64)
        right = weighted.mT @ values[near.clamp(0, len(values) - 1)]
        fitted[shot] = torch.linalg.solve(normal, right)[:, 0].view(track[shot].shape).to(track)
    return fitted


def shots(points: Tensor) -> list[slice]:
    """Parts of a clip in which a face moves without a jump."""
    whole = filled(points)
    moved = (whole[1:] - whole[:-1]).mean(dim=1).norm(dim=1)
    width = (whole[:, 1] - whole[:, 0]).norm(dim=1) * 2
    cuts = [0, *((moved > _JUMP * width[:-1]).nonzero()[:, 0] + 1).tolist(), len(points)]
    return [slice(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
