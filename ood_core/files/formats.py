"""Picture files through Pillow: what each file format needs before and after it is plain pixels."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import ImageError
from .deep_colour import low_bytes, write_png, write_tiff
from .metadata import Metadata, metadata_of, opened
from .paths import unreadable
from .whole import written_result

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
SUFFIXES_WITHOUT_ALPHA = (".jpg", ".jpeg", ".bmp")
MAX_PIXELS = 80_000_000  # a 24-megapixel camera fits three times; a decompression bomb does not

_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"lossless": True, "exact": True},  # exact: keep the colours under transparent pixels
}


class Decoded(NamedTuple):
    """A picture file's first frame.

    Attributes:
        picture: decoded and turned upright.
        low: of 16-bit colour the lower bytes, while `picture` has the upper ones; else None.
        metadata: what the file holds besides.
    """

    picture: Image.Image
    low: Image.Image | None
    metadata: Metadata


def decode(path: Path) -> Decoded:
    """Read a picture file.

    Raises:
        ImageError: if the file is missing, a folder, empty, unreadable, truncated, of another format than
            `FORMATS`, or has more than `MAX_PIXELS` pixels.
    """
    if why := unreadable(path):
        raise ImageError(f"{path}: {why}")
    try:
        with warnings.catch_warnings(), path.open("rb") as file, path.open("rb") as again:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused below or does not matter
            picture = Image.open(file, formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            before, low = opened(picture), Image.open(again, formats=FORMATS)
            deep = low_bytes(low)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            depth = 16 if deep or upright.mode.startswith("I") else 8
            lower = ImageOps.exif_transpose(low) if deep else None
            return Decoded(upright, lower, metadata_of(picture, upright, depth, before))
    except UnidentifiedImageError as error:
        fault = "is empty" if path.stat().st_size == 0 else "is not a readable PNG, JPEG, WebP, TIFF or BMP"
        raise ImageError(f"{path}: {fault}; copy or export it again") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: has more than {MAX_PIXELS:,} pixels; make it smaller first") from error
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        fault = f"damaged or truncated ({reason(error)})"
        raise ImageError(f"{path}: {fault}; copy or export it again") from error


def to_arrays(decoded: Decoded, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours [H,W,3] and opacity [H,W] (None if opaque by format) as float32 in [0,1].

    Raises:
        ImageError: if the picture's depth has no defined white (32-bit integers, floating point).
    """
    picture = decoded.picture
    if decoded.low is not None:
        levels = np.asarray(picture).astype(np.float32) * 256 + np.asarray(decoded.low)
        return levels[:, :, :3] / 65535, levels[:, :, 3] / 65535 if levels.shape[2] == 4 else None
    if picture.mode.startswith("I;16"):
        return _grey16(np.asarray(picture)), None
    if picture.mode == "I":  # how some Pillow versions hold 16-bit PNGs
        levels = np.asarray(picture)
        if levels.min() >= 0 and levels.max() <= 65535:
            return _grey16(levels), None
    if picture.mode in ("I", "F"):
        raise ImageError(f"{path}: has 32-bit pixels without a defined white; export it with 8 or 16 bits")
    if picture.has_transparency_data:
        rgba = np.array(picture.convert("RGBA"), dtype=np.float32)
        rgba /= 255
        return rgba[:, :, :3], rgba[:, :, 3]
    rgb = np.array(picture.convert("RGB"), dtype=np.float32)
    rgb /= 255  # in place: of a large photograph every copy counts
    return rgb, None


def _grey16(levels: np.ndarray) -> np.ndarray:
    return np.repeat(levels[:, :, None].astype(np.float32) / 65535, 3, axis=2)


def rgb_profile(picture: Image.Image) -> bytes | None:
    """The ICC profile where it describes RGB: results are RGB, so a CMYK or grey one would be wrong."""
    profile = picture.info.get("icc_profile")
    return profile if profile and profile[16:20] == b"RGB " else None


def write_picture(
    path: str | os.PathLike[str], picture: Image.Image | np.ndarray, overwrite: bool = False, **options: Any
) -> None:
    """Write a picture in one step: the whole file appears under its name, or nothing does.

    Args:
        path: where.
        picture: Pillow's, or 16-bit colour as uint16 [H,W,3] or [H,W,4], which PNG and TIFF hold.
        overwrite: replace a file that is there.
        options: of Pillow's `save`.

    Raises:
        ImageError: if the file exists and `overwrite` is false, the suffix is unknown, or writing fails.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ImageError(f"{path}: cannot write '{suffix}' pictures; use one of {', '.join(SUFFIXES)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_result(path, overwrite) as partial:
            _write(partial, picture, suffix, options)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be written ({reason(error)})") from error


def _write(path: Path, picture: Image.Image | np.ndarray, suffix: str, options: dict[str, Any]) -> None:
    if isinstance(picture, Image.Image):
        picture.save(path, format_of(suffix), **_SAVE_OPTIONS.get(suffix, {}) | options)
        return
    common = (options.get("icc_profile"), options.get("exif"), options.get("dpi"))
    if suffix == ".png":
        write_png(path, picture, *common, options.get("pnginfo"))
    else:
        write_tiff(path, picture, *common)


def format_of(suffix: str) -> str:
    """Pillow's name of the format that a suffix stands for."""
    return Image.registered_extensions()[suffix.lower()]


def reason(error: BaseException) -> str:
    """An exception in a few words, without Python's errno and path decoration."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
