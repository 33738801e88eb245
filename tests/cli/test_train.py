"""`ood train`: what it hands to the library, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ood_core import training
from ood_core.cli import main


def ood_train(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["train", *map(str, arguments)])
    return int(end.value.code or 0)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the library was asked to do, instead of doing it."""
    calls: list[tuple[Any, ...]] = []

    def run(
        network: str,
        recipe: Path,
        output: Path,
        *,
        photos: list[Path],
        resume: bool,
        progress: training.Progress,
    ) -> None:
        calls.append((network, recipe, output, photos, resume))
        progress(1, 2, network)
        progress(2, 2, network)

    def build_bundle(recipes: Path, output: Path, *, photos: list[Path], progress: training.Progress) -> Path:
        calls.append(("bundle", recipes, output, photos))
        return output / "bundle"

    monkeypatch.setattr(training, "run", run)
    monkeypatch.setattr(training, "build_bundle", build_bundle)
    return calls


def test_one_network_is_trained_or_resumed(calls: list[tuple[Any, ...]], tmp_path: Path) -> None:
    recipe = tmp_path / "encoder.toml"
    recipe.write_text("")
    assert ood_train("encoder", "--recipe", recipe, "-o", tmp_path / "run") == 0
    assert ood_train("encoder", "--recipe", recipe, "-o", tmp_path / "run", "--resume") == 0
    assert calls == [("encoder", recipe, tmp_path / "run", [], resume) for resume in (False, True)]


def test_a_whole_bundle_is_built_and_its_folder_printed(
    calls: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ood_train("bundle", "--recipe", tmp_path, "-o", tmp_path / "run") == 0
    assert calls == [("bundle", tmp_path, tmp_path / "run", [])]
    assert capsys.readouterr().out == f"{tmp_path / 'run' / 'bundle'}\n"


def test_photographs_and_a_recipe_of_the_library_are_handed_on(
    calls: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album, run = tmp_path / "album", tmp_path / "run"
    wanted = ("bundle", "--recipe", "faces-128", "--photos", album, "-o", run)
    assert ood_train(*wanted) == 1 and not calls
    assert f"{album}: there is no such folder of photographs" in capsys.readouterr().err
    album.mkdir()
    assert ood_train(*wanted) == 0
    assert calls == [("bundle", training.RECIPES / "faces-128", run, [album])]
    assert ood_train("bundle", "--recipe", "faces-64", "-o", run) == 1
    assert "come faces-128, portraits-128" in capsys.readouterr().err


def test_a_missing_recipe_and_an_unknown_network_are_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ood_train("encoder", "--recipe", tmp_path / "gone.toml", "-o", tmp_path) == 1
    assert "gone.toml: there is no such recipe" in capsys.readouterr().err
    assert ood_train("decoder", "--recipe", tmp_path, "-o", tmp_path) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and "decoder" in said and said.count("\n") == 1
