"""Picture files through Pillow: what each file format needs before and after it is plain pixels."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from ..errors import ImageError, OodError
from .describe import ORIENTATION, metadata_of, opened, tiff_without_pixels
from .kinds import HEAD, kind_of
from .metadata import Metadata
from .paths import unreadable
from .pngs import SIGNATURE as PNG_SIGNATURE
from .pngs import Png, deep_levels, insert_chunks, look, write_png
from .tiffs import SIGNATURES as TIFF_SIGNATURES
from .tiffs import Tags, read_tiff, upright_pixels, write_tiff
from .whole import written_result

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
CLIP_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
SUFFIXES_WITHOUT_ALPHA = (".jpg", ".jpeg", ".bmp")
MAX_PIXELS = 80_000_000  # a 24-megapixel camera fits three times; a decompression bomb does not

_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"lossless": True, "exact": True},  # exact: keep the colours under transparent pixels
}

Chunks = Sequence[tuple[bytes, bytes]]


class Decoded(NamedTuple):
    """A picture file's first frame, upright.

    Attributes:
        colours: float32 [H,W,3] in [0,1].
        opacity: float32 [H,W] in [0,1], or None where the file has none.
        metadata: what the file holds besides.
    """

    colours: np.ndarray
    opacity: np.ndarray | None
    metadata: Metadata


def decode(path: Path) -> Decoded:
    """Read a picture file.

    Raises:
        ImageError: if the file is missing, no file, empty, unreadable, truncated, of another format than
            `FORMATS`, has more than `MAX_PIXELS` pixels, or a depth or colours without a defined white.
    """
    if why := unreadable(path):
        raise ImageError(f"{path}: {why}")
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused below or does not matter
            head = file.read(8)
            file.seek(0)
            if head == PNG_SIGNATURE:
                return _decode_png(path, look(file))
            if head[:4] in TIFF_SIGNATURES:
                return _decode_tiff(path, file)
            return _decode_plain(path)
    except OodError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(f"{path}: {_unknown(path)}") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: has more than {MAX_PIXELS:,} pixels; make it smaller first") from error
    except Exception as error:  # decoders raise almost anything on damaged files
        fault = f"damaged or truncated ({reason(error)})"
        raise ImageError(f"{path}: {fault}; copy or export it again") from error


def _unknown(path: Path) -> str:
    """What a file is that is no picture of ours."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    kind = kind_of(head)
    if path.stat().st_size == 0:
        return "is empty; copy or export it again"
    if head.startswith((PNG_SIGNATURE, b"\xff\xd8\xff", b"RIFF", *TIFF_SIGNATURES)) and kind is None:
        return "damaged or truncated; copy or export it again"
    if kind is None:
        return "is not a readable PNG, JPEG, WebP, TIFF or BMP; copy or export it again"
    if kind.endswith("clip"):
        return f"is {kind}; rename or convert it to {', '.join(CLIP_SUFFIXES)}"
    return f"is {kind}; export it as PNG, JPEG, WebP, TIFF or BMP"


def _decode_plain(path: Path, own: Png | Tags | None = None, lost: tuple[str, ...] = ()) -> Decoded:
    """Read what Pillow reads right."""
    with path.open("rb") as file:
        picture = _checked(Image.open(file, formats=FORMATS))
        before = opened(picture)
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        depth = 16 if upright.mode.startswith("I") else 8
        grey = upright.mode in _GREY
        metadata = metadata_of(picture, upright, depth, before, grey, own, lost)
        return Decoded(*_unit(upright, path), metadata)


def _decode_png(path: Path, png: Png) -> Decoded:
    if png.depth == 8 and png.transparent is None or png.colour == 3 or (png.depth < 16 and not png.grey):
        return _decode_plain(path, png)
    with path.open("rb") as file:
        picture = _checked(Image.open(file, formats=("PNG",)))
        before = opened(picture)
        picture.load()  # for the texts behind the pixels
        upright = ImageOps.exif_transpose(picture)
    if png.depth == 16:
        levels, white = deep_levels(path, png, picture), 65535
    else:
        levels, white = np.asarray(picture.convert("L"))[:, :, None], 255
    opaque = levels[:, :, -1:] / np.float32(white) if png.colour in (4, 6) else None
    if png.transparent is not None:
        key = np.array(png.transparent) * (1 if png.depth == 16 else white // ((1 << png.depth) - 1))
        opaque = (levels != key).any(axis=2, keepdims=True).astype(np.float32)
    unit = levels[:, :, : 1 if png.grey else 3] / np.float32(white)
    turned = int(picture.getexif().get(ORIENTATION, 1))
    colours = upright_pixels(np.repeat(unit, 3, axis=2) if png.grey else unit, turned)
    opacity = None if opaque is None else upright_pixels(opaque[:, :, 0], turned)
    depth = 16 if png.depth == 16 else 8
    return Decoded(colours, opacity, metadata_of(picture, upright, depth, before, png.grey, png))


def _decode_tiff(path: Path, file: BinaryIO) -> Decoded:
    tags = Tags(file)
    if tags.plain:
        straight = ("premultiplied opacity (the result's is straight)",) if tags.premultiplied else ()
        return _decode_plain(path, tags, straight)
    levels = read_tiff(path, tags, MAX_PIXELS)
    picture = tiff_without_pixels(file, tags, levels.grey)
    upright, before = ImageOps.exif_transpose(picture), opened(picture)
    pages = (f"all but the first of its {tags.pages} pictures",) if tags.pages > 1 else ()
    lost = (*pages, *levels.lost)
    metadata = metadata_of(picture, upright, levels.depth, before, levels.grey, tags, lost)
    return Decoded(levels.colours, levels.opacity, metadata)


def _checked(picture: ImageFile.ImageFile) -> ImageFile.ImageFile:
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    return picture


def _unit(picture: Image.Image, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours and opacity of a picture that Pillow has loaded."""
    levels = np.asarray(picture) if picture.mode.startswith("I") else None
    if levels is not None and levels.min() >= 0 and levels.max() <= 65535:
        return np.repeat(levels[:, :, None].astype(np.float32) / 65535, 3, axis=2), None
    if picture.mode in ("I", "F"):
        raise ImageError(f"{path}: has 32-bit pixels without a defined white; export it with 8 or 16 bits")
    if picture.mode in ("LAB", "HSV"):
        raise ImageError(f"{path}: has {picture.mode} colours; export it as RGB")
    if picture.mode == "La":
        picture = picture.convert("LA")  # all that it can become
    if picture.has_transparency_data:
        rgba = np.array(picture.convert("RGBA"), dtype=np.float32)
        rgba /= 255
        return rgba[:, :, :3], rgba[:, :, 3]
    rgb = np.array(picture.convert("RGB"), dtype=np.float32)
    rgb /= 255  # in place: of a large photograph every copy counts
    return rgb, None


def written_suffix(path: Path, known: Sequence[str]) -> str:
    """How a file's name ends, in small letters.

    Raises:
        ImageError: naming the known ways, if it is none of them.
    """
    suffix = path.suffix.lower()
    if suffix in known:
        return suffix
    what = f"cannot be written as '{suffix}'" if suffix else "does not say by its ending how to write it"
    raise ImageError(f"{path}: {what}; use one of {', '.join(known)}")


def write_picture(
    path: str | os.PathLike[str],
    picture: Image.Image | np.ndarray,
    overwrite: bool = False,
    chunks: Chunks = (),
    **options: Any,
) -> None:
    """Write a picture in one step: the whole file appears under its name, or nothing does.

    Args:
        path: where.
        picture: Pillow's; or uint16 [H,W,1..4], which PNG and TIFF hold, or uint8, for TIFF.
        overwrite: replace a file that is there.
        chunks: of a PNG, name and content of each.
        options: of Pillow's `save`.

    Raises:
        ImageError: if the file exists and `overwrite` is false, the suffix is unknown, or writing fails.
    """
    path = Path(path)
    suffix = written_suffix(path, SUFFIXES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_result(path, overwrite) as partial:
            _write(partial, picture, suffix, options)
            insert_chunks(partial, chunks if suffix == ".png" else ())
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
