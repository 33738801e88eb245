"""The templates are what the script makes, fit the nodes as they are, and can be read when they open."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
SCREEN = (1920, 1080)
FRAME = (110, 120)  # pixels that the editor's bars and its margin take of a screen's width and height
TEXT_FROM = 0.6  # zoom from which the classic canvas draws text


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], Any]]]:
    """The script's table of templates."""
    monkeypatch.syspath_prepend(str(WORKFLOWS / "make"))
    from templates import TEMPLATES

    yield TEMPLATES
    for name in ("templates", "parts", "blueprint", "graph", "layout", "definitions", "core_nodes"):
        del sys.modules[name]


@pytest.fixture
def geometry() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ood_geometry", Path(__file__).with_name("geometry.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(name: str) -> dict[str, Any]:
    return json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_committed_files_are_those_that_the_script_writes(
    templates: dict[str, Callable[[], Any]],
) -> None:
    """After a change: python workflows/make/templates.py"""
    assert NAMES == sorted(templates) == sorted(path.stem for path in (WORKFLOWS / "api").glob("*.json"))
    for name, build in templates.items():
        assert read(name) == build().ui()
        assert json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8")) == build().api()
    from templates import BLUEPRINT, portrait_blueprint

    committed = WORKFLOWS.parent / "subgraphs" / f"{BLUEPRINT}.json"
    assert json.loads(committed.read_text(encoding="utf-8")) == portrait_blueprint()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_in_the_editors_format_with_a_thumbnail(name: str) -> None:
    graph = read(name)
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


@pytest.mark.parametrize("name", NAMES)
def test_a_template_can_be_read_at_first_sight(geometry: ModuleType, name: str) -> None:
    graph = read(name)
    width, height = geometry.extent(graph)
    assert width <= 1800 and height <= 950
    room = SCREEN[0] - FRAME[0], SCREEN[1] - FRAME[1]
    assert min(room[0] / width, room[1] / height) >= TEXT_FROM
    assert [group["title"][0] for group in graph["groups"]] == ["1", "2", "3"]
    assert min(node["size"][0] for node in graph["nodes"]) >= 225, "Nodes 2.0 would widen it"
    assert geometry.overlapping(graph) == []
    assert geometry.outside_of_groups(graph) == []
    assert geometry.behind_nodes(graph) == []


def test_inside_the_blueprint_no_outer_input_runs_behind_a_node(geometry: ModuleType) -> None:
    """The editor draws these links: to sockets, and to the widgets that are shown outside."""
    path = WORKFLOWS.parent / "subgraphs" / "Edit a portrait.json"
    blueprint = json.loads(path.read_text(encoding="utf-8"))
    inside = blueprint["definitions"]["subgraphs"][0]
    nodes = {node["id"]: node for node in inside["nodes"]}
    assert geometry.overlapping(inside) == []
    sockets = [
        (link["target_id"], link["target_slot"]) for link in inside["links"] if link["origin_id"] == -10
    ]
    widgets = blueprint["nodes"][0]["properties"]["proxyWidgets"]
    ends = [(node, 14 + 20 * slot) for node, slot in sockets]
    for node, name in ((nodes[int(number)], name) for number, name in widgets):
        names = [entry["name"] for entry in node["inputs"] if "widget" in entry]
        rows = max(len(node["inputs"]) - len(names), len(node["outputs"]))
        ends.append((node["id"], 20 * rows + 24 * names.index(name) + 20))
    left, top, width, _ = inside["inputNode"]["bounding"]
    for slot, (node, down) in enumerate(ends):
        x, y = nodes[node]["pos"]
        link = list(geometry.curve((left + width, top + 26 + 20 * slot), (x, y + down)))
        hiding = [other for other, box in geometry.boxes(inside).items() if geometry.hidden_by(link, box)]
        assert hiding == [], (slot, hiding)


def test_the_names_read_well_in_a_deliberate_order() -> None:
    assert [int(name.split()[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    assert all(re.fullmatch(r"\d\d [A-Z][A-Za-z ]+", name) for name in NAMES)


def test_every_thumbnail_shows_something_else() -> None:
    assert len({(WORKFLOWS / f"{name}.jpg").read_bytes() for name in NAMES}) == len(NAMES)


def test_what_needs_a_model_file_says_where_to_get_it() -> None:
    text = (WORKFLOWS / "07 Mask for diffusion.json").read_text(encoding="utf-8")
    assert '"directory": "checkpoints"' in text and ".safetensors" in text
    assert "ood import" in (WORKFLOWS / "10 FFHQ photographs.json").read_text(encoding="utf-8")
