"""Clips are read frame by frame and written with their own times and sound; `ood edit` follows a face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ood_core.alignment import box_alignment
from ood_core.composition import paste_square
from ood_core.domains.portraits import render, sample_factors, set_attribute
from ood_core.errors import ImageError
from ood_core.files.clips import Clip, write_clip
from ood_core.files.levels import to_uint8
from ood_core.images import Box
from tests.cli.test_edit_photographs import OodPhotographs

av = pytest.importorskip("av")
COUNT, SIZE = 6, (144, 192)


def drawn_clip() -> list[torch.Tensor]:
    """A portrait that looks about and moves slowly before a still background."""
    factors = sample_factors(1, torch.Generator().manual_seed(5)).repeat(COUNT, 1)
    phase = torch.linspace(0, 2, COUNT)
    for name, reach in (("gaze", 0.8), ("tilt", 0.3), ("turn", 0.4)):
        factors = set_attribute(factors, name, reach * torch.sin(phase))
    portraits = render(factors, 120).image
    ramp = torch.linspace(-0.5, 0.5, SIZE[1]).expand(1, 3, *SIZE)
    places = [box_alignment(Box(12, 20 + 2 * time, 120, 120), SIZE) for time in range(COUNT)]
    return [paste_square(ramp, face[None], place) for face, place in zip(portraits, places, strict=True)]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The drawn clip with a tone, as a file."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=12, options={"crf": "8"})
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        sound = file.add_stream("aac", rate=44100)
        for frame in drawn_clip():
            file.mux(stream.encode(av.VideoFrame.from_ndarray(to_uint8(frame)[0], format="rgb24")))
        file.mux(stream.encode())
        tone = (np.sin(np.arange(22528) / 20) * 0.3).astype(np.float32)[None]
        for start in range(0, tone.shape[1], 1024):
            part = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(tone[:, start : start + 1024]), format="fltp", layout="mono"
            )
            part.sample_rate, part.pts = 44100, start
            file.mux(sound.encode(part))
        file.mux(sound.encode())
    return path


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_frames_are_read_anew_each_time(clip: Path) -> None:
    frames = Clip(clip)
    first, second = list(frames), list(frames)
    assert len(first) == COUNT and first[0].shape == (1, 3, *SIZE)
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))
    assert (first[0] - drawn_clip()[0]).abs().mean() < 0.03


def test_a_clip_is_written_with_its_times_and_its_sound(clip: Path, tmp_path: Path) -> None:
    source, target = Clip(clip), tmp_path / "again.mp4"
    write_clip(target, iter(source), source, overwrite=False)
    assert [time for _, time in Clip(target).timed()] == [time for _, time in source.timed()]
    assert packets(target) == packets(clip)
    assert all((a - b).abs().mean() < 0.02 for a, b in zip(source, Clip(target), strict=True))
    with pytest.raises(ImageError, match="already exists"):
        write_clip(target, iter(source), source, overwrite=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.mp4", "clip.mp4"]


def test_a_clip_of_frames_that_fail_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    source = Clip(clip)
    with pytest.raises(ImageError, match="cannot be written"):
        write_clip(tmp_path / "short.mp4", iter(list(source)[:3]), source, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(ImageError, match="not a readable clip"):
        Clip(tmp_path / "text.mp4")
    with pytest.raises(ImageError, match="no such file"):
        Clip(tmp_path / "gone.mp4")


@pytest.mark.slow
def test_the_command_edits_a_clip(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tiny_bundle_folder: Path
) -> None:
    ood = OodPhotographs(capsys, tiny_bundle_folder)
    status, lines, said = ood(clip, "--edit", "Smiling=3", "-o", tmp_path / "out")
    assert status == 0 and lines == [str(tmp_path / "out/clip_result.mp4")]
    assert len(said) == 1 and said[0].startswith("note: clips are coded again")
    before, after = list(Clip(clip)), list(Clip(tmp_path / "out/clip_result.mp4"))
    assert len(after) == COUNT
    changes = torch.cat(after) - torch.cat(before)
    assert changes.abs().amax(dim=(0, 1)).max() > 0.2
    assert changes[..., :8].abs().mean() < 0.02
    status, _, said = ood(clip, "--edit", "Smiling", "--face", "all", "-o", tmp_path / "other")
    assert status == 1 and "one face of a clip is followed" in said[0]
