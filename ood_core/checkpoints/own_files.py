"""Our own weight files among other people's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..bundle.kinds import network_kinds
from ..errors import CheckpointError
from ..files.networks import read_header
from .network import Network
from .reading import Checkpoint
from .stylegan2_names import own_table
from .tables import to_ours


def own_network(checkpoint: Checkpoint) -> Network | None:
    """The network of a file of ours, told by its header and checked name by name; None for other files.

    Raises:
        CheckpointError: if the header is damaged or the tensors do not fit it.
    """
    if not {"network", "kind"} & set(checkpoint.metadata):
        return None
    where = str(checkpoint.path)
    try:
        kind, numbers = read_header(checkpoint.metadata)
        network = network_kinds()[kind]
        config = network.config_type(**numbers)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{where}: its header is damaged ({error!r}); get it again") from None
    tensors: Mapping[str, Tensor] = to_ours(checkpoint.tensors, own_table(network, config), where)
    origin: dict[str, Any] = {"format": "ours"}
    return Network(kind, config, tensors, origin)
