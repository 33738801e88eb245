"""Clips through PyAV: frames out of a file, and frames back into one with everything the file says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import ImageError
from .clip_facts import ClipFacts, facts_of
from .clip_frames import depth_of, in_rgb, numbers_of, turn_of, upright
from .clip_output import ClipOutput
from .formats import CLIP_SUFFIXES, MAX_PIXELS, reason, written_suffix
from .paths import unreadable
from .whole import written_result
from .yuv import MATRICES, Numbers

# formats that hold clips; playlists and lists of files would make the reader open others, or the network
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf"


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise ImageError('clips need PyAV; install it with: pip install "ood-editing[video]"') from error
    return av


class Clip:
    """A clip's frames, upright, read anew whenever they are iterated: [1, 3, H, W] in [-1, 1].

    Raises:
        ImageError: if PyAV is missing, or the file cannot be read, has no moving picture, or colours of a
            kind that is not known.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if why := unreadable(self.path):
            raise ImageError(f"{path}: {why}")
        self._opened().close()

    def __iter__(self) -> Iterator[Tensor]:
        for picture, _ in self.timed():
            yield picture

    def timed(self) -> Iterator[tuple[Tensor, int | None]]:
        """Each frame and its time, in units of the stream."""
        for frame in self._frames():
            yield upright(in_rgb(frame, self.path), turn_of(frame)), frame.pts

    def facts(self) -> tuple[ClipFacts, Numbers]:
        """What the file says besides its pixels, and how it stores colours; reads every frame."""
        first, sides = None, set[str]()
        for frame in self._frames():
            first = frame if first is None else first
            sides |= {data.type.name for data in frame.side_data}
        if first is None:
            raise ImageError(f"{self.path}: holds no frame")
        numbers = numbers_of(first)
        if numbers.matrix not in MATRICES:
            numbers = Numbers(1, False, depth_of(first), 1, 1)  # RGB
        with self._opened() as container:
            return facts_of(container, first, sides, turn_of(first)[0] == 0, depth_of(first)), numbers

    def _frames(self) -> Iterator[Any]:
        with self._opened() as container:
            try:
                for frame in container.decode(container.streams.video[0]):
                    if frame.width * frame.height > MAX_PIXELS:
                        raise ImageError(f"{self.path}: has frames of more than {MAX_PIXELS:,} pixels")
                    yield frame
            except (_av().error.FFmpegError, ValueError, OSError) as error:
                raise ImageError(f"{self.path}: damaged or truncated ({reason(error)})") from error

    def _opened(self) -> Any:
        av = _av()
        options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        try:
            container = av.open(str(self.path.absolute()), options=options, metadata_errors="replace")
        except (OSError, ValueError, av.error.FFmpegError) as error:
            raise ImageError(f"{self.path}: is not a readable clip ({reason(error)})") from error
        if not container.streams.video:
            container.close()
            raise ImageError(f"{self.path}: holds no moving picture")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        end = max((entry.pos + entry.size for entry in stream.index_entries), default=0)
        if end > self.path.stat().st_size:
            container.close()
            raise ImageError(f"{self.path}: is cut off, its last frames are missing; copy it again")
        return container


def write_clip(
    path: str | os.PathLike[str], frames: Iterator[Tensor], source: Clip, overwrite: bool
) -> list[str]:
    """Write frames with the times, sound, subtitles, colours, depth and texts of the clip they come from.

    8 bits are coded as H.264, more as H.265, a .webm as VP9 or AV1; coding again changes pixels a little
    everywhere. What the result does not say is found by reading it.

    Args:
        path: .mp4, .mov, .m4v, .mkv or .webm; whole or not at all.
        frames: as many as the source has, [1, 3, H, W] in [-1, 1], upright.
        source: where everything else is taken from.
        overwrite: replace a file that is there.

    Returns:
        What of the source the result does not keep, in words.

    Raises:
        ImageError: if the file exists and `overwrite` is false, or writing fails.
    """
    path, av = Path(path), _av()
    written_suffix(path, CLIP_SUFFIXES)
    try:
        with written_result(path, overwrite) as partial:
            facts, numbers = source.facts()
            with source._opened() as container:
                output = ClipOutput(av, partial, container, facts, numbers)
                with output.container:
                    for original, frame in zip(source._frames(), frames, strict=True):
                        output.add(frame, original.pts)
                    output.finish()
            return facts.not_in(Clip(partial).facts()[0])
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise ImageError(f"{path}: cannot be written ({reason(error)})") from error
