"""What a file is that is none of ours, told by its first bytes: so that a refusal says something true."""

from __future__ import annotations

import re

HEAD = 64  # bytes that are looked at
_BRANDS = {
    b"hei": "a HEIC picture",
    b"hev": "a HEIC picture",
    b"mif": "a HEIF picture",
    b"avi": "an AVIF picture",
}
_BRANDS |= {b"crx": "a Canon raw picture", b"msf": "a HEIF sequence"}
_KINDS: tuple[tuple[bytes, str], ...] = (
    (rb"GIF8[79]a", "a GIF"),
    (rb"\x1a\x45\xdf\xa3", "a WebM or Matroska clip"),
    (rb"RIFF....AVI ", "an AVI clip"),
    (rb"\0\0\x01[\xb3\xba]", "an MPEG clip"),
    (rb"OggS", "an Ogg clip"),
    (rb"FLV\x01", "a Flash clip"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media clip"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"\0\0\0\x0cjP|\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"gimp xcf", "a GIMP document"),
    (rb"%PDF", "a PDF"),
    (rb"\s*(<\?xml[^>]*>\s*)?<svg", "an SVG drawing"),
    (rb"\s*<(!doctype|html)", "a web page"),
    (rb"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (rb"#\?RADIANCE", "a Radiance picture"),
    (rb"DDS ", "a DirectDraw texture"),
    (rb"FUJIFILMCCD-RAW", "a Fuji raw picture"),
    (rb"\0\0\x01\0", "an icon"),
    (rb"P[1-7]\s", "a Netpbm picture"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"\0\x05\x16\x07", "a macOS companion file, not the picture itself"),
    (rb"version https://git-lfs", "a placeholder of Git LFS, not the picture itself"),
)


def kind_of(head: bytes) -> str | None:
    """Name a well-known kind of file from its first bytes; None for any other."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:11], "an MP4 or QuickTime clip")
    for pattern, kind in _KINDS:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            return kind
    return None
