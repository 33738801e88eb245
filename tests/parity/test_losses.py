"""The losses of the published trainings, on recorded inputs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.checkpoints.stylegan2_names import discriminator_config, discriminator_table
from ood_core.checkpoints.tables import to_ours
from ood_core.deghosting import (
    ADVERSARIAL_LOSSES,
    DeghostingWeights,
    VGG16Features,
    deghosting_losses,
    discriminator_loss,
    generator_adversarial_loss,
    perceptual_loss,
)
from ood_core.stylegan2.discriminator import minibatch_deviation

pytestmark = pytest.mark.slow
WEIGHTS = DeghostingWeights()


@pytest.fixture(scope="module")
def vgg(pseudo: ModuleType) -> VGG16Features:
    network = VGG16Features()
    network.load_state_dict(pseudo.checkpoint("vgg16_features"))
    return network


def test_a_training_step_of_diffcam_has_the_published_loss_gradients_and_statistics(
    pseudo: ModuleType, goldens: Any
) -> None:
    from ood_core.diffcam import DiffCamConfig, DifferentialClassifier

    network = DifferentialClassifier(DiffCamConfig()).train()
    network.load_state_dict(pseudo.checkpoint("diff_cam_weight"))
    pair = pseudo.blocky("input.diffcam_train", (2, 6, 32, 32), 8)
    logits = network(pair[:, :3], pair[:, 3:])
    loss = F.cross_entropy(logits, torch.tensor([12, 15]))
    loss.backward()
    goldens.check("losses/diffcam_train_logits", logits)
    goldens.check("losses/diffcam_train_cross_entropy", loss)
    goldens.check("losses/diffcam_grad_fc_bias", network.fc.bias.grad)
    parameters, state = dict(network.named_parameters()), network.state_dict()
    for name in goldens.names("losses/diffcam_grad_l2."):
        norm = parameters[name.split("l2.")[1]].grad.norm()
        assert torch.isclose(norm, goldens[name], rtol=5e-3), name  # train-mode BatchNorm cancels: 0.2 %
    for name in goldens.names("losses/diffcam_after."):
        if name.endswith("num_batches_tracked"):
            assert state[name.split("after.")[1]] == goldens[name]
        else:
            goldens.check(name, state[name.split("after.")[1]])


def test_the_deghosting_losses_have_the_published_values(
    pseudo: ModuleType, goldens: Any, vgg: VGG16Features, picture: Tensor, deghosted: tuple[Tensor, Any]
) -> None:
    prediction, _ = deghosted
    network = published_discriminator(pseudo)
    with torch.inference_mode():
        maps = network.features(picture)
        fake, real = network(prediction), network.b4(maps[-1])
        terms = deghosting_losses(prediction, picture, WEIGHTS, vgg, fake)
        batch = network(pseudo.blocky("input.discriminator_batch", (2, 3, 64, 64), 16))
        from_rgb = network.b1024.fromrgb(picture)
        last = network.features(pseudo.blocky("input.discriminator_batch", (2, 3, 64, 64), 16))[-1]
        deviation = minibatch_deviation(last, network.config.mbstd_group)[:, -1]
    goldens.check_layer("losses/discriminator_from_rgb", from_rgb)
    for number, features in enumerate(maps, start=1):
        goldens.check_layer(f"losses/discriminator_res{number}", features)
    goldens.check("losses/discriminator_batch2_stddev_channel", deviation[0, 0, 0])
    goldens.check("losses/discriminator_real", F.softplus(-real).mean())
    goldens.check("losses/discriminator_fake", F.softplus(fake).mean())
    for mode in ("lsgan", "wgan", "hinge"):
        loss = ADVERSARIAL_LOSSES[mode]
        goldens.check(f"losses/extra_{mode}_generator", loss.generator(fake))
        goldens.check(f"losses/extra_{mode}_discriminator", loss.discriminator(real, fake))
    goldens.check("losses/discriminator_logits_batch2", batch)
    goldens.check("losses/discriminator_logit_fake", fake)
    goldens.check("losses/discriminator_logit_real", real)
    goldens.check("losses/discriminator_total", discriminator_loss(real, fake))
    goldens.check("losses/generator_gan", WEIGHTS.adversarial * generator_adversarial_loss(fake))
    goldens.check("losses/pixel_mse", terms["pixel"])
    goldens.check("losses/perceptual_1024_pair", terms["perceptual"])
    goldens.check("losses/generator_total", sum(terms.values()))
    pooled = (F.avg_pool2d(image, 4) for image in (prediction, picture))
    with torch.inference_mode():
        goldens.check("losses/perceptual_pool256_pair", WEIGHTS.perceptual * perceptual_loss(*pooled, vgg))


def test_the_perceptual_loss_and_its_gradient_are_the_published_ones(
    pseudo: ModuleType, goldens: Any, vgg: VGG16Features
) -> None:
    x, target = (pseudo.blocky(f"input.vgg_{name}", (1, 3, 16, 16), 8) for name in ("x", "gt"))
    x.requires_grad_()
    terms = deghosting_losses(x, target, WEIGHTS, vgg)
    torch.stack(list(terms.values())).sum().backward()
    goldens.check_layer("losses/vgg_features_21", vgg(x))
    goldens.check("losses/perceptual_synthetic_pair", terms["perceptual"])
    expected = goldens["losses/grad_of_mse_plus_perceptual_synthetic_pair_first1ch"]
    error = (x.grad[:, :1] - expected).square().mean().sqrt()  # rms: single ReLU decisions flip
    assert error < 1e-3 * expected.square().mean().sqrt()


def published_discriminator(pseudo: ModuleType) -> torch.nn.Module:
    from ood_core.stylegan2 import Discriminator

    theirs = pseudo.checkpoint("stylegan2_discriminator")
    config = discriminator_config(theirs, "pseudo")
    network = Discriminator(config).eval()
    network.load_state_dict(to_ours(theirs, discriminator_table(config), "pseudo"))
    return network
