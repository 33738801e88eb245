"""What is foreign is measured: the better a bundle inverts its own kind, the less it takes."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ood_core import centred, load_bundle
from ood_core.bundle import Bundle
from ood_core.errors import ImageError
from ood_core.making import calibrate
from ood_core.progress import Progress
from ood_core.stylegan2 import Generator


def test_the_embedded_bundle_measures_what_its_makers_chose() -> None:
    bundle = load_bundle("portraits-128")
    low, high = calibrate(bundle)
    assert 10 < low < 20 and 30 < high < 65 and bundle.foreign == (14.0, 54.0)


def test_random_weights_know_nothing_and_nothing_is_foreign_to_them(tiny_bundle: Bundle) -> None:
    noise = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    low, high = calibrate(tiny_bundle, list(centred(noise)))
    assert low < high and low > 30


def test_an_exact_inversion_still_allows_for_noise(tiny_bundle: Bundle) -> None:
    class Knowing:
        def __call__(
            self, image: torch.Tensor, generator: Generator, progress: Progress | None = None
        ) -> torch.Tensor:
            return latents

    latents = torch.randn(1, 8, 16, generator=torch.Generator().manual_seed(0))
    picture = tiny_bundle.generator.synthesis(latents).clamp(-1, 1)
    assert calibrate(tiny_bundle, list(centred(picture)), Knowing()) == (8.0, 24.0)


def test_no_picture_is_refused(tiny_bundle: Bundle) -> None:
    with pytest.raises(ImageError, match="no picture"):
        calibrate(tiny_bundle, [])


def test_progress_ends_at_its_total(tiny_bundle: Bundle) -> None:
    told: list[tuple[int, int]] = []
    calibrate(dataclasses.replace(tiny_bundle), progress=lambda done, total, note: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
