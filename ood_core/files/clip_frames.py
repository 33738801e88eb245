"""Frames of PyAV to pictures, upright, and planes of numbers to frames."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import ImageError
from .yuv import MATRICES, UNKNOWN, Numbers, to_rgb

_WIDE, _TALL = 1280, 576  # pixels from which players take untagged clips for BT.709
_PLANAR = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "p010le": "yuv420p10le",
}
_PLANAR |= {"p210le": "yuv422p10le", "p410le": "yuv444p10le", "yuyv422": "yuv422p", "uyvy422": "yuv422p"}
_NO_TURN = (1, 0, 0, 1)


def in_rgb(frame: Any, where: object) -> Tensor:
    """A frame as it is stored, [1, 3, H, W] in [-1, 1].

    Raises:
        ImageError: if its colours are of a matrix that is not known.
    """
    kind = frame.format
    if kind.name in _PLANAR:
        frame = frame.reformat(format=_PLANAR[kind.name])  # only moves numbers
    elif kind.name.endswith("be"):
        frame = frame.reformat(format=kind.name.removesuffix("be") + "le")
    if not frame.format.name.startswith(("yuv", "gray")):
        deep = depth_of(frame) > 8
        levels = frame.to_ndarray(format="rgb48le" if deep else "rgb24").astype(np.float32)
        unit = torch.from_numpy(levels).permute(2, 0, 1)[None].contiguous() / (65535 if deep else 255)
        return unit * 2 - 1
    numbers = numbers_of(frame)
    if numbers.matrix not in MATRICES:
        raise ImageError(f"{where}: has colours of matrix {numbers.matrix}; export it with BT.709 colours")
    return to_rgb(_planes(frame, 1 if frame.format.name.startswith("gray") else 3), numbers)


def depth_of(frame: Any) -> int:
    """Bits a channel."""
    return 8 if frame.format.has_palette else max(part.bits for part in frame.format.components)


def numbers_of(frame: Any) -> Numbers:
    """What a frame's numbers mean; where it does not say, what players take it for."""
    kind, matrix = frame.format, int(frame.colorspace)
    if matrix == UNKNOWN:
        matrix = 1 if frame.width >= _WIDE or frame.height > _TALL else 5
    full = int(frame.color_range) == 2 or kind.name.startswith("yuvj")
    across, down = 8 // kind.chroma_width(8), 8 // kind.chroma_height(8)
    return Numbers(matrix, full, depth_of(frame), across, down)


def _planes(frame: Any, count: int) -> list[np.ndarray]:
    dtype = np.dtype("<u2" if depth_of(frame) > 8 else np.uint8)
    planes = []
    for plane in list(frame.planes)[:count]:
        rows = np.frombuffer(plane, dtype)[: plane.height * plane.line_size // dtype.itemsize]
        planes.append(rows.reshape(plane.height, -1)[:, : plane.width])
    return planes


def frame_of(av: Any, planes: Sequence[np.ndarray], pixel_format: str) -> Any:
    """A frame of planar numbers."""
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, numbers in zip(frame.planes, planes, strict=True):
        row = plane.line_size // numbers.itemsize
        padded = np.zeros((plane.height, row), numbers.dtype)
        padded[:, : plane.width] = numbers
        plane.update(padded.tobytes())
    return frame


def turn_of(frame: Any) -> tuple[int, int, int, int]:
    """How a frame is shown: x' = a·x + c·y and y' = b·x + d·y, as (a, b, c, d); any other angle is none."""
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            matrix = struct.unpack("=9i", bytes(data)[:36])
            found = tuple(round(matrix[place] / 65536) for place in (0, 1, 3, 4))
            if sorted(map(abs, found)) == [0, 0, 1, 1] and abs(found[0]) == abs(found[3]):
                return found  # type: ignore[return-value]
    return _NO_TURN


def upright(picture: Tensor, turn: tuple[int, int, int, int]) -> Tensor:
    """A stored picture [1, 3, H, W] as it is shown, mirrored where it is to be."""
    a, b, c, d = turn
    if turn == _NO_TURN:
        return picture
    shown = picture if a else picture.transpose(2, 3)
    flipped = [axis for axis, sign in ((3, a or c), (2, d or b)) if sign < 0]
    return shown.flip(flipped).contiguous()
