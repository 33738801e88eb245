"""`ood complete`: a bundle without an encoder trains one on its generator's own samples."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ood_core import edit, load_bundle, save_bundle
from ood_core.bundle import Bundle
from ood_core.cli import main
from ood_core.errors import RecipeError
from ood_core.inversion import encode
from ood_core.making import sample_latents
from ood_core.training.completing import PARTS, Completing, complete, encoder_sizes, missing_parts
from ood_core.training.completing.classifier import ClassifierFromSamples

pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")


@pytest.fixture
def bare(tiny_bundle: Bundle) -> Bundle:
    attributes = {
        name: dataclasses.replace(attribute, diffcam_class=None)
        for name, attribute in tiny_bundle.attributes.items()
    }
    lone = dataclasses.replace(tiny_bundle, attributes=attributes, encoder=None, frame=None)
    return dataclasses.replace(lone, diffcam=None, decomposer=None, deghoster=None)


@pytest.fixture
def lone(bare: Bundle) -> Bundle:
    """A generator whose directions nobody has found yet: only an encoder can be trained."""
    return dataclasses.replace(bare, attributes={}, directions={})


def test_an_encoder_learns_from_samples_alone(bare: Bundle, lone: Bundle, tmp_path: Path) -> None:
    def error(bundle: Bundle) -> float:
        latents = sample_latents(bare, 16, seed=99)[:, None].repeat(1, 8, 1)
        picture = bare.generator.synthesis(latents).clamp(-1, 1)
        assert bundle.encoder is not None
        return float(
            (encode(picture, bundle.encoder, bare.generator.mapping.w_avg) - latents).square().mean()
        )

    short = complete(lone, tmp_path / "short", Completing(steps=1))
    longer = complete(lone, tmp_path / "longer", Completing(steps=60))
    assert error(longer) < 0.97 * error(short)


def test_a_generator_with_directions_gets_every_network(bare: Bundle, tmp_path: Path) -> None:
    kept: list[Bundle] = []
    whole = complete(bare, tmp_path / "run", Completing(steps=8, batch=2), done=kept.append)
    assert missing_parts(bare) == PARTS and missing_parts(whole) == ()
    assert [missing_parts(bundle) for bundle in kept] == [PARTS[1:], PARTS[2:], PARTS[3:], ()]
    assert [attribute.diffcam_class for attribute in whole.attributes.values()] == [0, 1]
    picture = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for mode in ("faithful", "paper"):
        assert edit(picture, whole, {"Old": 1.0, "Smiling": -1.0}, mode).result.shape == picture.shape
    save_bundle(whole, tmp_path / "whole")
    assert missing_parts(load_bundle(tmp_path / "whole")) == ()


def test_a_classifier_learns_which_direction_it_was(bare: Bundle, tmp_path: Path) -> None:
    from accelerate import Accelerator

    task = ClassifierFromSamples(bare, Completing(steps=400, batch=8), Accelerator(cpu=True))
    seen = [float(task.step(index, torch.Generator().manual_seed(index))["accuracy"]) for index in range(100)]
    assert sum(seen[80:]) / 20 > 0.75


def test_a_decomposer_learns_to_leave_what_edits_do_not_change(bare: Bundle, tmp_path: Path) -> None:
    from accelerate import Accelerator

    from ood_core.training.decomposer import DecomposerTask

    task = DecomposerTask(bare, Completing(steps=240, batch=4), Accelerator(cpu=True))
    seen = [task.step(index, torch.Generator().manual_seed(index)) for index in range(240)]

    def mean(name: str, steps: slice) -> float:
        return sum(float(scalars[name]) for scalars in seen[steps]) / 10

    untrained, begun, end = slice(10), slice(10, 20), slice(-10, None)
    assert (
        mean("iou", untrained) < 0.3 and mean("iou", end) > 0.6
    )  # it finds edits first, and too much of them,
    assert mean("outside", end) - mean("outside", begun) < math.log(
        0.5
    )  # then leaves the rest; losses are logs
    assert task.sheet().isfinite().all()


def test_it_continues_where_it_stopped(lone: Bundle, tmp_path: Path) -> None:
    class Stop(Exception): ...

    def stop(done: int, total: int, note: str) -> None:
        if done == 251:
            raise Stop

    with pytest.raises(Stop):
        complete(lone, tmp_path / "run", Completing(steps=252, batch=1), progress=stop)
    seen: list[int] = []
    complete(lone, tmp_path / "run", Completing(steps=252, batch=1), progress=lambda d, t, n: seen.append(d))
    assert seen == [251, 252]
    with pytest.raises(RecipeError, match="of a run of 252 steps"):
        complete(lone, tmp_path / "run", Completing(steps=9, batch=1))


def test_what_is_there_already_is_kept(tiny_bundle: Bundle, tmp_path: Path) -> None:
    there = complete(tiny_bundle, tmp_path / "run", Completing(steps=2))
    assert there.encoder is tiny_bundle.encoder and there.deghoster is tiny_bundle.deghoster
    assert complete(there, tmp_path / "run") is there and there.attributes == tiny_bundle.attributes


def test_a_generator_of_64_channels_does_not_bring_the_process_down(tmp_path: Path) -> None:
    """An encoder that began with 8 channels did: a fault of PyTorch's, in its gradients on some CPUs."""
    script = """
import sys, torch
from pathlib import Path
from ood_core.bundle import Bundle
from ood_core.stylegan2 import Generator, GeneratorConfig
from ood_core.training.completing import Completing, complete
config = GeneratorConfig(resolution=64, z_dim=64, w_dim=64, mapping_layers=2, channel_base=2048)
lone = Bundle("lone", 64, "", "", {}, Generator(config).requires_grad_(False), frame=None)
complete(lone, Path(sys.argv[1]), Completing(steps=6))
"""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "MALLOC_CHECK_": "3"}
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment).returncode == 0


def test_sizes_follow_the_generator() -> None:
    bundle = load_bundle("portraits-128")
    sizes = encoder_sizes(bundle)
    assert (sizes.widths, sizes.input_resolution, sizes.n_styles) == ((24, 48, 96, 128), 64, 12)


def test_the_command_writes_what_was_missing_into_the_bundle(
    bare: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_bundle(bare, tmp_path / "bare")
    for said in ("has encoder, diffcam, decomposer, deghoster now", "nothing is missing"):
        with pytest.raises(SystemExit) as end:
            main(["complete", str(tmp_path / "bare"), "--steps", "2"])
        output = capsys.readouterr()
        assert end.value.code in (0, None) and said in output.out, output.err
    assert missing_parts(load_bundle(tmp_path / "bare")) == ()


def test_without_directions_the_command_says_what_would_let_it_train_more(
    lone: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_bundle(lone, tmp_path / "lone")
    with pytest.raises(SystemExit):
        main(["complete", str(tmp_path / "lone"), "--steps", "1"])
    assert "has encoder now; find directions with 'ood directions find'" in capsys.readouterr().out
