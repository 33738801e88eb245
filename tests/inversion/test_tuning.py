"""Pivotal tuning: nearer to the picture, small, local, and alone what it is in a batch."""

from __future__ import annotations

import pytest
import torch

from ood_core import centred, edit_clip, edit_crops, edit_inverted, invert, inverter_of
from ood_core.bundle import Bundle
from ood_core.errors import ShapeError
from ood_core.inversion import ByTuning, TuningSettings, drawn, tune

PICTURES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
FEW = TuningSettings(steps=6, rank=2)


def latents(bundle: Bundle, count: int = 2) -> torch.Tensor:
    return torch.randn(count, 8, 16, generator=torch.Generator().manual_seed(1))


def error(picture: torch.Tensor) -> float:
    return float((picture - PICTURES[: len(picture)]).abs().mean())


def test_tuning_brings_the_picture_closer_and_leaves_the_generator_alone(tiny_bundle: Bundle) -> None:
    before = {name: tensor.clone() for name, tensor in tiny_bundle.generator.state_dict().items()}
    pivots = latents(tiny_bundle)
    tuning = tune(PICTURES, pivots, tiny_bundle.generator, FEW)
    plain = tiny_bundle.generator.synthesis(pivots)
    assert error(drawn(tiny_bundle.generator, pivots, tuning)) < 0.98 * error(plain)
    assert torch.equal(drawn(tiny_bundle.generator, pivots, {}), plain)
    for name, tensor in tiny_bundle.generator.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_sample_alone_gives_what_it_gives_in_a_batch(tiny_bundle: Bundle) -> None:
    pivots = latents(tiny_bundle)
    both = tune(PICTURES, pivots, tiny_bundle.generator, FEW)
    alone = tune(PICTURES[1:], pivots[1:], tiny_bundle.generator, FEW)
    for name, tensor in alone.items():
        assert torch.allclose(tensor[0], both[name][1], atol=1e-5), name


def test_it_works_inside_inference_mode_and_tells_its_progress(tiny_bundle: Bundle) -> None:
    told: list[tuple[int, int]] = []
    with torch.inference_mode():
        inverter = ByTuning(inverter_of(tiny_bundle.encoder), FEW)
        inverted = invert(centred(PICTURES), tiny_bundle, inverter, lambda a, b, c: told.append((a, b)))
        done = edit_inverted(inverted, {"Old": 1.0})
    assert done.result.shape == PICTURES.shape and len(told) > 2 * FEW.steps


def test_the_edit_is_drawn_by_the_tuned_generator(tiny_bundle: Bundle) -> None:
    inverted = invert(centred(PICTURES), tiny_bundle, ByTuning(inverter_of(tiny_bundle.encoder), FEW))
    done = edit_inverted(inverted, {"Old": 0.0})
    assert torch.allclose(done.edited, inverted.reconstruction, atol=1e-5)
    one = edit_crops(inverted.crops[1:], tiny_bundle, {"Old": 1.0}, inverter=inverter_of(None, 1, 2))
    assert one.result.shape == PICTURES[1:].shape


def test_a_clip_is_tuned_frame_by_frame(tiny_bundle: Bundle) -> None:
    frames = list(PICTURES.split(1))
    plain, tuned = (
        list(edit_clip(frames, tiny_bundle, {"Old": 1.0}, align="never", tune=steps)) for steps in (0, 6)
    )
    for number, (one, other) in enumerate(zip(plain, tuned, strict=True)):
        target = PICTURES[number : number + 1]
        assert (other.reconstruction - target).abs().mean() < (one.reconstruction - target).abs().mean()


def test_pictures_away_from_the_pivot_stay_nearly_as_they_were(tiny_bundle: Bundle) -> None:
    pivot, far = latents(tiny_bundle)[:1], latents(tiny_bundle)[1:]
    tuning = tune(PICTURES[:1], pivot, tiny_bundle.generator, TuningSettings(steps=10, rank=2))
    moved = [
        (drawn(tiny_bundle.generator, w, tuning) - drawn(tiny_bundle.generator, w, {})).abs().mean()
        for w in (pivot, far)
    ]
    assert moved[1] < moved[0]


def test_what_does_not_fit_is_refused(tiny_bundle: Bundle) -> None:
    with pytest.raises(ShapeError, match="2 images but 1 latents"):
        tune(PICTURES, latents(tiny_bundle, 1), tiny_bundle.generator)
    with pytest.raises(ShapeError, match="tune must be 0 or more"):
        inverter_of(None, 0, -1)


def test_the_difference_is_a_fraction_of_the_generator() -> None:
    from ood_core import load_bundle

    bundle = load_bundle("portraits-128")
    pivot = bundle.generator.mapping.w_avg.expand(1, 12, -1)
    picture = torch.zeros(1, 3, 128, 128)
    tuning = tune(picture, pivot, bundle.generator, TuningSettings(steps=1))
    whole = sum(tensor.numel() for tensor in bundle.generator.synthesis.parameters())
    assert sum(tensor.numel() for tensor in tuning.values()) < 0.12 * whole
