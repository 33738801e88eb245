"""What is measured on photographs: packages' own here, a user's folders elsewhere."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from ood_core import load_bundle, save_bundle
from ood_core.alignment import Faces
from ood_core.cli import main
from ood_core.errors import ImageError
from ood_core.evaluation.photographs import found
from ood_core.evaluation.photographs.edited import edit_table
from ood_core.evaluation.photographs.folders import grouped, thinned
from ood_core.evaluation.photographs.found import FoundRow, found_table
from ood_core.evaluation.photographs.measured import Measured
from ood_core.evaluation.photographs.views import VIEWS, eye_distances, five_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = pytest.importorskip("skimage.data")
    root = tmp_path_factory.mktemp("photos")
    (root / "space").mkdir()
    Image.fromarray(data.astronaut()).resize((256, 256)).save(root / "space" / "astronaut.png")
    (root / "notes.txt").write_text("no photograph")
    return root


def test_folders_are_groups_and_are_thinned_evenly(folder: Path, tmp_path: Path) -> None:
    assert {name: len(paths) for name, paths in grouped(folder, 9).items()} == {"space": 1}
    paths = [Path(str(number)) for number in range(10)]
    assert [path.name for path in thinned(paths, 4)] == ["0", "2", "5", "7"] and thinned(paths, 10) == paths
    for empty in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ImageError, match="holds no photographs"):
            grouped(empty, 9)


def test_landmarks_of_views_lie_where_the_pixels_went() -> None:
    picture = -torch.ones(1, 3, 90, 120)
    points = torch.tensor([[40.5, 30.5], [70.5, 32.5], [55.5, 45.5], [44.5, 60.5], [66.5, 60.5]])
    for x, y in points.long().tolist():
        picture[..., y - 1 : y + 2, x - 1 : x + 2] = 1
    for name, view in VIEWS.items():
        crowd = view(picture, points)
        for x, y in crowd.landmarks[0].long().tolist():
            assert float(crowd.image[0, :, y, x].mean()) > -0.5, name
    assert eye_distances(points + 3.0, points) == pytest.approx(3 * 2**0.5 / (30**2 + 2**2) ** 0.5)
    assert five_of(torch.arange(136.0).view(68, 2))[3].tolist() == [96, 97]


def test_the_astronaut_is_found_however_she_is_shown_and_comes_back_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "_DRAWN", 2)
    monkeypatch.setattr(found, "FACELESS", ("coffee", "no_such_picture"))
    bundle, groups = load_bundle("portraits-128"), grouped(folder, 9)
    table, trip = found_table(groups, bundle, measured=(lines := Measured(tmp_path / "lines")))
    assert Measured(tmp_path / "lines").known == lines.known == 1 + 1 + 2 + 1
    rows = {row["group"]: row for row in table}
    assert rows["space"] == {
        "group": "space",
        "pictures": 1,
        "found": 1.0,
        "false": 0,
        "error": None,
        "error_95": None,
        "frame": None,
        "drawn_decided": 0,
    }
    views = [rows[f"some of all, {view}"] for view in VIEWS]
    assert all(row["found"] == 1 and row["false"] == 0 and row["error"] < 12 for row in views)
    assert rows["drawn people with things"]["drawn_decided"] == 2
    assert rows["no person, scikit-image's"]["pictures"] == 1
    assert trip["faces"] == 1 and trip["identical"] == 1 and trip["pixels"] > 1000


def test_a_face_that_is_not_found_where_it_is_counts_as_missed_and_the_find_as_false() -> None:
    picture = torch.zeros(1, 3, 64, 64)
    points = torch.tensor([[20.0, 20], [30, 20], [25, 26], [21, 32], [29, 32]])
    elsewhere = Faces(torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([0.9]), points[None])
    look = found._Look(load_bundle("portraits-128"), None)
    for name, view in VIEWS.items():
        row, look.detector = FoundRow(name), lambda _: elsewhere
        row.add(look._at_view(view, picture, points))
        assert (row.found, row.false, row.pictures) == (0, 1, 1)
        there = view(picture, points)
        look.detector = lambda _, there=there: Faces(there.boxes, torch.ones(1), there.landmarks)
        row.add(look._at_view(view, picture, points))
        assert (row.found, row.errors, row.frames) == (1, [0], [0])


def test_a_bundle_for_photographs_is_judged_by_its_edits(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(found, "_DRAWN", 1)
    monkeypatch.setattr(found, "FACELESS", ())
    bundle = dataclasses.replace(
        load_bundle("portraits-128"), name="faces", domain="", detector=None, landmarker=None
    )
    own = {name: bundle.attributes[name] for name in ("Smiling", "Old")}
    save_bundle(dataclasses.replace(bundle, attributes=own), tmp_path / "faces")
    with pytest.raises(SystemExit) as end:
        main(["bench", "--photos", str(folder), "--bundle", str(tmp_path / "faces"), "-o", str(tmp_path)])
    assert not end.value.code
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert figures["judges"] == [] and figures["bundle"] == "faces"
    assert figures["found"][0]["found"] == 1 and figures["round_trip"]["identical"] == 1
    assert {row["method"]: row["kept"] > 0.9 for row in figures["kept"]} == {"editor": False, "keep": True}
    assert not (tmp_path / "bench.lines").exists()
    inverted, *edits = figures["edited"]
    assert 5 < inverted["psnr"] < 40 and inverted["odd"] == 1
    assert [row["edit"] for row in edits] == ["Smiling +1", "Smiling -1", "Old +1", "Old -1"]
    assert all(row["outside"] == 0 and 0 <= row["moved"] <= 1 and "distance" not in row for row in edits)
    assert "judges at hand: none" in capsys.readouterr().out

    wrong = ["--edit", "Smiling"], ["--judges", str(folder)]
    for options, said in zip(wrong, ("--photos measures photographs alone", "holds no judge"), strict=True):
        with pytest.raises(SystemExit):
            main(["bench", "--photos", str(folder), "--force", "-o", str(tmp_path), *options])
        assert said in capsys.readouterr().err


def test_identity_and_expression_are_of_the_face_before_and_after(folder: Path) -> None:
    from ood_core.evaluation.judges.at_hand import face_judges_at_hand

    judges = face_judges_at_hand()
    if judges is None:
        pytest.skip("no weights of judges are at hand")
    bundle = load_bundle("portraits-128")
    small = dataclasses.replace(bundle, attributes={"Smiling": bundle.attributes["Smiling"]})
    _, more, less = edit_table(grouped(folder, 1), small, judges)
    assert more["happy_was_happy"] == 1 and more["distance"] < 0.6 and more["same"] == 1
    assert "happy_was_not" not in more and abs(less["years"]) < 20
