"""What a picture file says besides its pixels, read from the open file."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin

from .metadata import Metadata
from .pngs import Png
from .tiffs import Tags

logger = logging.getLogger(__name__)

ORIENTATION = 0x0112
_EXIF_SUB_DIRECTORIES = (0x8769, 0x8825)  # camera settings, place
# Description, maker, model, software, date, artist, copyright: what stays true after an edit. Orientation has
# been applied, the thumbnail would show the unedited picture, a TIFF's other tags describe its own bytes.
_EXIF_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_EXIF_DROPPED = (0x927C, 0xA002, 0xA003, 0xA005)  # note, pointer: break when moved; sizes: may turn
_PROFILES = {True: b"GRAY", False: b"RGB "}  # a profile for what is written: grey, or colour
_XMP_TEXT = "XML:com.adobe.xmp"
_TIFF_XMP, _TIFF_ICC, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 34675, 33723, 34377
_TIFF_LOSSLESS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
_CAPTIONS = "IPTC captions"
# what a PNG's numbers mean as colours, those of its third edition too; mDCv and cLLi are of its drafts
_COLOUR_CHUNKS = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"mDCv", b"cLLi")
# read by Pillow and kept or named elsewhere; a time of change that is over
_OTHER_CHUNKS = (b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"IEND", b"tIME")
_ANIMATION_CHUNKS = (b"acTL", b"fcTL")
_CHUNKS = {b"bKGD": "the background colour", b"sBIT": "the number of significant bits"}
_CHUNKS |= {b"caBX": "content credentials", b"sPLT": "suggested palettes", b"hIST": "the histogram"}


@dataclass(frozen=True)
class Opened:
    """What only a file that is open, but not loaded, says.

    Attributes:
        depth: bits a channel that the file holds.
        sideways: whether turning it upright exchanges width and height.
    """

    depth: int
    sideways: bool


def opened(picture: Image.Image) -> Opened:
    """Look at a picture that Pillow has just opened."""
    tile = str(getattr(picture, "tile", ""))  # first of all: looking for EXIF may load a picture
    depth = 16 if ";16" in tile else 8
    try:
        sideways = picture.getexif().get(ORIENTATION, 1) >= 5
    except Exception:  # unreadable EXIF turns nothing
        sideways = False
    return Opened(depth, sideways)


def metadata_of(
    picture: Image.Image,
    upright: Image.Image,
    depth: int,
    before: Opened,
    grey: bool,
    own: Png | Tags | None = None,
    lost: tuple[str, ...] = (),
) -> Metadata:
    """Read everything from a loaded file.

    Args:
        picture: as Pillow opened the file.
        upright: the same with the orientation applied, and taken out of its XMP.
        depth: bits a channel that were read.
        before: what `opened` said.
        grey: whether the result is to be grey.
        own: what the format says that Pillow does not.
        lost: what is known to be lost already, in words.
    """
    info = {str(key): value for key, value in upright.info.items()}
    profile, xmp = info.get("icc_profile") or b"", info.get("xmp") or info.get(_XMP_TEXT)
    fits = profile[16:20] == _PROFILES[grey]
    texts = {key: str(text) for key, text in getattr(picture, "text", {}).items() if not _is_metadata(key)}
    dpi = info.get("dpi") or (0, 0)
    across, down = dpi[::-1] if before.sideways else dpi
    chunks = own.chunks if isinstance(own, Png) else ()
    shallow = ("depth beyond 8 bits",) if depth < before.depth else ()
    return Metadata(
        grey=grey,
        depth=depth,
        icc=profile if fits else None,
        exif=_exif(picture),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
        dpi=(float(across), float(down)) if across and down else None,
        text=texts,
        chunks=tuple(chunk for chunk in chunks if chunk[0] in _COLOUR_CHUNKS),
        comment=info.get("comment") if isinstance(info.get("comment"), bytes) else None,
        coding=_coding(picture),
        lost=(*_lost(picture, bool(profile) and not fits), *shallow, *_lost_of_format(info, own), *lost),
    )


def _is_metadata(key: str) -> bool:
    return key == _XMP_TEXT or key.startswith("Raw profile type")


def _lost(picture: Image.Image, profile: bool) -> list[str]:
    """What no result will hold."""
    lost, frames = [], getattr(picture, "n_frames", 1)
    if frames > 1:
        lost.append(f"all but the first of its {frames} pictures")
    if picture.mode in ("CMYK", "LAB", "YCbCr", "HSV"):
        lost.append(f"{picture.mode} colours (the result is RGB)")
    if profile:
        lost.append("the colour profile (it does not describe the result)")
    if _holds_captions(picture.info):
        lost.append(_CAPTIONS)
    return lost


def _holds_captions(info: Mapping[Any, Any]) -> bool:
    resources = info.get("photoshop")
    return isinstance(resources, dict) and 0x0404 in resources


def _lost_of_format(info: Mapping[str, Any], own: Png | Tags | None) -> list[str]:
    """Chunks and tags that are not written again."""
    if isinstance(own, Png):
        known = {*_COLOUR_CHUNKS, *_OTHER_CHUNKS, *_ANIMATION_CHUNKS}
        names = dict.fromkeys(name for name, _ in own.chunks if name not in known)
        return [_CHUNKS.get(name, f"the chunk {name.decode('latin-1')!a}") for name in names]
    if isinstance(own, Tags):
        captions = [_CAPTIONS] if own.numbers(_TIFF_IPTC, -1) != (-1,) else []
        unknown = ", ".join(map(str, own.unknown[:5])) + (" and others" if len(own.unknown) > 5 else "")
        return captions + ([f"TIFF tags {unknown}"] if unknown else [])
    return []


def tiff_without_pixels(file: BinaryIO, tags: Tags, grey: bool) -> Image.Image:
    """A picture of one pixel that says what a TIFF says, also of one that Pillow does not open."""
    picture = Image.new("L" if grey else "RGB", (1, 1))
    kept = Image.Exif()
    kept.update({tag: tags.value(tag) for tag in (*_EXIF_KEPT, ORIENTATION) if tags.value(tag) is not None})
    kept.update({tag: fields for tag in _EXIF_SUB_DIRECTORIES if (fields := tags.directory(tag, file))})
    icc, xmp = tags.value(_TIFF_ICC), tags.value(_TIFF_XMP)
    per_inch = {2: 1.0, 3: 2.54}.get(tags.number(296, 2))
    found = {"exif": kept.tobytes() if len(kept) else None, "icc_profile": icc, "xmp": xmp}
    if per_inch and tags.value(282) and tags.value(283):
        found["dpi"] = tuple(float(tags.number(tag, 0)) * per_inch for tag in (282, 283))
    picture.info |= {name: value for name, value in found.items() if value}
    return picture


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
