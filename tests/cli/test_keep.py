"""`ood keep`: the photograph comes back with only the edit in it, and every refusal is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ood_core.cli import main
from ood_core.files.clips import Clip
from ood_core.files.formats import write_picture
from ood_core.files.levels import to_uint8
from ood_core.files.pictures import load_image, save_image, save_mask
from tests.registration.scenes import move, picture, with_disc

Keep = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def ood(capsys: pytest.CaptureFixture[str]) -> Keep:
    def run(*arguments: object) -> tuple[int, list[str], list[str]]:
        with pytest.raises(SystemExit) as end:
            main(["keep", *map(str, arguments)])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out.splitlines(), said.err.splitlines()

    return run


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, torch.Tensor]:
    """A photograph, what an editor made of it, and where the edit is."""
    original = picture()
    edited, disc = with_disc(original)
    save_image(tmp_path / "holiday.png", original)
    save_image(tmp_path / "edited.png", move(edited, 1.2, -0.6)[0])
    return tmp_path / "holiday.png", tmp_path / "edited.png", disc


def test_the_photograph_comes_back_with_only_the_edit(
    ood: Keep, pair: tuple[Path, Path, torch.Tensor], tmp_path: Path
) -> None:
    original, edited, disc = pair
    report = tmp_path / "report.json"
    status, out, _ = ood(original, edited, "-o", tmp_path / "out", "--stages", "--json", report)
    kept, before = load_image(tmp_path / "out" / "holiday_kept.png"), load_image(original)
    changed = (kept != before).any(dim=1, keepdim=True)
    assert status == 0 and out == [str(tmp_path / "out" / "holiday_kept.png")]
    assert (changed & (disc > 0.5)).sum() > 0.7 * (disc > 0.5).sum()
    assert (changed & (disc == 0)).float().mean() < 0.02
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"holiday_{what}.png" for what in ("kept", "mask", "registered", "stages")}
    said = json.loads(report.read_text())[str(original)]
    assert said["shift"] == pytest.approx([1.2, -0.6], abs=0.2) and 0 < said["changed"] < 0.2


def test_size_and_depth_are_the_original_s(ood: Keep, tmp_path: Path) -> None:
    original = picture()
    edited, _ = with_disc(original)
    pixels = ((original[0].movedim(0, -1).numpy() + 1) / 2 * 65535).round().astype(np.uint16)
    write_picture(tmp_path / "deep.png", pixels)
    smaller = torch.nn.functional.interpolate(edited, scale_factor=0.75, mode="bicubic", antialias=True)
    save_image(tmp_path / "edited.png", smaller.clamp(-1, 1))
    assert ood(tmp_path / "deep.png", tmp_path / "edited.png", "-o", tmp_path / "out")[0] == 0
    kept, before = load_image(tmp_path / "out" / "deep_kept.png"), load_image(tmp_path / "deep.png")
    assert kept.shape == before.shape and (kept == before).float().mean() > 0.7


def test_a_jpeg_can_be_kept_exactly_as_a_png(ood: Keep, tmp_path: Path) -> None:
    save_image(tmp_path / "photo.jpg", picture())
    before = load_image(tmp_path / "photo.jpg")
    save_image(tmp_path / "edited.png", with_disc(before)[0])
    said = ood(tmp_path / "photo.jpg", tmp_path / "edited.png", "--format", "png", "-o", tmp_path / "out")
    kept = load_image(tmp_path / "out" / "photo_kept.png")
    assert said[0] == 0 and not any("coded again" in line for line in said[2])
    assert torch.equal(kept[..., :40, :40], before[..., :40, :40]) and not torch.equal(kept, before)


def test_folders_pair_by_name_and_what_is_done_is_left(ood: Keep, tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_image(tmp_path / "before" / f"{name}.png", picture())
        save_image(tmp_path / "after" / f"{name}.jpg", with_disc(picture())[0])
    save_image(tmp_path / "before" / "alone.png", picture())
    folders = (tmp_path / "before", tmp_path / "after", "-o", tmp_path / "out")
    status, out, err = ood(*folders)
    assert status == 1 and len(out) == 2
    assert sum("no edited picture named alone" in line for line in err) == 1
    status, out, err = ood(*folders, "--resume")
    assert out == [] and any("2 pictures were done before" in line for line in err)


def test_a_mask_limits_unless_it_is_said_to_mean_something_else(
    ood: Keep, pair: tuple[Path, Path, torch.Tensor], tmp_path: Path
) -> None:
    original, edited, _ = pair
    nowhere = torch.zeros(1, 1, *load_image(original).shape[2:])
    save_mask(tmp_path / "mask.png", nowhere)
    arguments = (original, edited, "--mask", tmp_path / "mask.png", "-o", tmp_path / "out", "--force")
    assert ood(*arguments)[0] == 0
    assert torch.equal(load_image(tmp_path / "out" / "holiday_kept.png"), load_image(original))
    assert ood(*arguments, "--mask-is", "subtract")[0] == 0
    assert not torch.equal(load_image(tmp_path / "out" / "holiday_kept.png"), load_image(original))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("holiday.png", "gone.png"), "gone.png: there is no such file"),
        (("gone.png", "edited.png"), "gone.png"),
        (("holiday.png", "."), "is a folder"),
        (("holiday.png", "edited.png", "--force", "--resume"), "give one of the two"),
        (("holiday.png", "edited.png", "--json", "edited.png"), "already exists"),
        (("holiday.png", "edited.png", "--mask", "small.png"), "the mask is 8×8"),
        (("holiday.png", "notes.txt"), "notes.txt"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    ood: Keep,
    pair: tuple[Path, Path, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    save_mask("small.png", torch.ones(1, 1, 8, 8))
    Path("notes.txt").write_text("no picture")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    status, out, err = ood(*arguments, "-o", tmp_path / "out")
    assert status == 1 and not out and len(err) == 1 and says in err[0], err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_two_clips_pair_frame_by_frame(ood: Keep, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    scene = picture(0, 96, 128)
    frames = {
        "clip.mp4": [scene] * 4,
        "edited.mp4": [with_disc(scene, 14, (50, 60))[0]] * 4,
        "short.mp4": [scene],
    }
    for name, shown in frames.items():
        with av.open(str(tmp_path / name), "w") as file:
            stream = file.add_stream("libx264", rate=12, options={"crf": "4"})
            stream.height, stream.width, stream.pix_fmt = 96, 128, "yuv420p"
            for frame in shown:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(to_uint8(frame)[0], format="rgb24")))
            file.mux(stream.encode())
    clip, edited, out = tmp_path / "clip.mp4", tmp_path / "edited.mp4", tmp_path / "out"
    status, *_ = ood(clip, edited, "-o", out, "--json", tmp_path / "report.json")
    assert status == 0
    kept = list(Clip(out / "clip_kept.mp4"))
    assert len(kept) == 4
    assert float((kept[2] - frames["edited.mp4"][2]).abs().mean()) < 0.03
    assert len(json.loads((tmp_path / "report.json").read_text())[str(clip)]["frames"]) == 4
    status, _, said = ood(clip, tmp_path / "short.mp4", "-o", tmp_path / "other")
    assert status == 1 and "as many frames" in " ".join(said)
    assert not (tmp_path / "other" / "clip_kept.mp4").exists()
