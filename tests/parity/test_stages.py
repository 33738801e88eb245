"""Each stage at official size, fed with recorded inputs, gives the published code's numbers."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ood_core.composition import composite
from ood_core.deghosting import fold, synthesise_ghost
from ood_core.diffcam import differential_cam, paper_mask

if TYPE_CHECKING:
    from ood_core.bundle import Bundle

pytestmark = pytest.mark.slow
CLASSES = {"Beard": 12, "Smiling": 15}


def watch(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Module outputs by name, filled when they run."""
    seen: dict[str, Tensor] = {}
    for name, module in modules.items():

        def record(_: nn.Module, __: Any, output: Tensor, name: str = name) -> None:
            seen[name] = output

        module.register_forward_hook(record)
    return seen


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    with torch.inference_mode():
        yield


def test_the_encoder_gives_the_published_features(official: Bundle, goldens: Any, picture: Tensor) -> None:
    encoder = official.encoder
    seen = watch({"c1_first4ch": encoder.body[6], "c2_first8ch": encoder.body[20]})
    c3, p2, p1 = encoder.pyramid(F.avg_pool2d(picture, 4))
    for name, features in {**seen, "c3_first16ch": c3, "p2_first8ch": p2, "p1_first4ch": p1}.items():
        goldens.check(f"encoder/{name}", features[:, : goldens[f"encoder/{name}"].shape[1]])


def test_the_generator_gives_the_published_pictures(
    official: Bundle, goldens: Any, pseudo: ModuleType
) -> None:
    synthesis, latent = official.generator.synthesis, goldens["encoder/latent"]
    seen = watch(
        {
            "first_conv_style": synthesis.b4.conv1.affine,
            "first_styled_conv": synthesis.b4.conv1,
            "convs_0_upsampling_first64ch": synthesis.b8.conv0,
            "convs_1_first64ch": synthesis.b8.conv1,
        }
    )
    for resolution in (4, 8, 16, 32, 64):
        goldens.check(f"decoder/to_rgb_{resolution}", synthesis(latent, resolution))
    for name, features in seen.items():
        goldens.check(f"decoder/{name}", features[:, : goldens[f"decoder/{name}"].shape[1]])
    inverted = synthesis(latent)
    goldens.check("decoder/inverted_256", F.avg_pool2d(inverted, 4))
    goldens.check("decoder/inverted_1024_crops", goldens.crops(inverted))
    mapped = official.generator.mapping(torch.from_numpy(pseudo.normals("input.mapping_z", (2, 512))))
    goldens.check("decoder/mapping_w", mapped[:, 0])


def test_diffcam_gives_the_published_logits_and_maps(official: Bundle, goldens: Any) -> None:
    network = official.diffcam
    inverted, edited = goldens["decoder/inverted_256"], goldens["decoder/Beard_manipulated_256"]
    features = network.features(inverted, edited)
    goldens.check("diffcam/Beard_layer4_first32ch", features[:, :32])
    goldens.check("diffcam/Beard_pooled_feature", features.mean(dim=(2, 3)))
    goldens.check("diffcam/Beard_logits", network.classify(features))
    raw = torch.einsum("ck,bkhw->bchw", network.fc.weight / 64, features)
    goldens.check("diffcam/Beard_raw_cam_all_classes", raw)
    goldens.check("diffcam/Beard_raw_cam", raw[:, 12])
    evidence = differential_cam(features, network.fc.weight, [12])
    goldens.check("diffcam/Beard_heat_map", paper_mask(evidence, 256, 256))


def test_a_map_without_positive_evidence_is_empty_where_the_published_one_is_nan(
    official: Bundle, goldens: Any
) -> None:
    features = official.diffcam.features(
        goldens["decoder/inverted_256"], goldens["decoder/Beard_manipulated_256"]
    )
    nothing = int(goldens["diffcam/Beard_class_without_positive_cam"])
    evidence = differential_cam(features, official.diffcam.fc.weight, [nothing])
    assert paper_mask(evidence, 256, 1024).eq(0).all()


def test_composite_and_ghost_are_the_published_blends(goldens: Any, picture: Tensor) -> None:
    original = goldens.crops(picture)
    for name in CLASSES:
        heat = goldens[f"diffcam/{name}_heat_map"].reshape(1, 1, 256, 256)
        mask = goldens.crops(F.interpolate(heat, scale_factor=4, mode="nearest"))
        edited = goldens[f"decoder/{name}_manipulated_crops"]
        goldens.check(f"fuse/{name}_fused_crops", composite(original, edited, mask))
        if name == "Beard":
            goldens.check("fuse/Beard_ghost_crops", synthesise_ghost(original, edited, mask))
            goldens.check("fuse/Beard_folded_mask_256", fold(heat))


def test_the_deghosting_network_gives_the_published_picture(
    official: Bundle, goldens: Any, pseudo: ModuleType
) -> None:
    network = official.deghoster
    codec, synthesis = network.FCN, network.generator.synthesis
    seen = watch(
        {
            "rrdb_trunk_first2ch": codec.encoder[0].body,
            "encoder_64_first4ch": codec.encoder[1],
            "encoder_16_first16ch": codec.encoder[3],
            "encoder_4": codec.encoder[5],
            "latent": codec.encoder[6],
            "generator_conv1": synthesis.b4.conv1,
            "fusion_out_4": codec.fusion_out[0],
        }
    )
    result = network(goldens["fuse/Beard_fused_pool128_deghosting_input"])
    for name, features in seen.items():
        expected = goldens[f"deghosting/{name}"]
        features = features if name == "latent" else features[:, : expected.shape[1]]
        goldens.check(f"deghosting/{name}", features)
    latent = seen["latent"].reshape(1, 18, 512)
    rgb = synthesis.rgb(seen["generator_conv1"], None, latent, 4)
    goldens.check("deghosting/generator_to_rgb_4", rgb)
    skipped = codec.fusion_skip[0](torch.cat([rgb, seen["encoder_4"]], dim=1))
    goldens.check("deghosting/fusion_skip_4", skipped)
    goldens.check("deghosting/Beard_output_crops", goldens.crops(result))
    goldens.check("deghosting/Beard_output_pool128", F.avg_pool2d(result, 8))
    mapped = network.generator.mapping(torch.from_numpy(pseudo.normals("input.mapping_z", (2, 512))))
    goldens.check("deghosting/mapping_w", mapped[:, 0])
