"""Files that we know and cannot use, and why."""

from __future__ import annotations

from ..errors import CheckpointError
from .reading import Checkpoint

_REFUSED: tuple[tuple[str, str], ...] = (
    ("stylegan_decoder.style_mlp.", "GFPGAN's changed StyleGAN2 computes another function"),
    ("synthesis.input.affine.", "StyleGAN3 is another architecture"),
    ("generator_smooth/", "genforce's StyleGAN has another layout"),
    ("mapping.embed.", "a conditional generator draws by class labels, which nothing here asks for"),
    ("state_dict/residue.", "HFGI adds networks of its own to the encoder and generator"),
    ("state_dict/encoder.bn1.", "its encoder is a ResNet-34, for other things than faces"),
)
_SYNTHESIS = ("b4.const", "constant_input.input", "constant_input.weight", "input.input")
"""How the names of a StyleGAN2's first tensor end."""
KNOWN = (
    "files of pSp, e4e, ReStyle, DiffCAM and the deghosting network, StyleGAN2 generators of NVIDIA, "
    "rosinality, mmgen and BasicSR"
)


def check_not_refused(checkpoint: Checkpoint) -> None:
    """Raise CheckpointError, with the reason, for a file that is known to be of no use here."""
    for marker, reason in _REFUSED:
        if any(key.startswith(marker) or f"/{marker}" in key for key in checkpoint.tensors):
            raise CheckpointError(f"{checkpoint.path}: {reason}; expected one of: {KNOWN}")


def check_has_mapping(checkpoint: Checkpoint) -> None:
    """Raise CheckpointError for a file of no known format that holds half a generator."""
    if any(key.endswith(_SYNTHESIS) for key in checkpoint.tensors):
        raise CheckpointError(
            f"{checkpoint.path}: holds a generator without its mapping network; both are needed"
        )
