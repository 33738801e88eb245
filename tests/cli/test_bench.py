"""`ood bench`: the figures it promises, and one plain line for everything that cannot be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ood_core.cli import main
from ood_core.evaluation.benchmark import COMPARED, FIGURES

MakePicture = Callable[..., Path]
Bench = Callable[..., int]

ASKED = {
    "psnr", "psnr_inside", "psnr_outside", "ssim", "lpips", "identical_outside_mask", "mask_iou", "mask_ap",
    "attribute_success", "leakage", "ghost_energy", "seconds",
}  # fmt: skip


@pytest.fixture
def ood_bench(tiny_bundle_folder: Path, tmp_path: Path) -> Bench:
    """Runs the command on the tiny bundle into tmp_path/out, and returns its exit status."""

    def run(*arguments: str | Path) -> int:
        common = ["bench", "--bundle", str(tiny_bundle_folder), "-o", str(tmp_path / "out")]
        with pytest.raises(SystemExit) as end:
            main([*common, *map(str, arguments)])
        return int(end.value.code or 0)

    return run


def _figures(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))


def test_every_method_has_every_figure_or_null(
    ood_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ood_bench("--count", 3, "--seed", 5) == 0
    found = _figures(tmp_path)
    assert {name: found[name] for name in ("count", "seed", "bundle")} == dict(count=3, seed=5, bundle="tiny")
    assert tuple(found["methods"]) == COMPARED and set(FIGURES) >= ASKED
    for figures in found["methods"].values():
        assert tuple(figures) == FIGURES
        assert all(figure is None or isinstance(figure, float) for figure in figures.values())
    copy, gan, truth = (found["methods"][name] for name in ("copy", "gan", "true-mask"))
    assert (
        copy["identical_outside_mask"] == copy["ghost_energy"] == truth["mask_iou"] == truth["mask_ap"] == 1
    )
    assert copy["mask_iou"] is None and truth["seconds"] is None and gan["identical_outside_mask"] < 1
    assert copy["seconds"] == 0 and gan["lpips"] is None
    shown = capsys.readouterr().out
    assert all(f"| {name}" in shown for name in COMPARED) and "LPIPS" in shown


def test_the_sheet_has_a_row_a_sample(ood_bench: Bench, tmp_path: Path) -> None:
    assert ood_bench("--count", 1, "--methods", "copy,faithful") == 0
    one = Image.open(tmp_path / "out" / "bench.png").size
    assert ood_bench("--count", 2, "--methods", "copy,faithful", "--force") == 0
    two = Image.open(tmp_path / "out" / "bench.png").size
    assert two == (one[0], 2 * one[1])


def test_the_same_seed_gives_the_same_figures(ood_bench: Bench, tmp_path: Path) -> None:
    def figures() -> dict[str, float]:
        assert ood_bench("--count", 2, "--methods", "gan,faithful", "--force") == 0
        methods = _figures(tmp_path)["methods"]
        return {f"{method} {name}": value for method, own in methods.items() for name, value in own.items()}

    first, again = figures(), figures()
    assert all(first[name] == again[name] for name in first if not name.endswith("seconds"))


def test_the_figures_go_where_json_says(ood_bench: Bench, tmp_path: Path) -> None:
    assert ood_bench("--count", 1, "--methods", "copy", "--json", tmp_path / "deep" / "figures.json") == 0
    assert json.loads((tmp_path / "deep" / "figures.json").read_text())["count"] == 1
    assert not (tmp_path / "out" / "bench.json").exists()


def test_pictures_of_ones_own_have_no_truth_and_get_what_can_be_known(
    ood_bench: Bench, tmp_path: Path, make_picture: MakePicture
) -> None:
    for seed, width in enumerate((32, 40)):
        make_picture(tmp_path / "album" / f"{seed}.png", width=width, seed=seed)
    assert ood_bench(tmp_path / "album", "--edit", "Smiling", "--edit", "Old=-0.5") == 0
    found = _figures(tmp_path)
    assert found["count"] == 2 and found["edits"] == {"Smiling": 1.0, "Old": -0.5}
    methods = found["methods"]
    assert tuple(methods) == ("gan", "copy", "paper", "poisson", "faithful")
    assert methods["faithful"]["identical_outside_mask"] == methods["copy"]["identical_outside_mask"] == 1
    assert methods["copy"]["psnr_outside"] == 100 and methods["copy"]["fid"] == pytest.approx(0, abs=1e-6)
    assert methods["gan"]["fid"] > methods["copy"]["fid"] and found["features"] == "judge"
    assert all(own["identity"] is None for own in methods.values())  # noise has no face


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--methods", "gan,magic"], "no method 'magic' to compare here; known: gan"),
        (["--methods", "gan,gan"], "each once"),
        (["--edit", "Smiling"], "pass --edit"),
        (["gone", "--edit", "Smiling"], "no such file"),
        (["gone.png"], "pass --edit"),
        ([__file__, "--edit", "Smilling"], "Smilling"),
        (["gone.png", "--edit", "Smiling=x"], "finite number"),
        ([__file__, "--edit", "Smiling", "--methods", "ideal"], "no method 'ideal'"),
        (["--bundle", "nowhere"], "no bundle 'nowhere'"),
        (["--generator"], "does not draw from the factors"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    ood_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert ood_bench("--count", "1", *arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and says in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_without_force(
    ood_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "bench.json").write_text("mine")
    assert ood_bench("--count", "1") == 1
    assert "already exists" in capsys.readouterr().err
    assert (tmp_path / "out" / "bench.json").read_text() == "mine"


def test_without_the_extra_the_command_says_how_to_get_it(
    ood_bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchmetrics", None)
    assert ood_bench("--count", "1") == 1
    assert 'pip install "ood-editing[eval]"' in capsys.readouterr().err


def test_photographs_show_faces_found_and_put_back(
    ood_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ood_core.evaluation.real_faces.find_spec", lambda package: None)
    assert ood_bench("--count", 1, "--crowds", "--methods", "copy") == 0
    found = _figures(tmp_path)["crowds"]
    assert set(found) == {"faces", "round_trip", "real_faces"} and found["round_trip"]["identical"] == 1
    shown = capsys.readouterr().out
    assert "landmarks off by" in shown and "100 % of all the pictures' pixels" in shown
    assert '".[photos]"' in shown


def test_refined_inversions_are_measured_and_named_as_such(
    ood_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--count", 2, "--seed", 5, "--methods", "gan")
    assert ood_bench(*asked) == 0
    plain = _figures(tmp_path)
    capsys.readouterr()
    assert ood_bench(*asked, "--refine", 3, "--force") == 0
    refined = _figures(tmp_path)
    assert refined["refine"] == 3 and "refine" not in plain and "refine 3" in capsys.readouterr().out
    assert refined["methods"]["gan"]["psnr"] != plain["methods"]["gan"]["psnr"]
