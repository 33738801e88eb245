"""What a picture file holds besides its pixels, and how it is written with the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, PngImagePlugin

_XMP_TEXT = "XML:com.adobe.xmp"
_TIFF_XMP = 700
_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "the colour profile": ("PNG", "JPEG", "WEBP", "TIFF"),
    "EXIF": ("PNG", "JPEG", "WEBP", "TIFF"),
    "XMP": ("PNG", "JPEG", "WEBP", "TIFF"),
    "the resolution in dpi": ("PNG", "JPEG", "TIFF", "BMP"),
    "PNG text": ("PNG",),
    "the JPEG comment": ("JPEG",),
    "depth beyond 8 bits": ("PNG", "TIFF"),
    "the PNG's description of its colours": ("PNG",),
}


@dataclass(frozen=True)
class Metadata:
    """What is carried from a file to the file of its result.

    Attributes:
        grey: whether the picture is grey by format, and its result is to be.
        depth: bits a channel, 8 or 16.
        icc: the colour profile, if it fits what will be written.
        exif, xmp: what stays true after an edit; the orientation is applied and left out.
        dpi: pixels an inch, (x, y).
        text: a PNG's texts.
        chunks: a PNG's chunks that say what its numbers mean as colours: (name, content).
        comment: a JPEG's comment.
        coding: save options of Pillow that code the result as the file was.
        lost: what the file held and no result of it will, in words.
    """

    grey: bool = False
    depth: int = 8
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    comment: bytes | None = None
    coding: Mapping[str, Any] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    @property
    def from_camera(self) -> bool:
        """Whether the EXIF has directories of its own, for a camera's settings or a place."""
        tags = Image.Exif()
        tags.load(self.exif or b"")
        return 0x8769 in tags or 0x8825 in tags

    def not_kept(self, file_format: str) -> list[str]:
        """What a result in Pillow's format of that name leaves behind, in words."""
        described = any(name not in (b"sRGB", b"gAMA") for name, _ in self.chunks)
        deep = self.depth > 8
        there = (self.icc, self.exif, self.xmp, self.dpi, self.text, self.comment, deep, described)
        kinds = [kind for kind, found in zip(_HOLDERS, there, strict=True) if found]
        return [*self.lost, *(kind for kind in kinds if file_format not in _HOLDERS[kind])]

    def save_options(self, file_format: str) -> dict[str, Any]:
        """Pillow's save options that write this into a file of a format, as far as it can hold it."""
        options: dict[str, Any] = {"icc_profile": self.icc, "exif": self.exif, "dpi": self.dpi}
        if file_format == "PNG":
            options["pnginfo"] = self._png_info()
        elif file_format == "TIFF":
            options["exif"] = self._tiff_tags()
        else:
            options |= {"xmp": self.xmp, "comment": self.comment}
        if file_format == "BMP":
            options = {"dpi": self.dpi}
        options |= self.coding if self.coding.get("format") == file_format else {}
        return {name: value for name, value in options.items() if value is not None and name != "format"}

    def _tiff_tags(self) -> Image.Exif | None:
        """EXIF and XMP in one: of both, Pillow's TIFF writer takes only one."""
        tags = Image.Exif()
        if self.exif:
            tags.load(self.exif)
        if self.xmp:
            tags[_TIFF_XMP] = self.xmp
        return tags if len(tags) else None

    def _png_info(self) -> PngImagePlugin.PngInfo:
        info = PngImagePlugin.PngInfo()
        for key, text in self.text.items():
            info.add_itxt(key, text) if not text.isascii() else info.add_text(key, text)
        if self.xmp:
            info.add_itxt(_XMP_TEXT, self.xmp.decode("utf-8", "replace"))
        return info
