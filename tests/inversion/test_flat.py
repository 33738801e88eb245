"""pSp's encoders without style heads."""

from __future__ import annotations

import pytest
import torch

from ood_core.errors import ShapeError
from ood_core.inversion import EncoderConfig, FlatStyleEncoder, SingleStyleEncoder, encode

TINY = EncoderConfig(
    input_resolution=32, stem=4, widths=(4, 6, 8, 8), depths=(1, 1, 2, 1),
    n_styles=5, style_dim=6, coarse=0, middle=0,
)  # fmt: skip


@pytest.mark.parametrize("kind", [FlatStyleEncoder, SingleStyleEncoder])
def test_gives_one_code_a_style_and_in_a_batch_what_it_gives_alone(kind: type[FlatStyleEncoder]) -> None:
    torch.manual_seed(0)
    encoder = kind(TINY).eval()
    images = torch.rand(2, 3, 40, 40) * 2 - 1
    with torch.no_grad():
        latents = encode(images, encoder, torch.zeros(6))
        alone = torch.cat([encode(image[None], encoder, torch.zeros(6)) for image in images])
    assert latents.shape == (2, 5, 6)
    torch.testing.assert_close(latents, alone, atol=1e-5, rtol=1e-5)
    assert bool((latents == latents[:, :1]).all()) == (kind is SingleStyleEncoder)


@pytest.mark.parametrize("kind", [FlatStyleEncoder, SingleStyleEncoder])
def test_an_image_of_another_size_is_refused(kind: type[FlatStyleEncoder]) -> None:
    with pytest.raises(ShapeError, match=r"B, 3, 32, 32.*\[1, 3, 16, 16\]"):
        kind(TINY)(torch.zeros(1, 3, 16, 16))
