"""From what was named on the command line to a list of pictures and where their results go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..files.formats import SUFFIXES

CLIPS = (".mp4", ".mov", ".m4v", ".mkv")
STAGES = ("faces", "reconstruction", "edited", "mask", "coarse", "stages")


@dataclass(frozen=True)
class Job:
    """One picture or clip to edit, and the folder its results go to.

    Attributes:
        source: the picture.
        folder: where its results go.
        suffix: of the edited picture's file; None takes the source's.
    """

    source: Path
    folder: Path
    suffix: str | None = None

    def target(self, what: str) -> Path:
        """The path of one result: "result", or one of `STAGES`, which are always PNGs."""
        own = self.source.suffix if self.is_clip or self.source.suffix.lower() in SUFFIXES else ".png"
        chosen = own if self.is_clip else self.suffix or own
        return self.folder / f"{self.source.stem}_{what}{chosen if what == 'result' else '.png'}"

    @property
    def is_clip(self) -> bool:
        """Whether the source is a clip and no picture."""
        return self.source.suffix.lower() in CLIPS


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        jobs: pictures to edit.
        problems: one line for each input that cannot be edited.
        done: pictures whose results are there already and are to be left.
    """

    jobs: list[Job] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    done: list[Path] = field(default_factory=list)


def plan(
    inputs: Iterable[Path],
    output: Path,
    stages: bool,
    force: bool,
    suffix: str | None = None,
    resume: bool = False,
) -> Plan:
    """Which pictures to edit, and why others cannot be.

    No result may land on another's, on an input, or (without `force`) on a file that is there already; with
    `resume` a picture whose result is there is done.
    """
    pictures, problems = collect(inputs)
    sources = {picture.resolve() for picture in pictures}
    taken: dict[Path, Path] = {}
    planned = Plan(problems=problems)
    for picture in pictures:
        job = Job(picture, output, suffix)
        targets = [job.target(what) for what in ("result", *(STAGES if stages else ()))]
        problem = _clash(picture, targets, taken, sources, force or resume)
        if problem is not None:
            problems.append(problem)
            continue
        taken.update((_key(target), picture) for target in targets)
        if resume and targets[0].exists():
            planned.done.append(picture)
        else:
            planned.jobs.append(job)
    return planned


def collect(inputs: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Files as named, folders as the pictures in them, each once; and a line for each folder without any."""
    found: dict[Path, Path] = {}
    problems = []
    for path in inputs:
        try:
            pictures = list(_pictures(path))
        except OSError as error:
            problems.append(f"{path}: cannot be read ({error.strerror})")
            continue
        if not pictures:
            problems.append(f"{path}: has no picture in it ({', '.join(SUFFIXES)})")
        for picture in pictures:
            found.setdefault(picture.resolve(), picture)
    return list(found.values()), problems


def _pictures(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path  # also where it does not exist: reading it says so
        return
    yield from sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in SUFFIXES)


def _clash(
    picture: Path, targets: list[Path], taken: dict[Path, Path], sources: set[Path], force: bool
) -> str | None:
    for target in targets:
        if _key(target) in taken:
            return f"{picture}: {target} is the result of {taken[_key(target)]} already; choose another -o"
        if target.resolve() in sources:
            return f"{picture}: its result {target} would replace an input; choose another -o"
        if target.exists() and not force:
            return (
                f"{picture}: {target} already exists; --force overwrites it, --resume keeps it, "
                "-o chooses another folder"
            )
    return None


def _key(target: Path) -> Path:
    """Equal for names that are one file where upper and lower case are not told apart."""
    return target.with_name(target.name.casefold())
