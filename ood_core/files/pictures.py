"""Picture files to tensors and back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import ImageError, ShapeError
from .formats import (
    SUFFIXES,
    SUFFIXES_WITHOUT_ALPHA,
    decode,
    format_of,
    write_picture,
    written_suffix,
)
from .levels import check_channels, mask_to_uint8, to_levels, to_uint8
from .masks import mask_of
from .metadata import Metadata

PathLike = str | os.PathLike[str]
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """A picture file: what is edited, and what is only carried along to the saved result.

    Attributes:
        image: [1,3,H,W] in [-1,1], upright (the EXIF orientation is applied).
        alpha: opacity [1,1,H,W] in [0,1], or None where the file has none.
        icc: the RGB colour profile as it lay in the file.
        exif: the camera's and author's EXIF fields, without orientation and thumbnail.
        metadata: these and everything else that `save_like` writes again.
    """

    image: Tensor
    alpha: Tensor | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    metadata: Metadata = Metadata()


def load_image(path: PathLike) -> Tensor:
    """Read a picture file as [1,3,H,W] in [-1,1]; formats and errors as `read_image`."""
    return read_image(path).image


def read_image(path: PathLike) -> LoadedImage:
    """Read a PNG, JPEG, WebP, TIFF or BMP with its opacity, colour profile and EXIF.

    Pictures of 8 and of 16 bits survive loading and saving with `save_like` bit for bit. The colour profile
    is kept, not applied. What could not be read is in ``metadata.lost``.

    Raises:
        ImageError: if the file is missing, a folder, empty, unreadable, truncated, of another format, too
            large, or of a depth without a defined white.
    """
    colours, opacity, metadata = decode(Path(path))
    image = torch.from_numpy(colours).permute(2, 0, 1)[None].contiguous().mul_(2).sub_(1)
    alpha = None if opacity is None else torch.from_numpy(np.ascontiguousarray(opacity))[None, None]
    icc = None if metadata.grey else metadata.icc
    return LoadedImage(image, alpha, icc, metadata.exif, metadata)


def load_mask(path: PathLike) -> Tensor:
    """Read a mask [1,1,H,W] in [0,1]; 1 takes the edit, 0 keeps the input.

    White takes the edit and black keeps the input; on a transparent layer what is painted takes it, whatever
    the colour; of a photograph with an erased area the erased area takes it. `mask_of` has the whole rule.

    Raises:
        ImageError: as `read_image`, and if a layer is transparent everywhere or black with a hole.
    """
    colours, opacity, _ = decode(Path(path))
    return torch.from_numpy(np.ascontiguousarray(mask_of(colours, opacity, path)))[None, None]


def save_image(
    path: PathLike,
    image: Tensor,
    alpha: Tensor | None = None,
    icc: bytes | None = None,
    exif: bytes | None = None,
    overwrite: bool = False,
) -> None:
    """Write [1,3,H,W] in [-1,1] as an 8-bit picture in the format of the path's suffix, whole or not at all.

    Raises:
        ImageError: if the file exists and `overwrite` is false, the suffix is unknown, the format has no
            transparency but `alpha` is given, a value is not finite, or writing fails.
        ShapeError: if `image` is not one RGB picture, or `alpha` not one mask of its size.
    """
    suffix = Path(path).suffix.lower()
    pixels = _only(to_uint8(image))
    if alpha is not None:
        if suffix in SUFFIXES_WITHOUT_ALPHA:
            raise ImageError(f"{path}: {suffix} keeps no transparency; save as .png")
        if alpha.shape[-2:] != image.shape[-2:]:
            raise ShapeError(f"alpha is {_size(alpha)}, the picture {_size(image)}")
        pixels = np.concatenate([pixels, _only(mask_to_uint8(alpha))[:, :, None]], axis=2)
    metadata = {} if suffix == ".bmp" else {"icc_profile": icc, "exif": exif}
    given = {key: value for key, value in metadata.items() if value is not None}
    write_picture(path, Image.fromarray(pixels), overwrite, (), **given)


def save_like(path: PathLike, image: Tensor, source: LoadedImage, overwrite: bool = False) -> list[str]:
    """Write [1,3,H,W] in [-1,1] as its source was: its depth, greyness, opacity, colour profile and metadata.

    PNG, WebP, TIFF and BMP hold every pixel exactly; a JPEG is coded as the source was, which changes pixels.

    Returns:
        What of the source the file could not hold, in words.

    Raises:
        ImageError, ShapeError: as `save_image`.
    """
    suffix, metadata = written_suffix(Path(path), SUFFIXES), source.metadata
    if source.alpha is not None and suffix in SUFFIXES_WITHOUT_ALPHA:
        raise ImageError(f"{path}: {suffix} keeps no transparency; save as .png")
    check_channels(image, 3)
    kind = format_of(suffix)
    deep = metadata.depth > 8 and kind in ("PNG", "TIFF")
    channels = image if not metadata.grey else (image * image.new_tensor(_LUMA)[:, None, None]).sum(1, True)
    unit = (channels.detach().float() + 1) / 2
    if source.alpha is not None:
        unit = torch.cat([unit, source.alpha.to(unit)], dim=1)
    pixels = _only(to_levels(unit, 65535 if deep else 255)).transpose(1, 2, 0)
    if deep or (kind == "TIFF" and metadata.from_camera):  # which Pillow writes only into unpacked TIFFs
        picture: Image.Image | np.ndarray = np.ascontiguousarray(pixels)
    else:
        picture = Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))
    write_picture(path, picture, overwrite, metadata.chunks, **metadata.save_options(kind))
    return metadata.not_kept(kind)


def save_mask(path: PathLike, mask: Tensor, overwrite: bool = False) -> None:
    """Write a mask [1,1,H,W] in [0,1] as an 8-bit greyscale picture; errors as `save_image`."""
    write_picture(path, Image.fromarray(_only(mask_to_uint8(mask))), overwrite)


def _only(pixels: np.ndarray) -> np.ndarray:
    if len(pixels) != 1:
        raise ShapeError(f"one file holds one picture, got a batch of {len(pixels)}")
    return pixels[0]


def _size(tensor: Tensor) -> str:
    return f"{tensor.shape[-1]}×{tensor.shape[-2]}"
