"""Distances between sets of pictures, and what needs weights that may not be there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from ood_core.bundle import Bundle, load_bundle
from ood_core.errors import BundleError
from ood_core.evaluation import identity
from ood_core.evaluation.generation import measure_generator
from ood_core.evaluation.judge import shipped_judge
from ood_core.evaluation.sets import features_at_hand, judge_features, set_distances


def test_fid_is_the_distance_of_means_and_deviations():
    spread = torch.tensor([[-1.0], [1.0]])
    found = set_distances(spread, 3 * spread + 5)
    assert found["fid"] == pytest.approx(5**2 + (3 - 1) ** 2 * 2)  # the variance of -1, 1 is 2
    assert set_distances(spread, spread)["fid"] == pytest.approx(0, abs=1e-6)


def test_kid_is_the_unbiased_distance_under_a_cubic_kernel():
    first, second = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [3.0]])
    within = (0 * 1 + 1) ** 3 + (2 * 3 + 1) ** 3  # the mean over the ordered pairs of two
    across = sum((a * b + 1) ** 3 for a in (0, 1) for b in (2, 3)) / 4
    assert set_distances(first, second)["kid"] == pytest.approx(within - 2 * across)


def test_sets_of_one_picture_have_no_distance():
    assert set_distances(torch.zeros(1, 4), torch.zeros(5, 4)) == {"fid": None, "kid": None}


def test_the_judge_describes_pictures_of_its_own_domain_and_of_no_other():
    name, describe = features_at_hand(["Smiling", "Old"])
    assert name == "judge" and describe is not None
    assert describe(torch.zeros(2, 3, 40, 40)).shape == (2, sum(shipped_judge().config.widths))


def test_weights_that_are_not_there_are_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert features_at_hand(["Pointy_Nose"]) == (None, None)


def test_without_a_recogniser_nobody_is_recognised(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity, "find_spec", lambda name: None)
    assert identity.recogniser_at_hand() is None


@pytest.mark.skipif(not importlib.util.find_spec("dlib"), reason="no recogniser is installed")
def test_a_face_is_its_own_and_nobodys_where_there_is_none():
    recognise = identity.recogniser_at_hand()
    assert recognise is not None and recognise(torch.zeros(1, 3, 64, 64)) is None
    assert identity.same_person(torch.zeros(128), torch.full((128,), 0.05))
    assert not identity.same_person(torch.zeros(128), torch.full((128,), 0.06))
    assert not identity.same_person(torch.zeros(128), None)


def test_the_embedded_generators_pictures_are_measured_against_drawn_ones():
    found = measure_generator(load_bundle("portraits-128"), seed=3, count=10)
    inversion, refined = found.pop("reconstruction_psnr"), found.pop("reconstruction_psnr_refined")
    assert set(found) == {"fid", "kid", "fid_renders", "kid_renders"}
    assert found["fid"] is not None and found["fid_renders"] is not None and found["fid_renders"] > 0
    assert inversion is not None and refined is not None and 20 < inversion < refined < 60


def test_a_generator_that_does_not_know_the_factors_is_refused(tiny_bundle: Bundle):
    with pytest.raises(BundleError, match="tiny"):
        measure_generator(tiny_bundle, seed=3)
    assert judge_features(shipped_judge())(torch.zeros(1, 3, 8, 8)).isfinite().all()
