"""Every layout, depth and meaning of the numbers in PNG and TIFF is read right, or refused in one line."""

from __future__ import annotations

import itertools
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ood_core.errors import ImageError
from ood_core.files.pictures import LoadedImage, read_image, save_like
from tests.files.writers import chunk, png, tiff

SIZE = (13, 10)
PNG_TYPES = {
    0: (1, (1, 2, 4, 8, 16)),
    2: (3, (8, 16)),
    3: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
WHITE_IS_0, BLACK_IS_0, RGB, PALETTE, INKS = 0, 1, 2, 3, 5
CHANNELS = {WHITE_IS_0: 1, BLACK_IS_0: 1, RGB: 3, PALETTE: 1, INKS: 4}


def noise(channels: int, bits: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << bits, (*SIZE, channels))


def check(path: Path, colours: np.ndarray, opacity: np.ndarray | None, bits: int) -> LoadedImage:
    """A file gives these numbers, and so does what is written from it."""
    source = read_image(path)
    _same(source, colours, opacity)
    for suffix in (".png", ".tif"):
        result = path.with_name(f"result{suffix}")
        lost = save_like(result, source.image, source, overwrite=True)
        again = read_image(result)
        assert torch.allclose(again.image, source.image, atol=1e-6 if bits <= 8 else 1e-4)
        assert again.metadata.depth == source.metadata.depth == (8 if bits <= 8 else 16)
        assert again.metadata.grey == source.metadata.grey
        assert (again.alpha is None) == (source.alpha is None)
        assert "depth" not in " ".join(lost)
    return source


def _same(source: LoadedImage, colours: np.ndarray, opacity: np.ndarray | None) -> None:
    expected = torch.from_numpy(np.broadcast_to(colours, (*SIZE, 3)).copy()).movedim(-1, 0)[None].float()
    assert ((source.image + 1) / 2 - expected).abs().max() < 1e-5
    assert (source.alpha is None) == (opacity is None)
    if source.alpha is not None and opacity is not None:
        assert (source.alpha[0, 0] - torch.from_numpy(opacity).float()).abs().max() < 1e-5


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colour", "bits", "keyed"),
    [
        (colour, bits, keyed)
        for colour, (_, depths) in PNG_TYPES.items()
        for bits in depths
        for keyed in ([False] if colour in (4, 6) else [False, True])
    ],
)
def test_every_kind_of_png(tmp_path: Path, colour: int, bits: int, keyed: bool, interlaced: bool) -> None:
    levels, between = noise(PNG_TYPES[colour][0], bits), b""
    unit = levels / ((1 << bits) - 1)
    colours, opacity = (
        unit[:, :, : 1 if colour in (0, 4) else 3],
        unit[:, :, -1] if colour in (4, 6) else None,
    )
    if colour == 3:
        table = np.random.default_rng(1).integers(0, 256, (1 << bits, 3))
        between, colours = chunk(b"PLTE", table.astype(np.uint8).tobytes()), table[levels[:, :, 0]] / 255
        if keyed:
            between += chunk(b"tRNS", bytes([0, 99]))
            opacity = np.append([0, 99], [255] * 254)[levels[:, :, 0]] / 255
    elif keyed:
        key = levels[3, 4]
        between, opacity = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)), (levels != key).any(-1) * 1.0
        assert 0 < opacity.mean() < 1
    (tmp_path / "a.png").write_bytes(png(levels, colour, bits, interlaced, between))
    assert check(tmp_path / "a.png", colours, opacity, bits).metadata.grey == (colour in (0, 4))


def tiff_cases() -> list[tuple[int, int, str, bool, str, bool, tuple[int, ...]]]:
    every = itertools.product(
        CHANNELS,
        (1, 4, 8, 16),
        "<>",
        (False, True),
        ("none", "zlib", "lzw"),
        (False, True),
        ((), (2,), (1,), (0,)),
    )
    cases = []
    for meaning, bits, order, planar, coding, predictor, extra in every:
        if predictor and (bits < 8 or coding == "none" or meaning == PALETTE):
            continue
        if bits < 8 and (extra or meaning in (RGB, INKS) or planar):
            continue
        if extra and meaning in (PALETTE, INKS, WHITE_IS_0) and coding != "none":
            continue
        if meaning == PALETTE and (bits == 1 or extra):
            continue
        if planar and CHANNELS[meaning] + len(extra) == 1:
            continue
        cases.append((meaning, bits, order, planar, coding, predictor, extra))
    return cases


def meant(levels: np.ndarray, meaning: int, bits: int, extra: tuple[int, ...], table: np.ndarray) -> tuple:
    """Colours and opacity that TIFF's specification says."""
    unit = levels / ((1 << bits) - 1)
    own = unit[:, :, : CHANNELS[meaning]]
    opacity = unit[:, :, CHANNELS[meaning]] if extra in ((1,), (2,)) else None
    if meaning == WHITE_IS_0:
        own = 1 - own
    if meaning == PALETTE:
        own = table[:, levels[:, :, 0]].transpose(1, 2, 0) / 65535
    if meaning == INKS:
        own = (1 - own[:, :, :3]) * (1 - own[:, :, 3:])
    if extra == (1,) and opacity is not None:
        own = (own / np.maximum(opacity, 1e-9)[:, :, None]).clip(0, 1) * (opacity > 0)[:, :, None]
    return own, opacity


@pytest.mark.parametrize("group", range(12))
def test_every_layout_of_tiff(tmp_path: Path, group: int) -> None:
    for case in tiff_cases()[group::12]:
        meaning, bits, order, planar, coding, predictor, extra = case
        levels = noise(CHANNELS[meaning] + len(extra), bits)
        if extra == (1,):
            levels[:, :, -1] |= 1 << bits - 1
            levels[:, :, :-1] = levels[:, :, :-1] % (levels[:, :, -1:] + 1)
        table = np.random.default_rng(2).integers(0, 256, (3, 1 << bits)) * 257
        more = {320: tuple(table.reshape(-1).tolist())} if meaning == PALETTE else {}
        path = tmp_path / "a.tif"
        path.write_bytes(tiff(levels, meaning, bits, order, planar, coding, predictor, extra, more))
        colours, opacity = meant(levels, meaning, bits, extra, table)
        try:
            source = read_image(path)
        except ImageError as refusal:
            assert 'ood-editing[deep]"' in str(refusal) and "\n" not in str(refusal), case
            continue
        said = " ".join(source.metadata.lost)
        assert ("premultiplied" in said) == (extra == (1,)), case
        assert ("1 extra channel" in said) == (extra == (0,)), case
        off = 0.02 if bits == 8 and (extra == (1,) or meaning == INKS) else 1e-5  # rounded by Pillow
        expected = torch.from_numpy(np.broadcast_to(colours, (*SIZE, 3)).copy()).movedim(-1, 0)[None]
        assert ((source.image + 1) / 2 - expected).abs().max() < off, case
        assert (source.alpha is None) == (opacity is None), case
        if source.alpha is not None:
            assert (source.alpha[0, 0] - torch.from_numpy(opacity)).abs().max() < 1e-5, case
        if bits == 16 and meaning != INKS and extra != (1,):
            check(path, colours, opacity, bits)


@pytest.mark.parametrize("extra", [(), (2,), (0,)])
@pytest.mark.parametrize("bits", [1, 2, 3, 5, 6, 10, 12, 14])
def test_every_depth_of_tiff(tmp_path: Path, bits: int, extra: tuple[int, ...]) -> None:
    """Those that Pillow knows no raw mode for were called damaged."""
    pytest.importorskip("imagecodecs")
    for meaning in (WHITE_IS_0, BLACK_IS_0, RGB, INKS):
        levels = noise(CHANNELS[meaning] + len(extra), bits)
        (tmp_path / "a.tif").write_bytes(tiff(levels, meaning, bits, extra=extra))
        colours, opacity = meant(levels, meaning, bits, extra, levels)
        _same(read_image(tmp_path / "a.tif"), colours, opacity)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("order", "bits", "coding"),
    [
        *itertools.product("<>", (8, 16), (None, "packbits", "lzma", "zstd")),
        *itertools.product("<", (8, 16), ("jpegxl", "png", "lerc")),
        ("<", 8, "webp"),
    ],
)
def test_every_coding_of_tiff(tmp_path: Path, order: str, bits: int, coding: str | None, big: bool) -> None:
    """Also in a BigTIFF of Motorola's order, and with a predictor where the specification has none."""
    pytest.importorskip("imagecodecs")
    tifffile = pytest.importorskip("tifffile")
    levels = noise(3, bits).astype(f"u{bits // 8}")
    how = {"bigtiff": big, "byteorder": order, "compression": coding, "predictor": coding == "packbits"}
    tifffile.imwrite(tmp_path / "a.tif", levels, photometric="rgb", metadata=None, **how)
    _same(read_image(tmp_path / "a.tif"), levels / ((1 << bits) - 1), None)


def test_what_needs_a_library_that_is_not_there_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(noise(3, 16), RGB, 16))
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(ImageError, match=r'a\.tif: .*pip install "ood-editing\[deep\]"'):
        read_image(path)
    path.write_bytes(tiff(noise(3, 8), RGB, 8))
    assert read_image(path).metadata.depth == 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "tif"])
def test_deep_pictures_are_turned_upright(tmp_path: Path, orientation: int, kind: str) -> None:
    levels = noise(3, 16)
    if kind == "tif":
        content = tiff(levels, RGB, 16, more={274: (orientation,)})
    else:
        exif = Image.Exif()
        exif[274] = orientation
        content = png(levels, 2, 16, between=chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    (tmp_path / f"a.{kind}").write_bytes(content)
    small = Image.fromarray((levels // 256).astype(np.uint8))
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    upright = np.asarray(small if turn is None else small.transpose(Image.Transpose(turn)))
    image = read_image(tmp_path / f"a.{kind}").image
    assert np.array_equal(np.floor((image[0] + 1).numpy().transpose(1, 2, 0) * 32767.5 / 256 + 1e-4), upright)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_numbers_beyond_white_are_refused(tmp_path: Path, bits: int) -> None:
    """Codings of whole bytes may hold more than a file's depth: they were read as 16 times white."""
    pytest.importorskip("imagecodecs")
    tifffile = pytest.importorskip("tifffile")
    path, levels = tmp_path / "a.tif", noise(1, bits)[:, :, 0].astype(np.uint16)
    how = {"photometric": "minisblack", "compression": "jpeg2000", "metadata": None}
    for factor, says in ((1, ""), (65535 >> bits, "numbers beyond")):
        tifffile.imwrite(path, levels * np.uint16(factor), **how)
        content = path.read_bytes()
        entry = struct.pack("<HHIHH", 258, 3, 1, 16, 0)  # BitsPerSample
        assert content.count(entry) == 1
        path.write_bytes(content.replace(entry, struct.pack("<HHIHH", 258, 3, 1, bits, 0)))
        if not says:
            _same(read_image(path), levels[:, :, None] / ((1 << bits) - 1), None)
            continue
        with pytest.raises(ImageError, match=f"{says} {bits} bits"):
            read_image(path)


def test_depths_and_colours_without_a_meaning_here_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for content, says in (
        (tiff(noise(3, 16), RGB, 16, more={339: (3, 3, 3)}), "without a defined white"),
        (tiff(noise(3, 16), 8, 16), "CIELAB colours"),
        (tiff(noise(3, 8), 8, 8), "LAB colours"),
        (tiff(noise(3, 16), RGB, 16)[:-60], "damaged or truncated"),
    ):
        path.write_bytes(content)
        with pytest.raises(ImageError, match=says) as refusal:
            read_image(path)
        assert "a.tif" in str(refusal.value)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_colour_chunks_of_pngs_third_edition_are_kept(tmp_path: Path, bits: int) -> None:
    chunks = {b"cICP": bytes([9, 18, 0, 1]), b"mDCV": bytes(range(24)), b"cLLI": bytes(range(8))}
    chunks |= {b"gAMA": struct.pack(">I", 45455), b"cHRM": bytes(32)}
    between = (
        b"".join(chunk(*each) for each in chunks.items()) + chunk(b"bKGD", bytes(6)) + chunk(b"caBX", b"?")
    )
    (tmp_path / "a.png").write_bytes(png(noise(3, bits), 2, bits, between=between))
    source = read_image(tmp_path / "a.png")
    said = save_like(tmp_path / "b.png", source.image, source)
    assert said == ["the background colour", "content credentials"]
    assert dict(read_image(tmp_path / "b.png").metadata.chunks) == chunks
    written = (tmp_path / "b.png").read_bytes()
    assert all(written.index(name) < written.index(b"IDAT") for name in chunks)
    assert "the PNG's description of its colours" in save_like(tmp_path / "b.tif", source.image, source)


def test_what_a_tiff_holds_besides_is_kept_or_said(tmp_path: Path) -> None:
    more = {34735: (1, 1, 0, 0), 33723: (1, 2), 296: (2,)}
    (tmp_path / "a.tif").write_bytes(tiff(noise(3, 16), RGB, 16, more=more))
    assert read_image(tmp_path / "a.tif").metadata.lost == ("IPTC captions", "TIFF tags 34735")


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"\x1a\x45\xdf\xa3webm", r"WebM or Matroska clip; rename or convert it to \.mp4"),
        (b"\0\0\0\x18ftypheic", "HEIC picture"),
        (b"\0\0\0\x18ftypisom", "MP4 or QuickTime clip"),
        (b"GIF89a", "a GIF"),
        (b"%PDF-1.7", "a PDF"),
        (b"\0\x05\x16\x07\0\0", "macOS companion"),
    ],
)
def test_well_known_files_are_called_by_their_names(tmp_path: Path, head: bytes, says: str) -> None:
    (tmp_path / "a.jpg").write_bytes(head + bytes(40))
    with pytest.raises(ImageError, match=says):
        read_image(tmp_path / "a.jpg")


def test_a_png_of_two_headers_is_refused(tmp_path: Path) -> None:
    content = png(noise(2, 16), 4, 16)
    (tmp_path / "a.png").write_bytes(content[:33] + content[8:])
    with pytest.raises(ImageError, match="damaged"):
        read_image(tmp_path / "a.png")
