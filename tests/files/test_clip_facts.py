"""What a video says about itself is what its edit says, or a line says what is not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ood_core.errors import ImageError
from ood_core.files.clip_frames import frame_of
from ood_core.files.clips import Clip, write_clip
from ood_core.files.yuv import MATRICES, Numbers, to_planes, to_rgb

av = pytest.importorskip("av")
SIZE = (72, 96)
USUAL = Numbers(1, False, 8, 2, 2)
COLOURS = (
    (0.9, 0.1, 0.1),
    (0.1, 0.8, 0.2),
    (0.1, 0.2, 0.9),
    (0.8, 0.8, 0.1),
    (0.5, 0.5, 0.5),
    (0.9, 0.7, 0.6),
)


def picture(height: int = SIZE[0], width: int = SIZE[1]) -> torch.Tensor:
    """Six fields of colour, different in every corner."""
    fields = torch.tensor(COLOURS).reshape(2, 3, 3).permute(2, 0, 1)[None]
    return torch.nn.functional.interpolate(fields, size=(height, width), mode="nearest") * 2 - 1


def planes(numbers: Numbers, height: int, width: int) -> list[np.ndarray]:
    """The fields as numbers, by the definition of BT.709 and its like, independently of the library."""
    unit = (picture(height, width)[0].double().numpy() + 1) / 2
    kr, kb = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[numbers.matrix]
    y = kr * unit[0] + (1 - kr - kb) * unit[1] + kb * unit[2]
    u, v = (unit[2] - y) / (2 - 2 * kb), (unit[0] - y) / (2 - 2 * kr)
    scale = (1 << numbers.depth) - 1 if numbers.full else 219 << (numbers.depth - 8)
    reach = (1 << numbers.depth) - 1 if numbers.full else 224 << (numbers.depth - 8)
    black, middle = (0 if numbers.full else 16 << (numbers.depth - 8)), 1 << (numbers.depth - 1)
    kind = np.uint8 if numbers.depth == 8 else np.uint16
    small = (slice(None, None, numbers.down), slice(None, None, numbers.across))
    levels = (y * scale + black, (u * reach + middle)[small], (v * reach + middle)[small])
    return [np.round(level).clip(0, (1 << numbers.depth) - 1).astype(kind) for level in levels]


def make(
    path: Path,
    numbers: Numbers = USUAL,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    tags: tuple[int, int, int] = (1, 1, 1),
    **more: Any,
) -> Path:
    """A clip of three equal frames; `tags` are matrix, primaries and transfer."""
    shared = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}[numbers.across, numbers.down]
    form = f"yuv{shared}p" + ("" if numbers.depth == 8 else f"{numbers.depth}le")
    options = {"crf": "2", "x265-params": "log-level=none:lossless=1"}
    with av.open(str(path), "w", options=more.get("muxing", {})) as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *size, form
        coder = stream.codec_context
        coder.colorspace, coder.color_primaries, coder.color_trc = tags
        coder.color_range = 2 if numbers.full else 1
        coder.sample_aspect_ratio = more.get("pixel", Fraction(1))
        if "turn" in more:
            stream.set_display_rotation(*more["turn"])
        file.metadata.update(more.get("texts", {}))
        if "chapters" in more:
            file.set_chapters(more["chapters"])
        for time in range(3):
            frame = frame_of(av, planes(numbers, *size), form)
            frame.pts = time
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def off(clip: Clip, expected: torch.Tensor) -> float:
    """How far the middles of the six fields are off, in 255ths."""
    frame = next(iter(clip))
    assert frame.shape == expected.shape
    height, width = expected.shape[-2:]
    rows, columns = [height // 4, height * 3 // 4], [width // 6, width // 2, width * 5 // 6]
    return float((frame - expected)[..., rows, :][..., columns].abs().max()) * 127.5


def edited(path: Path) -> tuple[Clip, list[str]]:
    """The clip written again, and what was said."""
    source, target = Clip(path), path.with_name(f"again{path.suffix}")
    said = write_clip(target, iter(source), source, overwrite=True)
    return Clip(target), said


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [False, True])
def test_colours_are_read_and_written_as_the_clip_says(tmp_path: Path, matrix: int, full: bool) -> None:
    numbers = Numbers(matrix, full, 8, 2, 2)
    path = make(tmp_path / "a.mp4", numbers, tags=(matrix, matrix, matrix if matrix != 9 else 1))
    assert off(Clip(path), picture()) < 4
    again, said = edited(path)
    assert not said and off(again, picture()) < 5
    facts, kept = again.facts()
    assert (facts.matrix, facts.primaries, facts.full) == (matrix, matrix, full) and kept == numbers


@pytest.mark.parametrize(("height", "matrix"), [(72, 5), (720, 1)])
def test_a_clip_that_says_nothing_is_taken_as_players_take_it_and_stays_so(
    tmp_path: Path, height: int, matrix: int
) -> None:
    size = (height, 96)
    path = make(tmp_path / "a.mp4", Numbers(matrix, False, 8, 2, 2), size, tags=(2, 2, 2))
    assert off(Clip(path), picture(*size)) < 4
    again, said = edited(path)
    assert not said and off(again, picture(*size)) < 5 and again.facts()[0].matrix == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("curve", [16, 18])
def test_hdr_of_10_bits_stays_hdr_of_10_bits(tmp_path: Path, suffix: str, curve: int) -> None:
    path = make(tmp_path / f"a{suffix}", Numbers(9, False, 10, 2, 2), codec="libx265", tags=(9, 9, curve))
    assert off(Clip(path), picture()) < 0.6, "finer than 8 bits"
    again, said = edited(path)
    facts, numbers = again.facts()
    assert (facts.matrix, facts.primaries, facts.transfer, facts.depth) == (9, 9, curve, 10)
    assert not said and numbers.depth == 10 and off(again, picture()) < 3


@pytest.mark.parametrize("sharing", [(2, 1), (1, 1)])
@pytest.mark.parametrize("depth", [8, 10])
def test_how_finely_colour_is_sampled_is_kept(tmp_path: Path, sharing: tuple[int, int], depth: int) -> None:
    numbers = Numbers(1, False, depth, *sharing)
    path = make(tmp_path / "a.mkv", numbers, codec="libx264" if depth == 8 else "libx265")
    again, said = edited(path)
    assert not said and again.facts()[1] == numbers


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        ((0.0, True, False), lambda x: x.flip(3)),
        ((0.0, False, True), lambda x: x.flip(2)),
        ((180.0, False, False), lambda x: x.flip(2, 3)),
        ((90.0, False, False), lambda x: x.rot90(1, (2, 3))),
        ((-90.0, False, False), lambda x: x.rot90(-1, (2, 3))),
        ((90.0, True, False), None),
    ],
)
def test_turned_and_mirrored_clips_look_the_same(tmp_path: Path, turn: Any, shown: Any) -> None:
    path = make(tmp_path / "a.mp4", turn=turn, pixel=Fraction(4, 3))
    before = next(iter(Clip(path)))
    if shown is not None:
        assert off(Clip(path), shown(picture())) < 4
    again, said = edited(path)
    assert not said and off(again, before) < 5
    turned = before.shape[2] > before.shape[3]
    assert again.facts()[0].pixel == (Fraction(3, 4) if turned else Fraction(4, 3))


def test_titles_and_chapters_are_kept(tmp_path: Path) -> None:
    unit = Fraction(1, 1000)
    parts = [(0, 0, 40, "one"), (1, 40, 120, "two")]
    chapters = [
        {"id": i, "start": a, "end": b, "time_base": unit, "metadata": {"title": t}} for i, a, b, t in parts
    ]
    for suffix in (".mp4", ".mkv"):
        path = make(
            tmp_path / f"a{suffix}", texts={"title": "Holiday", "comment": "am Meer"}, chapters=chapters
        )
        again, said = edited(path)
        facts = again.facts()[0]
        assert not said and {name.lower(): text for name, text in facts.tags.items()}["title"] == "Holiday"
        assert [title for _, title in facts.chapters] == ["one", "two"]


def test_names_of_a_cameras_own_are_kept(tmp_path: Path) -> None:
    texts = {"com.apple.quicktime.make": "Apple", "title": "Holiday"}
    path = make(tmp_path / "a.mov", texts=texts, muxing={"movflags": "use_metadata_tags"})
    again, said = edited(path)
    assert not said and again.facts()[0].tags.items() >= texts.items()


@pytest.mark.parametrize(("suffix", "codec", "sharing"), [("mp4", "libx264", 1), ("webm", "libvpx-vp9", 2)])
def test_odd_sizes_are_kept(tmp_path: Path, suffix: str, codec: str, sharing: int) -> None:
    numbers = Numbers(1, False, 8, sharing, sharing)
    again, said = edited(make(tmp_path / f"a.{suffix}", numbers, (71, 95), codec))
    assert not said and off(again, picture(71, 95)) < 8


def test_opacity_that_is_not_kept_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("qtrle", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "argb"
        stream.codec_context.color_range = 2
        pixels = np.full((*SIZE, 4), 128, np.uint8)
        for _ in range(2):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="argb")))
        file.mux(stream.encode())
    assert edited(path)[1] == ["the codec qtrle (it is h264)", "opacity"]


def test_what_is_not_edited_keeps_its_numbers() -> None:
    generator = np.random.default_rng(0)
    for matrix in MATRICES:
        for depth, full, across, down in ((8, False, 2, 2), (10, True, 2, 1), (12, False, 1, 1)):
            numbers, top = Numbers(matrix, full, depth, across, down), 1 << depth
            shapes = ((16, 16), (16 // down, 16 // across), (16 // down, 16 // across))
            middle = [generator.integers(int(top * 0.45), int(top * 0.55), shape) for shape in shapes]
            for before, after in zip(middle, to_planes(to_rgb(middle, numbers), numbers), strict=True):
                assert np.array_equal(before, after)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("text", ["#EXTM3U\n#EXTINF:1,\n{}\n", "ffconcat version 1.0\nfile '{}'\n"])
def test_a_playlist_is_no_clip(tmp_path: Path, suffix: str, text: str) -> None:
    other = make(tmp_path / "other.mp4")
    (tmp_path / f"list{suffix}").write_text(text.format(other))
    with pytest.raises(ImageError, match="not a readable clip"):
        Clip(tmp_path / f"list{suffix}")


def test_a_clip_that_is_cut_off_is_refused_even_where_frames_are_left(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp4", muxing={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ImageError, match="cut off"):
        Clip(path)


def test_sound_and_subtitles_go_on(tmp_path: Path) -> None:
    path = make(tmp_path / "plain.mkv")
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:00,080\nhello\n")
    both = tmp_path / "a.mkv"
    with (
        av.open(str(path)) as clip,
        av.open(str(tmp_path / "a.srt")) as words,
        av.open(str(both), "w") as file,
    ):
        pairs = [(clip, clip.streams.video[0]), (words, words.streams.subtitles[0])]
        written = [file.add_stream_from_template(stream) for _, stream in pairs]
        for (source, stream), target in zip(pairs, written, strict=True):
            for packet in source.demux(stream):
                if packet.size:
                    packet.stream = target
                    file.mux(packet)
    again, said = edited(both)
    assert not said and again.facts()[0].streams["subtitle"] == 1
