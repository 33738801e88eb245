"""A differential classifier small enough for tests."""

from __future__ import annotations

from dataclasses import replace

import torch

from ood_core.diffcam import DiffCamConfig, DifferentialClassifier

TINY = DiffCamConfig(
    input_resolution=32, base_width=4, depths=(1, 1, 2, 1), strides=(1, 2, 1, 1), split=1, classes=3
)


def tiny_network(**changes: object) -> DifferentialClassifier:
    torch.manual_seed(0)
    return DifferentialClassifier(replace(TINY, **changes)).eval()
