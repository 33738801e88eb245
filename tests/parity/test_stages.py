"""Each stage at official size, fed with recorded inputs, gives the published code's numbers."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.composition import composite
from ood_core.deghosting import fold, synthesise_ghost
from ood_core.diffcam import differential_cam, paper_mask

if TYPE_CHECKING:
    from ood_core.bundle import Bundle

pytestmark = pytest.mark.slow
CLASSES = {"Beard": 12, "Smiling": 15}


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    with torch.inference_mode():
        yield


def test_the_encoder_gives_the_published_features(
    official: Bundle, goldens: Any, picture: Tensor, watch: Any
) -> None:
    encoder = official.encoder
    with watch({"c1_first4ch": encoder.body[6], "c2_first8ch": encoder.body[20]}) as seen:
        c3, p2, p1 = encoder.pyramid(F.avg_pool2d(picture, 4))
    for name, features in {**seen, "c3_first16ch": c3, "p2_first8ch": p2, "p1_first4ch": p1}.items():
        goldens.check(f"encoder/{name}", features[:, : goldens[f"encoder/{name}"].shape[1]])


def test_the_generator_gives_the_published_pictures(
    official: Bundle, goldens: Any, pseudo: ModuleType, watch: Any
) -> None:
    synthesis, latent = official.generator.synthesis, goldens["encoder/latent"]
    layers = {
        "first_conv_style": synthesis.b4.conv1.affine,
        "first_styled_conv": synthesis.b4.conv1,
        "convs_0_upsampling_first64ch": synthesis.b8.conv0,
        "convs_1_first64ch": synthesis.b8.conv1,
    }
    with watch(layers) as seen:
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
    official: Bundle, goldens: Any, pseudo: ModuleType, deghosted: tuple[Tensor, dict[str, Tensor]]
) -> None:
    result, seen = deghosted
    for name, features in seen.items():
        expected = goldens[f"deghosting/{name}"]
        goldens.check(
            f"deghosting/{name}", features if name == "latent" else features[:, : expected.shape[1]]
        )
    generator = official.deghoster.generator
    rgb = generator.synthesis.rgb(seen["generator_conv1"], None, seen["latent"].reshape(1, 18, 512), 4)
    goldens.check("deghosting/generator_to_rgb_4", rgb)
    skip = official.deghoster.FCN.fusion_skip[0]
    goldens.check("deghosting/fusion_skip_4", skip(torch.cat([rgb, seen["encoder_4"]], dim=1)))
    goldens.check("deghosting/Beard_output_crops", goldens.crops(result))
    goldens.check("deghosting/Beard_output_pool128", F.avg_pool2d(result, 8))
    mapped = generator.mapping(torch.from_numpy(pseudo.normals("input.mapping_z", (2, 512))))
    goldens.check("deghosting/mapping_w", mapped[:, 0])
