"""The one list of the networks that a bundle may hold."""

from __future__ import annotations

from typing import Any

from ..alignment.landmarker import Landmarker
from ..alignment.yunet import YuNet
from ..decomposition.network import Decomposer
from ..deghosting.network import Deghoster
from ..diffcam.network import DifferentialClassifier
from ..inversion.encoder import GradualStyleEncoder
from ..inversion.flat import FlatStyleEncoder, SingleStyleEncoder
from ..inversion.restyle import ReStyleEncoder
from ..stylegan2 import Generator

_NETWORKS: tuple[Any, ...] = (
    Generator,
    GradualStyleEncoder,
    FlatStyleEncoder,
    ReStyleEncoder,
    SingleStyleEncoder,
    DifferentialClassifier,
    Decomposer,
    Deghoster,
    YuNet,
    Landmarker,
)


def network_kinds() -> dict[str, Any]:
    """Kind → network, as weight files and bundle.json name it.

    A role may be played by several architectures: the one named as the role is the usual one, any other is
    called "role/name".
    """
    return {network.kind: network for network in _NETWORKS}
