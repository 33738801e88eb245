"""The templates are what the script makes, and fit the nodes as they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], Any]]]:
    """The script's table of templates."""
    monkeypatch.syspath_prepend(str(WORKFLOWS / "make"))
    from templates import TEMPLATES

    yield TEMPLATES
    for name in ("templates", "graph", "core_nodes"):
        del sys.modules[name]


def test_the_committed_files_are_those_that_the_script_writes(
    templates: dict[str, Callable[[], Any]],
) -> None:
    """After a change: python workflows/make/templates.py"""
    assert NAMES == sorted(templates) == sorted(path.stem for path in (WORKFLOWS / "api").glob("*.json"))
    for name, build in templates.items():
        assert json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8")) == build().ui()
        assert json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8")) == build().api()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_in_the_editors_format_with_a_thumbnail(name: str) -> None:
    graph = json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    assert graph["version"] == 0.4
    nodes = {node["id"]: node for node in graph["nodes"]}
    for _, source, output, target, slot, kind in graph["links"]:
        assert nodes[source]["outputs"][output]["type"] == kind
        assert nodes[target]["inputs"][slot]["type"] in (kind, "*")
    for node in graph["nodes"]:
        if node["type"].startswith("OOD_"):
            assert node["properties"]["cnr_id"] == "ood-editing" and node["properties"]["ver"]
    assert any(node["type"] == "MarkdownNote" for node in graph["nodes"]), "says what it is"
    assert Image.open(WORKFLOWS / f"{name}.jpg").format == "JPEG"


def test_what_needs_a_model_file_says_where_to_get_it() -> None:
    text = (WORKFLOWS / "4_mask_for_diffusion.json").read_text(encoding="utf-8")
    assert '"directory": "checkpoints"' in text and ".safetensors" in text
    assert "ood import-official" in (WORKFLOWS / "6_ffhq_photographs.json").read_text(encoding="utf-8")
