"""One family's cases, asked for by number on stdin; see `campaign.py`.

python benchmarks/campaign_worker.py FAMILY FOLDER SEED [CASE]
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
import sysconfig
import traceback
import warnings
import zlib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from campaign_families import FAMILIES, Family  # noqa: E402

from ood_core.errors import OodError  # noqa: E402

_MEMORY = 8 << 30  # bytes; a bomb meets this instead of the machine
_RUNS = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "pickle.find_class")
_RUNS += ("socket.connect", "socket.getaddrinfo", "ctypes.dlopen", "os.startfile", "webbrowser.open")
_TRUSTED = tuple(str(Path(path).resolve()) for path in {*sysconfig.get_paths().values(), str(ROOT)})


class Watch:
    """Counts what a file must not make a reader do, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in _RUNS or (event == "exec" and not self._own(arguments[0])):
            self.seen.append(f"{event} {str(arguments)[:80]}")

    @staticmethod
    def _own(code: Any) -> bool:
        """Whether code that runs is a module's that is imported late, and not a file's."""
        name = getattr(code, "co_filename", "")
        return name.startswith("<frozen") or str(Path(name).resolve()).startswith(_TRUSTED)


def ours(error: Exception) -> bool:
    """Whether it is our own error, also of the copy of the library that ComfyUI imports."""
    return any(kind.__name__ == OodError.__name__ for kind in type(error).__mro__)


def run(family: Family, case: int, seed: int, folder: Path, watch: Watch) -> dict[str, Any]:
    """Mutate a file, read it, and say what came of it."""
    work = folder / f"case-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "out").mkdir(parents=True)
    random_numbers = random.Random(zlib.crc32(f"{seed} {family.name} {case}".encode()))
    path = family.case(work, random_numbers)
    outcomes, text = ["read"], ""
    watch.seen, watch.on = [], True
    try:
        family.read(path, work / "out")
    except Exception as error:
        if ours(error):
            outcomes, text = ["refused"], str(error)
        else:
            outcomes, text = ["traceback"], traceback.format_exc(limit=-4)
    finally:
        watch.on = False
    left = [each.name for each in (work / "out").rglob("*") if each.is_file()]
    if (outcomes != ["read"] and left) or any(name.startswith(".ood-") for name in left):
        outcomes, text = [*outcomes, "half-written"], f"{text} left: {left}"
    if watch.seen or (work / "canary").exists():
        outcomes, text = [*outcomes, "executed"], f"{text} {watch.seen}"
    if outcomes == ["refused"] and "\n" in text.strip():
        outcomes = [*outcomes, "several lines"]
    return {"outcomes": outcomes, "text": text}


def main() -> None:
    """Answer until stdin ends; or run one case and leave its files."""
    family_name, folder, seed, *single = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    warnings.simplefilter("ignore")
    place = Path(folder).absolute()
    place.mkdir(parents=True, exist_ok=True)
    family, watch = FAMILIES[family_name](place / "seeds" / family_name), Watch()
    out = place / f"warm-{os.getpid()}"
    for number, path in enumerate(family.seeds):  # late imports happen now
        (out / str(number)).mkdir(parents=True)
        try:
            family.read(path, out / str(number))
        except Exception as error:
            if not ours(error):  # some are of formats that are not read
                raise
    shutil.rmtree(out)
    if single:
        print(json.dumps(run(family, int(single[0]), int(seed), place, watch), indent=1).replace("\\n", "\n"))
        print("its files:", place / f"case-{os.getpid()}")
        return
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(family, int(line), int(seed), place, watch)), flush=True)
    shutil.rmtree(place / f"case-{os.getpid()}", ignore_errors=True)


if __name__ == "__main__":
    main()
