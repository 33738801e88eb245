"""The pages lead where they say, and name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "nodes" / "web" / "docs").glob("*.md"),
        *(ROOT / "ood_core" / "bundles").glob("*/*.md"),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^(?: {4}|\t).*$|```.*?```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a heading is called in a link, as GitHub makes it."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{target.name} has no heading {anchor}"


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 110
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in text


def test_files_that_pages_name_exist() -> None:
    for page in PAGES[:2] + sorted((ROOT / "docs").glob("*.md")):
        for name in re.findall(r"`((?:benchmarks|workflows|tests|nodes)/[\w./-]+)`", page.read_text("utf-8")):
            assert "name" in name.lower() or (ROOT / name).exists(), f"{page.name} names {name}"


def test_the_comfyui_page_lists_every_template_and_node() -> None:
    text = (ROOT / "docs" / "comfyui.md").read_text(encoding="utf-8")
    for path in (ROOT / "workflows").glob("*.json"):
        assert f"| {path.stem} |" in text
    for help_page in (ROOT / "nodes" / "web" / "docs").glob("*.md"):
        name = help_page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").removesuffix(" (OOD)")
        assert name in text
