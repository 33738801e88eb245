"""`ood bundles`: what is installed, for people and for programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ood_core.bundle import bundle as bundle_module
from ood_core.cli import main


@pytest.fixture
def installed(tiny_bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed bundles with only the tiny one in it."""
    shutil.copytree(tiny_bundle_folder, tmp_path / "bundles" / "tiny")
    monkeypatch.setattr(bundle_module, "_EMBEDDED", tmp_path / "bundles")
    return tmp_path / "bundles"


def ood_bundles(*options: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["bundles", *options])
    return int(end.value.code or 0)


def test_people_read_attributes_size_and_licence(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ood_bundles() == 0
    said = capsys.readouterr().out
    for word in ("tiny", "32 px", "MB", "MIT", "random weights for tests", "Smiling", "-1.5 to 1.5"):
        assert word in said


def test_programs_read_json(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ood_bundles("--json") == 0
    (bundle,) = json.loads(capsys.readouterr().out)
    assert (bundle["name"], bundle["resolution"], bundle["licence"]) == ("tiny", 32, "MIT")
    assert [attribute["name"] for attribute in bundle["attributes"]] == ["Smiling", "Old"]
    assert all(size > 0 for size in bundle["bytes"].values()) and len(bundle["bytes"]) == 5


def test_a_broken_bundle_is_named_and_the_others_are_listed(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (installed / "broken").mkdir()
    (installed / "broken" / "bundle.json").write_text("{")
    assert ood_bundles() == 1
    said = capsys.readouterr()
    assert "tiny" in said.out
    assert said.err.startswith("error: ") and "broken" in said.err and said.err.count("\n") == 1
