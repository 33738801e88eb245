"""Class activation in closed form, and the published mask made of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import ShapeError


def differential_cam(
    features: Tensor, weight: Tensor, classes: Sequence[int], signs: Sequence[float] | None = None
) -> Tensor:
    """Class-activation map of a globally pooled linear head, in closed form.

    The head is mean-pooling followed by one linear layer, so the gradient of a class score with respect to
    the features is the constant ``weight[c] / (h·w)``: Grad-CAM (Selvaraju et al. 2017, eq. 1-2) needs no
    backward pass.

    Args:
        features: last feature map of the difference branch, [B,K,h,w].
        weight: the head's weight, [classes,K].
        classes: one class index a sample.
        signs: one number a sample; where negative, the evidence *against* the class counts: that is where the
            attribute vanished, if the class names its presence. All positive by default.

    Returns:
        Non-negative evidence, [B,1,h,w], unnormalised.

    Raises:
        ShapeError: if there is not one class and one sign a sample, a class is unknown, or channel counts
            differ.
    """
    signs = [1.0] * len(classes) if signs is None else signs
    if not len(classes) == len(signs) == features.shape[0]:
        raise ShapeError(
            f"{features.shape[0]} samples need as many classes and signs: {len(classes)}, {len(signs)}."
        )
    if features.shape[1] != weight.shape[1]:
        raise ShapeError(f"Features have {features.shape[1]} channels, the head reads {weight.shape[1]}.")
    if not all(0 <= index < weight.shape[0] for index in classes):
        raise ShapeError(f"Classes go from 0 to {weight.shape[0] - 1}; got {list(classes)}.")
    index = torch.as_tensor(classes, device=weight.device)
    sign = torch.tensor([-1.0 if s < 0 else 1.0 for s in signs]).to(features)
    gradient = weight[index].to(features) * (sign / features[0, 0].numel())[:, None]
    return torch.einsum("bk,bkhw->bhw", gradient, features).relu()[:, None]


def paper_mask(evidence: Tensor, map_resolution: int, resolution: int | tuple[int, int]) -> Tensor:
    """The mask exactly as published: always stretched to reach 1, blocky at high resolutions.

    Args:
        evidence: [B,A,h,w] from `differential_cam`, one map an attribute; their masks are united by maximum.
        map_resolution: side of the map that is normalised; the classifier's input resolution.
        resolution: of the mask, one side or (height, width).

    Returns:
        Mask [B,1,H,W] in [0,1]. Constant evidence gives zeros, where the published code divides zero by zero.
    """
    size = (map_resolution, map_resolution)
    enlarged = F.interpolate(evidence, size=size, mode="bilinear", align_corners=False)
    above = enlarged - enlarged.amin(dim=(2, 3), keepdim=True)
    top = above.amax(dim=(2, 3), keepdim=True)
    normalised = torch.where(top > 0, above / top, 0.0)
    return F.interpolate(normalised.amax(dim=1, keepdim=True), size=resolution, mode="nearest")
