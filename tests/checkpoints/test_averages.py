"""The average latent: estimated where a file lacks it, and added once, whatever the file's encoder does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ood_core.bundle.kinds import network_kinds
from ood_core.checkpoints import convert, networks_in, read_checkpoint
from ood_core.checkpoints.network import Network
from ood_core.errors import CheckpointError
from ood_core.inversion import encode

Save = Callable[..., Path]
PICTURE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def latents(networks: list[Network], image: torch.Tensor = PICTURE) -> torch.Tensor:
    """What the file's encoder, as we use it, makes of a picture."""
    encoder, generator = networks
    built = network_kinds()[encoder.kind](encoder.config).eval()
    built.load_state_dict(dict(encoder.tensors))
    with torch.no_grad():
        return encode(image, built, generator.tensors["mapping.w_avg"])


def test_an_encoder_that_does_not_start_from_the_average_gives_its_own_latents(
    save: Save, psp_content: dict[str, Any]
) -> None:
    relative = networks_in(read_checkpoint(save(psp_content, "1.pt")))
    average = relative[1].tensors["mapping.w_avg"]
    absolute = copy.deepcopy(psp_content)
    absolute["opts"]["start_from_latent_avg"] = False
    del absolute["latent_avg"]  # pSp writes it only where its encoder starts from it
    found = networks_in(read_checkpoint(save(absolute, "2.pt")))
    assert torch.allclose(latents(found), latents(relative) - average, atol=1e-4)


def test_offsets_lose_the_average_once(save: Save, psp_content: dict[str, Any]) -> None:
    psp_content["opts"]["encoder_type"] = "Encoder4Editing"
    relative = networks_in(read_checkpoint(save(psp_content, "3.pt")))
    psp_content["opts"]["start_from_latent_avg"] = False
    found = networks_in(read_checkpoint(save(psp_content, "4.pt")))
    average = relative[1].tensors["mapping.w_avg"]
    assert torch.allclose(latents(found), latents(relative) - average, atol=1e-4)


@pytest.mark.parametrize("kind", ["single", "flat"])
def test_encoders_without_heads_too(save: Save, flat_contents: dict[str, dict[str, Any]], kind: str) -> None:
    content = flat_contents[kind]
    relative = networks_in(read_checkpoint(save(content, "5.pt")))
    content["opts"] = {**content["opts"], "start_from_latent_avg": False}
    found = networks_in(read_checkpoint(save(content, "6.pt")))
    picture = torch.nn.functional.interpolate(PICTURE, 256)
    average = relative[1].tensors["mapping.w_avg"]
    assert torch.allclose(latents(found, picture), latents(relative, picture) - average, atol=1e-3)


def test_the_original_file_comes_back(save: Save, tmp_path: Path, psp_content: dict[str, Any]) -> None:
    psp_content["opts"]["start_from_latent_avg"] = False
    path = save(psp_content)
    convert(path, tmp_path / "ours")
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    original, again = read_checkpoint(path).tensors, read_checkpoint(back).tensors
    assert set(original) == set(again)
    assert all(torch.equal(again[name], tensor) for name, tensor in original.items())


def test_an_encoder_that_needs_the_average_is_refused_without(
    save: Save, psp_content: dict[str, Any]
) -> None:
    del psp_content["latent_avg"]
    with pytest.raises(CheckpointError, match="'latent_avg' is missing"):
        networks_in(read_checkpoint(save(psp_content, "7.pt")))


def test_what_parallel_training_puts_before_names_is_taken_off(
    save: Save, psp_content: dict[str, Any], mmgen_content: dict[str, Any], diffcam_content: dict[str, Any]
) -> None:
    plain = networks_in(read_checkpoint(save(mmgen_content, "8.pt")))[0]
    names = {
        name.replace("generator_ema.", "generator_ema.module."): tensor
        for name, tensor in mmgen_content["state_dict"].items()
    }
    average = torch.arange(16.0)
    mmagic = {"state_dict": {**names, "generator_ema.module.w_avg": average}}
    found = networks_in(read_checkpoint(save(mmagic, "9.pt")))[0]
    assert torch.equal(found.tensors["mapping.w_avg"], average)
    assert torch.equal(found.tensors["mapping.fc0.weight"], plain.tensors["mapping.fc0.weight"])
    parallel = {f"module.{name}": tensor for name, tensor in diffcam_content.items()}
    assert networks_in(read_checkpoint(save(parallel, "10.pt")))[0].kind == "diffcam"
    psp_content["state_dict"] = {f"module.{n}": tensor for n, tensor in psp_content["state_dict"].items()}
    assert [network.role for network in networks_in(read_checkpoint(save(psp_content, "11.pt")))] == [
        "encoder",
        "generator",
    ]
