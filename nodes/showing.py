"""What a node draws of its results in itself, where this version of ComfyUI can."""

from __future__ import annotations

from typing import Any

import torch
from comfy_api.latest import ui
from torch import Tensor

from ..ood_core.images import resize_area
from .tensors import each

_SHOWN = 2048  # pixels of the longer side of a picture drawn in a node


def shown(images: Tensor, node: Any) -> Any:
    """Pictures drawn in the node."""
    preview = getattr(ui, "PreviewImage", None)
    return None if preview is None else preview(_small(images), cls=node)


def compared(original: Tensor, result: Tensor, node: Any) -> dict[str, Any] | None:
    """Pictures before and after an edit, drawn in the node: side by side, or behind a slider in Nodes 2.0.

    The names are those of core's *Compare Images*. Some frontends (1.49) look for them in that node only, so
    our script before_after.js hands them to the slider.

    Args:
        original: IMAGE [B',H,W,C]; repeated in turn to the result's batch.
        result: IMAGE [B,H,W,3].
        node: whose result it is.
    """
    before, after = _small(original[..., :3].to(result)), _small(result)
    before = before.repeat(len(after) // len(before), 1, 1, 1).expand_as(after)
    preview = shown(torch.stack([before, after], dim=1).flatten(0, 1), node)
    if preview is None:
        return None
    drawn: dict[str, Any] = preview.as_dict()
    return drawn | {"a_images": drawn["images"][::2], "b_images": drawn["images"][1::2]}


def _small(images: Tensor) -> Tensor:
    """[B,H,W,C] no larger than a screen: to write a photograph's would take longer than to edit it."""
    sides = images.shape[1:3]
    share = _SHOWN / max(sides)
    if share >= 1:
        return images
    height, width = (max(1, round(share * side)) for side in sides)
    return each(lambda one: resize_area(one.movedim(-1, 1), (height, width)).movedim(1, -1), images)


def shown_text(text: str) -> Any:
    """Text drawn in the node."""
    preview = getattr(ui, "PreviewText", None)
    return None if preview is None else preview(text)
