"""`ood complete`: a bundle without an encoder trains one on its generator's own samples."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from ood_core import edit, load_bundle, save_bundle
from ood_core.bundle import Bundle
from ood_core.cli import main
from ood_core.errors import RecipeError
from ood_core.inversion import encode
from ood_core.making import sample_latents
from ood_core.training.completing import Completing, complete, encoder_sizes

pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")


@pytest.fixture
def bare(tiny_bundle: Bundle) -> Bundle:
    attributes = {
        name: dataclasses.replace(attribute, diffcam_class=None)
        for name, attribute in tiny_bundle.attributes.items()
    }
    return dataclasses.replace(
        tiny_bundle, attributes=attributes, encoder=None, diffcam=None, deghoster=None, frame=None
    )


def test_an_encoder_learns_from_samples_alone(bare: Bundle, tmp_path: Path) -> None:
    def error(bundle: Bundle) -> float:
        latents = sample_latents(bare, 16, seed=99)[:, None].repeat(1, 8, 1)
        picture = bare.generator.synthesis(latents).clamp(-1, 1)
        assert bundle.encoder is not None
        return float(
            (encode(picture, bundle.encoder, bare.generator.mapping.w_avg) - latents).square().mean()
        )

    short = complete(bare, tmp_path / "short", Completing(steps=1))
    longer = complete(bare, tmp_path / "longer", Completing(steps=60))
    assert error(longer) < 0.97 * error(short)
    picture = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert edit(picture, longer, {"Old": 1.0}).result.shape == picture.shape


def test_it_continues_where_it_stopped(bare: Bundle, tmp_path: Path) -> None:
    class Stop(Exception): ...

    def stop(done: int, total: int, note: str) -> None:
        if done == 251:
            raise Stop

    with pytest.raises(Stop):
        complete(bare, tmp_path / "run", Completing(steps=252, batch=1), progress=stop)
    seen: list[int] = []
    complete(bare, tmp_path / "run", Completing(steps=252, batch=1), progress=lambda d, t, n: seen.append(d))
    assert seen == [251, 252]
    with pytest.raises(RecipeError, match="of a run of 252 steps"):
        complete(bare, tmp_path / "run", Completing(steps=9, batch=1))


def test_what_is_there_already_is_kept(tiny_bundle: Bundle, tmp_path: Path) -> None:
    assert complete(tiny_bundle, tmp_path / "run") is tiny_bundle


def test_sizes_follow_the_generator() -> None:
    bundle = load_bundle("portraits-128")
    sizes = encoder_sizes(bundle)
    assert (sizes.widths, sizes.input_resolution, sizes.n_styles) == ((24, 48, 96, 128), 64, 12)


def test_the_command_writes_the_encoder_into_the_bundle(
    bare: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_bundle(bare, tmp_path / "bare")
    for said in ("has an encoder now", "has an encoder already"):
        with pytest.raises(SystemExit) as end:
            main(["complete", str(tmp_path / "bare"), "--steps", "2"])
        output = capsys.readouterr()
        assert end.value.code in (0, None) and said in output.out, output.err
    assert load_bundle(tmp_path / "bare").encoder is not None
