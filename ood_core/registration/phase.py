"""Phase correlation: by how much two pictures are shifted (Kuglin & Hines 1975)."""

from __future__ import annotations

import torch
from torch import Tensor

_FARTHEST = 0.3  # of each side
_APART = 3  # pixels between two peaks


def phase_shifts(first: Tensor, second: Tensor, count: int = 2) -> list[tuple[int, int]]:
    """The likeliest shifts (x, y) with ``second(p + shift) ≈ first(p)``, best first.

    Amplitudes are only half whitened: pure phase follows the noise of flat pictures.

    Args:
        first, second: features [1,1,H,W] of the same size.
        count: how many.
    """
    height, width = first.shape[-2:]
    window = torch.hann_window(height, periodic=False)[:, None] * torch.hann_window(width, periodic=False)
    window = window.clamp_min(0.05).to(first)
    size = (2 * height, 2 * width)
    spectrum = torch.fft.rfft2(second[0, 0] * window, s=size)
    spectrum = spectrum * torch.fft.rfft2(first[0, 0] * window, s=size).conj()
    amplitude = spectrum.abs()
    surface = torch.fft.irfft2(spectrum / (amplitude + 1e-3 * amplitude.mean() + 1e-12).sqrt(), s=size)
    reach_y, reach_x = int(height * _FARTHEST), int(width * _FARTHEST)
    surface = torch.cat([surface[-reach_y:], surface[: reach_y + 1]], 0)
    surface = torch.cat([surface[:, -reach_x:], surface[:, : reach_x + 1]], 1).clone()
    shifts = []
    for _ in range(count):
        y, x = divmod(int(surface.argmax()), surface.shape[1])
        shifts.append((x - reach_x, y - reach_y))
        surface[max(0, y - _APART) : y + _APART + 1, max(0, x - _APART) : x + _APART + 1] = -torch.inf
    return shifts
