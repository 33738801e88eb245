"""The losses vanish for a perfect network, and teach any other."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ood_core.deghosting import (
    DeghostingWeights,
    VGG16Features,
    deghosting_losses,
    discriminator_loss,
    generator_adversarial_loss,
    perceptual_loss,
    pixel_loss,
)


def pair(size: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    prediction, target = torch.rand(2, 1, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return prediction.clone().requires_grad_(), target


def test_a_perfect_prediction_costs_nothing():
    _, target = pair()
    assert pixel_loss(target, target) == 0
    assert perceptual_loss(target, target, torch.sin) == 0


def test_every_term_is_positive_weighted_and_teaches_the_prediction():
    prediction, target = pair()
    weights = DeghostingWeights(pixel=1.0, perceptual=0.5, adversarial=0.25)
    logits = prediction.mean(dim=(1, 2, 3))[:, None]
    terms = deghosting_losses(prediction, target, weights, features=torch.sin, fake_logits=logits)
    assert list(terms) == ["pixel", "perceptual", "adversarial"]
    for name, unweighted in {
        "pixel": F.mse_loss(prediction, target),
        "perceptual": F.mse_loss(prediction.sin(), target.sin()),
        "adversarial": F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits)),
    }.items():
        assert terms[name] > 0
        torch.testing.assert_close(terms[name], getattr(weights, name) * unweighted)
        (gradient,) = torch.autograd.grad(terms[name], prediction, retain_graph=True)
        assert gradient.abs().sum() > 0


def test_terms_that_lack_their_network_are_left_out():
    assert list(deghosting_losses(*pair(), DeghostingWeights())) == ["pixel"]


def test_the_discriminators_loss_is_two_cross_entropies():
    real, fake = torch.tensor([[1.5], [-0.5]]), torch.tensor([[0.2], [3.0]])
    wanted = F.binary_cross_entropy_with_logits(real, torch.ones(2, 1))
    wanted += F.binary_cross_entropy_with_logits(fake, torch.zeros(2, 1))
    torch.testing.assert_close(discriminator_loss(real, fake), wanted)


def test_certain_logits_do_not_overflow():
    certain = torch.tensor([[1e4], [-1e4]])
    assert generator_adversarial_loss(certain).isfinite() and discriminator_loss(certain, certain).isfinite()


def test_vgg_features_have_the_published_tensors_and_teach_only_the_image():
    vgg = VGG16Features()
    convolutions = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)
    assert set(vgg.state_dict()) == {
        f"features.{i}.{kind}" for i in convolutions for kind in ("weight", "bias")
    }
    assert not any(parameter.requires_grad for parameter in vgg.parameters())
    prediction, target = pair(32)
    loss = perceptual_loss(prediction, target, vgg)
    loss.backward()
    assert vgg(target).shape == (1, 512, 4, 4) and prediction.grad.abs().sum() > 0


def test_vgg_features_are_taken_before_the_relu():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert VGG16Features()(pair(32)[1]).min() < 0
