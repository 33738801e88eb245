"""A clip that somebody else edited keeps still, and keeps every bit that was not edited."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ood_core.diffcam import find_changes
from ood_core.diffcam.still_changes import voted
from ood_core.errors import ShapeError
from ood_core.kept_clips import keep_clip
from ood_core.registration import Placed, held_still, place, register
from ood_core.registration.filters import dilate
from ood_core.registration.geometry import affine
from tests.registration.scenes import eight_bits, move, picture, with_disc

COUNT = 5


def clip(count: int = COUNT) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """A still scene with camera noise, the same with a disc, shifted and darkened; and the disc."""
    random, scene = torch.Generator().manual_seed(3), picture()
    originals, edited = [], []
    for _ in range(count):
        frame = eight_bits(scene + 0.01 * torch.randn(scene.shape, generator=random))
        originals.append(frame)
        edited.append(eight_bits(move(with_disc(frame)[0], 1.4, -0.6)[0] * 0.95))
    return originals, edited, with_disc(scene)[1]


def test_a_clip_keeps_its_bits_outside_of_the_edit() -> None:
    originals, edited, disc = clip()
    kept = [frame.result for frame in keep_clip(originals, edited)]
    outside = (dilate(disc, 6) == 0).expand_as(originals[0])
    assert len(kept) == COUNT
    for before, after in zip(originals, kept, strict=True):
        assert torch.equal(before[outside], after[outside]) and not torch.equal(before, after)


def test_progress_comes_to_its_end_and_frames_are_read_as_they_are_needed() -> None:
    originals, edited, _ = clip(3)
    told: list[tuple[int, int]] = []
    list(keep_clip(originals, edited, progress=lambda done, total, _: told.append((done, total))))
    assert told == sorted(told) and told[-1][0] == told[-1][1]


def test_a_change_that_flashes_up_is_voted_away_and_a_gap_is_closed() -> None:
    originals, edited, disc = clip()
    changes = [find_changes(register(*pair)) for pair in zip(originals, edited, strict=True)]
    flash = torch.zeros_like(changes[2].mask)
    flash[..., 10:20, 10:20] = 1
    wrong = [*changes[:2], replace(changes[2], mask=flash), *changes[3:]]
    still = voted(wrong, 2)
    assert still is not None
    assert not bool(still.mask[..., :30, :30].any())
    assert float((still.mask != changes[1].mask).float().mean()) < 0.01


def test_neighbours_vote_though_the_camera_moves() -> None:
    scene, with_edit = picture(width=300), with_disc(picture(width=300))[0]
    pairs = [
        (scene[..., x : x + 224], move(with_edit, 1.4, -0.6)[0][..., x : x + 224]) for x in range(4, 24, 4)
    ]
    changes = [find_changes(register(*pair)) for pair in pairs]
    flash = changes[2].mask.clone()
    flash[..., 150:160, 120:130] = 1
    gap = torch.zeros_like(flash)
    for wrong in (flash, gap):
        still = voted([*changes[:2], replace(changes[2], mask=wrong), *changes[3:]], 2)
        assert still is not None
        assert float((still.mask != changes[2].mask).float().mean()) < 0.002


def test_what_moves_is_left_to_its_own_frame() -> None:
    scene = picture()
    pairs = [
        (scene, move(with_disc(scene, 14, (90, 40 + 30 * turn))[0], 1.0, 0.5)[0]) for turn in range(COUNT)
    ]
    changes = [find_changes(register(*pair)) for pair in pairs]
    for index, own in enumerate(changes):
        still = voted(changes, index)
        assert still is not None and float((still.mask != own.mask).float().mean()) < 0.002


def test_a_frame_of_another_shot_has_no_vote() -> None:
    first, second = clip(2), (picture(5), move(picture(5), 1.0, 0.0)[0])
    changes = [find_changes(register(*pair)) for pair in (*zip(*first[:2], strict=True), second)]
    still = voted(changes, 2)
    assert still is not None and not bool(still.mask.any())


def shifted(placed: Placed, x: float) -> Placed:
    matrix = placed.placement.matrix @ affine([[1, 0, x], [0, 1, 0]])
    return replace(placed, placement=replace(placed.placement, matrix=matrix))


def test_placements_are_averaged_but_not_over_a_movement() -> None:
    originals, edited, _ = clip(1)
    placed = place(originals[0], edited[0])
    wobble = [0.2, -0.2, 0.2, -0.2, 0.2, -0.2]
    frames = [shifted(placed, x) for x in wobble] + [shifted(placed, 20 + x) for x in wobble]
    still = [
        float(each.placement.matrix[0, 2] - placed.placement.matrix[0, 2]) for each in held_still(frames)
    ]
    assert max(abs(x) for x in still[:6]) < 0.1
    assert max(abs(x - 20) for x in still[6:]) < 0.1


def test_a_frame_that_could_not_be_registered_lies_as_its_neighbours() -> None:
    originals, edited, _ = clip(1)
    placed = place(originals[0], edited[0])
    lost = place(originals[0], picture(9))
    assert lost.report.confidence == 0
    still = held_still([placed, lost, placed])[1]
    assert still.report.confidence > 0
    assert torch.allclose(still.placement.matrix, placed.placement.matrix)
    assert held_still([lost])[0].report.confidence == 0


def test_clips_of_different_lengths_are_refused() -> None:
    originals, edited, _ = clip(2)
    with pytest.raises(ShapeError, match="as many frames"):
        list(keep_clip(originals, edited[:1]))
    with pytest.raises(ShapeError, match="at least one frame"):
        list(keep_clip([], []))
