"""DiffCAM: where an edit acts, from the difference between two generated pictures."""

from .activation import differential_cam, paper_mask
from .mask import MaskSettings, faithful_mask, held_back, why_held_back
from .network import DiffCamConfig, DifferentialClassifier
from .shape import shape_mask
from .stage import DiffCam, diffcam

__all__ = [
    "DiffCam",
    "DiffCamConfig",
    "DifferentialClassifier",
    "MaskSettings",
    "diffcam",
    "differential_cam",
    "faithful_mask",
    "held_back",
    "paper_mask",
    "shape_mask",
    "why_held_back",
]
