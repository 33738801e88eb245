"""`ood bench --keep`: tables and figures, and one plain line for everything that cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ood_core.cli import main

METHODS = "editor,true-mask,bound"


def _run(tmp_path: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["bench", "--keep", "-o", str(tmp_path / "out"), *arguments])
    return int(end.value.code or 0)


@pytest.mark.slow
def test_figures_tables_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, "--count", "5", "--seed", "2", "--methods", METHODS) == 0
    found = json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))
    assert found["count"] == 5 and found["seed"] == 2 and found["kinds"] == "all"
    assert list(found["methods"]) == METHODS.split(",") and len(found["pairs"]) == 5
    assert found["methods"]["bound"]["iou"] == 1 and found["methods"]["editor"]["iou"] < 0.5
    assert found["repeated"]["editor"] < 1 and (tmp_path / "out" / "bench.png").exists()
    shown = capsys.readouterr().out
    assert "| editor" in shown and "behind bound" in shown and "by family" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--methods", "magic"], "no method 'magic' to compare here; known: editor"),
        (
            ["--edit", "Smiling"],
            "--keep measures no bundle; leave out --edit, --generator, --crowds, --photos, "
            "--inversion-noise, --refine, --textures",
        ),
        (["gone"], "no such file"),
        (["--vae", "."], "files *_encoder.safetensors; one is needed"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert _run(tmp_path, "--count", "1", *arguments) == 1
    error = capsys.readouterr().err.strip()
    assert says in error and len(error.splitlines()) == 1
