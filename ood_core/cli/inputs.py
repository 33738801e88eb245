"""From what was named on the command line to a list of pictures and where their results go."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..files.formats import CLIP_SUFFIXES as CLIPS
from ..files.formats import SUFFIXES
from ..files.paths import unreadable

RESULT = "result"
STAGES = ("faces", "reconstruction", "edited", "mask", "coarse", "stages")
_OTHERS = (".heic", ".heif", ".avif", ".jxl", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".mkv", ".webm")


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
        """The path of one result: `RESULT`, or one of `STAGES`, which are always PNGs."""
        own = self.source.suffix if self.is_clip or self.source.suffix.lower() in SUFFIXES else ".png"
        chosen = own if self.is_clip else self.suffix or own
        return self.folder / f"{self.source.stem}_{what}{chosen if what == RESULT else '.png'}"

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
        left_out: one line for each folder with files that are not edited; nothing is wrong with them.
    """

    jobs: list[Job] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    done: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass
class Found:
    """What was named.

    Attributes:
        pictures: files by what they really are, named ones and those in folders, each once.
        listed: those that only their folder named.
        problems: one line for each input that cannot be read.
        left_out: one line for each folder with files that are no pictures.
    """

    pictures: dict[Path, Path] = field(default_factory=dict)
    listed: set[Path] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Add a file, or every picture of a folder."""
        if not path.is_dir():
            self.pictures.setdefault(_real(path), path)
            self.listed.discard(_real(path))
            return
        files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
        pictures = [file for file in files if file.suffix.lower() in SUFFIXES and not file.is_dir()]
        if not pictures:
            self.problems.append(f"{path}: has no picture in it ({', '.join(SUFFIXES)})")
        for picture in pictures:
            if why := unreadable(picture):
                self.problems.append(f"{picture}: {why}")
            elif _real(picture) not in self.pictures:
                self.pictures[_real(picture)] = picture
                self.listed.add(_real(picture))
        others = [file.name for file in files if file not in pictures and _looks_editable(file)]
        if pictures and others:
            listed = _enumerated(others)
            self.left_out.append(f"{path}: only its {', '.join(SUFFIXES)} files are edited, not {listed}")


def plan(
    inputs: Iterable[str | Path],
    output: Path,
    stages: bool,
    force: bool,
    suffix: str | None = None,
    resume: bool = False,
) -> Plan:
    """Which pictures to edit, and why others cannot be.

    No result may land on another's, on an input, or (without `force`) on a file that is there already; with
    `resume` a picture whose result is there is done. Where a folder is input and output, the results of
    earlier runs in it are no inputs.
    """
    found = collected(inputs)
    _leave_results(found, output)
    taken: dict[Path, Path] = {}
    planned = Plan(problems=found.problems, left_out=found.left_out)
    for picture in found.pictures.values():
        job = Job(picture, output, suffix)
        targets = [job.target(what) for what in (RESULT, *(STAGES if stages else ()))]
        problem = _clash(picture, targets, taken, set(found.pictures), force or resume)
        if problem is not None:
            planned.problems.append(problem)
            continue
        taken.update((_key(target), picture) for target in targets)
        if resume and targets[0].exists():
            planned.done.append(picture)
        else:
            planned.jobs.append(job)
    return planned


def collect(inputs: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Files as named, folders as the pictures in them, each once; and a line for each that cannot be read."""
    found = collected(inputs)
    return list(found.pictures.values()), found.problems


def collected(inputs: Iterable[str | Path]) -> Found:
    """Look at every input; none can keep the others from their turn.

    Args:
        inputs: as typed; text tells an empty name from the current folder, which a `Path` does not.
    """
    found = Found()
    for text in inputs:
        path = Path(text)
        why = None if str(text) and os.path.isdir(text) else unreadable(text)
        if why is not None:
            found.problems.append(f"{str(text) or repr('')}: {why}")
            continue
        try:
            found.add(path)
        except OSError as error:
            found.problems.append(f"{path}: cannot be read ({error.strerror})")
    return found


def _leave_results(found: Found, output: Path) -> None:
    """Take out of the inputs what an earlier run wrote beside them, whichever format it had."""
    folder = _real(output)
    words = (RESULT, *STAGES)
    names = {f"{real.stem}_{what}".casefold() for real in found.pictures for what in words}
    results = [real for real in found.listed if real.parent == folder and real.stem.casefold() in names]
    for real in results:
        del found.pictures[real]
    if results:
        listed = _enumerated(sorted(real.name for real in results))
        found.left_out.append(f"{output}: results of an earlier run are not edited again: {listed}")


def _clash(
    picture: Path, targets: list[Path], taken: dict[Path, Path], sources: set[Path], force: bool
) -> str | None:
    for target in targets:
        if _key(target) in taken:
            return f"{picture}: {target} is the result of {taken[_key(target)]} already; choose another -o"
        if _real(target) in sources:
            return f"{picture}: its result {target} would replace an input; choose another -o"
        try:
            os.lstat(target)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return f"{picture}: cannot write {target.name} ({error.strerror}); rename the picture"
        if not force:
            return (
                f"{picture}: {target} already exists; --force overwrites it, --resume keeps it, "
                "-o chooses another folder"
            )
    return None


def _looks_editable(file: Path) -> bool:
    """Whether somebody may expect it to be edited: a folder, a clip, a picture of another format."""
    kind = mimetypes.guess_type(file.name)[0] or ""
    return file.is_dir() or kind.startswith(("image/", "video/")) or file.suffix.lower() in _OTHERS


def _real(path: Path) -> Path:
    """Where a path leads; itself where that cannot be found out."""
    return Path(os.path.realpath(path))


def _enumerated(names: list[str], most: int = 3) -> str:
    """A few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _key(target: Path) -> Path:
    """Equal for names that are one file where upper and lower case are not told apart."""
    return target.with_name(target.name.casefold())
