"""PNG and TIFF by the letter of their specifications: no reader is checked by its own library's writer."""

from __future__ import annotations

import struct
import zlib

import numpy as np

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def packed(rows: np.ndarray, bits: int, order: str = ">") -> bytes:
    """Whole levels [H, W, C] as bytes, every row beginning a new byte."""
    if bits in (8, 16):
        return rows.astype(f"{order}u{bits // 8}").tobytes()
    flat = rows.reshape(len(rows), -1)
    places = np.arange(bits - 1, -1, -1)
    ones = (flat[:, :, None] >> places & 1).reshape(len(rows), -1).astype(np.uint8)
    return np.packbits(ones, axis=1).tobytes()


def png(levels: np.ndarray, colour: int, bits: int, interlaced: bool = False, between: bytes = b"") -> bytes:
    """A PNG of any colour type and depth. Rows take turns in three of the five filters.

    Args:
        levels: [H, W, C].
        colour: type of colour, 0 to 6.
        bits: a channel.
        interlaced: by Adam7.
        between: chunks after the header.
    """
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    body = b""
    for left, top, across, down in passes:
        part = levels[top::down, left::across]
        if part.size:
            body += _filtered(part, bits)
    header = struct.pack(">IIBBBBB", levels.shape[1], levels.shape[0], bits, colour, 0, 0, int(interlaced))
    ends = chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + ends


def _filtered(part: np.ndarray, bits: int) -> bytes:
    step = max(1, part.shape[2] * bits // 8)
    above, body = None, b""
    for index, row in enumerate(part):
        line = np.frombuffer(packed(row[None], bits), np.uint8)
        above = np.zeros_like(line) if above is None else above
        before = np.pad(line, (step, 0))[: len(line)]
        kind = index % 3
        body += bytes([kind]) + (line - (np.zeros_like(line), before, above)[kind]).astype(np.uint8).tobytes()
        above = line
    return body


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def tiff(
    levels: np.ndarray,
    meaning: int,
    bits: int,
    order: str = "<",
    planar: bool = False,
    coding: str = "none",
    predictor: bool = False,
    extra: tuple[int, ...] = (),
    more: dict[int, tuple[int, ...]] | None = None,
) -> bytes:
    """A TIFF of two strips a plane.

    Args:
        levels: [H, W, C].
        meaning: photometric interpretation.
        bits: a channel.
        order: of bytes, "<" or ">".
        planar: one plane a channel.
        coding: "none", "zlib" or "lzw".
        predictor: differences of neighbours.
        extra: meaning of the extra channels.
        more: other tags, of 16-bit numbers.
    """
    height, width, channels = levels.shape
    planes = np.split(levels, channels, axis=2) if planar else [levels]
    rows = -(-height // 2)
    if predictor:
        planes = [np.diff(plane, axis=1, prepend=0) & (1 << bits) - 1 for plane in planes]
    parts = [plane[top : top + rows] for plane in planes for top in range(0, height, rows)]
    code = {"none": bytes, "zlib": zlib.compress, "lzw": lzw}[coding]
    strips = [code(packed(part, bits, order)) for part in parts]
    tags = {256: (width,), 257: (height,), 258: (bits,) * channels, 262: (meaning,), 277: (channels,)}
    tags |= {259: ({"none": 1, "zlib": 8, "lzw": 5}[coding],), 278: (rows,), 284: (2 if planar else 1,)}
    tags |= ({317: (2,)} if predictor else {}) | ({338: extra} if extra else {}) | (more or {})
    return _file(tags, strips, order)


def _file(tags: dict[int, tuple[int, ...]], strips: list[bytes], order: str) -> bytes:
    head = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8)
    count, data = len(tags) + 2, b""
    start = 8 + 2 + 12 * count + 4
    lengths = tuple(map(len, strips))
    values = 4 * len(strips) * 2
    offsets = tuple(start + values + sum(lengths[:index]) for index in range(len(strips)))
    entries = []
    for tag, numbers in sorted((tags | {273: offsets, 279: lengths}).items()):
        long = tag in (273, 279)
        content = struct.pack(f"{order}{len(numbers)}{'I' if long else 'H'}", *numbers)
        place = content.ljust(4, b"\0")
        if long or len(content) > 4:
            if not long:
                place = struct.pack(f"{order}I", start + values + sum(lengths) + len(data))
                data += content
            else:
                place = struct.pack(f"{order}I", start + (0 if tag == 273 else 4 * len(strips)))
                place = content if len(numbers) == 1 else place
        entries.append(struct.pack(f"{order}HHI", tag, 4 if long else 3, len(numbers)) + place)
    directory = struct.pack(f"{order}H", count) + b"".join(entries) + b"\0\0\0\0"
    table = struct.pack(f"{order}{len(offsets)}I", *offsets) + struct.pack(
        f"{order}{len(lengths)}I", *lengths
    )
    return head + directory + table + b"".join(strips) + data


def lzw(content: bytes) -> bytes:
    """LZW that never lets its table grow beyond codes of nine bits, and so compresses nothing."""
    codes = []
    for start in range(0, len(content), 200):
        codes += [256, *content[start : start + 200]]
    ones = (np.array([*codes, 257])[:, None] >> np.arange(8, -1, -1) & 1).astype(np.uint8)
    return np.packbits(ones.reshape(-1)).tobytes()
