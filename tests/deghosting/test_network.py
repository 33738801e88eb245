"""The deghosting network at any pair of sizes."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
import torch.nn.functional as F

from ood_core.deghosting import Deghoster, DeghosterConfig, deghost
from ood_core.errors import ShapeError
from ood_core.stylegan2 import GeneratorConfig


def config(in_resolution: int, resolution: int) -> DeghosterConfig:
    generator = GeneratorConfig(resolution, 8, 8, mapping_layers=2, channel_base=128, channel_max=8)
    return DeghosterConfig(in_resolution, generator, trunk_channels=6, growth_channels=4, trunk_blocks=1)


def network(in_resolution: int = 16, resolution: int = 32) -> Deghoster:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Deghoster(config(in_resolution, resolution)).eval()


def picture(size: int, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize(
    ("in_resolution", "resolution"), [(4, 8), (4, 32), (8, 8), (8, 32), (16, 32), (32, 32), (16, 64)]
)
def test_it_returns_the_generators_size_from_any_input_size(in_resolution, resolution):
    deghoster = network(in_resolution, resolution)
    with torch.inference_mode():
        for size in (in_resolution, in_resolution + 3, 2 * in_resolution):
            assert deghost(picture(size, batch=2), deghoster).shape == (2, 3, resolution, resolution)


@pytest.mark.parametrize(("in_resolution", "resolution"), [(16, 32), (32, 32)])
def test_the_unused_tensors_are_a_closed_set(in_resolution, resolution):
    deghoster = network(in_resolution, resolution)
    image = picture(in_resolution).requires_grad_()
    deghoster.requires_grad_(True)
    deghoster(image).square().sum().backward()
    unused = {name for name, parameter in deghoster.named_parameters() if parameter.grad is None}
    expected = {
        name
        for name, _ in deghoster.named_parameters()
        if name.startswith(("generator.mapping.", "FCN.fusion_skip.")) or ".torgb." in name
    }
    assert unused == expected and image.grad is not None


def test_a_dense_block_changes_nothing_of_what_it_is_given():
    block = network().FCN.encoder[0].body[0].rdb1
    x = torch.randn(2, 6, 8, 8, generator=torch.Generator().manual_seed(2))
    given, seen = x.clone(), [x]
    with torch.no_grad():
        for conv in (block.conv1, block.conv2, block.conv3, block.conv4):
            seen.append(F.leaky_relu(conv(torch.cat(seen, dim=1)), 0.2))
        slow = x + 0.2 * block.conv5(torch.cat(seen, dim=1))
        torch.testing.assert_close(block(x), slow, atol=1e-6, rtol=0)
    assert torch.equal(x, given)


def test_the_published_sizes_give_the_published_state_dict():
    with torch.device("meta"):
        state = Deghoster(DeghosterConfig()).state_dict()
    ours = {name: tuple(tensor.shape) for name, tensor in state.items() if name.startswith("FCN.")}
    assert len(ours) == 754
    assert ours["FCN.encoder.0.body.22.rdb3.conv5.weight"] == (64, 192, 3, 3)
    assert ours["FCN.encoder.6.3.weight"] == (18 * 512, 512 * 16)
    assert ours["FCN.fusion_out.5.weight"] == (256, 512, 3, 3)
    assert ours["FCN.fusion_skip.5.weight"] == (3, 259, 3, 3)
    assert ours["FCN.decoder.2.upsample_conv.weight"] == (128, 128, 3, 3)
    assert ours["FCN.decoder.3.2.weight"] == (3, 64, 3, 3)


def test_a_larger_picture_is_seen_through_its_block_means():
    deghoster = network(16, 32)
    large = picture(64)
    with torch.inference_mode():
        assert torch.equal(deghoster(large), deghoster(F.interpolate(large, size=(16, 16), mode="area")))


def test_the_generator_is_frozen_and_the_rest_that_matters_is_not():
    trained = {name for name, parameter in network().named_parameters() if parameter.requires_grad}
    assert all(name.startswith("FCN.") for name in trained)
    assert not any(name.startswith("FCN.fusion_skip.") for name in trained)
    assert any(name.startswith("FCN.encoder.0.") for name in trained)


def test_it_gives_the_same_bits_twice_and_learns_nothing_under_inference_mode():
    deghoster, image = network(), picture(16)
    with torch.inference_mode():
        first, second = deghoster(image), deghoster(image)
    assert torch.equal(first, second) and not first.requires_grad


def test_each_picture_of_a_batch_stands_alone():
    deghoster, images = network(), picture(16, batch=3)
    with torch.inference_mode():
        torch.testing.assert_close(deghoster(images)[1:2], deghoster(images[1:2]), atol=1e-5, rtol=1e-5)


def test_a_config_survives_json():
    wanted = config(16, 64)
    stored = json.loads(json.dumps(dataclasses.asdict(wanted)))
    assert DeghosterConfig(**stored) == wanted


@pytest.mark.parametrize("in_resolution", [3, 12, 64])
def test_an_input_size_the_generator_does_not_pass_is_refused(in_resolution):
    with pytest.raises(ShapeError, match="in_resolution"):
        config(in_resolution, 32)


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 3, 16, 17), (1, 4, 16, 16), (3, 16, 16)])
def test_a_picture_that_is_not_square_rgb_or_too_small_is_refused(shape):
    with pytest.raises(ShapeError, match="at least 16"):
        network()(torch.zeros(shape))
