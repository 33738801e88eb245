"""From names to a plan: nothing edited twice, nothing lost, and no bad path costs another its turn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ood_core.cli.inputs import RESULT, STAGES, Plan, plan


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with two pictures; what is in them does not matter here."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        (folder / name).write_bytes(b"picture")
    return folder


def names(plan: Plan) -> list[str]:
    return [job.source.name for job in plan.jobs]


def finish(planned: Plan, stages: bool = False) -> None:
    """As if everything planned had been written."""
    for job in planned.jobs:
        for what in (RESULT, *(STAGES if stages else ())):
            job.target(what).write_bytes(b"result")


@pytest.mark.parametrize("stages", [False, True])
def test_results_beside_their_pictures_are_not_edited_again(album: Path, stages: bool) -> None:
    finish(plan([album], album, stages, force=False), stages)
    for _ in range(2):
        again = plan([album], album, stages, force=False, resume=True)
        assert (names(again), again.problems, len(again.done)) == ([], [], 2)
        assert len(again.left_out) == 1 and "not edited again" in again.left_out[0]
    forced = plan([album], album, stages, force=True)
    assert names(forced) == ["a.png", "b.jpg"] and not forced.problems
    refused = plan([album], album, stages, force=False)
    assert len(refused.problems) == 2 and all("already exists" in line for line in refused.problems)


def test_a_new_picture_beside_old_results_is_the_only_one_left(album: Path) -> None:
    finish(plan([album], album, False, force=False))
    (album / "c.webp").write_bytes(b"picture")
    assert names(plan([album], album, False, force=False, resume=True)) == ["c.webp"]


def test_results_of_another_format_are_results_too(album: Path) -> None:
    finish(plan([album], album, False, force=False, suffix=".webp"))
    assert names(plan([album], album, False, force=False, resume=True)) == ["a.png", "b.jpg"]


def test_a_result_that_is_named_is_an_input(album: Path, tmp_path: Path) -> None:
    finish(plan([album], album, False, force=False))
    result = next(album.glob(f"a_{RESULT}*"))
    assert names(plan([result], album, False, force=False)) == [result.name]
    assert len(names(plan([album], tmp_path / "other", False, force=False))) == 4


def test_one_bad_path_costs_nobody_else_the_turn(album: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop").symlink_to("loop")
    (album / "loop.png").symlink_to("loop.png")
    os.mkfifo(album / "pipe.jpg")
    (album / f"{'n' * 250}.png").write_bytes(b"picture")
    here = [tmp_path / name for name in ("pipe.png", "loop", "gone.png")]
    bad = ["", "\0", *here, f"{'x' * 300}.png", "/dev/null"]
    planned = plan([*bad, album], tmp_path, False, force=False)
    assert names(planned) == ["a.png", "b.jpg"]
    assert len(planned.problems) == len(bad) + 3
    says = ["'': an empty", "no name of", "a named pipe", "back to itself", "no such", "too long", "a device"]
    for words, line in zip(says, planned.problems, strict=False):
        assert words in line and "\n" not in line
    assert "rename the picture" in planned.problems[-1]


def test_what_a_folder_holds_besides_is_said_once(album: Path, tmp_path: Path) -> None:
    for name in ("x.heic", "clip.mp4", "notes.txt", ".ood-half.png", "._a.png"):
        (album / name).write_bytes(b"")
    planned = plan([album], tmp_path, False, force=False)
    assert names(planned) == ["a.png", "b.jpg"] and not planned.problems
    assert len(planned.left_out) == 1 and "clip.mp4, x.heic" in planned.left_out[0]
    assert "notes" not in planned.left_out[0]


def test_a_name_that_is_no_text_is_printed_as_it_is(tmp_path: Path, tiny_bundle_folder: Path) -> None:
    source = os.fsencode(tmp_path) + b"/\xff\xe9.png"
    Image.new("RGB", (32, 32)).save(os.fsdecode(source))
    command = [sys.executable, "-m", "ood_core.cli", "edit", source, "--bundle", str(tiny_bundle_folder)]
    options = ["--edit", "Smiling=0", "--align", "never", "--device", "cpu", "-o", str(tmp_path / "out")]
    done = subprocess.run([*command, *options], capture_output=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0 and b"/out/\xff\xe9_" in done.stdout and b"unexpected" not in done.stderr
