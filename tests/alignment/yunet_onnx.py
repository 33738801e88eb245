"""How yunet.safetensors was made of face_detection_yunet_2023mar.onnx; needs the package onnx.

python tests/alignment/yunet_onnx.py face_detection_yunet_2023mar.onnx yunet.safetensors
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from ood_core.alignment.yunet import YuNet, YuNetConfig
from ood_core.files.networks import save_network

SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"


def convolutions() -> list[str]:
    """Our names of the graph's convolutions, in its order."""
    halves = [f"stages.{stage}.{half}" for stage in range(5) for half in (0, 1)]
    blocks = ["first", *halves, *(f"laterals.{level}" for level in (2, 1, 0))]
    blocks += [f"heads.{level}.{name}" for name in ("cls", "bbox", "obj", "kps") for level in range(3)]
    return ["stem", *(f"{block}.{part}" for block in blocks for part in (0, 1))]


def state_from_onnx(path: Path) -> dict[str, Tensor]:
    """The graph's weights under our names."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(str(path)).graph
    arrays = {tensor.name: torch.from_numpy(to_array(tensor).copy()) for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    state = {}
    for name, node in zip(convolutions(), nodes, strict=True):
        state[f"{name}.weight"], state[f"{name}.bias"] = (arrays[key] for key in node.input[1:])
    return state


if __name__ == "__main__":
    network = YuNet(YuNetConfig())
    network.load_state_dict(state_from_onnx(Path(sys.argv[1])))
    save_network(Path(sys.argv[2]), network)
