"""Pictures, clips, networks and sheets: from files to tensors, and back."""

from .formats import SUFFIXES, write_picture
from .levels import from_uint8, mask_to_uint8, to_uint8
from .pictures import (
    LoadedImage,
    PathLike,
    load_image,
    load_mask,
    read_image,
    save_image,
    save_like,
    save_mask,
)
from .sheets import labelled_grid, labelled_strip

__all__ = [
    "SUFFIXES",
    "LoadedImage",
    "PathLike",
    "from_uint8",
    "labelled_grid",
    "labelled_strip",
    "load_image",
    "load_mask",
    "mask_to_uint8",
    "read_image",
    "save_image",
    "save_like",
    "save_mask",
    "to_uint8",
    "write_picture",
]
