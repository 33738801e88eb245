"""TIFF layouts that Pillow misreads or refuses, read through tifffile; and 16 bits a channel written."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image, TiffImagePlugin

from ..errors import ImageError

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WIDTH, _HEIGHT, _BITS, _CODING, _MEANING, ORIENTATION, _SAMPLES = 256, 257, 258, 259, 262, 274, 277
_PLANES, _PREDICTOR, _COLOURMAP, _EXTRA, _FORMAT = 284, 317, 320, 338, 339
_WHITE_IS_0, _BLACK_IS_0, _RGB, _PALETTE, _INKS = 0, 1, 2, 3, 5  # photometric meanings
_COLOURS = {_WHITE_IS_0: 1, _BLACK_IS_0: 1, _RGB: 3, _PALETTE: 1, _INKS: 4}  # and their channels
_NAMES = {4: "mask", 6: "YCbCr", 8: "CIELAB", 9: "ICCLAB", 10: "ITULAB", 32803: "raw sensor"}
_OF_NEIGHBOURS = (5, 8, 32946, 34925, 50000)  # codings whose numbers a predictor may have made smaller
_CODINGS = (1, 2, 3, 4, 6, 7, 32773, *_OF_NEIGHBOURS)  # that Pillow decodes
_PREMULTIPLIED, _OPACITY = 1, 2  # meanings of an extra channel; 0 is none
_ROWS = 64  # of a strip
_MOST_PAGES = 10_000
EXTRA = 'needs tifffile and imagecodecs; install them with: pip install "ood-editing[deep]"'


class Levels(NamedTuple):
    """A TIFF's first picture.

    Attributes:
        colours: [H,W,3] in [0,1].
        opacity: [H,W] in [0,1], or None.
        depth: bits a channel.
        grey: whether it holds brightness alone.
        lost: what the file held and these do not, in words.
    """

    colours: np.ndarray
    opacity: np.ndarray | None
    depth: int
    grey: bool
    lost: tuple[str, ...]


class Tags:
    """The tags of a TIFF's first picture, as far as they say how its numbers lie."""

    def __init__(self, file: BinaryIO) -> None:
        self._head = file.read(8)
        self._head += file.read(8) if b"+" in self._head[2:4] else b""
        self._tags = self._empty()
        file.seek(self._tags.next)
        self._tags.load(file)
        self.pages = 1 + self._following(file)
        file.seek(0)

    def _empty(self) -> TiffImagePlugin.ImageFileDirectory_v2:
        """A directory as the header says; Pillow knows a BigTIFF by the header in Intel's order alone."""
        head, order = self._head, self._head[:2]
        if len(head) == 16:
            return TiffImagePlugin.ImageFileDirectory_v2(b"II+\0" + head[4:], prefix=order)
        return TiffImagePlugin.ImageFileDirectory_v2(head)

    def _following(self, file: BinaryIO) -> int:
        """How many pictures come after the first."""
        seen, at = set[int](), self._tags.next
        while at and at not in seen and len(seen) < _MOST_PAGES:
            seen.add(at)
            after = self._empty()
            file.seek(at)
            after.load(file)
            at = after.next
        return len(seen)

    def value(self, tag: int) -> Any:
        """A tag's value as Pillow gives it; None where there is none."""
        return self._tags.get(tag)

    def directory(self, tag: int, file: BinaryIO) -> dict[int, Any]:
        """The tags of a directory that a tag leads to."""
        offset = self._tags.get(tag)
        if not isinstance(offset, int):
            return {}
        directory = self._empty()
        file.seek(offset)
        directory.load(file)
        return dict(directory)

    def numbers(self, tag: int, default: int) -> tuple[int, ...]:
        """A tag's numbers."""
        value = self._tags.get(tag, default)
        return tuple(value) if isinstance(value, tuple | list) else (value,)

    def number(self, tag: int, default: int) -> int:
        """A tag's first number."""
        return self.numbers(tag, default)[0]

    @property
    def unknown(self) -> list[int]:
        """Tags that say neither how the pixels lie nor anything that results keep."""
        return [tag for tag in self._tags if tag > 320 and tag not in _KNOWN]

    @property
    def plain(self) -> bool:
        """Whether Pillow reads such a layout right."""
        bits, samples = set(self.numbers(_BITS, 1)), self.number(_SAMPLES, 1)
        meaning, extra = self.number(_MEANING, _BLACK_IS_0), self.numbers(_EXTRA, -1)
        coding, differences = self.number(_CODING, 1), self.number(_PREDICTOR, 1) != 1
        if (
            self._head[:4] == b"MM\0+"
            or coding not in _CODINGS
            or (differences and coding not in _OF_NEIGHBOURS)
        ):
            return False
        if len(bits) != 1 or self.number(_FORMAT, 1) != 1 or (samples > 1 and self.number(_PLANES, 1) != 1):
            return False
        if max(bits) > 8:
            return bits == {16} and samples == 1 and meaning == _BLACK_IS_0
        if bits != {8} and (samples > 1 or max(bits) not in (1, 2, 4)):
            return False
        own = _COLOURS.get(meaning, samples)
        known = (
            samples == own + 1 and extra[0] in (_PREMULTIPLIED, _OPACITY) and meaning in (_BLACK_IS_0, _RGB)
        )
        return samples == own or known

    @property
    def premultiplied(self) -> bool:
        """Whether the colours are multiplied by their opacity."""
        return self.numbers(_EXTRA, -1)[0] == _PREMULTIPLIED


# strips and tiles, how they are coded, ink, JPEG's tables; EXIF, ICC, XMP and what `Metadata` keeps or names
_STRUCTURE = {*range(320, 340), 347, *range(512, 522), 529, 530, 531, 532, 700, 33432}
_KNOWN = _STRUCTURE | {33723, 34377, 34665, 34675, 34853, 37724, 40965, 42112, 42113, 50341}


def read_tiff(path: Path, tags: Tags, most_pixels: int) -> Levels:
    """Read the first picture of a TIFF through tifffile.

    Raises:
        ImageError: if tifffile or a codec is missing, the picture has too many pixels, a depth without a
            defined white, or colours of another meaning.
        Exception: whatever tifffile raises on damaged files.
    """
    samples, bits = _samples(path, tags, most_pixels)
    meaning = tags.number(_MEANING, _BLACK_IS_0)
    own, extra = _COLOURS[meaning], tags.numbers(_EXTRA, -1)
    unit = samples.astype(np.float32) / ((1 << bits) - 1)
    opaque = None
    if samples.shape[2] > own and extra[0] in (_PREMULTIPLIED, _OPACITY):
        opaque = unit[:, :, own]
    spare = samples.shape[2] - own - (opaque is not None)
    colours = _in_rgb(samples, unit[:, :, :own], meaning, tags)
    lost = [f"{spare} extra channel{'s' if spare > 1 else ''}"] if spare > 0 else []
    if opaque is not None and tags.premultiplied:
        colours = np.divide(colours, opaque[:, :, None], out=colours.copy(), where=opaque[:, :, None] > 0)
        colours = colours.clip(0, 1)
        lost.append("premultiplied opacity (the result's is straight)")
    lost += ["CMYK colours (the result is RGB)"] if meaning == _INKS else []
    turned = tags.number(ORIENTATION, 1)
    upright = [None if part is None else upright_pixels(part, turned) for part in (colours, opaque)]
    assert upright[0] is not None
    depth = 16 if bits > 8 or meaning == _PALETTE and samples.dtype.itemsize > 1 else 8
    return Levels(upright[0], upright[1], depth, meaning in (_WHITE_IS_0, _BLACK_IS_0), tuple(lost))


def _samples(path: Path, tags: Tags, most_pixels: int) -> tuple[np.ndarray, int]:
    """The file's own numbers, [H, W, samples], and how many bits they have."""
    meaning, pixels = tags.number(_MEANING, _BLACK_IS_0), tags.number(_WIDTH, 0) * tags.number(_HEIGHT, 0)
    bits, count = tags.numbers(_BITS, 1), tags.number(_SAMPLES, 1)
    if pixels * max(1, count / 5) > most_pixels:
        raise ImageError(f"{path}: has more than {most_pixels:,} pixels; make it smaller first")
    if meaning not in _COLOURS:
        raise ImageError(f"{path}: has {_NAMES.get(meaning, 'unknown')} colours; export it as RGB")
    if len(set(bits)) != 1 or not 0 < bits[0] <= 16 or set(tags.numbers(_FORMAT, 1)) != {1}:
        depth = f"{'/'.join(map(str, sorted(set(bits))))}-bit pixels"
        raise ImageError(f"{path}: has {depth} without a defined white; export it with 8 or 16 bits")
    with _quiet_tifffile(path) as tifffile, tifffile.TiffFile(path) as file:
        page = file.pages.first
        size = path.stat().st_size
        for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
            if length == 0 or offset + length > size:
                raise ValueError("a strip or tile is missing")
        samples = page.asarray(maxworkers=1)
    if count > 1 and tags.number(_PLANES, 1) == 2:
        samples = np.moveaxis(samples, 0, -1)
    samples = samples if samples.ndim == 3 else samples[..., None]
    samples = samples.astype(np.uint8) if samples.dtype == bool else samples
    if samples.shape != (tags.number(_HEIGHT, 0), tags.number(_WIDTH, 0), count) or samples.dtype.kind != "u":
        raise ValueError(f"pixels of shape {list(samples.shape)}")
    if samples.max() >> bits[0]:
        raise ValueError(f"numbers beyond {bits[0]} bits")
    return samples, bits[0]


@contextmanager
def _quiet_tifffile(path: Path) -> Iterator[Any]:
    """The library, what it lacks said in one line, and its own warnings left out."""
    try:
        import tifffile
    except ImportError as error:
        raise ImageError(f"{path}: TIFF of this layout {EXTRA}") from error
    logger = logging.getLogger("tifffile")
    was, logger.disabled = logger.disabled, True
    try:
        yield tifffile
    except ValueError as error:
        if "imagecodecs" in str(error):
            raise ImageError(f"{path}: TIFF of this compression {EXTRA}") from error
        raise
    finally:
        logger.disabled = was


def _in_rgb(samples: np.ndarray, unit: np.ndarray, meaning: int, tags: Tags) -> np.ndarray:
    """Colours [H, W, 3] in [0, 1] from channels of any meaning."""
    if meaning == _PALETTE:
        table = np.array(tags.numbers(_COLOURMAP, 0), np.float32).reshape(3, -1).T / 65535
        return table[samples[:, :, 0]]
    if meaning == _INKS:
        return (1 - unit[:, :, :3]) * (1 - unit[:, :, 3:4])
    if meaning == _WHITE_IS_0:
        unit = 1 - unit
    return np.repeat(unit, 3, axis=2) if unit.shape[2] == 1 else unit


def upright_pixels(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels as EXIF's orientation 1 to 8 means them."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, turns))


def write_tiff(path: Path, levels: np.ndarray, icc: bytes | None, exif: Image.Exif | None, dpi: Any) -> None:
    """Write uint8 or uint16 [H,W,1..4], deflated; metadata as Pillow's save options."""
    (height, width, channels), bits = levels.shape, levels.dtype.itemsize * 8
    stored = levels.astype(f"<u{bits // 8}", copy=False)
    parts = (stored[top : top + _ROWS].tobytes() for top in range(0, height, _ROWS))
    strips = [packed + b"\0" * (len(packed) % 2) for packed in map(zlib.compress, parts)]  # words are even
    tags = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
    for tag, value in (exif or {}).items():
        tags[tag] = exif.get_ifd(tag) if exif and tag in (0x8769, 0x8825) else value
    meaning = _RGB if channels >= 3 else _BLACK_IS_0
    tags.update({_WIDTH: width, _HEIGHT: height, _BITS: (bits,) * channels, 259: 8, _MEANING: meaning})
    tags.update({_SAMPLES: channels, 278: _ROWS, _PLANES: 1} | ({34675: icc} if icc else {}))
    tags.update({_EXTRA: _OPACITY} if channels in (2, 4) else {})
    if dpi:
        tags.update({282: dpi[0], 283: dpi[1], 296: 2})
    starts = np.cumsum([0, *map(len, strips)]).tolist()  # from the end of the directory: Pillow adds that
    tags.update({273: tuple(starts[:-1]), 279: tuple(map(len, strips))})
    with path.open("wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8) + tags.tobytes(8) + b"".join(strips))
