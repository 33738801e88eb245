"""The generator at any size."""

from __future__ import annotations

import pytest
import torch

from ood_core.errors import ShapeError
from ood_core.stylegan2 import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, estimate_w_avg


def tiny(resolution: int = 32, **sizes: int) -> Generator:
    numbers = {"z_dim": 6, "w_dim": 8, "mapping_layers": 2, "channel_base": 128, "channel_max": 8} | sizes
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Generator(GeneratorConfig(resolution, **numbers)).eval()


def latents(generator: Generator, count: int = 2) -> torch.Tensor:
    shape = (count, generator.num_styles, generator.config.w_dim)
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("resolution", [8, 16, 64, 256])
def test_it_makes_pictures_of_its_resolution(resolution):
    generator = tiny(resolution)
    assert generator(torch.randn(2, 6)).shape == (2, 3, resolution, resolution)
    assert generator.num_styles == 2 * (resolution.bit_length() - 1) - 2


def test_the_official_size_has_the_official_number_of_styles_and_channels():
    config = GeneratorConfig()
    assert config.num_styles == 18
    assert [config.channels(r) for r in config.resolutions] == [512, 512, 512, 512, 512, 256, 128, 64, 32]


def test_the_same_latents_give_the_same_bits():
    generator = tiny()
    ws = latents(generator)
    assert torch.equal(generator.synthesis(ws), generator.synthesis(ws))


def test_a_batch_maps_through_sample_by_sample():
    generator = tiny()
    ws = latents(generator, 3)
    apart = torch.cat([generator.synthesis(w[None]) for w in ws])
    torch.testing.assert_close(generator.synthesis(ws), apart, atol=1e-5, rtol=0)


def test_every_style_reaches_the_picture():
    generator = tiny()
    ws = latents(generator, 1)
    picture = generator.synthesis(ws)
    for index in range(generator.num_styles):
        moved = ws.clone()
        moved[:, index] += 1
        assert not torch.equal(generator.synthesis(moved), picture), f"style {index} has no effect"


def test_stopping_early_gives_the_picture_summed_up_so_far():
    generator = tiny(32)
    assert generator.synthesis(latents(generator), resolution=16).shape == (2, 3, 16, 16)


def test_truncation_zero_gives_the_average():
    generator = tiny()
    estimate_w_avg(generator, torch.randn(64, 6, generator=torch.Generator().manual_seed(2)))
    ws = generator.mapping(torch.randn(2, 6), truncation=0.0)
    torch.testing.assert_close(ws, generator.mapping.w_avg.expand_as(ws))


@pytest.mark.parametrize("resolution", [0, 4, 48, 100])
def test_sizes_that_are_no_power_of_two_are_refused(resolution):
    with pytest.raises(ShapeError, match=str(resolution)):
        GeneratorConfig(resolution)


def test_latents_of_another_generator_are_refused_with_both_shapes():
    generator = tiny()
    with pytest.raises(ShapeError, match=r"\[B, 8, 8\], not \[1, 18, 512\]"):
        generator.synthesis(torch.zeros(1, 18, 512))


@pytest.mark.parametrize("batch", [1, 3, 4, 6])
def test_the_discriminator_takes_any_batch(batch):
    discriminator = Discriminator(DiscriminatorConfig(16, 128, 8))
    assert discriminator(torch.zeros(batch, 3, 16, 16)).shape == (batch, 1)
