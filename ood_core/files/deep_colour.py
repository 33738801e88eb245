"""Colour of 16 bits a channel, which Pillow reads as 8 and does not write."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, PngImagePlugin, TiffImagePlugin

_BIG, _LITTLE = ";16B", ";16L"
_SWAPPED = {
    _BIG: _LITTLE,
    _LITTLE: _BIG,
    ";16N": _BIG if sys.byteorder == "little" else _LITTLE,
}
_COLOURS = {3: 2, 4: 6}  # channels -> PNG colour type
_ROWS = 64  # of a TIFF strip


def low_bytes(picture: ImageFile.ImageFile) -> bool:
    """Make a just opened picture of 16-bit colour load the lower byte of every number instead of the upper.

    Pillow's decoder keeps one byte of the two: told that their order is the other, it keeps the other.

    Returns:
        False, with nothing changed, if the picture is no 16-bit colour of a kind that this works for.
    """
    swapped = []
    for tile in picture.tile:
        arguments = tile.args if isinstance(tile.args, tuple) else (tile.args,)
        mode, order = str(arguments[0])[:-4], str(arguments[0])[-4:]
        if mode not in ("RGB", "RGBA") or order not in _SWAPPED:
            return False
        changed: Any = (mode + _SWAPPED[order], *arguments[1:])
        swapped.append(tile._replace(args=changed if isinstance(tile.args, tuple) else changed[0]))
    picture.tile = swapped
    return bool(swapped)


def write_png(
    path: Path, levels: np.ndarray, icc: bytes | None, exif: bytes | None, dpi: Any, info: Any
) -> None:
    """Write uint16 [H,W,3] or [H,W,4]; metadata as Pillow's save options ``icc_profile``, ``exif``, ``dpi``,
    ``pnginfo``."""
    height, width, channels = levels.shape
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        header = struct.pack(">IIBBBBB", width, height, 16, _COLOURS[channels], 0, 0, 0)
        _chunk(file, b"IHDR", header)
        if icc:
            _chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))
        for name, content, *_ in info.chunks if info else ():
            _chunk(file, name, content)
        if dpi:
            _chunk(file, b"pHYs", struct.pack(">IIB", *(round(d / 0.0254) for d in dpi), 1))
        if exif:
            _chunk(file, b"eXIf", exif.removeprefix(b"Exif\0\0"))
        _chunk(file, b"IDAT", zlib.compress(_filtered(levels), 6))
        _chunk(file, b"IEND", b"")


def _chunk(file: Any, name: bytes, content: bytes) -> None:
    PngImagePlugin.putchunk(file, name, content)


def _filtered(levels: np.ndarray) -> bytes:
    """Rows as differences to the row above (filter 2), which compress better."""
    rows = levels.astype(">u2").reshape(len(levels), -1).view(np.uint8)
    differences = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    return np.pad(differences, ((0, 0), (1, 0)), constant_values=2).tobytes()


def write_tiff(path: Path, levels: np.ndarray, icc: bytes | None, exif: Image.Exif | None, dpi: Any) -> None:
    """Write uint16 [H,W,3] or [H,W,4], deflated; metadata as Pillow's save options."""
    height, width, channels = levels.shape
    parts = (levels[top : top + _ROWS].astype("<u2").tobytes() for top in range(0, height, _ROWS))
    strips = [packed + b"\0" * (len(packed) % 2) for packed in map(zlib.compress, parts)]  # words are even
    tags = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
    for tag, value in (exif or {}).items():
        tags[tag] = exif.get_ifd(tag) if exif and tag in (0x8769, 0x8825) else value
    tags.update({256: width, 257: height, 258: (16,) * channels, 259: 8, 262: 2, 277: channels, 278: _ROWS})
    tags.update({284: 1} | ({338: 2} if channels == 4 else {}) | ({34675: icc} if icc else {}))
    if dpi:
        tags.update({282: dpi[0], 283: dpi[1], 296: 2})
    starts = np.cumsum([0, *map(len, strips)]).tolist()  # from the end of the directory: Pillow adds that
    tags.update({273: tuple(starts[:-1]), 279: tuple(map(len, strips))})
    with path.open("wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8) + tags.tobytes(8) + b"".join(strips))
