"""`ood directions` and `ood calibrate`: a bundle's folder is changed whole, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ood_core import load_bundle, save_image
from ood_core.cli import main


@pytest.fixture
def folder(tiny_bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle_folder, tmp_path / "mine"))


def ood(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    return int(end.value.code or 0)


def fill(folder: Path, count: int, shift: float) -> Path:
    folder.mkdir()
    random = torch.Generator().manual_seed(round(shift * 10))
    for number in range(count):
        picture = torch.rand(1, 3, 32, 32, generator=random) - 0.5 + shift
        save_image(folder / f"{number}.png", picture.clamp(-1, 1))
    return folder


def test_found_directions_are_shown_named_and_used(
    folder: Path, tmp_path: Path, make_picture: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    networks = (folder / "encoder.safetensors").stat().st_mtime_ns
    assert ood("directions", "find", folder, "--count", "3") == 0
    assert "  3  found-1" in capsys.readouterr().out
    assert ood("directions", "name", folder, "4", "Light") == 0
    assert ood("directions", "keep", folder, "found-1") == 0
    assert ood("directions", "remove", folder, "Smiling") == 0
    assert list(load_bundle(folder).attributes) == ["Old", "found-1", "Light"]
    assert (folder / "encoder.safetensors").stat().st_mtime_ns == networks
    assert ood("directions", "show", folder, "-o", tmp_path / "sheet.png") == 0
    assert (tmp_path / "sheet.png").exists()
    assert ood("directions", "show", folder, "-o", tmp_path / "sheet.png") == 1
    picture = make_picture(tmp_path / "photo.png")
    options = ("--bundle", folder, "--align", "never", "-o", tmp_path)
    assert ood("edit", picture, "--edit", "Light=-1", *options) == 0


def test_a_direction_is_learned_from_two_folders(folder: Path, tmp_path: Path) -> None:
    bright, dark = fill(tmp_path / "bright", 6, 0.3), fill(tmp_path / "dark", 6, -0.3)
    options = ("--name", "Bright", "--with", bright, "--without", dark, "--align", "never")
    assert ood("directions", "learn", folder, *options, "-o", tmp_path / "copy") == 0
    assert "Bright" in load_bundle(tmp_path / "copy").attributes
    assert "Bright" not in load_bundle(folder).attributes


def test_what_cannot_be_learned_changes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "bundle.json").read_bytes()
    two, six = fill(tmp_path / "two", 2, 0.3), fill(tmp_path / "six", 6, -0.3)
    options = ("--name", "Bright", "--with", two, "--without", six)
    assert ood("directions", "learn", folder, *options, "--align", "never") == 1
    assert "at least 5 pictures" in capsys.readouterr().err
    assert ood("directions", "learn", folder, *options, "--align", "always") == 1
    said = capsys.readouterr().err
    assert "no face was found" in said and said.count("\n") == 1
    assert (folder / "bundle.json").read_bytes() == before


def test_an_installed_bundle_is_copied_never_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ood("directions", "remove", "portraits-128", "Old") == 1
    assert "give -o DIR" in capsys.readouterr().err
    assert ood("directions", "remove", "portraits-128", "Old", "-o", tmp_path / "copy") == 0
    assert "Old" not in load_bundle(tmp_path / "copy").attributes
    assert ood("directions", "remove", "portraits-128", "Old", "-o", tmp_path / "copy") == 1


def test_calibrating_writes_the_levels(folder: Path, tmp_path: Path) -> None:
    assert ood("calibrate", folder, fill(tmp_path / "pictures", 2, 0.0), "--align", "never") == 0
    levels = load_bundle(folder).foreign
    assert levels != (200.0, 250.0)
    assert ood("calibrate", folder) == 0
