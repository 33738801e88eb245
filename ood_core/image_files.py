"""Picture files through Pillow: what each file format needs before and after it is plain pixels."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import ImageError

logger = logging.getLogger(__name__)

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
SUFFIXES_WITHOUT_ALPHA = (".jpg", ".jpeg", ".bmp")
MAX_PIXELS = 80_000_000  # a 24-megapixel camera fits three times; a decompression bomb does not

_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"lossless": True, "exact": True},  # exact: keep the colours under transparent pixels
}
_EXIF_SUB_DIRECTORIES = (0x8769, 0x8825)  # camera settings, place
# Description, maker, model, software, date, artist, copyright: what stays true after an edit. Orientation has
# been applied, the thumbnail would show the unedited picture, a TIFF's other tags describe its own bytes.
_EXIF_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_EXIF_DROPPED = (0x927C, 0xA002, 0xA003, 0xA005)  # note, pointer: break when moved; sizes: may turn


def decode(path: Path) -> tuple[Image.Image, bytes | None]:
    """The file's first frame, decoded and turned upright, and those EXIF fields that stay true after an edit.

    Raises:
        ImageError: if the file is missing, a folder, empty, unreadable, truncated, of another format than
            `FORMATS`, or has more than `MAX_PIXELS` pixels.
    """
    if path.is_dir():
        raise ImageError(f"{path}: is a folder, not a picture")
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused below or does not matter
            picture = Image.open(file, formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            picture.load()
            return ImageOps.exif_transpose(picture), _exif_kept(picture)
    except FileNotFoundError as error:
        raise ImageError(f"{path}: there is no such file") from error
    except PermissionError as error:
        raise ImageError(f"{path}: no permission to read it") from error
    except UnidentifiedImageError as error:
        fault = "is empty" if path.stat().st_size == 0 else "is not a readable PNG, JPEG, WebP, TIFF or BMP"
        raise ImageError(f"{path}: {fault}; copy or export it again") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: has more than {MAX_PIXELS:,} pixels; make it smaller first") from error
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        fault = f"damaged or truncated ({reason(error)})"
        raise ImageError(f"{path}: {fault}; copy or export it again") from error


def _exif_kept(picture: Image.Image) -> bytes | None:
    """EXIF bytes to save, or None. Unreadable EXIF is left out and logged: no reason to refuse a picture."""
    try:
        found, kept = picture.getexif(), Image.Exif()
        kept.update({tag: found[tag] for tag in _EXIF_KEPT if tag in found})
        for tag in _EXIF_SUB_DIRECTORIES:
            fields = {key: value for key, value in found.get_ifd(tag).items() if key not in _EXIF_DROPPED}
            if fields:
                kept[tag] = fields
        return kept.tobytes() if len(kept) else None
    except Exception as error:
        logger.warning("unreadable EXIF left out (%s)", reason(error))
        return None


def to_arrays(picture: Image.Image, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours [H,W,3] and opacity [H,W] (None if opaque by format) as float32 in [0,1].

    Raises:
        ImageError: if the picture's depth has no defined white (32-bit integers, floating point).
    """
    if picture.mode.startswith("I;16"):
        return _grey16(np.asarray(picture)), None
    if picture.mode == "I":  # how some Pillow versions hold 16-bit PNGs
        levels = np.asarray(picture)
        if levels.min() >= 0 and levels.max() <= 65535:
            return _grey16(levels), None
    if picture.mode in ("I", "F"):
        raise ImageError(f"{path}: has 32-bit pixels without a defined white; export it with 8 or 16 bits")
    if picture.has_transparency_data:
        rgba = np.asarray(picture.convert("RGBA"), dtype=np.float32) / 255
        return rgba[:, :, :3], rgba[:, :, 3]
    return np.asarray(picture.convert("RGB"), dtype=np.float32) / 255, None


def _grey16(levels: np.ndarray) -> np.ndarray:
    return np.repeat(levels[:, :, None].astype(np.float32) / 65535, 3, axis=2)


def rgb_profile(picture: Image.Image) -> bytes | None:
    """The ICC profile where it describes RGB: results are RGB, so a CMYK or grey one would be wrong."""
    profile = picture.info.get("icc_profile")
    return profile if profile and profile[16:20] == b"RGB " else None


def write_picture(
    path: str | os.PathLike[str], picture: Image.Image, overwrite: bool = False, **options: Any
) -> None:
    """Write a Pillow picture in one step: the whole file appears under its name, or nothing does.

    Raises:
        ImageError: if the file exists and `overwrite` is false, the suffix is unknown, or writing fails.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ImageError(f"{path}: cannot write '{suffix}' pictures; use one of {', '.join(SUFFIXES)}")
    if path.exists() and not overwrite:
        raise ImageError(f"{path}: already exists, and overwriting was not asked for")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(partial, picture, suffix, options)
        os.replace(partial, path)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be written ({reason(error)})") from error


def _write_whole(path: Path, picture: Image.Image, suffix: str, options: dict[str, Any]) -> None:
    """Save, or leave nothing behind."""
    try:
        picture.save(path, Image.registered_extensions()[suffix], **_SAVE_OPTIONS.get(suffix, {}), **options)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def reason(error: BaseException) -> str:
    """An exception in a few words, without Python's errno and path decoration."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
