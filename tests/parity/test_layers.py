"""Every layer that was recorded gives the published code's numbers when fed with recorded inputs."""

from __future__ import annotations

import copy
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.checkpoints.networks import flat_config, single_config
from ood_core.editing.formats import as_direction
from ood_core.inversion import FlatStyleEncoder, SingleStyleEncoder

if TYPE_CHECKING:
    from ood_core.bundle import Bundle

pytestmark = pytest.mark.slow
RESOLUTIONS = tuple(2**k for k in range(2, 11))


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    with torch.inference_mode():
        yield


def convolutions(synthesis: Any, prefix: str) -> dict[str, torch.nn.Module]:
    """The 3x3 convolutions from 8 px on, two a resolution, as they were numbered."""
    layers = [synthesis.get_submodule(f"b{r}.conv{n}") for r in RESOLUTIONS[1:] for n in (0, 1)]
    named = {f"{prefix}convs_{number}": layer for number, layer in enumerate(layers)}
    return {**named, f"{prefix}convs_0_upsampling": layers[0]}


def test_the_inputs_are_the_recorded_ones(goldens: Any, pseudo: ModuleType, picture: Tensor) -> None:
    goldens.check_layer("inputs/origin_1024", picture)
    goldens.check_layer("inputs/origin_256", F.avg_pool2d(picture, 4))
    goldens.check_layer("inputs/origin_pool128", F.avg_pool2d(picture, 8))
    goldens.check("inputs/origin_crops", goldens.crops(picture))
    for name in ("Beard", "Smiling"):
        direction = as_direction(pseudo.direction(name), 18, 512, "total").tensor
        goldens.check_layer(f"inputs/direction_{name}", direction)


def test_the_encoders_layers(
    official: Bundle, goldens: Any, pseudo: ModuleType, picture: Tensor, check_layers: Any
) -> None:
    encoder, body = official.encoder, official.encoder.body
    blocks = {"block0": body[0], "c1": body[6], "c2": body[20], "c3": body[23]}
    layers = {"input_layer": encoder.input_layer, **blocks}
    with check_layers({f"encoder/{name}": layer for name, layer in layers.items()}):
        _, p2, p1 = encoder.pyramid(F.avg_pool2d(picture, 4))
    goldens.check_layer("encoder/p2", p2)
    goldens.check_layer("encoder/p1", p1)
    # what the average differs by from style to style is in our encoder's biases
    latents = encoder(F.avg_pool2d(picture, 4)) + official.generator.mapping.w_avg
    average = pseudo.tensor("latent_avg", [18, 512])
    goldens.check_layer("encoder/codes_without_latent_avg", latents - average)


def test_the_encoders_without_style_heads(goldens: Any, pseudo: ModuleType, picture: Tensor) -> None:
    for name, read, build in (
        ("into_w", single_config, SingleStyleEncoder),
        ("into_wplus", flat_config, FlatStyleEncoder),
    ):
        theirs = {
            key.removeprefix("encoder."): tensor
            for key, tensor in pseudo.checkpoint(f"psp_encoder_{name}").items()
        }
        encoder = build(read(theirs, "pseudo")).eval()
        encoder.load_state_dict(theirs)
        goldens.check_layer(f"encoder/{name}_codes", encoder(F.avg_pool2d(picture, 4)))


def test_the_generators_layers(official: Bundle, goldens: Any, check_layers: Any) -> None:
    synthesis, latent = official.generator.synthesis, goldens["encoder/latent"]
    first = synthesis.b4.conv1
    layers = {"first_conv_style": first.affine, "first_styled_conv": first}
    layers |= convolutions(synthesis, "")
    x = skip = None
    with check_layers({f"decoder/{name}": layer for name, layer in layers.items()}):
        for resolution in RESOLUTIONS:
            x = synthesis.features(x, latent, resolution)
            skip = synthesis.rgb(x, skip, latent, resolution)
            goldens.check_layer(f"decoder/to_rgb_{resolution}", skip)
    assert skip is not None
    goldens.check_layer("decoder/inverted_1024", skip)
    goldens.check_layer("decoder/inverted_256", F.avg_pool2d(skip, 4))
    bare = copy.deepcopy(first)
    bare.noise_strength.zero_()
    bare.bias.zero_()
    activated = bare(synthesis.b4.const[None], latent[:, 0])
    before = activated.where(activated > 0, activated / 0.2) / 2**0.5  # the activation undone
    goldens.check_layer("decoder/first_conv_before_noise", before)


def test_the_deghosting_networks_layers(official: Bundle, goldens: Any, check_layers: Any) -> None:
    network, synthesis = official.deghoster, official.deghoster.generator.synthesis
    stages, trunk = network.FCN.encoder, network.FCN.encoder[0]
    layers = {"conv_first": trunk.conv_first, "rdb_0_0": trunk.body[0].rdb1, "rrdb_0": trunk.body[0]}
    layers |= {"rrdb_trunk": trunk.body, "generator_conv1": synthesis.b4.conv1}
    layers |= {f"encoder_{128 >> n}": stages[n] for n in range(6)}
    layers |= {f"decoder_{n}": stage for n, stage in enumerate(network.FCN.decoder)}
    layers |= {f"fusion_out_{4 << n}": layer for n, layer in enumerate(network.FCN.fusion_out)}
    layers |= convolutions(synthesis, "generator_")
    with check_layers({f"deghosting/{name}": layer for name, layer in layers.items()}):
        network(goldens["fuse/Beard_fused_pool128_deghosting_input"])


def test_the_branch_that_never_reaches_the_deghosting_networks_output(official: Bundle, goldens: Any) -> None:
    network, synthesis = official.deghoster.FCN, official.deghoster.generator.synthesis
    latents, encoded = network.encode(goldens["fuse/Beard_fused_pool128_deghosting_input"])
    x = skip = None
    for index, resolution in enumerate(RESOLUTIONS):
        x = synthesis.features(x, latents, resolution)
        skip = synthesis.rgb(x, skip, latents, resolution)
        goldens.check_layer(f"deghosting/generator_to_rgb_{resolution}", skip)
        if index < len(network.fusion_skip):
            x = network.fusion_out[index](torch.cat([x, encoded[index]], dim=1))
            skip = network.fusion_skip[index](torch.cat([skip, encoded[index]], dim=1))
            goldens.check_layer(f"deghosting/fusion_skip_{resolution}", skip)
