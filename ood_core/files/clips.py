"""Clips through PyAV: frames out of a file, and frames back into one with the file's own sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ..errors import ImageError
from .formats import reason
from .levels import from_uint8, to_uint8
from .paths import unreadable
from .whole import written_result

SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
_CODEC, _QUALITY = "libx264", {"crf": "16", "preset": "medium"}


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise ImageError('clips need PyAV; install it with: pip install "ood-editing[video]"') from error
    return av


class Clip:
    """A clip's frames, upright, read anew whenever they are iterated: [1, 3, H, W] in [-1, 1].

    Raises:
        ImageError: if PyAV is missing, or the file cannot be read or has no moving picture.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if why := unreadable(self.path):
            raise ImageError(f"{path}: {why}")
        self._opened()[0].close()

    def __iter__(self) -> Iterator[Tensor]:
        for pixels, _ in self.timed():
            yield from_uint8(pixels[None])

    def timed(self) -> Iterator[tuple[np.ndarray, int | None]]:
        """Pixels [H, W, 3] and the time of each frame, in units of the stream."""
        container, stream = self._opened()
        with container:
            try:
                for frame in container.decode(stream):
                    turns = round(getattr(frame, "rotation", 0) / 90)
                    yield np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), turns)), frame.pts
            except _av().error.FFmpegError as error:
                raise ImageError(f"{self.path}: damaged or truncated ({reason(error)})") from error

    def _opened(self) -> tuple[Any, Any]:
        try:
            container = _av().open(str(self.path))
        except (OSError, ValueError) as error:
            raise ImageError(f"{self.path}: is not a readable clip ({reason(error)})") from error
        if not container.streams.video:
            container.close()
            raise ImageError(f"{self.path}: holds no moving picture")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return container, stream


def write_clip(path: str | os.PathLike[str], frames: Iterator[Tensor], source: Clip, overwrite: bool) -> None:
    """Write frames as H.264, with times and sound of the clip that they come from, whole or not at all.

    Coding again changes pixels a little everywhere. Of odd sizes, which H.264 has no room for, the last row
    or column is left out.

    Args:
        path: .mp4, .mov, .m4v or .mkv.
        frames: as many as the source has, [1, 3, H, W] in [-1, 1].
        source: where times and sound are taken from.
        overwrite: replace a file that is there.

    Raises:
        ImageError: if the file exists and `overwrite` is false, or writing fails.
    """
    path = Path(path)
    try:
        with written_result(path, overwrite) as partial:
            _write(partial, frames, source)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be written ({reason(error)})") from error


def _write(path: Path, frames: Iterator[Tensor], source: Clip) -> None:
    av, (container, shown) = _av(), source._opened()
    with container, av.open(str(path), "w") as written:
        stream = written.add_stream(_CODEC, rate=shown.average_rate or Fraction(25), options=_QUALITY)
        stream.pix_fmt, stream.time_base = "yuv420p", shown.time_base
        stream.codec_context.time_base = shown.time_base
        sounds = {sound: written.add_stream_from_template(sound) for sound in container.streams.audio}
        for (_, time), frame in zip(source.timed(), frames, strict=True):
            pixels = to_uint8(frame)[0]
            pixels = np.ascontiguousarray(pixels[: len(pixels) // 2 * 2, : pixels.shape[1] // 2 * 2])
            if not stream.codec_context.is_open:
                stream.height, stream.width = pixels.shape[:2]
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = time, shown.time_base
            written.mux(stream.encode(picture))
        written.mux(stream.encode())
        for packet in container.demux(*sounds) if sounds else ():
            if packet.dts is not None:
                packet.stream = sounds[packet.stream]
                written.mux(packet)
