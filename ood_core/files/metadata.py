"""What a picture file holds besides its pixels: read once, and written again with the result."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin

logger = logging.getLogger(__name__)

_ORIENTATION = 0x0112
_EXIF_SUB_DIRECTORIES = (0x8769, 0x8825)  # camera settings, place
# Description, maker, model, software, date, artist, copyright: what stays true after an edit. Orientation has
# been applied, the thumbnail would show the unedited picture, a TIFF's other tags describe its own bytes.
_EXIF_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_EXIF_DROPPED = (0x927C, 0xA002, 0xA003, 0xA005)  # note, pointer: break when moved; sizes: may turn
_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")
_PROFILES = {True: b"GRAY", False: b"RGB "}  # a profile for what is written: grey, or colour
_XMP_TEXT = "XML:com.adobe.xmp"
_TIFF_XMP = 700
_TIFF_LOSSLESS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "the colour profile": ("PNG", "JPEG", "WEBP", "TIFF"),
    "EXIF": ("PNG", "JPEG", "WEBP", "TIFF"),
    "XMP": ("PNG", "JPEG", "WEBP", "TIFF"),
    "the resolution in dpi": ("PNG", "JPEG", "TIFF", "BMP"),
    "PNG text": ("PNG",),
    "the JPEG comment": ("JPEG",),
    "depth beyond 8 bits": ("PNG", "TIFF"),
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

    def not_kept(self, file_format: str) -> list[str]:
        """What a result in Pillow's format of that name leaves behind, in words."""
        there = (self.icc, self.exif, self.xmp, self.dpi, self.text, self.comment, self.depth > 8)
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
        for name, content in self.chunks:
            info.add(name, content)
        for key, text in self.text.items():
            info.add_itxt(key, text) if not text.isascii() else info.add_text(key, text)
        if self.xmp:
            info.add_itxt(_XMP_TEXT, self.xmp.decode("utf-8", "replace"))
        return info


@dataclass(frozen=True)
class Opened:
    """What only a file that is open, but not loaded, says.

    Attributes:
        depth: bits a channel that the file holds.
        sideways: whether turning it upright exchanges width and height.
    """

    depth: int
    sideways: bool


def opened(picture: ImageFile.ImageFile) -> Opened:
    """Look at a picture that Pillow has just opened."""
    depth = 16 if ";16" in str(picture.tile) else 8  # first of all: looking for EXIF may load a picture
    try:
        sideways = picture.getexif().get(_ORIENTATION, 1) >= 5
    except Exception:  # unreadable EXIF turns nothing
        sideways = False
    return Opened(depth, sideways)


def metadata_of(picture: Image.Image, upright: Image.Image, depth: int, before: Opened) -> Metadata:
    """Read everything from a loaded file.

    Args:
        picture: as Pillow opened the file.
        upright: the same with the orientation applied, and taken out of its XMP.
        depth: bits a channel that were read.
        before: what `opened` said.
    """
    grey, info = picture.mode in _GREY, {str(key): value for key, value in upright.info.items()}
    profile, xmp = info.get("icc_profile") or b"", info.get("xmp") or info.get(_XMP_TEXT)
    fits = profile[16:20] == _PROFILES[grey]
    texts = {key: str(text) for key, text in getattr(picture, "text", {}).items() if not _is_metadata(key)}
    dpi = info.get("dpi") or (0, 0)
    across, down = dpi[::-1] if before.sideways else dpi
    return Metadata(
        grey=grey,
        depth=depth,
        icc=profile if fits else None,
        exif=_exif(picture),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
        dpi=(float(across), float(down)) if across and down else None,
        text=texts,
        chunks=tuple(_colour_chunks(info)) if picture.format == "PNG" else (),
        comment=info.get("comment") if isinstance(info.get("comment"), bytes) else None,
        coding=_coding(picture),
        lost=tuple(_lost(picture, depth < before.depth, bool(profile) and not fits)),
    )


def _is_metadata(key: str) -> bool:
    return key == _XMP_TEXT or key.startswith("Raw profile type")


def _lost(picture: Image.Image, depth: bool, profile: bool) -> list[str]:
    """What no result will hold."""
    lost, frames = [], getattr(picture, "n_frames", 1)
    if frames > 1:
        lost.append(f"all but the first of its {frames} pictures")
    if picture.mode in ("CMYK", "LAB", "YCbCr", "HSV"):
        lost.append(f"{picture.mode} colours (the result is RGB)")
    if profile:
        lost.append("the colour profile (it does not describe the result)")
    if depth:
        lost.append("depth beyond 8 bits")
    return lost


def _coding(picture: Image.Image) -> dict[str, Any]:
    """How the file was coded, where the same coding changes least."""
    if picture.format in ("JPEG", "MPO") and picture.mode in ("RGB", "L"):
        sampling = JpegImagePlugin.get_sampling(picture)
        tables = {index: list(table) for index, table in picture.quantization.items()}  # type: ignore[attr-defined]
        coding = {"format": "JPEG", "quality": -1, "qtables": tables, "subsampling": max(sampling, 0)}
        return coding | ({"progressive": True} if picture.info.get("progressive") else {})
    if picture.format == "TIFF" and picture.info.get("compression") in _TIFF_LOSSLESS:
        return {"format": "TIFF", "compression": picture.info["compression"]}
    return {}


def _colour_chunks(info: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    chunks = []
    if "gamma" in info:
        chunks.append((b"gAMA", struct.pack(">I", round(info["gamma"] * 100_000))))
    if "chromaticity" in info:
        chunks.append((b"cHRM", struct.pack(">8I", *(round(c * 100_000) for c in info["chromaticity"]))))
    if "srgb" in info:
        chunks.append((b"sRGB", struct.pack("B", info["srgb"])))
    return chunks


def _exif(picture: Image.Image) -> bytes | None:
    """EXIF bytes to save, or None. Unreadable EXIF is left out and logged: no reason to refuse a picture."""
    try:
        found, kept = picture.getexif(), Image.Exif()
        kept.update({tag: found[tag] for tag in _EXIF_KEPT if tag in found})
        for tag in _EXIF_SUB_DIRECTORIES:
            fields = {key: value for key, value in found.get_ifd(tag).items() if key not in _EXIF_DROPPED}
            if fields:
                kept[tag] = fields
        return kept.tobytes() if len(kept) else None
    except Exception as error:
        logger.warning("unreadable EXIF left out (%s)", str(error) or type(error).__name__)
        return None
