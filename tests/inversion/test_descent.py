"""A few steps of descent bring the picture closer, even inside inference mode."""

from __future__ import annotations

import pytest
import torch

from ood_core.errors import ShapeError
from ood_core.inversion import optimise
from ood_core.inversion.descent import TOLERANCE
from ood_core.stylegan2 import Generator, GeneratorConfig

CONFIG = GeneratorConfig(resolution=16, z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8)


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(CONFIG).eval()


def latents(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, CONFIG.num_styles, CONFIG.w_dim, generator=torch.Generator().manual_seed(seed))


def error(generator: Generator, codes: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return (generator.synthesis(codes) - image).abs().mean(dim=(1, 2, 3))


def test_refinement_reduces_the_error(generator):
    start = latents(2, seed=1)
    image = generator.synthesis(start + 0.3 * latents(2, seed=2)).detach()
    refined = optimise(image, start, generator, steps=25)
    assert (error(generator, refined, image) < 0.8 * error(generator, start, image)).all()
    assert refined.shape == start.shape and not refined.requires_grad


def test_it_stays_nearer_the_start_the_stronger_the_anchor(generator):
    start = latents(1, seed=1)
    image = generator.synthesis(latents(1, seed=2)).detach()
    near, far = (optimise(image, start, generator, steps=25, anchor=a) for a in (10.0, 0.0))
    assert (near - start).norm() < (far - start).norm() < start.norm()


def test_it_works_on_inference_tensors_inside_inference_mode():
    torch.manual_seed(0)
    plain = Generator(CONFIG).eval()
    start, image = latents(1, seed=1), plain.synthesis(latents(1, seed=2)).detach()
    expected = optimise(image, start, plain, steps=5)
    with torch.inference_mode():
        torch.manual_seed(0)
        poisoned = Generator(CONFIG).eval()
        refined = optimise(image.clone(), start.clone(), poisoned, steps=5)
        assert all(parameter.is_inference() for parameter in poisoned.parameters())
        poisoned.synthesis(refined)
    torch.testing.assert_close(refined, expected)


def test_the_generator_and_the_inputs_are_left_as_they_were(generator):
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    start, image = latents(1, seed=1), torch.rand(1, 3, 16, 16)
    kept = start.clone(), image.clone()
    optimise(image, start, generator, steps=3)
    assert all(torch.equal(before[name], tensor) for name, tensor in generator.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in generator.parameters())
    assert torch.equal(start, kept[0]) and torch.equal(image, kept[1])


def test_no_steps_change_nothing(generator):
    start = latents(2, seed=1)
    assert torch.equal(optimise(torch.zeros(2, 3, 16, 16), start, generator, steps=0), start)


def test_samples_are_refined_independently_and_never_get_worse(generator):
    start = latents(2, seed=1)
    image = torch.cat([generator.synthesis(start[:1]).detach(), torch.rand(1, 3, 16, 16) * 2 - 1])
    together = optimise(image, start, generator, steps=8)
    apart = torch.cat([optimise(image[i, None], start[i, None], generator, steps=8) for i in range(2)])
    torch.testing.assert_close(together, apart, atol=1e-4, rtol=1e-4)
    assert torch.equal(together[0], start[0])  # already exact: any step would be worse


def test_progress_is_reported_and_larger_pictures_are_averaged_down(generator):
    calls: list[tuple[int, int]] = []
    start = latents(1, seed=1)
    optimise(
        torch.rand(1, 3, 64, 48), start, generator, steps=3, progress=lambda *call: calls.append(call[:2])
    )
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_wrong_number_of_images_is_refused(generator):
    with pytest.raises(ShapeError, match="2 images but 1 latents"):
        optimise(torch.zeros(2, 3, 16, 16), latents(1, seed=1), generator)


def test_what_the_generator_cannot_draw_hardly_pulls(tiny_bundle):
    """A thing in front of the picture moves the rest less than it would if it counted like the rest."""
    generator = tiny_bundle.generator
    random = torch.Generator().manual_seed(3)
    true = torch.randn(1, 8, 16, generator=random)
    picture = generator.synthesis(true).clamp(-1, 1)
    covered = picture.clone()
    covered[:, :, 6:22, 6:22] = torch.where(picture[:, :, 6:22, 6:22] > 0, -1.0, 1.0)
    start = true + 0.1 * torch.randn(true.shape, generator=random)

    def error(tolerance):
        found = optimise(covered, start, generator, 40, tolerance=tolerance)
        difference = (generator.synthesis(found).clamp(-1, 1) - picture).abs()
        difference[:, :, 6:22, 6:22] = 0
        return float(difference.mean())

    assert error(TOLERANCE) < error(float("inf"))
