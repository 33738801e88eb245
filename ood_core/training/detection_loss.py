"""What a detector is trained by: which priors answer for which face, and how far off their answers are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..alignment.boxes import generalised_overlap, overlaps
from ..alignment.yunet import Raw

_NEAR = 2.5  # strides around a face's centre within which a prior may answer for it
_SHARED = 10  # best priors whose overlaps, added up, say how many may answer for one face


@dataclass(frozen=True)
class DetectionWeights:
    """Weights of the losses beside that of finding anything, which has weight 1."""

    box: float
    landmarks: float


def assign(raw: Raw, picture: int, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """SimOTA (Ge et al. 2021, "YOLOX", section 2.1): the cheapest priors near a face's centre answer for it.

    Args:
        raw: what the network says.
        picture: which of the batch.
        faces: true boxes, [N, 4], at least one.

    Returns:
        The priors that answer, [P'], the face of each, [P'], and how far their boxes overlap, [P'].
    """
    found = overlaps(faces, raw.boxes()[picture])
    place, stride = raw.priors[:, :2], raw.priors[:, 2]
    centre = (faces[:, None, :2] + faces[:, None, 2:]) / 2
    near = ((place - centre).abs() < _NEAR * stride[:, None]).all(dim=-1)
    inside = ((place > faces[:, None, :2]) & (place < faces[:, None, 2:])).all(dim=-1)
    surprise = -raw.scores()[picture].clamp_min(1e-6).log() - 3 * found.clamp_min(1e-6).log()
    cost = surprise + 1e5 * ~(near & inside)
    wanted = found.topk(min(_SHARED, found.shape[1]), dim=1).values.sum(dim=1).int().clamp_min(1)
    taken = torch.zeros_like(cost, dtype=torch.bool)
    for face, count in enumerate(wanted.tolist()):
        taken[face, cost[face].topk(count, largest=False).indices] = True
    taken &= cost == cost.amin(dim=0)  # a prior answers for one face only
    faces_of, priors = taken.nonzero(as_tuple=True)
    return priors, faces_of, found[faces_of, priors]


def detection_loss(
    raw: Raw, boxes: list[Tensor], landmarks: list[Tensor], weights: DetectionWeights
) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss of a batch (Wu et al. 2023, section 3.4), landmarks in units of the distance between the eyes.

    Args:
        raw: what the network says of B pictures.
        boxes, landmarks: of each picture's faces, [N, 4] and [N, 5, 2].
        weights: of the parts.

    Returns:
        The loss and scalars to log.
    """
    objectness = torch.zeros_like(raw.obj)
    certainty, places, points = [], [], []
    found_boxes, found_points = raw.boxes(), raw.landmarks()
    for picture, (faces, marks) in enumerate(zip(boxes, landmarks, strict=True)):
        if len(faces) == 0:
            continue
        with torch.no_grad():
            priors, face, overlap = assign(raw, picture, faces)
        objectness[picture, priors] = 1
        certainty.append(
            F.binary_cross_entropy_with_logits(raw.cls[picture, priors], overlap, reduction="sum")
        )
        places.append(1 - generalised_overlap(found_boxes[picture, priors], faces[face]))
        apart = (marks[:, 1] - marks[:, 0]).norm(dim=-1)[face, None, None]
        points.append(((found_points[picture, priors] - marks[face]) / apart).abs().mean(dim=(1, 2)))
    obj = F.binary_cross_entropy_with_logits(raw.obj, objectness, reduction="sum")
    count = objectness.sum().clamp_min(1)
    nothing = raw.cls.sum() * 0  # keeps every head in the graph where no picture has a face
    cls = torch.stack([*certainty, nothing]).sum() / count
    box, mark = (torch.cat([*each, nothing[None]]).sum() / count for each in (places, points))
    loss = cls + obj / count + weights.box * box + weights.landmarks * mark
    return loss, {"certainty": cls, "objectness": obj / count, "box": box, "landmarks": mark}
