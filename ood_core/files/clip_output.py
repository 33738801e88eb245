"""A video file that says what another one says: codec, colours, streams, texts and chapters."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from torch import Tensor

from .clip_facts import ClipFacts
from .clip_frames import frame_of
from .yuv import MATRICES, UNKNOWN, Numbers, to_planes

_QUALITY: dict[str, dict[str, str]] = {
    "libx264": {"crf": "16", "preset": "medium"},
    "libx265": {"crf": "16", "preset": "fast", "x265-params": "log-level=none"},
    "libvpx-vp9": {"crf": "20", "b": "0", "deadline": "good", "cpu-used": "3", "row-mt": "1"},
    "libsvtav1": {"crf": "20", "preset": "7"},
}
_SHARED = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}  # pixels that share a colour, across and down
_MUXERS = {".m4v": "mp4"}  # by its suffix alone it would be one that knows no H.265


class ClipOutput:
    """An open file that takes frames.

    Args:
        av: PyAV.
        path: where.
        source: the open file that frames come from.
        facts: what that says.
        numbers: how it stores colours.
    """

    def __init__(self, av: Any, path: Path, source: Any, facts: ClipFacts, numbers: Numbers) -> None:
        self._av, self._source, shown = av, source, source.streams.video[0]
        self._numbers, codec = _writable(numbers, facts, path.suffix.lower())
        own_names = any("." in name for name in facts.tags)  # such as cameras of Apple write
        muxing = {"movflags": "use_metadata_tags"} if own_names else {}
        self.container = av.open(str(path), "w", format=_MUXERS.get(path.suffix.lower()), options=muxing)
        stream = self.container.add_stream(
            codec, rate=shown.average_rate or Fraction(25), options=_QUALITY[codec]
        )
        coder = stream.codec_context
        coder.width, coder.height = facts.size
        coder.pix_fmt = self._pixel_format
        coder.time_base = stream.time_base = self._unit = shown.time_base
        coder.sample_aspect_ratio = facts.pixel
        coder.colorspace = facts.matrix if facts.matrix in (*MATRICES, UNKNOWN) else self._numbers.matrix
        coder.color_primaries, coder.color_trc = facts.primaries, facts.transfer
        coder.color_range = 2 if self._numbers.full else 1
        if codec == "libx265" and path.suffix.lower() != ".mkv":
            coder.codec_tag = "hvc1"  # what players of Apple look for
        stream.metadata.update(_language(shown))
        self._stream = stream
        self._others = self._copied_streams()
        self.container.metadata.update(source.metadata)
        if chapters := source.chapters():
            self.container.set_chapters(chapters)

    @property
    def _pixel_format(self) -> str:
        numbers = self._numbers
        deep = "" if numbers.depth <= 8 else f"{numbers.depth}le"
        return f"yuv{_SHARED[numbers.across, numbers.down]}p{deep}"

    def _copied_streams(self) -> dict[Any, Any]:
        """Sound and subtitles; a stream that the format has no place for is found missing afterwards."""
        copied = {}
        for other in (*self._source.streams.audio, *self._source.streams.subtitles):
            try:
                copied[other] = self.container.add_stream_from_template(other)
            except (ValueError, OSError, self._av.error.FFmpegError):
                continue
            copied[other].metadata.update(_language(other))
        return copied

    def add(self, picture: Tensor, time: int | None) -> None:
        """Write a frame, [1, 3, H, W] in [-1, 1]."""
        frame = frame_of(self._av, to_planes(picture, self._numbers), self._pixel_format)
        frame.pts, frame.time_base = time, self._unit
        self.container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the coder holds back, then everything that is copied."""
        self.container.mux(self._stream.encode(None))
        for packet in self._source.demux(*self._others) if self._others else ():
            if packet.dts is not None:
                packet.stream = self._others[packet.stream]
                self.container.mux(packet)


def _writable(numbers: Numbers, facts: ClipFacts, suffix: str) -> tuple[Numbers, str]:
    """What comes nearest to the source's numbers, and the codec that takes it."""
    depth = next((each for each in (8, 10, 12) if each >= numbers.depth), 12)
    shared = (numbers.across, numbers.down)
    odd = facts.size[0] % 2 or facts.size[1] % 2
    if suffix == ".webm":
        codec = "libvpx-vp9" if depth == 8 else "libsvtav1"
        depth, shared = min(depth, 10), shared if depth == 8 else (2, 2)
    else:
        codec = "libx264" if depth == 8 else "libx265"
        shared = (1, 1) if odd else shared  # only without shared colours an odd pixel has one
    across, down = shared if shared in _SHARED else (1, 1)
    return Numbers(numbers.matrix, numbers.full, depth, across, down), codec


def _language(stream: Any) -> dict[str, str]:
    return {name: text for name, text in stream.metadata.items() if name in ("language", "title")}
