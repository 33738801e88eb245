"""ComfyUI's IMAGE and MASK to the library's pictures and masks, and back.

IMAGE is [B,H,W,C] in 0..1 and MASK [B,H,W] in 0..1, 1 = take the edit; the library's are [B,3,H,W] in [-1,1]
and [B,1,H,W] in [0,1].
"""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management as mm
import torch
from torch import Tensor

from ..ood_core.errors import ShapeError
from ..ood_core.images import check_finite, resize_bilinear, strips_of

Size = tuple[int, int]


def each(convert: Callable[[Tensor], Tensor], batch: Tensor) -> Tensor:
    """Convert a batch picture by picture: Cancel need not wait for a whole clip."""
    done = [convert(one) for one in batch.split(1)]
    return done[0] if len(done) == 1 else torch.cat(done)


def to_picture(image: Tensor, what: str = "image") -> Tensor:
    """IMAGE -> [B,3,H,W] in [-1,1]; an alpha channel is dropped, a single grey channel repeated.

    Raises:
        ShapeError: as `check_shape`.
        ImageError: if it holds NaN or infinity.
    """
    check_shape(image, what)

    def convert(one: Tensor) -> Tensor:
        channels = one[..., :3].movedim(-1, 1).to(torch.float32)
        check_finite(channels, f"'{what}'")
        return channels.clamp(0, 1).expand(-1, 3, -1, -1) * 2 - 1

    return each(convert, image)


def check_shape(image: Tensor, what: str) -> None:
    """Refuse what is no IMAGE.

    Raises:
        ShapeError: if it is not [B,H,W,C] with 1, 3 or 4 channels, or is empty.
    """
    if image.ndim != 4 or image.shape[-1] not in (1, 3, 4) or 0 in image.shape:
        raise ShapeError(f"'{what}' must be an IMAGE [B,H,W,3], not {list(image.shape)}.")


def check_mask_shape(mask: Tensor, what: str) -> None:
    """Refuse what is no MASK.

    Raises:
        ShapeError: if it is not [H,W], [B,H,W], [B,1,H,W] or [B,H,W,1], or is empty.
    """
    if mask.ndim not in (2, 3, 4) or 0 in mask.shape or (mask.ndim == 4 and 1 not in mask.shape[1::2]):
        raise ShapeError(
            f"'{what}' must be a MASK [B,H,W], not {list(mask.shape)}: Convert Image to Mask makes one "
            "of an IMAGE."
        )


def to_image(picture: Tensor) -> Tensor:
    """[B,3,H,W] in [-1,1] -> IMAGE in 0..1 on ComfyUI's intermediate device."""
    count, channels, height, width = picture.shape
    image = torch.empty(count, height, width, channels, dtype=torch.float32, device=mm.intermediate_device())
    for one, target in zip(picture.detach(), image, strict=True):
        for rows in strips_of((height, width)):  # Cancel is heeded between them
            target[rows] = ((one[:, rows] + 1) / 2).clamp(0, 1).movedim(0, -1)
    return image


def to_mask(mask: Tensor, what: str = "mask") -> Tensor:
    """MASK -> [B,1,H,W] in [0,1]; [H,W], [B,1,H,W] and [B,H,W,1] are understood too.

    Raises:
        ShapeError: as `check_mask_shape`.
        ImageError: if it holds NaN or infinity.
    """
    check_mask_shape(mask, what)
    if mask.ndim == 4 and mask.shape[1] != 1:
        mask = mask[..., 0]
    values = mask.reshape(-1, 1, *mask.shape[-2:]).to(torch.float32)
    check_finite(values, f"'{what}'")
    return values.clamp(0, 1)


def from_mask(mask: Tensor) -> Tensor:
    """[B,1,H,W] -> MASK on ComfyUI's intermediate device."""
    return _out(mask[:, 0])


def keep_bits(image: Tensor, original: Tensor, mask: Tensor) -> Tensor:
    """The image where the mask is above 0, elsewhere the very values that came in.

    Args:
        image: IMAGE [B,H,W,3].
        original: IMAGE [B',H,W,C] of the same size; repeated in turn to the image's batch.
        mask: [B,1,H,W].
    """
    times, kept = len(image) // len(original), torch.empty_like(image)
    for rows in strips_of((image.shape[1], image.shape[2])):
        colours = original[:, rows, :, :3].to(image).repeat(times, 1, 1, 1).expand_as(image[:, rows])
        changed = mask[:, 0, rows, :, None].to(image.device) > 0
        kept[:, rows] = torch.where(changed, image[:, rows], colours)
    return kept


def before_after(original: Tensor, result: Tensor) -> Tensor:
    """Pictures before and after an edit, side by side with a white line between them.

    Args:
        original: IMAGE [B',H,W,C]; repeated in turn to the result's batch.
        result: IMAGE [B,H,W,3].
    """
    times, (_, height, width, _) = len(result) // len(original), result.shape
    line = max(2, width // 100)
    both = result.new_empty(len(result), height, 2 * width + line, 3)
    for rows in strips_of((height, width)):
        both[:, rows, :width] = original[:, rows, :, :3].to(result).repeat(times, 1, 1, 1)
        both[:, rows, width : width + line] = 1
        both[:, rows, width + line :] = result[:, rows]
    return both


def same_batch(**tensors: Tensor) -> list[Tensor]:
    """Repeat smaller batches in turn, as core nodes do, until all are as long as the longest.

    Raises:
        ShapeError: if the longest is not a multiple of one of them.
    """
    longest = max(len(tensor) for tensor in tensors.values())
    if any(longest % len(tensor) for tensor in tensors.values()):
        counts = ", ".join(f"'{name}' has {len(tensor)}" for name, tensor in tensors.items())
        raise ShapeError(f"These batches do not fit each other: {counts}. Give one, or as many of each.")
    return [
        tensor if len(tensor) == longest else tensor.repeat(longest // len(tensor), 1, 1, 1)
        for tensor in tensors.values()
    ]


def size_of(tensor: Tensor) -> Size:
    """(H, W) of [B,C,H,W]."""
    return tensor.shape[-2], tensor.shape[-1]


def own_masks(mask: Tensor, batch: Tensor, like: Tensor | None = None) -> Tensor:
    """A user's MASK for an IMAGE: [B,1,H,W], one for all of a batch or as many as it has.

    Args:
        mask: as `to_mask`.
        batch: IMAGE that says how many there may be.
        like: IMAGE of the size that they get; None for the same.

    Raises:
        ShapeError: if there is another number of them, or `to_mask` refuses it.
    """
    masks, like = to_mask(mask), batch if like is None else like
    if len(batch) % len(masks):
        raise ShapeError(f"There are {len(masks)} masks for {len(batch)} pictures; give one, or as many.")
    return mask_for_picture(masks, (like.shape[1], like.shape[2]))


def mask_for_picture(mask: Tensor, picture_size: Size) -> Tensor:
    """A mask stretched to a picture's size."""
    return mask if size_of(mask) == picture_size else resize_bilinear(mask, picture_size).clamp(0, 1)


def _out(tensor: Tensor) -> Tensor:
    def convert(one: Tensor) -> Tensor:
        return one.detach().clamp(0, 1).to(mm.intermediate_device(), torch.float32).contiguous()

    return each(convert, tensor)
