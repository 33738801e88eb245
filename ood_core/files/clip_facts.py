"""What a video file says about itself, and what of it another file does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .yuv import RGB_ITSELF, UNKNOWN

_OWN_TAGS = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration")  # of the file itself
_SIDE_DATA = {
    "A53_CC": "closed captions",
    "STEREO3D": "how the two views of a 3D clip lie",
    "MASTERING_DISPLAY_METADATA": "the mastering display's colours",
    "CONTENT_LIGHT_LEVEL": "the content's light level",
    "SPHERICAL": "the projection of a 360° clip",
    "ICC_PROFILE": "the colour profile",
    "S12M_TIMECODE": "time codes",
    "GOP_TIMECODE": "time codes",
    "DYNAMIC_HDR_PLUS": "HDR10+ data",
    "DYNAMIC_HDR_VIVID": "HDR Vivid data",
    "DOVI_RPU_BUFFER": "Dolby Vision data",
    "DOVI_METADATA": "Dolby Vision data",
    "FILM_GRAIN_PARAMS": "film grain parameters",
    "AMBIENT_VIEWING_ENVIRONMENT": "the viewing environment",
}


@dataclass(frozen=True)
class ClipFacts:
    """Everything but the pixels.

    Attributes:
        codec: how its pixels are coded, such as "h264".
        size: (width, height), as shown.
        depth: bits a channel.
        opacity: whether there is any.
        interlaced: whether frames are of two halves.
        matrix, primaries, transfer: of the colours, by H.273.
        full: range of the numbers.
        pixel: width of a pixel for its height, as shown.
        tags: titles and the like.
        chapters: start in seconds and title of each.
        streams: kind → number of them.
        side: what is said frame by frame, in words.
    """

    codec: str
    size: tuple[int, int]
    depth: int
    opacity: bool
    interlaced: bool
    matrix: int
    primaries: int
    transfer: int
    full: bool
    pixel: Fraction
    tags: Mapping[str, str] = field(default_factory=dict)
    chapters: tuple[tuple[float, str], ...] = ()
    streams: Mapping[str, int] = field(default_factory=dict)
    side: frozenset[str] = frozenset()

    def not_in(self, other: ClipFacts) -> list[str]:
        """What another file does not say, in words."""
        lost = []
        if self.codec != other.codec:
            lost.append(f"the codec {self.codec} (it is {other.codec})")
        if self.size != other.size:
            lost.append(f"the size {self.size[0]}×{self.size[1]} (it is {other.size[0]}×{other.size[1]})")
        if self.depth > other.depth:
            lost.append(f"{self.depth} bits a channel (they are {other.depth})")
        lost += ["opacity"] if self.opacity and not other.opacity else []
        lost += ["interlacing"] if self.interlaced and not other.interlaced else []
        lost += self._colours_not_in(other)
        if self.pixel != other.pixel:
            lost.append(f"the shape of its pixels, {self.pixel}")
        gone = [name for name, text in self.tags.items() if other.tags.get(name) != text]
        if gone:
            lost.append("the texts " + ", ".join(gone[:5]) + (" and others" if len(gone) > 5 else ""))
        if [title for _, title in self.chapters] != [title for _, title in other.chapters]:
            lost.append("chapters")
        for kind, count in self.streams.items():
            fewer = count - other.streams.get(kind, 0)
            if fewer > 0:
                lost.append(f"{fewer} {kind}{'s' if fewer > 1 else ''}")
        return lost + sorted(self.side - other.side)

    def _colours_not_in(self, other: ClipFacts) -> list[str]:
        words = {"primaries": "colour primaries", "transfer": "transfer curve"}
        lost = [
            f"its {word}"
            for name, word in words.items()
            if getattr(self, name) not in (UNKNOWN, getattr(other, name))
        ]
        if self.matrix not in (UNKNOWN, RGB_ITSELF, other.matrix):
            lost.append("its colour matrix")
        return lost + (["full range"] if self.full and not other.full else [])


def is_full(frame: Any) -> bool:
    """Whether black and white are the first and the last number."""
    return int(frame.color_range) == 2 or str(frame.format.name).startswith("yuvj")


def facts_of(container: Any, frame: Any, sides: set[str], turned: bool, depth: int) -> ClipFacts:
    """Read them from an open file.

    Args:
        container: of PyAV.
        frame: the first one.
        sides: kinds of side data that any frame had.
        turned: whether it is shown on its side.
        depth: bits a channel of the frame.
    """
    stream = container.streams.video[0]
    pixel = stream.sample_aspect_ratio or Fraction(1)
    size = (frame.width, frame.height)
    kinds = {"sound": "audio", "subtitle": "subtitles", "data track": "data", "attachment": "attachments"}
    streams = {word: len(getattr(container.streams, kind)) for word, kind in kinds.items()}
    chapters = container.chapters() if hasattr(container, "chapters") else []
    return ClipFacts(
        codec=stream.codec_context.codec.canonical_name,
        size=size[::-1] if turned else size,
        depth=depth,
        opacity=any(part.is_alpha for part in frame.format.components),
        interlaced=bool(frame.interlaced_frame),
        matrix=int(frame.colorspace),
        primaries=int(stream.codec_context.color_primaries),
        transfer=int(stream.codec_context.color_trc),
        full=is_full(frame) and not frame.format.is_rgb,  # RGB has no other range
        pixel=1 / pixel if turned and pixel else pixel or Fraction(1),
        tags={name: text for name, text in container.metadata.items() if name not in _OWN_TAGS},
        chapters=tuple(
            (float(each["start"] * each["time_base"]), each["metadata"].get("title", "")) for each in chapters
        ),
        streams=streams | {"further moving picture": len(container.streams.video) - 1},
        side=frozenset(_SIDE_DATA[name] for name in sides if name in _SIDE_DATA),
    )
