"""One network of somebody's file, under our names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ..files.networks import network_header


@dataclass(frozen=True, eq=False)
class Network:
    """One network of somebody's file under our names.

    Attributes:
        kind: a key of `weights.network_kinds`.
        config: its configuration.
        tensors: its state dict; views of the file.
        origin: what is needed to write the file again: format, what was dropped, plain values.
        rest: tensors that our names cannot hold, by the file's names; empty for all published files.
    """

    kind: str
    config: Any
    tensors: Mapping[str, Tensor]
    origin: Mapping[str, Any]
    rest: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """What it does in a bundle, and the name of its file: its kind without the architecture's name."""
        return self.kind.partition("/")[0]

    @property
    def metadata(self) -> dict[str, str]:
        """The header of its safetensors file, as `weights.load_network` reads it."""
        return {**network_header(self.kind, self.config), "origin": json.dumps(self.origin)}
