"""A training step recorded as a CUDA graph, and replayed: small networks wait for Python, not for the GPU."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

import torch
from torch import Tensor

Step = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]

_WARM = (
    3  # runs before the recording, in which libraries choose their kernels and optimisers make their states
)


class Captured:
    """Runs steps as they are on the CPU, and as recorded graphs on a CUDA device.

    A step may do nothing on the host: no number may be read from a tensor, no tensor be made of numbers, and
    all that is random or changes from step to step is among its inputs. Optimisers need ``capturable=True``.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seen: dict[Hashable, int] = {}
        self._graphs: dict[Hashable, tuple[torch.cuda.CUDAGraph, dict[str, Tensor], dict[str, Tensor]]] = {}

    def __call__(self, key: Hashable, step: Step, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Run a step.

        Args:
            key: steps of one key do the same with inputs of the same shapes.
            step: what to run.
            inputs: on the device.

        Returns:
            The step's outputs, which the next step of this key overwrites.
        """
        if self._device.type != "cuda":
            return step(inputs)
        if key in self._graphs:
            graph, held, outputs = self._graphs[key]
            for name, tensor in inputs.items():
                held[name].copy_(tensor)
            graph.replay()
            return outputs
        self._seen[key] = self._seen.get(key, 0) + 1
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            done = step(inputs)
        torch.cuda.current_stream().wait_stream(side)
        if self._seen[key] >= _WARM:
            held = {name: tensor.clone() for name, tensor in inputs.items()}
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                outputs = step(held)
            self._graphs[key] = graph, held, outputs
        return done
