"""The differential classifier: shapes, names, and what it must not depend on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch

from ood_core.diffcam import DiffCamConfig, DifferentialClassifier
from ood_core.errors import ShapeError
from tests.diffcam.tiny import TINY, tiny_network


@pytest.mark.parametrize("strides, side", [((1, 2, 2, 2), 2), ((1, 2, 1, 1), 8), ((1, 1, 1, 1), 16)])
def test_the_strides_decide_how_fine_the_map_is(strides, side):
    network = tiny_network(strides=strides)
    features = network.features(torch.randn(2, 3, 64, 64), torch.randn(2, 3, 64, 64))
    assert features.shape == (2, 4 * 8 * 4, side, side)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (64, 40)])
def test_any_size_gives_one_score_a_class(size):
    assert tiny_network()(torch.randn(2, 3, *size), torch.randn(2, 3, *size)).shape == (2, 3)


def test_the_defaults_are_the_published_network():
    with torch.device("meta"):
        state = DifferentialClassifier(DiffCamConfig()).state_dict()
    assert len(state) == 626
    assert state["shared.0.weight"].shape == (64, 3, 7, 7)
    assert state["shared.5.3.conv3.weight"].shape == (512, 128, 1, 1)
    assert state["shared.6.downsample.0.weight"].shape == (1024, 512, 1, 1)
    assert state["shared.15.conv2.weight"].shape == (256, 256, 3, 3)
    assert "shared.16.conv1.weight" not in state and "classifier.14.0.conv1.weight" not in state
    assert state["classifier.13.2.conv3.weight"].shape == (2048, 512, 1, 1)
    assert state["fc.weight"].shape == (17, 2048)


@pytest.mark.parametrize("split", [0, 1, 2])
def test_the_split_moves_blocks_but_not_their_number(split):
    network = tiny_network(split=split)
    assert len(network.shared) == 6 + split and len(network.classifier) == 3 - split
    assert len(network.state_dict()) == len(tiny_network().state_dict())


def test_equal_pictures_give_the_same_scores_whatever_they_show():
    network = tiny_network()
    pictures = torch.randn(3, 3, 32, 32)
    scores = network(pictures, pictures)
    torch.testing.assert_close(scores, scores[:1].expand(3, -1))


def test_training_reads_each_picture_with_its_own_batch_statistics():
    network = tiny_network().train()
    network(torch.randn(2, 3, 32, 32), torch.randn(2, 3, 32, 32))
    assert network.shared[1].num_batches_tracked == 2
    assert network.classifier[0].bn1.num_batches_tracked == 1


def test_the_configuration_survives_json():
    assert DiffCamConfig(**json.loads(json.dumps(asdict(TINY)))) == TINY


@pytest.mark.parametrize(
    "wrong", [{"split": 3}, {"split": -1}, {"depths": (1, 1, 2)}, {"strides": (0, 1, 1, 1)}, {"classes": 0}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ShapeError):
        replace(TINY, **wrong)


def test_pictures_of_different_shapes_are_refused():
    with pytest.raises(ShapeError, match="one shape"):
        tiny_network()(torch.zeros(1, 3, 32, 32), torch.zeros(1, 3, 16, 16))
