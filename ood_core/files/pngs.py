"""What Pillow does not give of a PNG: 16 bits a channel, transparency given as one level, colour chunks."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile, PngImagePlugin

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, GREY_OPACITY, COLOUR_OPACITY = 0, 2, 4, 6  # colour types; 3 is a palette
_TYPES = {1: GREY, 2: GREY_OPACITY, 3: COLOUR, 4: COLOUR_OPACITY}  # by channels
_LARGEST = 1 << 20  # bytes of a chunk that says something about the picture
_FIRST = len(SIGNATURE) + 25  # bytes up to the end of IHDR


@dataclass(frozen=True)
class Png:
    """What a PNG says of itself before its pixels are unpacked.

    Attributes:
        depth: bits a channel, 1 to 16.
        colour: its colour type.
        chunks: name and content of every chunk but the pixels' own, as far as they are small.
    """

    depth: int
    colour: int
    chunks: tuple[tuple[bytes, bytes], ...]

    @property
    def grey(self) -> bool:
        """Whether it holds brightness alone."""
        return self.colour in (GREY, GREY_OPACITY)

    @property
    def transparent(self) -> tuple[int, ...] | None:
        """The level or colour that stands for full transparency, where there is one and no palette."""
        for name, content in self.chunks:
            count = {GREY: 1, COLOUR: 3}.get(self.colour)
            if name == b"tRNS" and count and len(content) >= 2 * count:
                return struct.unpack(f">{count}H", content[: 2 * count])
        return None


def look(file: BinaryIO) -> Png:
    """Read a PNG's chunks, and leave the file where it was.

    Raises:
        ValueError: if it does not begin as a PNG does.
    """
    start = file.tell()
    chunks = list(_chunks(file))
    file.seek(start)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise ValueError("the PNG has no header")
    depth, colour = chunks[0][1][8:10]
    return Png(depth, colour, tuple(chunks[1:]))


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(len(SIGNATURE), io.SEEK_CUR)
    while len(head := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name in (b"IDAT", b"fdAT") or length > _LARGEST:
            file.seek(length + 4, io.SEEK_CUR)
            continue
        yield name, file.read(length)
        file.seek(4, io.SEEK_CUR)


def deep_levels(path: Path, png: Png, loaded: Image.Image) -> np.ndarray:
    """The pixels of a PNG of 16 bits a channel, uint16 [H, W, channels].

    Pillow has unpacked one byte of every two. Colours are unpacked again, with the bytes' order said to be
    the other. Grey with opacity has as many bytes per pixel as 8-bit colour with opacity, and is unpacked as
    that.

    Args:
        path: the file.
        png: what it says of itself.
        loaded: the picture as Pillow gives it.
    """
    if png.colour == GREY_OPACITY:
        quads = np.asarray(_opened(_as_8_bit(path.read_bytes()))).astype(np.uint16)
        return quads[:, :, 0::2] * 256 + quads[:, :, 1::2]
    if png.colour == GREY:
        return np.asarray(loaded).astype(np.uint16)[:, :, None]
    levels = np.asarray(loaded).astype(np.uint16)
    levels *= 256
    levels += np.asarray(_lower_bytes(_opened(path.read_bytes())))
    return levels


def _opened(content: bytes) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(content), formats=("PNG",))


def _lower_bytes(picture: ImageFile.ImageFile) -> Image.Image:
    """Of a just opened picture of 16-bit colour the lower byte of every number."""
    tiles = []
    for tile in picture.tile:
        arguments: Any = tile.args
        single = not isinstance(arguments, tuple)
        mode, *others = (arguments,) if single else arguments
        if mode not in ("RGB;16B", "RGBA;16B"):
            raise ValueError(f"16-bit colour is unpacked as {mode!r}")
        mode = mode.replace("16B", "16L")
        tiles.append(tile._replace(args=mode if single else (mode, *others)))
    picture.tile = tiles
    return picture


def _as_8_bit(content: bytes) -> bytes:
    """A PNG of 16-bit grey with opacity under the header of one of 8-bit colour with opacity."""
    start = len(SIGNATURE) + 4
    header = content[start : start + 12] + bytes([8, COLOUR_OPACITY]) + content[start + 14 : start + 17]
    return content[:start] + header + struct.pack(">I", zlib.crc32(header)) + content[_FIRST:]


def insert_chunks(path: Path, chunks: Sequence[tuple[bytes, bytes]]) -> None:
    """Write chunks into a PNG after its header: Pillow leaves out those that it does not know."""
    if not chunks:
        return
    content = path.read_bytes()
    with path.open("wb") as file:
        file.write(content[:_FIRST])
        for name, data in chunks:
            PngImagePlugin.putchunk(file, name, data)
        file.write(content[_FIRST:])


def write_png(
    path: Path, levels: np.ndarray, icc: bytes | None, exif: bytes | None, dpi: Any, info: Any
) -> None:
    """Write uint16 [H,W,1..4]; metadata as Pillow's save options ``icc_profile``, ``exif``, ``dpi``,
    ``pnginfo``."""
    height, width, channels = levels.shape
    with path.open("wb") as file:
        file.write(SIGNATURE)
        header = struct.pack(">IIBBBBB", width, height, 16, _TYPES[channels], 0, 0, 0)
        PngImagePlugin.putchunk(file, b"IHDR", header)
        if icc:
            PngImagePlugin.putchunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))
        for name, content, *_ in info.chunks if info else ():
            PngImagePlugin.putchunk(file, name, content)
        if dpi:
            density = struct.pack(">IIB", *(round(d / 0.0254) for d in dpi), 1)
            PngImagePlugin.putchunk(file, b"pHYs", density)
        if exif:
            PngImagePlugin.putchunk(file, b"eXIf", exif.removeprefix(b"Exif\0\0"))
        PngImagePlugin.putchunk(file, b"IDAT", zlib.compress(_filtered(levels), 6))
        PngImagePlugin.putchunk(file, b"IEND", b"")


def _filtered(levels: np.ndarray) -> bytes:
    """Rows as differences to the row above (filter 2), which compress better."""
    rows = levels.astype(">u2").reshape(len(levels), -1).view(np.uint8)
    differences = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    return np.pad(differences, ((0, 0), (1, 0)), constant_values=2).tobytes()
