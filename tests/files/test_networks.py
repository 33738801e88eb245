"""Weight files: the same network gives the same bytes, and a file says itself what it holds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ood_core.bundle.kinds import network_kinds
from ood_core.errors import BundleError
from ood_core.files.networks import load_network, save_network
from ood_core.inversion import GradualStyleEncoder

if TYPE_CHECKING:
    from ood_core.bundle import Bundle

ROLES = ("generator", "encoder", "diffcam", "deghoster")


def test_saving_twice_gives_the_same_bytes(tiny_bundle: Bundle, tmp_path: Path) -> None:
    first, *others = (tmp_path / f"{n}.safetensors" for n in range(12))
    save_network(first, tiny_bundle.encoder)
    for other in others:  # a header of several texts would come in a random order each time
        save_network(other, tiny_bundle.encoder)
        assert other.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("role", ROLES)
def test_a_loaded_network_is_whole_and_ready_for_inference(
    tiny_bundle: Bundle, tmp_path: Path, role: str
) -> None:
    path = tmp_path / f"{role}.safetensors"
    save_network(path, tiny_bundle.networks[role])
    network = load_network(path, network_kinds()[role])
    path.write_bytes(b"")  # what was loaded does not depend on the file any more
    expected = tiny_bundle.networks[role].state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.state_dict().items())
    tensors = [*network.parameters(), *network.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}
    assert not network.training and not any(tensor.requires_grad for tensor in tensors)


def test_a_file_from_when_the_header_had_two_texts_is_still_read(tiny_bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    save_network(path, tiny_bundle.encoder)
    config = json.dumps(dataclasses.asdict(tiny_bundle.encoder.config))
    save_file(load_file(path), path, metadata={"kind": "encoder", "config": config})
    assert load_network(path, GradualStyleEncoder).config == tiny_bundle.encoder.config


@pytest.mark.parametrize(
    "metadata", [{}, {"network": "{"}, {"network": "[]"}, {"kind": "encoder", "config": '{"size": 3}'}]
)
def test_a_file_that_does_not_say_what_it_holds_is_refused(
    tiny_bundle: Bundle, tmp_path: Path, metadata: dict[str, str]
) -> None:
    path = tmp_path / "encoder.safetensors"
    save_network(path, tiny_bundle.encoder)
    save_file(load_file(path), path, metadata=metadata)
    with pytest.raises(BundleError, match=r"encoder\.safetensors"):
        load_network(path, GradualStyleEncoder)


@pytest.mark.parametrize("how", ["missing", "extra", "shape"])
def test_a_file_that_does_not_fit_its_own_configuration_is_refused(
    tiny_bundle: Bundle, tmp_path: Path, how: str
) -> None:
    path = tmp_path / "encoder.safetensors"
    save_network(path, tiny_bundle.encoder)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    key = "styles.0.linear.bias"
    if how == "missing":
        del tensors[key]
    elif how == "shape":
        tensors[key] = tensors[key][:-1].clone()
    else:
        tensors["styles.0.linear.more"] = torch.zeros(2)
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(BundleError, match=r"encoder\.safetensors does not fit(.|\n)*styles\.0\.linear"):
        load_network(path, GradualStyleEncoder)
