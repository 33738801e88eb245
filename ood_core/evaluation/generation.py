"""How good are the generator and the encoder by themselves, in the bundle's own domain?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..alignment import centred
from ..bundle import Bundle
from ..domains import load_domain, portraits, to_z
from ..errors import BundleError
from ..inversion import optimise
from ..sources import invert
from .judge import shipped_judge
from .metrics import BEST_PSNR
from .sets import judge_features, set_distances

_RECONSTRUCTED = 64
_BATCH = 10


@torch.no_grad()
def measure_generator(bundle: Bundle, seed: int, count: int = 1000) -> dict[str, float | None]:
    """Compare a bundle's own pictures with drawn ones.

    Args:
        bundle: whose generator reads the domain's factors, as `training.generator` makes it; on the CPU.
        seed: of the people; no person is in two sets.
        count: pictures of each set, and of portraits that are inverted, at most 64.

    Returns:
        ``fid``, ``kid``: samples of the generator against as many drawn portraits without things, over the
        judge's features; ``fid_renders``, ``kid_renders``: the same between two drawn sets, which is how
        small they can get. ``reconstruction_psnr``: of the inversion of drawn portraits without things, in
        dB, pooled over all pixels; ``reconstruction_psnr_refined``: of `optimise` from there.

    Raises:
        BundleError: if the generator's z is not the domain's factors.
    """
    domain = load_domain("portraits")
    if bundle.generator.config.z_dim != to_z(domain, portraits.sample_factors(1, torch.Generator())).shape[1]:
        raise BundleError(f"the generator of '{bundle.name}' does not draw from the factors of portraits")
    describe = judge_features(shipped_judge())

    def made(factors: Tensor) -> Tensor:
        z = to_z(domain, factors)
        return bundle.generator.synthesis(bundle.generator.mapping(z)).clamp(-1, 1)

    def drawn(factors: Tensor) -> Tensor:
        return portraits.render(factors, bundle.resolution).image.clamp(-1, 1)

    def features(picture: Callable[[Tensor], Tensor], own: int) -> Tensor:
        return torch.cat([describe(picture(factors)) for factors in _people(seed, own, count)])

    renders = features(drawn, 0)
    against, among = set_distances(features(made, 1), renders), set_distances(features(drawn, 2), renders)
    found, refined = [], []
    for factors in _people(seed, 3, min(_RECONSTRUCTED, count)):
        image = drawn(factors)
        inverted = invert(centred(image), bundle)
        found.append(inverted.reconstruction.clamp(-1, 1) - image)
        latents = optimise(image, inverted.latents, bundle.generator)
        refined.append(bundle.generator.synthesis(latents).clamp(-1, 1) - image)
    renders_figures = {f"{name}_renders": figure for name, figure in among.items()}
    inversion = {"reconstruction_psnr": _psnr(found), "reconstruction_psnr_refined": _psnr(refined)}
    return {**against, **renders_figures, **inversion}


def _psnr(errors: list[Tensor]) -> float:
    return min(BEST_PSNR, float(10 * torch.log10(4 / torch.cat(errors).square().mean())))


def _people(seed: int, own: int, count: int) -> Iterator[Tensor]:
    random = torch.Generator().manual_seed(seed * 1_000_003 - 1 - own)  # below those of `draw_sample`
    yield from portraits.sample_factors(count, random).split(_BATCH)
