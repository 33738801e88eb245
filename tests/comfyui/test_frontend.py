"""Each template in the real frontend: opened in a headless browser, looked over, queued as a person would.

Needs playwright (PyPI) and a Chromium, of which CHROMIUM names the program (default: chromium). Screenshots
are kept in output/comfyui/.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
WITHOUT_MODEL = {"07 Mask for diffusion", "08 After an instruction editor"}  # no test brings the files
LOADERS = ("CheckpointLoaderSimple", "UNETLoader", "CLIPLoader", "VAELoader")
TEXT_FROM = 0.6  # zoom from which the classic canvas draws text
SHOWN = """() => window.app.graph.nodes.some(node => node.imgs?.length)
    || document.querySelector("img[src*='/view?'], img[src*='/view/']")"""
SLOW = 240_000  # milliseconds; a loaded two-core machine draws slowly


@pytest.fixture(scope="module")
def page(server: Any) -> Iterator[Any]:
    """The frontend, loaded."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; CHROMIUM names one")
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=options, timeout=SLOW)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.set_default_timeout(SLOW)
        page.goto(server.url, timeout=SLOW)
        page.wait_for_function("() => window.app && window.app.graph && window.app.extensionManager")
        yield page
        browser.close()


def open_template(page: Any, name: str) -> None:
    """Load a template as the template browser does: its file, from the server, under its name."""
    page.evaluate(
        """async (name) => {
            const file = encodeURIComponent(name)
            const answer = await fetch(`/api/workflow_templates/ood-editing/${file}.json`)
            await window.app.loadGraphData(await answer.json(), true, true, name)
        }""",
        name,
    )
    page.wait_for_timeout(1500)


def run(page: Any, server: Any) -> None:
    """Queue what is open and wait until it has ended well."""
    before = len(server.get("/history"))
    page.evaluate("() => window.app.queuePrompt(0, 1)")
    for _ in range(SLOW // 500):
        history = server.get("/history")
        if len(history) > before and not server.get("/queue")["queue_running"]:
            break
        page.wait_for_timeout(500)
    last = list(history.values())[-1]
    assert last["status"]["status_str"] == "success", last["status"]


def overlapping(page: Any) -> list[Any]:
    """Titles of nodes that cover each other, title bars and previews included."""
    return page.evaluate(
        """() => {
            const nodes = window.app.graph.nodes, found = []
            for (const a of nodes) for (const b of nodes) if (a.id < b.id) {
                const [ax, ay, aw, ah] = a.boundingRect, [bx, by, bw, bh] = b.boundingRect
                if (ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah)
                    found.push([a.title, b.title])
            }
            return found
        }"""
    )


def keep_screenshot(page: Any, name: str, fit: bool = True) -> Path:
    folder = ROOT / "output" / "comfyui"
    folder.mkdir(parents=True, exist_ok=True)
    if fit:
        page.evaluate("() => window.app.extensionManager.command.execute('Comfy.Canvas.FitView')")
        page.wait_for_timeout(1500)
    page.screenshot(path=folder / f"{name}.png")
    return folder / f"{name}.png"


def test_the_template_browser_offers_ours_with_pictures(page: Any) -> None:
    """A first visit opens the browser by itself."""
    ours = page.get_by_text("ood-editing", exact=True).first
    ours.click()
    for name in TEMPLATES:
        page.get_by_text(name, exact=True).first.wait_for(state="visible")
    page.wait_for_timeout(5000)  # the thumbnails
    assert keep_screenshot(page, "template_browser", fit=False).stat().st_size > 20_000
    page.keyboard.press("Escape")
    ours.wait_for(state="hidden")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_opens_whole_and_runs_from_the_frontend(page: Any, server: Any, name: str) -> None:
    open_template(page, name)
    assert page.evaluate("() => window.app.canvas.ds.scale") >= TEXT_FROM
    red = page.evaluate(
        "() => window.app.graph.nodes.filter(n => n.has_errors || "
        "(!n.isVirtualNode && !LiteGraph.registered_node_types[n.type])).map(n => n.type)"
    )
    assert [kind for kind in red if name not in WITHOUT_MODEL or kind not in LOADERS] == []
    made = json.loads((ROOT / "workflows" / "api" / f"{name}.json").read_text(encoding="utf-8"))
    graph = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    assert graph.keys() == made.keys()
    about = server.get("/object_info")
    for node, content in made.items():  # the frontend adds inputs of its own to some core nodes
        known = {key for part in about[content["class_type"]]["input"].values() for key in part}
        inputs = {key: value for key, value in content["inputs"].items() if key in known}  # the rest is newer
        kept = {key: graph[node]["inputs"].get(key) for key in inputs}
        assert (graph[node]["class_type"], kept) == (content["class_type"], inputs)
    if name not in WITHOUT_MODEL:
        run(page, server)
        page.wait_for_function(SHOWN)
    else:
        keep_screenshot(page, f"{name}_asks_for_its_model", fit=False)
        page.keyboard.press("Escape")
    assert keep_screenshot(page, name).stat().st_size > 20_000
    assert overlapping(page) == []


def test_the_app_shows_its_fields_and_its_result(page: Any) -> None:
    open_template(page, "11 Portrait app")
    if not page.get_by_text("Build an app").count():
        pytest.skip("this frontend has no app mode")
    for label in ("Person (a number)", "In front or behind", "What to change", "How much"):
        page.get_by_text(label, exact=True).first.wait_for(state="visible")


def test_the_blueprint_is_offered_and_runs_as_one_node(page: Any, server: Any) -> None:
    try:
        offered = server.get("/global_subgraphs").values()
    except Exception:
        pytest.skip("this ComfyUI has no blueprints of packs")
    assert any(entry["name"] == "Edit a portrait" for entry in offered)
    blueprint = json.loads((ROOT / "subgraphs" / "Edit a portrait.json").read_text(encoding="utf-8"))
    inside = page.evaluate(
        """async (blueprint) => {
            await window.app.loadGraphData(blueprint, true, true, 'blueprint')
            const whole = window.app.graph.nodes[0]
            const portrait = LiteGraph.createNode('OOD_ExamplePortrait')
            window.app.graph.add(portrait)
            portrait.pos = [-400, 0]
            portrait.connect(0, whole, 0)
            return Object.values((await window.app.graphToPrompt()).output).map(node => node.class_type)
        }""",
        blueprint,
    )
    stages = {"OOD_Invert", "OOD_LatentEdit", "OOD_DiffCAM", "OOD_Composite", "OOD_Deghost"}
    assert stages | {"OOD_LoadBundle", "OOD_ExamplePortrait"} == set(inside)
    keep_screenshot(page, "blueprint")
    run(page, server)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.endswith("app")])
def test_no_node_covers_another_in_nodes_2(page: Any, name: str) -> None:
    page.evaluate("() => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', true)")
    open_template(page, name)
    page.wait_for_timeout(1500)
    if not page.locator("[data-node-id]").count():
        pytest.skip("this frontend has one renderer")
    keep_screenshot(page, f"{name} in nodes 2")
    assert overlapping(page) == []
    page.evaluate("() => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false)")


def test_nodes_2_puts_before_and_after_behind_a_slider(page: Any, server: Any) -> None:
    """Where ComfyUI has Compare Images; elsewhere the node shows the two pictures themselves."""
    open_template(page, "01 Keep Original")
    run(page, server)
    page.wait_for_function(
        "() => window.app.graph.nodes.find(n => n.type === 'OOD_KeepOriginal').imgs?.length === 2"
    )
    if "ImageCompare" not in server.get("/object_info"):
        pytest.skip("this ComfyUI has no Compare Images")
    page.evaluate("() => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', true)")
    page.wait_for_timeout(1500)
    if not page.locator("[data-node-id]").count():
        pytest.skip("this frontend has one renderer")
    open_template(page, "01 Keep Original")
    page.evaluate(
        "() => window.app.graph.nodes.find(n => n.type === 'OOD_KeepOriginal').widgets[1].value = 0.5"
    )
    run(page, server)
    kept = page.locator("[data-node-id]").filter(has_text="Keep Original (OOD)")
    kept.get_by_role("presentation").first.wait_for(state="visible")  # the line between the two
    keep_screenshot(page, "slider in nodes 2", fit=False)
    page.evaluate("() => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false)")
    page.wait_for_timeout(1500)


def test_rows_of_attributes_survive_saving(page: Any) -> None:
    """With the strength that appears below each, in either way of loading."""
    open_template(page, "03 Several attributes at once")
    edit = "window.app.graph.nodes.find(n => n.type === 'OOD_Edit')"
    if not page.evaluate(f"() => {edit}.widgets.some(widget => widget.name === 'attribute_2')"):
        pytest.skip("this ComfyUI has no lists that bring inputs with them")
    page.evaluate(f"""() => {{
        const set = (name, value) => {{
            const widget = {edit}.widgets.find(widget => widget.name === name)
            widget.value = value
            widget.callback?.(value)
        }}
        set("attribute_3", "Old")
        set("attribute_3.strength", -0.5)
    }}""")
    page.evaluate("""async () => {
        const saved = JSON.stringify(window.app.graph.serialize())
        await window.app.loadGraphData(JSON.parse(saved), true, true, 'rows')
    }""")
    page.wait_for_timeout(1500)
    inputs = page.evaluate(f"async () => (await window.app.graphToPrompt()).output[{edit}.id].inputs")
    rows = {key: value for key, value in inputs.items() if key.startswith("attribute")}
    assert rows == {
        "attribute": "Beard", "attribute_2": "Smiling", "attribute_2.strength": 1,
        "attribute_3": "Old", "attribute_3.strength": -0.5, "attribute_4": "none",
    }  # fmt: skip


def test_every_node_has_its_help_page(page: Any, server: Any) -> None:
    for name in (entry for entry in server.get("/object_info") if entry.startswith("OOD_")):
        answer = page.request.get(f"{server.url}/extensions/ood-editing/docs/{name}.md")
        assert answer.ok and "| output |" in answer.text()
