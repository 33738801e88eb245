"""A face in a clip is followed and edited; nothing flickers that did not, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ood_core.alignment import Alignment, Faces, no_faces
from ood_core.alignment.track import filled, follow, shots, smoothed, steadied
from ood_core.bundle import Bundle
from ood_core.clips import edit_clip
from ood_core.errors import AttributeNameError, FaceError, NoFaceError, ShapeError
from ood_core.pipeline import edit
from tests.conftest import make_tiny_bundle
from tests.inversion.test_restyle import restyle
from tests.test_faces import FACE, picture

BUNDLE = make_tiny_bundle()
COUNT = 12


class Given:
    """A detector that finds a face where it is told to, frame after frame, with seeded noise."""

    def __init__(self, noise: float = 0.0, missing: tuple[int, ...] = (), jump: int | None = None) -> None:
        self._noise, self._missing, self._jump, self._frame = noise, missing, jump, 0
        self._random = torch.Generator().manual_seed(0)

    def __call__(self, frame: torch.Tensor) -> Faces:
        time, self._frame = self._frame, self._frame + 1
        if time in self._missing:
            return no_faces()
        x = 30.0 + time + (60 if self._jump is not None and time >= self._jump else 0)
        points = FACE * 9 + torch.tensor([x, 40.0])
        points = (points + self._noise * torch.randn(5, 2, generator=self._random))[None]
        return Faces(torch.cat([points.amin(1), points.amax(1)], dim=1), torch.ones(1), points)


def frames(count: int = COUNT) -> list[torch.Tensor]:
    return [picture(80, 120, seed=index) for index in range(count)]


def test_outside_the_mask_every_frame_keeps_its_bits() -> None:
    clip = frames(5)
    results = list(edit_clip(clip, BUNDLE, {"Smiling": 2.0}, detector=Given(0.3, missing=(2,))))
    assert len(results) == 5
    for frame, result in zip(clip, results, strict=True):
        outside = (result.change == 0).expand_as(frame)
        assert torch.equal(result.result[outside], frame[outside]) and not torch.equal(result.result, frame)


def test_noise_of_the_detector_is_averaged_away_and_movement_is_not() -> None:
    truth, _ = follow(frames(40), Given(), "largest")
    noisy, size = follow(frames(40), Given(1.0), "largest")
    assert size == (80, 120)
    steady = smoothed(noisy, 3.0, shots(noisy))
    assert (steady - truth).square().mean() < 0.35 * (noisy - truth).square().mean()
    assert torch.allclose(smoothed(truth, 3.0, shots(truth)), truth, atol=1e-3)
    turning = torch.sin(torch.arange(40.0) / 4)[:, None]
    assert (smoothed(turning, 3.0, [slice(0, 40)]) - turning).abs().max() < 0.12


def test_frames_without_a_face_get_one_between_their_neighbours() -> None:
    found, _ = follow(frames(), Given(missing=(0, 4, 5, 11)), "largest")
    whole, _ = follow(frames(), Given(), "largest")
    inner = slice(1, 11)
    assert torch.allclose(filled(found)[inner], whole[inner], atol=1e-4)
    assert torch.equal(filled(found)[0], whole[1]) and torch.equal(filled(found)[11], whole[10])


def test_a_cut_is_not_averaged_over() -> None:
    found, _ = follow(frames(), Given(jump=6), "largest")
    assert shots(found) == [slice(0, 6), slice(6, 12)]
    assert torch.allclose(smoothed(found, 3.0, shots(found)), found, atol=1e-3)


def test_latents_are_averaged_over_neighbouring_frames() -> None:
    clip = [picture(80, 120)] * 6
    still = list(edit_clip(clip, BUNDLE, {"Smiling": 2.0}, align="never"))
    noisy = [frame + 0.2 * torch.randn(frame.shape, generator=torch.Generator().manual_seed(n))
             for n, frame in enumerate(clip)]  # fmt: skip
    trembling = list(edit_clip(noisy, BUNDLE, {"Smiling": 2.0}, align="never"))
    alone = [edit(frame, BUNDLE, {"Smiling": 2.0}, align="never") for frame in noisy]
    truth = still[0].reconstruction
    errors = [
        torch.stack([(one.reconstruction - truth).square().mean() for one in each]).mean()
        for each in (trembling, alone)
    ]
    assert errors[0] < errors[1]


def test_one_frame_is_the_picture_s_own_edit_whatever_the_encoder(tiny_bundle: Bundle) -> None:
    for encoder in (tiny_bundle.encoder, restyle(tiny_bundle)):
        bundle = replace(tiny_bundle, encoder=encoder)
        (one,) = edit_clip([picture(80, 120)], bundle, {"Smiling": 2.0}, align="never")
        expected = edit(picture(80, 120), bundle, {"Smiling": 2.0}, align="never")
        torch.testing.assert_close(one.result, expected.result, atol=1e-5, rtol=0)


def test_a_mask_holds_for_every_frame() -> None:
    mask = torch.zeros(1, 1, 80, 120)
    mask[..., 60:] = 1
    for frame, done in zip(frames(3), edit_clip(frames(3), BUNDLE, {"Old": 2.0}, mask=mask, align="never"),
                           strict=True):  # fmt: skip
        assert torch.equal(done.result[..., :60], frame[..., :60]) and torch.equal(done.change, mask)


def test_what_is_no_clip_is_refused() -> None:
    with pytest.raises(NoFaceError, match="no frame shows a face"):
        list(edit_clip(frames(2), BUNDLE, {"Old": 1.0}, detector=Given(missing=(0, 1))))
    with pytest.raises(ShapeError, match="one size"):
        list(edit_clip([picture(8, 8), picture(8, 9)], BUNDLE, {"Old": 1.0}, detector=Given()))
    with pytest.raises(ShapeError, match="at least one frame"):
        list(edit_clip([], BUNDLE, {"Old": 1.0}, detector=Given()))
    with pytest.raises(FaceError, match="cannot be all"):
        list(edit_clip(frames(2), BUNDLE, {"Old": 1.0}, face="all"))
    with pytest.raises(AttributeNameError):
        list(edit_clip(frames(1), BUNDLE, {"Hat": 1.0}, detector=Given()))


def test_a_square_that_trembles_is_held_still_by_what_it_shows() -> None:
    scene = F.interpolate(picture(12, 18, seed=1), size=(80, 120), mode="bicubic")
    random = torch.Generator().manual_seed(2)
    noise = torch.randn(20, 2, generator=random, dtype=torch.float64) / 3
    places = [Alignment((60 + float(x), 40 + float(y)), (20.0, 2.0), (80, 120)) for x, y in noise]
    still = steadied([scene] * 20, places, 64, [slice(0, 20)])
    where = torch.tensor([place.centre for place in still], dtype=torch.float64)
    assert where.diff(dim=0).abs().mean() < 0.3 * noise.diff(dim=0).abs().mean()
    assert (where.mean(dim=0) - torch.tensor([60.0, 40.0])).abs().max() < 0.5
    cut = steadied([scene] * 10 + [-scene] * 10, places, 64, [slice(0, 10), slice(10, 20)])
    assert torch.isfinite(torch.tensor([place.centre for place in cut])).all()
