"""Samples made harder on purpose: inversions of a wanted quality, and photographs around the people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ood_core import load_bundle
from ood_core.alignment import centred
from ood_core.cli import main
from ood_core.evaluation.disturbed import disturbed
from ood_core.evaluation.samples import draw_sample
from ood_core.evaluation.textured import textured
from ood_core.sources import invert

BUNDLE = load_bundle("portraits-128")


@pytest.mark.parametrize("level", [24.0, 18.0])
def test_an_inversion_becomes_as_bad_as_asked_for(level: float) -> None:
    sample = draw_sample(9, 3, tuple(BUNDLE.attributes), 128)
    before = invert(centred(sample.source), BUNDLE)
    after = disturbed(before, sample, level, torch.Generator().manual_seed(0))
    seen = (sample.things < 0.5).expand_as(sample.source)
    error = (after.reconstruction.clamp(-1, 1) - sample.source)[seen].square().mean()
    assert float(-10 * torch.log10(error / 4)) == pytest.approx(level, abs=0.3)
    assert disturbed(after, sample, 60.0, torch.Generator().manual_seed(0)) is after


def test_photographs_cover_both_pictures_alike() -> None:
    sample = draw_sample(9, 2, tuple(BUNDLE.attributes), 128)
    photographs = torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 2 - 1
    made = textured(sample, photographs, torch.Generator().manual_seed(2))
    assert not torch.equal(made.source, sample.source)
    unchanged = (made.change == 0).expand_as(made.source)
    assert torch.equal(made.source[unchanged], made.target[unchanged])
    assert bool((made.change <= sample.change + 1e-5).all()) and bool(made.change.any())
    assert float(made.things.mean()) > float(sample.things.mean())


def bench(tmp_path: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["bench", "--count", "2", "--seed", "3", "-o", str(tmp_path / "out"), *arguments])
    return int(end.value.code or 0)


def test_both_are_measured_from_the_command_line(tmp_path: Path, make_picture: Any) -> None:
    pytest.importorskip("torchmetrics")
    assert bench(tmp_path, "--inversion-noise", "24,18", "--methods", "faithful,measured") == 0
    found = json.loads((tmp_path / "out" / "bench.json").read_text())["inversions"]
    assert [report["inversion"] for report in found] == [24, 18]
    assert set(found[0]["methods"]) == {"faithful", "measured"}
    make_picture(tmp_path / "photographs" / "one.png")
    assert bench(tmp_path, "--textures", str(tmp_path / "photographs"), "--methods", "paper", "--force") == 0


@pytest.mark.parametrize("text", ["bad", "3", "20,,18"])
def test_what_are_no_decibels_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert bench(tmp_path, "--inversion-noise", text) == 1
    assert "--inversion-noise takes decibels" in capsys.readouterr().err


@pytest.mark.parametrize("others", [["--keep"], ["--photos", "."], ["--inversion-noise", "20"]])
def test_textures_are_refused_where_they_would_count_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], others: list[str]
) -> None:
    assert bench(tmp_path, "--textures", str(tmp_path), *others) == 1
    assert "measures" in capsys.readouterr().err
