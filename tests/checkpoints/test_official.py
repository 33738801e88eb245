"""`ood import-official`: three files and some directions become a bundle that edits."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ood_core import edit
from ood_core.bundle import load_bundle
from ood_core.bundle.manifest import Attribute, read_manifest
from ood_core.checkpoints.classes import OFFICIAL_CLASSES
from ood_core.checkpoints.official import import_official
from ood_core.cli import main
from ood_core.errors import CheckpointError


def test_one_command_makes_a_bundle_that_edits(
    published: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [text for name, path in published.items() for text in (f"--{name}", str(path))]
    with pytest.raises(SystemExit) as end:
        main(["import-official", *options, "-o", str(tmp_path / "bundle")])
    assert end.value.code in (0, None)
    said = capsys.readouterr().out
    assert "Smiling              class 15" in said
    assert "Beard                class 12, which speaks against it" in said
    assert "Hat                  no class" in said
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.resolution == 32
    assert bundle.attributes["Beard"] == Attribute("Beard", 12, "Beard", -1.0, 20.0)
    picture = torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for mode in ("paper", "faithful"):
        done = edit(picture, bundle, {"Smiling": 1.0, "Hat": -0.5}, mode, align="never")
        assert done.result.shape == picture.shape


def test_directions_have_length_one_and_the_published_strength(
    published: dict[str, Path], tmp_path: Path
) -> None:
    found = import_official(**published, output=tmp_path / "bundle")
    bundle = load_bundle(tmp_path / "bundle")
    raw = torch.from_numpy(np.load(published["directions"] / "Smiling.npy"))
    assert torch.equal(bundle.directions["Smiling"], (raw / raw.norm()).float())
    assert {attribute.default_strength for attribute in found.attributes.values()} == {20.0}
    assert found.notes == ("'Hat' has no class: its mask follows what changes in the picture",)


def test_the_table_of_the_published_classifier_has_its_seven_classes() -> None:
    assert {name: index for name, (index, _) in OFFICIAL_CLASSES.items()} == {
        "Bushy_Eyebrows": 6,
        "Eyeglasses": 7,
        "Mouth_Open": 10,
        "Narrow_Eyes": 11,
        "Beard": 12,
        "Smiling": 15,
        "Old": 16,
    }


def test_classes_can_be_given_and_are_checked(published: dict[str, Path], tmp_path: Path) -> None:
    classes = tmp_path / "classes.json"
    classes.write_text(json.dumps({"Smiling": 3, "Beard": [4, 1], "Hat": None}))
    found = import_official(**published, output=tmp_path / "bundle", classes=classes)
    assert found.attributes["Beard"].diffcam_class == 4
    assert found.attributes["Beard"].sign == 1.0
    for wrong, said in (
        ('{"Smiling": 17}', "no class 17"),
        ('{"Moustache": 1}', "no direction 'Moustache'"),
        ('{"Smiling": "no"}', "is no class"),
        ("[1]", "expected JSON such as"),
        ("nothing", "expected JSON such as"),
    ):
        classes.write_text(wrong)
        with pytest.raises(CheckpointError, match=said):
            import_official(**published, output=tmp_path / "other", classes=classes)
    assert not (tmp_path / "other").exists()


def test_a_classifier_of_other_classes_needs_their_names(
    published: dict[str, Path], tmp_path: Path, diffcam_content: dict[str, torch.Tensor]
) -> None:
    smaller = {
        name: tensor[:7] if name.startswith("fc.") else tensor for name, tensor in diffcam_content.items()
    }
    torch.save(smaller, published["diffcam"])
    with pytest.raises(CheckpointError, match="--classes"):
        import_official(**published, output=tmp_path / "bundle")


def test_an_e4e_file_can_take_the_place_of_psp(
    published: dict[str, Path], tmp_path: Path, psp_content: dict[str, Any]
) -> None:
    psp_content["opts"]["encoder_type"] = "Encoder4Editing"
    torch.save(psp_content, published["psp"])
    found = import_official(**published, output=tmp_path / "bundle")
    assert found.networks[0].startswith("encoder: e4e")
    assert load_bundle(tmp_path / "bundle").encoder.config.offsets


@pytest.mark.parametrize(
    ("said", "hint", "found"),
    [
        ("BackboneEncoder", None, "encoder: ReStyle on pSp, 5 iterations"),
        ("ProgressiveBackboneEncoder", None, "encoder: ReStyle on e4e, 5 iterations"),
        (None, "e4e", "encoder: ReStyle on e4e, 5 iterations"),
    ],
)
def test_a_restyle_file_can_take_the_place_of_psp(
    published: dict[str, Path],
    tmp_path: Path,
    restyle_content: dict[str, Any],
    said: str | None,
    hint: str | None,
    found: str,
) -> None:
    restyle_content["opts"] = {} if said is None else {"encoder_type": said}
    torch.save(restyle_content, published["psp"])
    if said is None:
        with pytest.raises(CheckpointError, match="--variant"):
            import_official(**published, output=tmp_path / "bundle")
    imported = import_official(**published, output=tmp_path / "bundle", variant=hint)
    assert imported.networks[0].startswith(found)
    bundle = load_bundle(tmp_path / "bundle")
    assert read_manifest(tmp_path / "bundle").architectures["encoder"]["kind"] == "encoder/restyle"
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    result = edit(picture, bundle, {"Smiling": 1.0}, align="never")
    assert result.result.shape == picture.shape
    once = dataclasses.replace(bundle.encoder.config, iterations=1)
    bundle.encoder.config = once
    again = edit(picture, bundle, {"Smiling": 1.0}, align="never")
    assert not torch.equal(again.reconstruction, result.reconstruction)


def test_files_in_each_others_places_are_known_by_their_content(
    published: dict[str, Path], tmp_path: Path
) -> None:
    swapped = {**published, "psp": published["diffcam"], "diffcam": published["psp"]}
    import_official(**published, output=tmp_path / "bundle")
    import_official(**swapped, output=tmp_path / "swapped")
    first, other = (read_manifest(tmp_path / name) for name in ("bundle", "swapped"))
    assert first.sha256 == other.sha256 and first.attributes == other.attributes


@pytest.mark.parametrize("name", ["psp", "diffcam", "deghosting"])
def test_an_import_that_fails_leaves_nothing_behind(
    published: dict[str, Path], tmp_path: Path, name: str
) -> None:
    whole = published[name].read_bytes()
    published[name].write_bytes(whole[: len(whole) // 2])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CheckpointError) as refusal:
        import_official(**published, output=tmp_path / "new" / "bundle")
    assert str(published[name]) in str(refusal.value)
    assert [p for p in sorted(tmp_path.rglob("*")) if p not in before] in ([], [tmp_path / "new"])


def test_a_bundle_that_is_there_is_kept_unless_asked(published: dict[str, Path], tmp_path: Path) -> None:
    import_official(**published, output=tmp_path / "bundle")
    before = (tmp_path / "bundle" / "bundle.json").read_bytes()
    with pytest.raises(CheckpointError, match="holds a bundle already"):
        import_official(**published, output=tmp_path / "bundle", half=True)
    assert (tmp_path / "bundle" / "bundle.json").read_bytes() == before
    import_official(**published, output=tmp_path / "bundle", half=True, overwrite=True)
    assert load_bundle(tmp_path / "bundle").generator.mapping.w_avg.dtype == torch.float32


def test_what_is_in_the_way_is_named_and_stays(published: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CheckpointError, match="file: is a file; name a folder"):
        import_official(**published, output=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "bundle" / "encoder.safetensors").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"encoder\.safetensors: is a folder"):
        import_official(**published, output=tmp_path / "bundle", overwrite=True)
    assert [path.name for path in (tmp_path / "bundle").iterdir()] == ["encoder.safetensors"]


def test_progress_ends_where_it_said(published: dict[str, Path], tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}
    import_official(
        **published,
        output=tmp_path / "bundle",
        progress=lambda done, total, note: seen.update({note: (done, total)}),
    )
    assert set(seen) == {f"{k}.safetensors" for k in ("encoder", "generator", "diffcam", "deghoster")}
    assert seen["generator.safetensors"][0] == seen["generator.safetensors"][1]


_WRITING = """
import resource, sys, torch
from pathlib import Path
from ood_core.checkpoints.writing import write_safetensors

tensors = {str(n): torch.zeros(1 << 20).expand(4, 1 << 20) for n in range(16)}  # 256 MiB once written
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_safetensors(Path(sys.argv[1]), tensors, {})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_converted_without_a_second_copy_in_memory(tmp_path: Path) -> None:
    """In a process of its own: what other tests leave in memory is not the point."""
    large = tmp_path / "large.safetensors"
    done = subprocess.run([sys.executable, "-c", _WRITING, large], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 100 << 20 and large.stat().st_size > 256 << 20
    large.unlink()
