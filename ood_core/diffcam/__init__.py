"""DiffCAM: which pixels an edit needs, and which it only touches."""

from .activation import differential_cam, paper_mask
from .changes import Changes, find_changes
from .mask import (
    DEFAULT_SETTINGS,
    FOREIGN,
    MaskSettings,
    faithful_mask,
    foreign,
    held_back,
    why_held_back,
)
from .network import DiffCamConfig, DifferentialClassifier
from .shape import AS_FOUND, MaskIs, MaskShape, checked_meaning, combined, shape_mask
from .stage import DiffCam, faithful_diffcam, find_evidence, paper_diffcam
from .touched import changed

__all__ = [
    "AS_FOUND",
    "DEFAULT_SETTINGS",
    "FOREIGN",
    "DiffCam",
    "DiffCamConfig",
    "DifferentialClassifier",
    "Changes",
    "MaskIs",
    "MaskSettings",
    "MaskShape",
    "changed",
    "checked_meaning",
    "combined",
    "differential_cam",
    "faithful_diffcam",
    "faithful_mask",
    "find_changes",
    "find_evidence",
    "foreign",
    "held_back",
    "paper_diffcam",
    "paper_mask",
    "shape_mask",
    "why_held_back",
]
