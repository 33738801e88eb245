"""Every node can be found, read and trusted to stay as it is."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("definitions.json")
INSTALLED = {"bundle", "attribute", "file"}  # combos whose options depend on what is installed
KEPT = ("optional", "default", "min", "max", "step", "options", "multiline")


def definition(schema: Any) -> dict[str, Any]:
    """What saved graphs depend on; in order, because they hold widget values by position."""
    inputs = []
    for socket in schema.inputs:
        options = {key: socket.options[key] for key in KEPT if key in socket.options}
        if socket.kind == "COMBO" and socket.id in INSTALLED:
            del options["options"]
        inputs.append({"id": socket.id, "type": socket.kind, **options})
    outputs = [{"name": socket.options["display_name"], "type": socket.kind} for socket in schema.outputs]
    return {"inputs": inputs, "outputs": outputs, "output_node": schema.is_output_node}


@pytest.fixture
def schemas(node_classes: list[Any]) -> list[Any]:
    return [cls.define_schema() for cls in node_classes]


def test_the_definitions_are_those_that_saved_graphs_were_made_with(schemas: list[Any]) -> None:
    """Changed on purpose? Append widgets only at the end, then delete definitions.json and run again."""
    current = {schema.node_id: definition(schema) for schema in schemas}
    text = json.dumps(current, indent=1, ensure_ascii=False) + "\n"
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(text, encoding="utf-8")
        pytest.fail(f"{SNAPSHOT.name} was missing and has been written: look at it and commit it")
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == json.loads(text)


def test_ids_and_categories_are_ours(schemas: list[Any]) -> None:
    ids = [schema.node_id for schema in schemas]
    assert len(set(ids)) == len(ids) and all(node_id.startswith("OOD_") for node_id in ids)
    assert {schema.category for schema in schemas} == {"OOD Editing"}
    assert all(schema.display_name.endswith("(OOD)") and schema.description for schema in schemas)


def test_every_socket_has_a_tooltip(schemas: list[Any]) -> None:
    for schema in schemas:
        for socket in (*schema.inputs, *schema.outputs):
            assert len(socket.options.get("tooltip", "")) > 15, (schema.node_id, socket.id)


def test_socket_types_are_cores_or_ours(schemas: list[Any]) -> None:
    kinds = {socket.kind for schema in schemas for socket in (*schema.inputs, *schema.outputs)}
    assert kinds <= {
        "IMAGE", "MASK", "INT", "FLOAT", "STRING", "COMBO", "BOOLEAN", "OOD_BUNDLE", "OOD_LATENT",
        "OOD_DIRECTION", "OOD_CROP", "OOD_EDIT",
        "FACE_LANDMARKS",
    }  # fmt: skip


def test_every_node_has_a_help_page_that_names_all_its_sockets(schemas: list[Any]) -> None:
    for schema in schemas:
        page = (ROOT / "nodes" / "web" / "docs" / f"{schema.node_id}.md").read_text(encoding="utf-8")
        names = [socket.id for socket in schema.inputs]
        names += [socket.options["display_name"] for socket in schema.outputs]
        assert [name for name in names if f"`{name}`" not in page] == [], schema.node_id


def test_the_pack_exports_v3_only(pack: ModuleType) -> None:
    assert not hasattr(pack, "NODE_CLASS_MAPPINGS")
    assert (ROOT / pack.WEB_DIRECTORY / "docs").is_dir()


def test_options_an_older_comfyui_does_not_know_are_dropped(pack: ModuleType, standin: ModuleType) -> None:
    from ood_pack_under_test.nodes.schema import schema, widget

    made = schema("X", "X", has_intermediate_output=True, inputs=[], outputs=[])
    assert made.node_id == "OOD_X"
    assert widget(standin.socket_type("INT"), "x", default=1, advanced=True).options == {"default": 1}
