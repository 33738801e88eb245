"""The published way of computing an edit, over our networks' weights: what `published.py` compares with.

Weights are modulated per sample and convolved in groups, resampling inserts zeros and folds channels into the
batch, the class-activation map takes a backward pass, and branches that never reach the result (the RGB
images and `fusion_skip` of the deghosting network) are computed. Nothing is changed in place. The deghosting
generator's mapping network is left out: the published code does not run it either.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ood_core.bundle import Bundle
from ood_core.composition import composite
from ood_core.diffcam import DifferentialClassifier
from ood_core.images import resize_area

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])
KERNEL = torch.outer(TAPS, TAPS) / 64


def upfirdn2d(x: Tensor, kernel: Tensor, up: int, pad: tuple[int, int]) -> Tensor:
    """Insert zeros, pad, filter."""
    batch, channels, height, width = x.shape
    x = x.reshape(-1, 1, height, 1, width, 1)
    x = F.pad(x, (0, up - 1, 0, 0, 0, up - 1)).reshape(-1, 1, height * up, width * up)
    x = F.conv2d(F.pad(x, (*pad, *pad)), kernel.flip(0, 1)[None, None])
    return x.reshape(batch, channels, x.shape[-2], x.shape[-1])


def modulated_conv2d(x: Tensor, weight: Tensor, styles: Tensor, up: bool, demodulate: bool) -> Tensor:
    """One kernel a sample, one group a sample."""
    batch, _, height, width = x.shape
    outputs, inputs, size, _ = weight.shape
    own = weight[None] / math.sqrt(inputs * size**2) * styles[:, None, :, None, None]
    if demodulate:
        own = own * torch.rsqrt(own.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8)
    x = x.reshape(1, -1, height, width)
    if up:
        own = own.transpose(1, 2).reshape(-1, outputs, size, size)
        x = F.conv_transpose2d(x, own, stride=2, groups=batch)
        x = x.reshape(batch, outputs, x.shape[-2], x.shape[-1])
        return upfirdn2d(x, KERNEL * 4, 1, (1, 1))
    x = F.conv2d(x, own.reshape(-1, inputs, size, size), padding=size // 2, groups=batch)
    return x.reshape(batch, outputs, height, width)


def styled(layer: Any, x: Tensor, w: Tensor) -> Tensor:
    """Modulated convolution, noise, bias, leaky ReLU."""
    x = modulated_conv2d(x, layer.weight, layer.affine(w), layer.up, True)
    x = x + layer.noise_strength * layer.noise_const
    return F.leaky_relu(x + layer.bias[:, None, None], 0.2) * math.sqrt(2)


class Synthesis:
    """The generator, block by block: features and the image so far."""

    def __init__(self, network: Any, latents: Tensor) -> None:
        self.network, self.latents = network, latents

    def block(self, x: Tensor | None, skip: Tensor | None, resolution: int) -> tuple[Tensor, Tensor]:
        block, index = self.network.get_submodule(f"b{resolution}"), 2 * resolution.bit_length() - 6
        if x is None:
            x = block.const[None].repeat(self.latents.shape[0], 1, 1, 1)
        else:
            x = styled(block.conv0, x, self.latents[:, index - 1])
        x = styled(block.conv1, x, self.latents[:, index])
        rgb, w = block.torgb, self.latents[:, index + 1]
        image = modulated_conv2d(x, rgb.weight, rgb.affine(w), False, False) + rgb.bias[:, None, None]
        return x, image if skip is None else image + upfirdn2d(skip, KERNEL * 4, 2, (2, 1))


def synthesise(network: Any, latents: Tensor) -> Tensor:
    """[B, L, D] -> [B, 3, R, R]."""
    synthesis, x, skip = Synthesis(network, latents), None, None
    for resolution in network.resolutions:
        x, skip = synthesis.block(x, skip, resolution)
    assert skip is not None
    return skip


def heat_map(network: DifferentialClassifier, before: Tensor, after: Tensor, class_index: int) -> Tensor:
    """Grad-CAM by a backward pass through the whole network, as the published code asks for it."""
    network.requires_grad_(True)
    with torch.enable_grad():
        features = network.classifier(network.shared(after) - network.shared(before))
        features.retain_grad()
        network.fc(features.mean(dim=(2, 3)))[:, class_index].sum().backward()
    assert features.grad is not None
    weights = features.grad.mean(dim=(2, 3), keepdim=True)
    cam = (weights * features.detach()).sum(dim=1, keepdim=True).relu()
    cam = F.interpolate(cam, size=before.shape[-2:], mode="bilinear", align_corners=False)
    cam = cam - cam.amin()
    return cam / cam.amax()


def chain(stage: nn.Module, x: Tensor) -> Tensor:
    """A stage of the deghosting network, layer after layer, without memory reuse."""
    for layer in stage if isinstance(stage, nn.Sequential) else [stage]:
        x = F.leaky_relu(x, 0.2) if isinstance(layer, nn.LeakyReLU) else layer(x)
    return x


def dense_block(block: Any, x: Tensor) -> Tensor:
    seen = [x]
    for conv in (block.conv1, block.conv2, block.conv3, block.conv4):
        seen.append(F.leaky_relu(conv(torch.cat(seen, dim=1)), 0.2))
    return x + 0.2 * block.conv5(torch.cat(seen, dim=1))


def trunk(network: Any, image: Tensor) -> Tensor:
    first = x = network.conv_first(image)
    for block in network.body:
        x = x + 0.2 * dense_block(block.rdb3, dense_block(block.rdb2, dense_block(block.rdb1, x)))
    return F.leaky_relu(network.conv_up(first + network.conv_body(x)), 0.2)


def deghost(network: Any, coarse: Tensor) -> Tensor:
    """All that the published forward pass computes."""
    codec, synthesis = network.FCN, network.generator.synthesis
    first, *stages, to_latents = codec.encoder
    features = [trunk(first, F.interpolate(coarse, size=(network.config.in_resolution,) * 2, mode="area"))]
    for stage in stages:
        features.append(chain(stage, features[-1]))
    latents = chain(to_latents, features[-1]).reshape(coarse.shape[0], -1, codec.w_dim)
    features, generated = features[::-1], []
    generator, x, skip = Synthesis(synthesis, latents), None, None
    for index, resolution in enumerate(synthesis.resolutions):
        x, skip = generator.block(x, skip, resolution)
        if index < len(features) and resolution < synthesis.resolutions[-1]:
            fused = torch.cat([x, features[index]], dim=1)
            skip = codec.fusion_skip[index](torch.cat([skip, features[index]], dim=1))
            x = codec.fusion_out[index](fused)
        else:
            generated.append(x)
    *enlarging, finish = codec.decoder
    x = features[-1]
    for stage, prior in zip(enlarging, generated, strict=True):
        x = torch.cat([stage(x), prior], dim=1)
    return chain(finish, x)


def edit_stages(bundle: Bundle, picture: Tensor, attribute: str) -> Any:
    """The published edit stage by stage: reconstruction, edited picture, mask, composite, result."""
    chosen = bundle.attributes[attribute]
    assert chosen.diffcam_class is not None
    latents = bundle.encoder(resize_area(picture, bundle.encoder.config.input_resolution))
    latents = latents + bundle.generator.mapping.w_avg
    reconstruction = synthesise(bundle.generator.synthesis, latents)
    yield reconstruction
    moved = latents + chosen.default_strength * bundle.directions[chosen.direction]
    edited = synthesise(bundle.generator.synthesis, moved)
    yield edited
    side = bundle.diffcam.config.input_resolution
    small = [resize_area(image, side) for image in (reconstruction, edited)]
    heat = heat_map(bundle.diffcam, small[0], small[1], chosen.diffcam_class)
    mask = F.interpolate(heat, size=picture.shape[-2:], mode="nearest")
    yield mask
    coarse = composite(picture, edited, mask)
    yield coarse
    yield deghost(bundle.deghoster, coarse)
