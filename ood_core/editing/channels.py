"""StyleSpace: single channels of the styles, as edits of W+ (Wu et al. 2021, "StyleSpace Analysis")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ..errors import ShapeError
from ..stylegan2.generator import SynthesisNetwork
from .discovery import affine_of


def style_layers(synthesis: SynthesisNetwork) -> list[tuple[str, int]]:
    """The layers in StyleSpace's order: (submodule, index of its style), RGB layers included."""
    layers = []
    for resolution in synthesis.resolutions:
        first = 2 * resolution.bit_length() - 7
        for part, style in (("conv0", first), ("conv1", first + 1), ("torgb", first + 2)):
            if part != "conv0" or resolution > 4:
                layers.append((f"b{resolution}.{part}", style))
    return layers


def channel_edit(synthesis: SynthesisNetwork, channels: Iterable[Sequence[float]]) -> Tensor:
    """The smallest edit of W+ that adds to single style channels.

    A convolution of the second kind has a latent of its own, so that its channel alone moves wherever D is no
    smaller than its channels. The first convolution of a size shares its latent with the RGB layer before
    it; there the edit is the best in the sense of least squares over both.

    Args:
        synthesis: of the generator.
        channels: (layer, channel) or (layer, channel, amount); layers counted in StyleSpace's order, 0 the
            first convolution, 1 the first RGB layer. Without an amount 1 is added.

    Returns:
        The edit of strength 1, [L, D].

    Raises:
        ShapeError: if there is no such layer or channel, or an entry is something else.
    """
    layers = style_layers(synthesis)
    wanted: dict[int, dict[str, dict[int, float]]] = {}
    for entry in channels:
        layer, channel, amount = _checked(entry, len(layers))
        place, style = layers[layer]
        count = len(_rows(synthesis, place))
        if not 0 <= channel < count:
            raise ShapeError(f"StyleSpace layer {layer} has the channels 0 to {count - 1}, not {channel}.")
        wanted.setdefault(style, {}).setdefault(place, {})[channel] = amount
    edit = torch.zeros(synthesis.num_styles, synthesis.w_dim)
    for style, places in wanted.items():
        rows, changes = [], []
        for place in (name for name, own in layers if own == style):
            rows.append(_rows(synthesis, place))
            change = torch.zeros(len(rows[-1]), dtype=torch.float64)
            for channel, amount in places.get(place, {}).items():
                change[channel] = amount
            changes.append(change)
        solution = torch.linalg.lstsq(torch.cat(rows), torch.cat(changes)[:, None], driver="gelsd").solution
        edit[style] = solution[:, 0].float()
    return edit


def _rows(synthesis: SynthesisNetwork, place: str) -> Tensor:
    return affine_of(synthesis, place).detach().cpu().double()


def _checked(entry: Sequence[float], layers: int) -> tuple[int, int, float]:
    numbers = [*entry] if isinstance(entry, list | tuple) else []
    if len(numbers) not in (2, 3) or any(
        isinstance(n, bool) or not isinstance(n, int | float) for n in numbers
    ):
        raise ShapeError(
            f"A StyleSpace channel is [layer, channel] or [layer, channel, amount], not {entry!r}."
        )
    layer, channel, amount = (*numbers, 1.0)[:3]
    if int(layer) != layer or int(channel) != channel or not 0 <= layer < layers:
        raise ShapeError(f"This generator has the StyleSpace layers 0 to {layers - 1}, not {layer}.")
    return int(layer), int(channel), float(amount)
