"""Training samples for the network that finds changes: registered pairs, as it will see them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..diffcam.change_network import network_input
from ..diffcam.changes import find_changes
from ..registration import pasted_box, register
from ..registration.filters import resize


@dataclass(frozen=True, eq=False)
class ChangeSample:
    """What the network sees and should say.

    Attributes:
        inputs: [1, 18, h, w], half precision.
        mask: [1, 1, h, w], half precision.
    """

    inputs: Tensor
    mask: Tensor


@torch.no_grad()
def change_sample(original: Tensor, edited: Tensor, mask: Tensor) -> ChangeSample:
    """Send a pair the way that `keep` goes.

    Args:
        original, edited: I [1,3,H,W] and T [1,3,H',W'] in [-1,1].
        mask: the truth, [1,1,H,W] in [0,1].
    """
    box = pasted_box(original, edited)
    if box is not None:
        original, edited, mask = box.crop(original), box.crop(edited), box.crop(mask)
    changes = find_changes(register(original, edited))
    inputs = network_input(changes.before, changes.registration, changes.evidence)
    truth = resize(mask, (inputs.shape[-2], inputs.shape[-1])).clamp(0, 1) * changes.registration.covered
    return ChangeSample(inputs.half(), truth.half())
