"""Change what was asked for in a photograph, and nothing else.

    from ood_core import edit, load_bundle, load_image, save_image

    done = edit(load_image("portrait.png"), load_bundle("portraits-128"), {"Smiling": 1.0})
    save_image("smiling.png", done.result)

`ood_core.pipeline` is the method, stage by stage.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .alignment import Aligning, Crop, Faces, centred, face_crops, whole
    from .bundle import Bundle, installed_bundles, load_bundle, save_bundle
    from .choosing import Choice, choose_bundle
    from .clips import edit_clip
    from .diffcam import MaskSettings, MaskShape
    from .errors import OodError
    from .files.pictures import (
        LoadedImage,
        load_image,
        load_mask,
        read_image,
        save_image,
        save_like,
        save_mask,
    )
    from .inversion import Inverter, inverter_of
    from .kept_clips import keep_clip
    from .modes import FAITHFUL, PAPER, Mode
    from .pipeline import apply, edit, edit_crops, edit_inverted, find_crops, keep
    from .registration import register
    from .results import Edit, KeepResult
    from .sources import Given, Inverted, Latents, Pair, Source, invert

__version__ = "0.2.0"

_HOME = {
    "alignment": ("Aligning", "Crop", "Faces", "centred", "face_crops", "whole"),
    "bundle": ("Bundle", "installed_bundles", "load_bundle", "save_bundle"),
    "choosing": ("Choice", "choose_bundle"),
    "clips": ("edit_clip",),
    "diffcam": ("MaskSettings", "MaskShape"),
    "errors": ("OodError",),
    "files.pictures": (
        "LoadedImage",
        "load_image",
        "load_mask",
        "read_image",
        "save_image",
        "save_like",
        "save_mask",
    ),
    "inversion": ("Inverter", "inverter_of"),
    "kept_clips": ("keep_clip",),
    "modes": ("FAITHFUL", "PAPER", "Mode"),
    "pipeline": ("apply", "edit", "edit_crops", "edit_inverted", "find_crops", "keep"),
    "registration": ("register",),
    "results": ("Edit", "KeepResult"),
    "sources": ("Given", "Inverted", "Latents", "Pair", "Source", "invert"),
}
_ROOM = {name: room for room, names in _HOME.items() for name in names}

__all__ = [  # noqa: F822 - they come through __getattr__
    "FAITHFUL",
    "PAPER",
    "Aligning",
    "Bundle",
    "Choice",
    "Crop",
    "Edit",
    "Faces",
    "Given",
    "Inverted",
    "Inverter",
    "KeepResult",
    "Latents",
    "LoadedImage",
    "MaskSettings",
    "MaskShape",
    "Mode",
    "OodError",
    "Pair",
    "Source",
    "apply",
    "centred",
    "choose_bundle",
    "edit",
    "edit_clip",
    "edit_crops",
    "edit_inverted",
    "face_crops",
    "find_crops",
    "installed_bundles",
    "invert",
    "inverter_of",
    "keep",
    "keep_clip",
    "load_bundle",
    "load_image",
    "load_mask",
    "read_image",
    "register",
    "save_bundle",
    "save_image",
    "save_like",
    "save_mask",
    "whole",
]


def __getattr__(name: str) -> object:
    """Import a public name when first asked for: torch costs seconds that `ood --help` need not pay."""
    if name not in _ROOM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_ROOM[name]}", __name__), name)


def __dir__() -> list[str]:
    """The public names, whether or not they have been imported yet."""
    return sorted({*globals(), *__all__})
