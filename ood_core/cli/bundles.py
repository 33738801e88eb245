"""`ood bundles`: what is installed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import explain, report


def bundles(
    folders: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|DIR]…", help="Which; all installed if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what bundles hold: attributes, sizes, licence, and what stands in for missing networks."""
    from ..bundle import find_bundle, installed_bundles
    from ..errors import BundleError

    descriptions, broken = [], False
    chosen = [find_bundle(name) for name in folders or []]
    for folder in chosen or installed_bundles().values():
        try:
            descriptions.append(_describe(folder))
        except BundleError as error:
            report(explain(error))
            broken = True
    if as_json:
        typer.echo(json.dumps(descriptions, indent=2, ensure_ascii=False))
    else:
        for description in descriptions:
            typer.echo(_as_text(description))
    if broken:
        raise typer.Exit(1)


def _describe(folder: Path) -> dict[str, Any]:
    from ..bundle.manifest import read_manifest

    manifest = read_manifest(folder)
    return {
        "name": manifest.name,
        "resolution": manifest.resolution,
        "licence": manifest.licence,
        "provenance": manifest.provenance,
        "folder": str(folder),
        "bytes": {name: path.stat().st_size for name in manifest.sha256 if (path := folder / name).is_file()},
        "attributes": [dataclasses.asdict(attribute) for attribute in manifest.attributes.values()],
        "architectures": manifest.architectures,
        "stand_ins": list(manifest.stand_ins),
    }


def _as_text(description: dict[str, Any]) -> str:
    size = sum(description["bytes"].values()) / 1e6
    lines = [
        f"{description['name']}: {description['resolution']} px, {size:.1f} MB, {description['licence']}",
        f"  {description['provenance']}",
        *(f"  {sentence}" for sentence in description["stand_ins"]),
    ]
    lines += [f"  {'attribute':<20} good strengths"] if description["attributes"] else []
    for attribute in description["attributes"]:
        low, high = attribute["range"]
        lines.append(f"  {attribute['name']:<20} {low:g} to {high:g}")
    return "\n".join(lines)
