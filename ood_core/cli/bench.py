"""`ood bench`: how near a bundle's edits come to the true ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ImageError, OodError
from .bench_inversion import bench_inversion
from .bench_keep import Kinds, bench_keep
from .bench_photos import bench_photos
from .console import named_numbers, progress_bar
from .edit import Refine
from .figures import print_table, write_figures
from .inputs import collect
from .options import BundleName, Force

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..progress import Progress


Pictures = Annotated[
    list[str] | None,
    typer.Argument(metavar="[INPUT]…", help="Pictures of your own, or folders of them."),
]
Edits = Annotated[
    list[str] | None,
    typer.Option("--edit", metavar="NAME[=STRENGTH]", help="How to edit them."),
]
Count = Annotated[int, typer.Option(min=1, help="How many portraits are drawn.")]
Seed = Annotated[int, typer.Option(min=1, max=2**31, help="The same seed gives the same portraits.")]
Methods = Annotated[str | None, typer.Option(metavar="A,B,…", help="Which to compare; all if not given.")]
WithGenerator = Annotated[
    bool, typer.Option("--generator", help="Also measure the generator's samples, and inversion.")
]
WithCrowds = Annotated[
    bool, typer.Option("--crowds", help="Also measure how faces are found in pictures of several people.")
]
InversionNoise = Annotated[
    str | None,
    typer.Option(
        metavar="DB,…",
        help="Measure instead how edits bear with inversions made worse, to each of these qualities.",
    ),
]
Textures = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Photographs that stand behind and in front of the people that are drawn."
    ),
]
Photos = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Measure instead how faces of photographs, one person each, are found and edited; "
        "a row for each folder in it.",
    ),
]
Judges = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="With --photos: weights of judges; see docs/benchmark.md."),
]
WithKeep = Annotated[
    bool, typer.Option("--keep", help="Measure instead how other editors' work is put back (`ood keep`).")
]
Vae = Annotated[
    Path | None,
    typer.Option("--vae", metavar="FOLDER", help="With --keep: a diffusion autoencoder's weights."),
]
KeepKinds = Annotated[
    Kinds, typer.Option("--kinds", help="With --keep: tune on public kinds only; report the others, too.")
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="The figures' file; else bench.json in -o.")]
Output = Annotated[Path, typer.Option("--output", "-o", readable=False, help="Folder for figures and sheet.")]


def bench(
    inputs: Pictures = None,
    edits: Edits = None,
    bundle: BundleName = None,
    count: Count = 200,
    seed: Seed = 20_000,
    methods: Methods = None,
    generator: WithGenerator = False,
    crowds: WithCrowds = False,
    inversion_noise: InversionNoise = None,
    refine: Refine = 0,
    textures: Textures = None,
    photos: Photos = None,
    judges: Judges = None,
    keep: WithKeep = False,
    vae: Vae = None,
    kinds: KeepKinds = "all",
    figures: JsonFile = None,
    output: Output = Path("output"),
    force: Force = False,
) -> None:
    """Compare methods of editing with the truth.

    People and things that no network has seen are drawn with their true edits. Prints a table, and writes
    bench.json and bench.png, where the worst samples come first. Of pictures given by name the true edit is
    unknown; then it says what was kept. With --keep, pictures given by name are photographs to edit. --photos
    measures finding, alignment, edits and keep; started again after an interruption, it goes on.
    """
    from ..bundle import load_bundle
    from ..editing import checked_strengths
    from ..evaluation.benchmark import COMPARED, KNOWN, run_benchmark
    from ..evaluation.generation import measure_generator
    from ..evaluation.methods import METHODS, checked_methods
    from ..evaluation.pictures import measure_pictures
    from ..evaluation.report import sheet, table
    from ..evaluation.textured import read_textures
    from ..files.formats import write_picture

    target, picture = figures or output / "bench.json", output / "bench.png"
    for path in (target, picture):
        if path.exists() and not force:
            raise ImageError(f"{path} already exists; --force overwrites it, -o chooses another folder")
    if keep:
        if edits or generator or crowds or photos or inversion_noise or refine or textures:
            raise OodError(
                "--keep measures no bundle; leave out --edit, --generator, --crowds, "
                "--photos, --inversion-noise, --refine, --textures"
            )
        return bench_keep(inputs or [], vae, kinds, count, seed, methods, target, picture, force)
    if photos is not None:
        if inputs or edits or methods or generator or crowds or inversion_noise or refine or textures:
            raise OodError("--photos measures photographs alone; give --bundle, --count and --judges with it")
        return bench_photos(photos, bundle, judges, count, target)
    if inversion_noise is not None:
        if inputs or edits or generator or crowds or refine or textures:
            raise OodError("--inversion-noise measures drawn people alone; give --bundle, --count, --methods")
        return bench_inversion(inversion_noise, bundle, count, seed, methods, target)
    if inputs and textures is not None:
        raise OodError("--textures stand around drawn people; leave it out, or the pictures of your own")
    if bool(inputs) != bool(edits):
        raise OodError("to benchmark your own pictures, name them and pass --edit as well")
    usual, known = (tuple(METHODS), tuple(METHODS)) if inputs else (COMPARED, KNOWN)
    names = checked_methods(list(usual) if methods is None else methods.split(","), known)
    loaded = load_bundle(bundle)
    strengths = checked_strengths(named_numbers(edits or [], "--edit", default=1.0), loaded.attributes)
    paths = _pictures(inputs or [])
    photographs = None if textures is None else read_textures(_pictures([str(textures)]), loaded.resolution)
    also: dict[str, Any] = {"generator": measure_generator(loaded, seed)} if generator else {}
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=None)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total)

        if paths:
            report = measure_pictures(paths, loaded, strengths, names, refine, progress)
        else:
            report = run_benchmark(loaded, count, seed, names, None, photographs, refine, progress)
        if crowds:
            also["crowds"] = _measure_crowds(loaded, count, seed, progress)
    print_table(table(report.figures))
    for name, figure in also.get("generator", {}).items():
        typer.echo(f"{name}: {figure:.4g}")
    if crowds:
        _print_crowds(also["crowds"])
    write_figures(target, report.figures | also)
    write_picture(picture, sheet(report.rows), overwrite=force)
    typer.echo(f"{target}\n{picture}")


def _measure_crowds(bundle: Bundle, count: int, seed: int, progress: Progress) -> dict[str, Any]:
    from ..alignment import face_detector
    from ..evaluation.photos import detection_table, round_trip
    from ..evaluation.real_faces import real_faces_table

    return {
        "faces": detection_table(bundle, count, seed, progress=progress),
        "round_trip": round_trip(bundle, count, seed),
        "real_faces": real_faces_table(face_detector()),
    }


def _print_crowds(figures: Mapping[str, Any]) -> None:
    from ..evaluation.report import faces_table

    print_table(faces_table(figures["faces"], "Faces in pictures of several portraits"))
    trip = figures["round_trip"]
    if trip["identical"] is not None:
        typer.echo(
            f"{trip['faces']} faces cut out and put back without an edit, over {trip['pixels']} pixels: "
            f"{100 * trip['identical']:.9g} % of all the pictures' pixels are identical"
        )
    if figures["real_faces"]:
        print_table(faces_table(figures["real_faces"], "Real photographs, the built-in detector"))
    else:
        typer.echo('real photographs come with scikit-image and matplotlib: pip install ".[photos]"')


def _pictures(inputs: list[str]) -> list[Path]:
    paths, problems = collect(inputs)
    if problems:
        raise ImageError(problems[0])
    return paths
