"""A result appears whole or not at all, and never in the place of another process's result."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import torch

from ood_core.errors import ImageError
from ood_core.files.paths import unreadable
from ood_core.files.pictures import load_image, load_mask, save_image
from ood_core.files.whole import written_result, written_whole


@pytest.mark.parametrize("links", [True, False])
def test_of_several_writers_of_one_file_exactly_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:  # as on memory cards
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError(1, "not permitted")))
    path, start, outcomes = tmp_path / "result.png", threading.Barrier(8), []

    def write(number: int) -> None:
        try:
            with written_result(path, overwrite=False) as partial:
                partial.write_text(str(number))
                start.wait()  # all have looked, none has finished
            outcomes.append(number)
        except ImageError as refusal:
            assert "already exists" in str(refusal)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1 and path.read_text() == str(outcomes[0])
    assert [each.name for each in tmp_path.iterdir()] == ["result.png"]


def test_a_result_that_appears_meanwhile_is_left(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    with pytest.raises(ImageError, match="already exists"), written_result(path, False) as partial:
        partial.write_text("ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    with written_result(path, True) as partial:
        partial.write_text("ours")
    assert path.read_text() == "ours"


def test_the_longest_name_that_a_folder_holds_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.png"
    save_image(path, torch.zeros(1, 3, 4, 4))
    assert load_image(path).shape == (1, 3, 4, 4)
    with pytest.raises(ImageError, match="cannot be written"):
        save_image(tmp_path / f"{'n' * 252}.png", torch.zeros(1, 3, 4, 4))
    assert len(list(tmp_path.iterdir())) == 1


def test_results_can_be_read_by_others_as_usual(tmp_path: Path) -> None:
    with written_whole(tmp_path / "new", overwrite=False) as partial:
        partial.write_text("")
    (tmp_path / "usual").write_text("")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_is_no_file_is_refused_by_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "dangling.png").symlink_to("gone.png")
    expected = {
        "pipe.png": "is a named pipe",
        "loop.png": "leads back to itself",
        "dangling.png": "a link to a file that is not there",
        "gone.png": "no such file",
        f"{'n' * 300}.png": "too long",
    }
    for name, says in expected.items():
        assert says in str(unreadable(tmp_path / name))
        for reader in (load_image, load_mask):
            with pytest.raises(ImageError, match=says):
                reader(tmp_path / name)
    assert unreadable("/dev/zero") == "is a device, not a file"
    assert unreadable("") == "an empty name names no file" and unreadable("a\0b") == "is no name of a file"
    assert unreadable(__file__) is None
