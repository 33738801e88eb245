"""DiffCAM: where an edit acts, from the difference between two generated pictures."""

from ood_core.diffcam.activation import differential_cam, paper_mask
from ood_core.diffcam.mask import MaskSettings, faithful_mask
from ood_core.diffcam.network import DiffCamConfig, DifferentialClassifier
from ood_core.diffcam.shape import shape_mask
from ood_core.diffcam.stage import DiffCam, diffcam

__all__ = [
    "DiffCam",
    "DiffCamConfig",
    "DifferentialClassifier",
    "MaskSettings",
    "diffcam",
    "differential_cam",
    "faithful_mask",
    "paper_mask",
    "shape_mask",
]
