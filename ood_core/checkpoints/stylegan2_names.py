"""StyleGAN2 as four code bases name it.

Ours are NVIDIA's names. All others differ in names and in axes of length one, never in the order of numbers
(rosinality/stylegan2-pytorch, open-mmlab/mmgeneration, XPixelGroup/BasicSR).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import CheckpointError, ShapeError
from ..stylegan2 import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig
from .tables import Name, Table, count_from, sizes

_UP, _PLAIN = 4.0, 1.0


@dataclass(frozen=True)
class Dialect:
    """How one code base names a generator.

    Attributes:
        mapping, mapping_bias: of mapping layer {n}, counted from 1.
        const: the constant input.
        first, convs, rgb, rgbs: of the 4x4 convolution, the others {n}, the 4x4 RGB layer, the others {n}.
        conv: our names within a convolution → theirs.
        torgb: our names within an RGB layer → theirs.
        noise: of noise map {n}.
        kernels: of the filter within an enlarging convolution and within an RGB layer; empty if not stored.
    """

    mapping: str
    mapping_bias: str
    const: str
    first: str
    convs: str
    conv: Mapping[str, str]
    torgb: Mapping[str, str]
    noise: str
    rgb: str = "to_rgb1"
    rgbs: str = "to_rgbs.{n}"
    kernels: tuple[str, ...] = ()


def _layer(weight: str, affine: str, affine_bias: str) -> dict[str, str]:
    return {"weight": weight, "affine.weight": affine, "affine.bias": affine_bias}


_ROSINALITY_LAYER = _layer("conv.weight", "conv.modulation.weight", "conv.modulation.bias")
ROSINALITY = Dialect(
    mapping="style.{n}.weight",
    mapping_bias="style.{n}.bias",
    const="input.input",
    first="conv1",
    convs="convs.{n}",
    conv={**_ROSINALITY_LAYER, "noise_strength": "noise.weight", "bias": "activate.bias"},
    torgb={**_ROSINALITY_LAYER, "bias": "bias"},
    noise="noises.noise_{n}",
    kernels=("conv.blur.kernel", "upsample.kernel"),
)
_MMGEN_LAYER = _layer(
    "conv.weight_orig", "conv.style_modulation.linear.weight_orig", "conv.style_modulation.bias"
)
MMGEN = Dialect(
    mapping="style_mapping.{n}.linear.weight_orig",
    mapping_bias="style_mapping.{n}.bias",
    const="constant_input.input",
    first="conv1",
    convs="convs.{n}",
    conv={**_MMGEN_LAYER, "noise_strength": "noise_injector.weight", "bias": "activate.bias"},
    torgb={**_MMGEN_LAYER, "bias": "bias"},
    noise="injected_noise_{n}",
    kernels=("conv.blur.kernel", "upsample.kernel"),
)
_BASICSR_LAYER = _layer(
    "modulated_conv.weight", "modulated_conv.modulation.weight", "modulated_conv.modulation.bias"
)
BASICSR = Dialect(
    mapping="style_mlp.{n}.weight",
    mapping_bias="style_mlp.{n}.bias",
    const="constant_input.weight",
    first="style_conv1",
    convs="style_convs.{n}",
    conv={**_BASICSR_LAYER, "noise_strength": "weight", "bias": "activate.bias"},
    torgb={**_BASICSR_LAYER, "bias": "bias"},
    noise="noises.noise{n}",
)


def blank(network: type[nn.Module], config: object) -> dict[str, Tensor]:
    """A network's state dict without memory behind it: names and shapes."""
    with torch.device("meta"):
        return dict(network(config).state_dict())


def own_table(network: type[nn.Module], config: object) -> Table:
    """A network whose names and shapes we took over as they were published."""
    shapes = {name: tuple(tensor.shape) for name, tensor in blank(network, config).items()}
    return Table({name: Name(name, shape, shape) for name, shape in shapes.items()})


def generator_table(config: GeneratorConfig, dialect: Dialect) -> Table:
    """All of a generator but its average latent, which these files keep elsewhere or not at all."""
    names = {
        theirs: Name(ours, tuple(tensor.shape), _shape(ours, tuple(tensor.shape)))
        for ours, tensor in blank(Generator, config).items()
        if (theirs := _theirs(ours, dialect)) is not None
    }
    kernels = {}
    if dialect.kernels:
        for n in range(len(config.resolutions) - 1):
            kernels[f"{dialect.convs.format(n=2 * n)}.{dialect.kernels[0]}"] = _UP
            kernels[f"{dialect.rgbs.format(n=n)}.{dialect.kernels[1]}"] = _UP
    return Table(names, kernels)


def nvidia_table(config: GeneratorConfig) -> Table:
    """NVIDIA's names are ours; its networks store their filter, with gain 1, in every block and layer."""
    names = own_table(Generator, config).names
    places = [f"synthesis.b{r}{layer}" for r in config.resolutions for layer in ("", ".conv0", ".conv1")]
    places.remove("synthesis.b4.conv0")
    return Table(names, {f"{place}.resample_filter": _PLAIN for place in places})


def _theirs(ours: str, dialect: Dialect) -> str | None:
    if mapping := re.fullmatch(r"mapping\.fc(\d+)\.(weight|bias)", ours):
        pattern = dialect.mapping if mapping[2] == "weight" else dialect.mapping_bias
        return pattern.format(n=int(mapping[1]) + 1)
    if ours == "synthesis.b4.const":
        return dialect.const
    layer = re.fullmatch(r"synthesis\.b(\d+)\.(conv0|conv1|torgb)\.(.+)", ours)
    if layer is None:
        return None
    octave, part, tail = int(layer[1]).bit_length() - 4, layer[2], layer[3]  # 8 px is octave 0
    if tail == "noise_const":
        return dialect.noise.format(n=0 if octave < 0 else 2 * octave + (1 if part == "conv0" else 2))
    if part == "torgb":
        place = dialect.rgb if octave < 0 else dialect.rgbs.format(n=octave)
        return f"{place}.{dialect.torgb[tail]}"
    place = dialect.first if octave < 0 else dialect.convs.format(n=2 * octave + int(part[-1]))
    return f"{place}.{dialect.conv[tail]}"


def _shape(ours: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Their shape of one of our tensors: with batch axes, and a strength as a list of one number."""
    if ours.endswith("torgb.bias"):
        return (1, *shape, 1, 1)
    if ours.endswith("noise_const"):
        return (1, 1, *shape)
    if ours.endswith("noise_strength"):
        return (1,)
    if ours.endswith((".const", "conv0.weight", "conv1.weight", "torgb.weight")):
        return (1, *shape)
    return shape


def generator_config(tensors: Mapping[str, Tensor], dialect: Dialect | None, where: str) -> GeneratorConfig:
    """A generator's sizes, read from its tensors' shapes; `dialect` None means NVIDIA's names.

    Raises:
        CheckpointError: if a tensor that tells a size is missing, or no generator has such sizes.
    """
    mapping, start = (dialect.mapping, 1) if dialect else ("mapping.fc{n}.weight", 0)
    layers = count_from(tensors, mapping, start)
    octaves = _octaves(tensors, dialect)
    resolution = 4 * 2**octaves
    const, last = "synthesis.b4.const", f"synthesis.b{resolution}.conv1.bias"
    if dialect:
        const, last = dialect.const, f"{dialect.convs.format(n=2 * octaves - 1)}.{dialect.conv['bias']}"
    width, z_dim = sizes(tensors, mapping.format(n=start), where, 2)
    channel_max = sizes(tensors, const, where, 4 if dialect else 3)[1 if dialect else 0]
    channels = sizes(tensors, last, where, 1)[0]
    try:
        return GeneratorConfig(resolution, z_dim, width, layers, 0.01, channels * resolution, channel_max)
    except ShapeError as error:
        raise CheckpointError(f"{where}: {error}") from None


def _octaves(tensors: Mapping[str, Tensor], dialect: Dialect | None) -> int:
    if dialect:
        return count_from(tensors, f"{dialect.rgbs}.{dialect.torgb['weight']}")
    return next(n for n in range(1, 64) if f"synthesis.b{4 * 2**n}.torgb.weight" not in tensors) - 1


def discriminator_table(config: DiscriminatorConfig) -> Table:
    """mmgen's discriminator: blocks counted from the picture down, filters as modules of their own."""
    names, kernels = {}, {}
    for ours, tensor in blank(Discriminator, config).items():
        block, part, tail = ours.split(".")
        number = (config.resolution // int(block[1:])).bit_length()
        weight = "bias" if tail == "bias" else "conv.weight_orig"
        place = {"fromrgb": "convs.0", "conv": "final_conv"}.get(part)
        if part in ("fc", "out"):
            key = f"final_linear.{int(part == 'out')}." + ("bias" if tail == "bias" else "linear.weight_orig")
        elif place is not None:
            key = f"{place}.{int(tail == 'bias')}.{weight}"
        else:
            key, filtered = _discriminator_layer(number, part, tail)
            kernels.update({filtered: _PLAIN} if filtered else {})
        names[key] = Name(ours, tuple(tensor.shape), tuple(tensor.shape))
    return Table(names, kernels)


def _discriminator_layer(number: int, part: str, tail: str) -> tuple[str, str]:
    place = f"convs.{number}." + {"conv0": "conv1", "conv1": "conv2", "skip": "skip"}[part]
    filtered = part != "conv0"
    if tail == "bias":
        return f"{place}.{1 + filtered}.bias", ""
    return f"{place}.{int(filtered)}.conv.weight_orig", f"{place}.0.kernel" if filtered else ""


def discriminator_config(tensors: Mapping[str, Tensor], where: str) -> DiscriminatorConfig:
    """A discriminator's sizes from mmgen's names."""
    blocks = count_from(tensors, "convs.{n}.skip.1.conv.weight_orig", start=1)
    resolution = 4 * 2**blocks
    channels = sizes(tensors, "convs.0.0.conv.weight_orig", where, 4)[0]
    channel_max = sizes(tensors, "final_conv.0.conv.weight_orig", where, 4)[0]
    try:
        return DiscriminatorConfig(resolution, channels * resolution, channel_max)
    except ShapeError as error:
        raise CheckpointError(f"{where}: {error}") from None
