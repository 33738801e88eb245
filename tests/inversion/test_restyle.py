"""ReStyle: latents in several steps, each of which has seen what the last one reached."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from ood_core.alignment import centred
from ood_core.bundle import load_bundle, save_bundle
from ood_core.errors import ShapeError
from ood_core.images import resize_area
from ood_core.inversion import ReStyleConfig, ReStyleEncoder, invert_in_steps, inverter_of
from ood_core.pipeline import edit
from ood_core.sources import invert

if TYPE_CHECKING:
    from ood_core.bundle import Bundle


def restyle(bundle: Bundle, **changes: object) -> ReStyleEncoder:
    numbers = dataclasses.asdict(bundle.encoder.config)
    styles = numbers["n_styles"]
    numbers |= {"in_channels": 6, "coarse": styles, "middle": styles, "input_resolution": 16, **changes}
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return ReStyleEncoder(ReStyleConfig(**numbers)).eval().requires_grad_(False)


def picture(batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_defaults_are_those_published_for_faces() -> None:
    with torch.device("meta"):
        state = ReStyleEncoder(ReStyleConfig()).state_dict()
    assert state["input_layer.0.weight"].shape == (64, 6, 3, 3)
    assert not any(name.startswith("latlayer") for name in state)
    heads = {name for name in state if name.startswith("styles.") and name.endswith(".weight")}
    assert heads == {f"styles.{n}.{part}.weight" for n in range(18) for part in
                     ("convs.0", "convs.2", "convs.4", "convs.6", "linear")}  # fmt: skip


@torch.no_grad()
def test_each_step_starts_from_the_picture_of_the_last_and_the_first_from_the_average(
    tiny_bundle: Bundle,
) -> None:
    encoder, w_avg = restyle(tiny_bundle, iterations=3), torch.randn(16)
    synthesis, image = tiny_bundle.generator.synthesis, picture(2)
    small, latents = resize_area(image, 16), w_avg.expand(2, 8, 16)
    for _ in range(3):
        latents = latents + encoder(torch.cat([small, resize_area(synthesis(latents), 16)], dim=1))
    torch.testing.assert_close(invert_in_steps(image, encoder, w_avg, synthesis), latents)
    once = restyle(tiny_bundle, iterations=1)
    assert not torch.allclose(invert_in_steps(image, once, w_avg, synthesis), latents)


@torch.no_grad()
def test_a_sample_alone_gives_what_it_gives_in_a_batch(tiny_bundle: Bundle) -> None:
    encoder, synthesis, w_avg = restyle(tiny_bundle), tiny_bundle.generator.synthesis, torch.zeros(16)
    together = invert_in_steps(picture(2), encoder, w_avg, synthesis)
    alone = torch.cat([invert_in_steps(image[None], encoder, w_avg, synthesis) for image in picture(2)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_a_bundle_with_it_is_saved_loaded_and_edits(tiny_bundle: Bundle, tmp_path: Path) -> None:
    encoder = restyle(tiny_bundle, iterations=2, offsets=True)
    save_bundle(dataclasses.replace(tiny_bundle, encoder=encoder), tmp_path)
    bundle = load_bundle(tmp_path)
    assert type(bundle.encoder) is ReStyleEncoder
    assert bundle.encoder.config == encoder.config
    result = edit(picture(), bundle, {"Smiling": 1.0}, align="never")
    assert result.result.shape == (1, 3, 32, 32) and result.result.isfinite().all()
    latents = invert(centred(picture()), bundle).latents
    expected = inverter_of(encoder)(picture(), bundle.generator)
    torch.testing.assert_close(latents, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "said"), [({"in_channels": 3}, "6 channels"), ({"iterations": 0}, "at least 1")]
)
def test_impossible_numbers_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        ReStyleConfig(**wrong)
