"""The other networks' sizes, read from their tensors' shapes, and their tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..deghosting.network import Deghoster, DeghosterConfig
from ..diffcam.network import DiffCamConfig, DifferentialClassifier
from ..errors import CheckpointError, ShapeError
from ..inversion import (
    EncoderConfig,
    FlatStyleEncoder,
    GradualStyleEncoder,
    ReStyleConfig,
    SingleStyleEncoder,
)
from .stylegan2_names import MMGEN, generator_config, generator_table, own_table
from .tables import Table, count_from, sizes


def encoder_table(config: EncoderConfig) -> Table:
    """The encoders of pSp, e4e and ReStyle."""
    return own_table(GradualStyleEncoder, config)


def encoder_config(tensors: Mapping[str, Tensor], where: str) -> EncoderConfig:
    """Sizes of an encoder with style heads: the picture's size and the pyramid from the heads' halvings.

    Returns:
        A `ReStyleConfig` where the encoder reads two pictures.

    Raises:
        CheckpointError: if a tensor that tells a size is missing, or no such encoder exists.
    """
    heads = count_from(tensors, "styles.{n}.linear.weight")
    halvings = [_halvings(tensors, head) for head in range(heads)]
    least = halvings[0]
    numbers = {
        **_trunk_numbers(tensors, where),
        "input_resolution": 16 * 2**least,
        "n_styles": heads,
        "style_dim": sizes(tensors, "styles.0.linear.weight", where, 2)[0],
        "coarse": sum(count <= least for count in halvings),
        "middle": sum(count <= least + 1 for count in halvings),
    }
    try:
        return (ReStyleConfig if numbers["in_channels"] == 6 else EncoderConfig)(**numbers)
    except ShapeError as error:
        raise CheckpointError(f"{where}: {error}") from None


def single_table(config: EncoderConfig) -> Table:
    """pSp's encoder into W."""
    return own_table(SingleStyleEncoder, config)


def flat_table(config: EncoderConfig) -> Table:
    """pSp's encoder into W+ without style heads."""
    return own_table(FlatStyleEncoder, config)


def single_config(tensors: Mapping[str, Tensor], where: str) -> EncoderConfig:
    """Sizes of a SingleStyleEncoder; its number of styles is the generator's to say."""
    width = sizes(tensors, "linear.weight", where, 2)[0]
    return EncoderConfig(**_trunk_numbers(tensors, where), n_styles=1, style_dim=width, coarse=0, middle=0)


def flat_config(tensors: Mapping[str, Tensor], where: str) -> EncoderConfig:
    """Sizes of a FlatStyleEncoder."""
    rows, width = sizes(tensors, "linear.weight", where, 2)
    numbers = {**_trunk_numbers(tensors, where), "n_styles": max(1, rows // width), "style_dim": width}
    return EncoderConfig(**numbers, coarse=0, middle=0)


def _trunk_numbers(tensors: Mapping[str, Tensor], where: str) -> dict[str, Any]:
    """Channels, widths and depths of what pSp's encoders have in common."""
    stem, in_channels = sizes(tensors, "input_layer.0.weight", where, 4)[:2]
    blocks = count_from(tensors, "body.{n}.res_layer.3.weight")
    widths = [sizes(tensors, f"body.{n}.res_layer.3.weight", where, 4)[0] for n in range(blocks)]
    stages = sorted(set(widths), key=widths.index)
    if len(stages) != 4 or widths != sorted(widths):
        raise CheckpointError(f"{where}: an encoder whose blocks have {len(stages)} widths; expected four")
    if in_channels not in (3, 6):
        raise CheckpointError(
            f"{where}: an encoder that reads {in_channels} channels (sketches? labels?); expected 3 for "
            "photographs or ReStyle's 6"
        )
    depths = tuple(widths.count(width) for width in stages)
    return {"stem": stem, "in_channels": in_channels, "widths": tuple(stages), "depths": depths}


def _halvings(tensors: Mapping[str, Tensor], head: int) -> int:
    """Strided convolutions of one style head; each is followed by an activation without tensors."""
    return next(n for n in range(len(tensors)) if f"styles.{head}.convs.{2 * n}.weight" not in tensors)


def diffcam_table(config: DiffCamConfig) -> Table:
    """The published differential classifier."""
    return own_table(DifferentialClassifier, config)


def diffcam_config(tensors: Mapping[str, Tensor], where: str) -> DiffCamConfig:
    """Sizes of a differential classifier: blocks counted, classes from the head.

    Raises:
        CheckpointError: if a tensor that tells a size is missing, or no such network exists.
    """
    classes = sizes(tensors, "fc.weight", where, 2)[0]
    split = count_from(tensors, "shared.{n}.conv1.weight", start=6)
    rest = count_from(tensors, "classifier.{n}.conv1.weight")
    depths = (
        count_from(tensors, "shared.4.{n}.conv1.weight"),
        count_from(tensors, "shared.5.{n}.conv1.weight"),
        split + rest,
        count_from(tensors, f"classifier.{rest}.{{n}}.conv1.weight"),
    )
    base_width = sizes(tensors, "shared.0.weight", where, 4)[0]
    try:
        return DiffCamConfig(base_width=base_width, depths=depths, split=split, classes=classes)
    except ShapeError as error:
        raise CheckpointError(f"{where}: {error}") from None


def deghoster_table(config: DeghosterConfig) -> Table:
    """The published deghosting network: its own part under its own names, the generator under mmgen's."""
    names = own_table(Deghoster, config).names
    codec = {key: name for key, name in names.items() if key.startswith("FCN.")}
    return Table(codec) | generator_table(config.generator, MMGEN).within("generator.", "generator.")


def deghoster_config(tensors: Mapping[str, Tensor], where: str) -> DeghosterConfig:
    """Sizes of a deghosting network.

    Raises:
        CheckpointError: if a tensor that tells a size is missing, or no such network exists.
    """
    inner = {key.removeprefix("generator."): t for key, t in tensors.items() if key.startswith("generator.")}
    stages = count_from(tensors, "FCN.encoder.{n}.0.weight", start=1)  # strided ones, then the latents' own
    channels = sizes(tensors, "FCN.encoder.0.conv_first.weight", where, 4)[0]
    growth = sizes(tensors, "FCN.encoder.0.body.0.rdb1.conv1.weight", where, 4)[0]
    try:
        return DeghosterConfig(
            in_resolution=2 * 2**stages,
            generator=generator_config(inner, MMGEN, f"{where}, generator"),
            trunk_channels=channels,
            growth_channels=growth,
            trunk_blocks=count_from(tensors, "FCN.encoder.0.body.{n}.rdb1.conv1.weight"),
        )
    except ShapeError as error:
        raise CheckpointError(f"{where}: {error}") from None
