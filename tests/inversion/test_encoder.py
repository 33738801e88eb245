"""The encoder: an image to one code a style, at any size."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch

from ood_core.errors import ShapeError
from ood_core.inversion import EncoderConfig, GradualStyleEncoder, encode

TINY = EncoderConfig(
    input_resolution=32,
    stem=4,
    widths=(4, 6, 8, 8),
    depths=(1, 1, 2, 1),
    n_styles=8,
    style_dim=6,
    coarse=2,
    middle=4,
)


def tiny_encoder(**changes: object) -> GradualStyleEncoder:
    torch.manual_seed(0)
    return GradualStyleEncoder(replace(TINY, **changes)).eval()


@pytest.mark.parametrize("resolution", [16, 32, 48, 64, 128])
def test_gives_one_code_a_style_at_any_input_resolution(resolution):
    encoder = tiny_encoder(input_resolution=resolution)
    codes = encoder(torch.randn(2, 3, resolution, resolution))
    assert codes.shape == (2, 8, 6)
    assert codes.isfinite().all()


def test_the_defaults_are_psps():
    with torch.device("meta"):
        encoder = GradualStyleEncoder(EncoderConfig())
    state = encoder.state_dict()
    assert len(state) == 621
    assert sum(p.numel() for p in encoder.parameters()) == pytest.approx(267.1e6, rel=1e-3)
    for style, last in ((0, 6), (3, 8), (7, 10), (17, 10)):
        assert f"styles.{style}.convs.{last}.weight" in state
        assert f"styles.{style}.convs.{last + 2}.weight" not in state
    assert state["body.21.shortcut_layer.0.weight"].shape == (512, 256, 1, 1)
    assert state["body.23.res_layer.5.fc1.weight"].shape == (32, 512, 1, 1)
    assert state["latlayer2.weight"].shape == (512, 128, 1, 1)


def test_a_light_encoder_stays_light():
    with torch.device("meta"):
        encoder = GradualStyleEncoder(
            EncoderConfig(128, 3, 16, (16, 32, 64, 128), (2, 2, 2, 2), 12, 64, coarse=3, middle=7)
        )
    assert sum(p.numel() for p in encoder.parameters()) < 4e6


def test_samples_of_a_batch_do_not_influence_each_other():
    encoder = tiny_encoder()
    images = torch.randn(3, 3, 32, 32)
    one_by_one = torch.cat([encoder(image[None]) for image in images])
    torch.testing.assert_close(encoder(images), one_by_one, atol=1e-5, rtol=1e-5)


def test_coarse_styles_read_only_the_coarsest_features():
    encoder = tiny_encoder()
    images = torch.randn(1, 3, 32, 32)
    before = encoder(images)
    with torch.no_grad():
        encoder.latlayer2.bias += 1  # only the finest level
    fine_changed = (encoder(images) != before).any(dim=2)[0]
    assert fine_changed.tolist() == [False] * 4 + [True] * 4
    with torch.no_grad():
        encoder.latlayer1.bias += 1  # the middle level, and through it the finest
    assert (encoder(images) != before).any(dim=2)[0].tolist() == [False] * 2 + [True] * 6


def test_the_configuration_survives_json():
    config = EncoderConfig(**json.loads(json.dumps(asdict(TINY))))
    assert config == TINY
    assert isinstance(config.widths, tuple)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_resolution": 40},
        {"input_resolution": 0},
        {"widths": (4, 4)},
        {"depths": (1, 1, 0, 1)},
        {"coarse": 5, "middle": 4},
        {"middle": 9},
    ],
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ShapeError):
        replace(TINY, **wrong)


def test_an_image_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(ShapeError, match=r"32, 32.*\[1, 3, 16, 16\]"):
        tiny_encoder()(torch.zeros(1, 3, 16, 16))


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (96, 48), (20, 50)])
def test_invert_takes_a_picture_of_any_size(size):
    encoder = tiny_encoder()
    latents = encode(torch.rand(2, 3, *size) * 2 - 1, encoder, torch.zeros(6))
    assert latents.shape == (2, 8, 6)


def test_invert_averages_blocks_and_adds_the_average_latent():
    encoder = tiny_encoder()
    image = torch.rand(1, 3, 128, 128) * 2 - 1
    w_avg = torch.randn(8, 6)
    blocks = image.reshape(1, 3, 32, 4, 32, 4).mean(dim=(3, 5))
    torch.testing.assert_close(encode(image, encoder, w_avg), encoder(blocks) + w_avg)
    torch.testing.assert_close(encode(image, encoder, w_avg[0]), encoder(blocks) + w_avg[0])


def test_e4es_later_styles_are_offsets_from_the_first():
    config = EncoderConfig(input_resolution=32, stem=4, widths=(4, 4, 8, 8), depths=(1, 1, 1, 1),
                           n_styles=5, style_dim=6, coarse=1, middle=3)  # fmt: skip
    plain, offsets = GradualStyleEncoder(config), GradualStyleEncoder(replace(config, offsets=True))
    offsets.load_state_dict(plain.state_dict())
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    codes = plain.eval()(image)
    expected = codes + torch.cat([torch.zeros_like(codes[:, :1]), codes[:, :1].expand(-1, 4, -1)], dim=1)
    torch.testing.assert_close(offsets.eval()(image), expected)
