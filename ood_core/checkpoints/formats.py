"""The weight files we know, each recognised by its keys. A new one is one more entry in `FORMATS`.

How to add a format: find keys that no other format has (`present`; `absent`), say under which prefix each
    network lies, and give a function that reads its sizes from shapes and one that lists its names. Names and
    shapes are then checked exactly, in both directions, by `tables.to_ours` and `tables.to_theirs`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from ..errors import CheckpointError
from .networks import (
    deghoster_config,
    deghoster_table,
    diffcam_config,
    diffcam_table,
    encoder_config,
    encoder_table,
    flat_config,
    flat_table,
    single_config,
    single_table,
)
from .reading import Checkpoint
from .refusals import KNOWN, check_has_mapping, check_not_refused
from .stylegan2_names import (
    BASICSR,
    MMGEN,
    ROSINALITY,
    Dialect,
    discriminator_config,
    discriminator_table,
    generator_config,
    generator_table,
    nvidia_table,
)
from .tables import Table


@dataclass(frozen=True)
class Member:
    """One network in a file.

    Attributes:
        kind: a key of `weights.network_kinds`.
        prefix: what stands before each of its names in the file.
        config: (tensors without the prefix, the file for messages) → the network's configuration.
        table: configuration → its names.
    """

    kind: str
    prefix: str
    config: Callable[[Mapping[str, Tensor], str], Any]
    table: Callable[[Any], Table]

    @property
    def role(self) -> str:
        """What it does in a bundle: its kind without the architecture's name."""
        return self.kind.partition("/")[0]


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Attributes:
        name: how metadata call it.
        title: what it holds, for people.
        present: keys that such files have, and together no others.
        members: its networks.
        absent: keys that tell another format from this one.
        average: the key of the average latent where it lies apart from the generator; "" where it does not.
    """

    name: str
    title: str
    present: tuple[str, ...]
    members: tuple[Member, ...]
    average: str = ""
    absent: tuple[str, ...] = ()

    @property
    def encodes(self) -> bool:
        """Whether it holds an encoder, whose codes mean nothing without the average latent."""
        return self.members[0].role == "encoder"

    def claims(self, keys: Collection[str]) -> bool:
        """Whether a file with these keys is of this format."""
        return all(key in keys for key in self.present) and not any(key in keys for key in self.absent)

    def tensors(self, member: Member, checkpoint: Checkpoint) -> dict[str, Tensor]:
        """A member's tensors by their names after its prefix."""
        return {
            key.removeprefix(member.prefix): tensor
            for key, tensor in checkpoint.tensors.items()
            if key.startswith(member.prefix) and key != self.average
        }


def _generator(prefix: str, dialect: Dialect) -> Member:
    config = partial(_foreign_generator_config, dialect)
    return Member("generator", prefix, config, partial(generator_table, dialect=dialect))


def _foreign_generator_config(dialect: Dialect, tensors: Mapping[str, Tensor], where: str) -> Any:
    return generator_config(tensors, dialect, where)


def _nvidia_config(tensors: Mapping[str, Tensor], where: str) -> Any:
    return generator_config(tensors, None, where)


def _psp(name: str, title: str, present: str, encoder: Member, absent: tuple[str, ...] = ()) -> Format:
    decoder = "state_dict/decoder."
    return Format(
        name,
        title,
        present=(f"{encoder.prefix}{present}", f"{decoder}input.input"),
        members=(encoder, _generator(decoder, ROSINALITY)),
        average="latent_avg",
        absent=tuple(f"{encoder.prefix}{key}" for key in absent),
    )


def _rosinality(name: str, prefix: str, average: str) -> Format:
    return Format(
        name,
        "StyleGAN2 generator of rosinality/stylegan2-pytorch",
        present=(f"{prefix}style.1.weight", f"{prefix}convs.0.conv.modulation.weight"),
        members=(_generator(prefix, ROSINALITY),),
        average=average,
    )


def _mmgen(name: str, prefix: str) -> Format:
    return Format(
        name,
        "StyleGAN2 generator of mmgeneration",
        present=(f"{prefix}style_mapping.1.linear.weight_orig", f"{prefix}constant_input.input"),
        members=(_generator(prefix, MMGEN),),
        average=f"{prefix}w_avg",
    )


def _nvidia(name: str, prefix: str) -> Format:
    return Format(
        name,
        "StyleGAN2 generator of NVIDIA",
        present=(f"{prefix}synthesis.b4.const", f"{prefix}mapping.fc0.weight"),
        members=(Member("generator", prefix, _nvidia_config, nvidia_table),),
    )


def _basicsr(name: str, prefix: str) -> Format:
    return Format(
        name,
        "StyleGAN2 generator of BasicSR",
        present=(f"{prefix}style_mlp.1.weight", f"{prefix}style_conv1.modulated_conv.modulation.weight"),
        members=(_generator(prefix, BASICSR),),
        average="latent_avg",
    )


_ENCODER = "state_dict/encoder."
FORMATS = (
    _psp(
        "psp",
        "an encoder of pSp, e4e or ReStyle and its generator",
        "styles.0.linear.weight",
        Member("encoder", _ENCODER, encoder_config, encoder_table),
    ),
    _psp(
        "psp-into-w",
        "pSp's encoder into W and its generator",
        "linear.weight",
        Member("encoder/single", _ENCODER, single_config, single_table),
        absent=("output_layer_2.3.weight", "styles.0.linear.weight"),
    ),
    _psp(
        "psp-into-wplus",
        "pSp's encoder into W+ without style heads and its generator",
        "output_layer_2.3.weight",
        Member("encoder/flat", _ENCODER, flat_config, flat_table),
    ),
    Format(
        "diffcam",
        "the published differential classifier",
        present=("shared.6.conv1.weight", "classifier.0.conv1.weight", "fc.weight"),
        members=(Member("diffcam", "", diffcam_config, diffcam_table),),
    ),
    Format(
        "deghosting",
        "the published deghosting network",
        present=("FCN.encoder.0.conv_first.weight", "generator.constant_input.input"),
        members=(Member("deghoster", "", deghoster_config, deghoster_table),),
    ),
    _rosinality("rosinality", "g_ema/", "latent_avg"),
    _rosinality("rosinality-bare", "", "latent_avg"),
    _mmgen("mmgen", "state_dict/generator_ema."),
    _mmgen("mmgen-bare", ""),
    Format(
        "mmgen-discriminator",
        "StyleGAN2 discriminator of mmgeneration",
        present=("convs.1.skip.1.conv.weight_orig", "final_linear.1.linear.weight_orig"),
        members=(Member("discriminator", "", discriminator_config, discriminator_table),),
    ),
    _nvidia("nvidia", "G_ema/"),
    _nvidia("nvidia-bare", ""),
    _basicsr("basicsr", "params_ema/"),
)


def recognise(checkpoint: Checkpoint) -> Format:
    """Which format a file is, by its keys alone.

    Raises:
        CheckpointError: if it is none or more than one of `FORMATS`; says why where we know what it is.
    """
    keys = checkpoint.tensors
    check_not_refused(checkpoint)
    claims = [known for known in FORMATS if known.claims(keys)]
    if len(claims) == 1:
        return claims[0]
    if claims:
        names = ", ".join(known.name for known in claims)
        raise CheckpointError(f"{checkpoint.path}: could be each of {names}; expected one network a file")
    check_has_mapping(checkpoint)
    first = ", ".join(f"'{key}'" for key in list(keys)[:2]) or "none"
    raise CheckpointError(
        f"{checkpoint.path}: no weight file known here (its first keys: {first}); expected one of: {KNOWN}"
    )
