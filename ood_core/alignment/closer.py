"""A closer look: what may be a face is seen upright and of one size, from several angles, and averaged.

YuNet finds turned faces, but puts upright landmarks on them (measured: a face turned by 30 degrees gets eyes
turned by 4). But its score is highest, and falls alike either way, where the face is upright. So the mean
over views from all sides, weighted by what is near the best score, has the face's own turn; a mean over a few
views around that turn, mirrored and not, then has its landmarks. Upside down, brows and chin may pass for an
upright face; so each is turned over once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .faces import MIRRORED, Faces, no_faces
from .views import Views, joined
from .yunet import YuNet

SIDE = 160
"""Pixels of a window: a face's box is half as wide as that, the size at which YuNet is most exact."""

_WIDE = (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0)
_NEAR = (-12.0, 0.0, 12.0)
_ROUNDS = 2
_TOLERANCE = 0.08  # below the best score within which a view counts
_LIKELY, _SURE = 0.7, 0.85  # scores from which to look on, and to call it a face
_OFF_CENTRE = 0.2  # of the window: how far from its middle a face may be to be the one that was meant
_SIZES = (0.2, 1.0)  # of the window: sizes of that face
_AT_ONCE = 16  # windows


@dataclass(frozen=True, eq=False)
class _Sight:
    """What F faces look like from K angles: landmarks and ellipses in the picture, sizes, scores."""

    landmarks: Tensor  # [F, K, 5, 2]
    ellipses: Tensor  # [F, K, 3, 2]: the middle, and half axes to the right and down
    sizes: Tensor  # [F, K]
    scores: Tensor  # [F, K]

    def views(self, weights: Tensor) -> Views:
        """Windows upright on the mean face, [F]; weights [F, K] have sum 1."""
        points = (self.landmarks * weights[..., None, None]).sum(dim=1)
        across = points[:, 1] - points[:, 0]
        middle = (points[:, :2].mean(dim=1) + points[:, 3:].mean(dim=1)) / 2
        sizes = (self.sizes * weights).sum(dim=1).clamp_min(1)
        return Views(middle, sizes, torch.atan2(across[:, 1], across[:, 0]), torch.ones_like(sizes))

    def faces(self) -> Faces:
        """The faces among them, the surest first."""
        scores, order = self.scores.mean(dim=1).sort(descending=True, stable=True)
        order = order[scores > _SURE]
        middle, *ends = self.ellipses[order].unbind(dim=2)
        reach = sum((end - middle).square() for end in ends).sqrt()  # type: ignore[union-attr]
        boxes = torch.cat([middle - reach, middle + reach], dim=-1).mean(dim=1)
        return Faces(boxes, scores[scores > _SURE], self.landmarks[order].mean(dim=1))


def look_closer(levels: Sequence[Tensor], network: YuNet, views: Views) -> Faces:
    """Look again at what may be faces.

    Args:
        levels: the picture and its halvings.
        network: the detector.
        views: a window on each, about twice as wide as the face.

    Returns:
        Those that are faces. The same one may be there several times.
    """
    if len(views) == 0:
        return no_faces(levels[0].device)
    views, best = _turned_upright(levels, network, views)
    over = views.turned((180.0,))
    likelier = _look(levels, network, over, (0.0,), (1.0,)).scores[:, 0] > best
    if bool(likelier.any()):
        righted, _ = _turned_upright(levels, network, over[likelier])
        righted, best_over = _turned_upright(levels, network, righted)
        views, best = joined(views[~likelier], righted), torch.cat([best[~likelier], best_over])
    views = views[best > _LIKELY]
    for _ in range(_ROUNDS):
        if len(views) == 0:
            return no_faces(levels[0].device)
        sight = _look(levels, network, views, _NEAR, (1.0, -1.0))
        views = sight.views(torch.full_like(sight.scores, 1 / sight.scores.shape[1]))
    return sight.faces()


def _turned_upright(levels: Sequence[Tensor], network: YuNet, views: Views) -> tuple[Views, Tensor]:
    """The windows with their faces' own turn, as far as it is seen from all sides; and best scores, [V]."""
    sight = _look(levels, network, views, _WIDE, (1.0,))
    best = sight.scores.amax(dim=1, keepdim=True)
    weights = (sight.scores - best + _TOLERANCE).clamp_min(0).square()
    return sight.views(weights / weights.sum(dim=1, keepdim=True)), best[:, 0]


def _look(
    levels: Sequence[Tensor],
    network: YuNet,
    views: Views,
    degrees: Sequence[float],
    mirrored: Sequence[float],
) -> _Sight:
    turned = views.turned(degrees, mirrored)
    parts = [_look_at(levels, network, part) for part in turned.split(_AT_ONCE)]
    return _Sight(*(torch.cat(each).unflatten(0, (len(views), -1)) for each in zip(*parts, strict=True)))


def _look_at(levels: Sequence[Tensor], network: YuNet, views: Views) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Landmarks, ellipse, size and score of the surest face in the middle of each window."""
    raw = network(views.look(levels, SIDE).contiguous(memory_format=torch.channels_last))
    boxes = raw.boxes()
    middles, spans = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    sizes = spans.amax(dim=-1)
    meant = ((middles - SIDE / 2).norm(dim=-1) < _OFF_CENTRE * SIDE) & (sizes > _SIZES[0] * SIDE)
    scores, best = (raw.scores() * (meant & (sizes < _SIZES[1] * SIDE))).max(dim=1)
    each = torch.arange(len(best))
    points, middle, half = raw.landmarks()[each, best], middles[each, best], spans[each, best] / 2
    points = torch.where(views.mirrored[:, None, None] < 0, points[:, MIRRORED], points)
    ends = [middle + half * half.new_tensor(axis) for axis in ((1, 0), (0, 1))]
    ellipse = torch.stack([middle, *ends], dim=1)
    size = sizes[each, best] * 2 * views.halves / SIDE
    return views.to_picture(points, SIDE), views.to_picture(ellipse, SIDE), size, scores
