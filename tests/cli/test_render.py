"""`ood render`: the same seed gives the same people, and the true edit differs only inside its mask."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.cli import main
from ood_core.files.pictures import load_image, load_mask


def ood_render(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["render", *map(str, arguments)])
    return int(end.value.code or 0)


def test_each_portrait_has_an_edit_that_differs_only_inside_its_mask(tmp_path: Path) -> None:
    assert ood_render("--count", "1", "--attribute", "Eyeglasses=1", "-o", tmp_path) == 0
    stem = tmp_path / "portrait_0000"
    names = {"portrait_0000.png", "portrait_0000_Eyeglasses.png", "portrait_0000_mask.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    before, after = load_image(f"{stem}.png"), load_image(f"{stem}_Eyeglasses.png")
    mask = load_mask(f"{stem}_mask.png")
    assert 0 < mask.mean() < 0.5
    assert torch.equal(before.where(mask == 0, torch.zeros(1)), after.where(mask == 0, torch.zeros(1)))
    assert not torch.equal(before, after)


def test_the_first_portraits_of_a_seed_do_not_depend_on_how_many_are_drawn(tmp_path: Path) -> None:
    assert ood_render("--count", "1", "--seed", "3", "-o", tmp_path / "one") == 0
    assert ood_render("--count", "2", "--seed", "3", "-o", tmp_path / "two") == 0
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes()
    assert len(list((tmp_path / "two").iterdir())) == 6


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("Eyeglass=1", "no attribute 'Eyeglass'; known: Beard"),
        ("Eyeglasses=2", "between 0"),
        ("Eyeglasses", "finite number"),
        ("Eyeglasses=nan", "finite number"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str, says: str
) -> None:
    assert ood_render("--attribute", value, "-o", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and says in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ood_render("--count", "1", "-o", tmp_path) == 0
    assert ood_render("--count", "1", "-o", tmp_path) == 1
    assert "already exists" in capsys.readouterr().err
    assert ood_render("--count", "1", "-o", tmp_path, "--force") == 0
