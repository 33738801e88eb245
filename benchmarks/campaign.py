"""What does a stranger's broken or hostile file do? At best one plain sentence; never more.

    python benchmarks/campaign.py [-o FOLDER] [--cases N] [--seconds S] [--seed N] [--families NAME …]

Files of every kind that is read (pictures, masks, clips, landmarks, bundles, checkpoints, directions,
recipes, workflows) are mutated and given to their readers, and every node is called with inputs of wrong
shapes, types, batches, devices and numbers, in processes of their own, each case with a time limit. Counted
are executed code (an audit hook watches), tracebacks (exceptions that are not ours), crashes, hangs, and
files left half-written. A run stops after S seconds and goes on where it stopped;
`campaign.json` has the figures and what to repeat: `--repeat FAMILY:CASE` runs one case and keeps its
file. The families are listed in `campaign_families.py`; one more is one class there.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHARES = {
    "picture": 4000, "mask": 1000, "clip": 900, "landmarks": 1100, "bundle": 1000, "checkpoint": 1500,
    "directions": 1000, "recipe": 600, "workflow": 500, "node": 3000,
}  # fmt: skip
LIMIT = 20.0  # seconds for a case; the slowest right one takes a tenth of it
STARTING = 180.0  # seconds until a worker has imported everything and read every unharmed file
BAD = ("traceback", "executed", "crash", "hang", "half-written", "several lines")
_KEPT = 40  # findings listed for a family


@dataclass
class Figures:
    """What became of the cases of one family.

    Attributes:
        done: cases, counted from 0.
        outcomes: outcome → number of cases; several of `BAD` may hold for one.
        found: the first bad ones: case, outcome and what was said.
    """

    done: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, case: int, answer: dict[str, Any]) -> None:
        """Count one case."""
        self.done = case + 1
        for outcome in answer["outcomes"]:
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            if outcome in BAD and len(self.found) < _KEPT:
                self.found.append({"case": case, "outcome": outcome, "text": answer["text"]})


class Worker:
    """A process that runs the cases of one family, replaced where it hangs or dies."""

    def __init__(self, family: str, folder: Path, seed: int) -> None:
        script = Path(__file__).with_name("campaign_worker.py")
        self._command = [sys.executable, str(script), family, str(folder), str(seed)]
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, case: int) -> dict[str, Any]:
        """One case's outcomes and text; a hang is believed when it happens again with more time."""
        answer = self._run(case, LIMIT)
        return self._run(case, 3 * LIMIT) if answer["outcomes"] == ["hang"] else answer

    def _run(self, case: int, limit: float) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        process.stdin.write(f"{case}\n".encode())
        process.stdin.flush()
        answer = self._line(limit)
        if answer is None:
            died = process.poll() is not None
            text = f"ended with {process.returncode}" if died else f"took over {limit:.0f} s"
            self.stop()
            return {"outcomes": ["crash" if died else "hang"], "text": text}
        return dict(json.loads(answer))

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(self._command, env=environment, **pipes)  # type: ignore[call-overload]
            if self._line(STARTING) != "ready":
                raise SystemExit(f"the worker does not start; try {' '.join(self._command)}")
        return self._process

    def _line(self, limit: float) -> str | None:
        """The next line that the process says, None where it does not."""
        assert self._process is not None and self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], limit)[0]:
            return None
        line = self._process.stdout.readline().decode()
        return line.strip() or None


def run(output: Path, cases: dict[str, int], seed: int, seconds: float) -> dict[str, Figures]:
    """Go on with a campaign until every case is done or the time is over."""
    output.mkdir(parents=True, exist_ok=True)
    state, until = output / "campaign.json", time.monotonic() + seconds
    figures = {name: Figures() for name in cases}
    if state.exists():
        before = json.loads(state.read_text(encoding="utf-8"))
        if before["seed"] == seed:
            figures |= {name: Figures(**before["families"][name]) for name in before["families"]}
    for family, count in cases.items():
        worker = Worker(family, output / "work", seed)
        try:
            for case in range(figures[family].done, count):
                if time.monotonic() > until:
                    break
                figures[family].add(case, worker.run(case))
        finally:
            worker.stop()
            _save(state, seed, figures)
        print(f"{family}: {figures[family].done} of {count}, {figures[family].outcomes}", flush=True)
    return figures


def _save(state: Path, seed: int, figures: dict[str, Figures]) -> None:
    total = {name: sum(each.outcomes.get(name, 0) for each in figures.values()) for name in BAD}
    content = {
        "seed": seed,
        "cases": sum(each.done for each in figures.values()),
        "total": total,
        "families": {name: asdict(each) for name, each in figures.items()},
    }
    partial = state.with_suffix(".part")
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    partial.replace(state)


def main() -> None:
    """Read the options and go on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("output/campaign"))
    parser.add_argument("--cases", type=int, help="of every family, instead of its own share")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--repeat", metavar="FAMILY:CASE")
    options = parser.parse_args()
    if options.repeat:
        family, case = options.repeat.split(":")
        script = Path(__file__).with_name("campaign_worker.py")
        command = [sys.executable, str(script), family, str(options.output / "work"), str(options.seed), case]
        raise SystemExit(subprocess.run(command).returncode)
    cases = {name: options.cases or SHARES[name] for name in options.families}
    figures = run(options.output, cases, options.seed, options.seconds)
    bad = sum(each.outcomes.get(name, 0) for each in figures.values() for name in BAD)
    print(
        f"{sum(each.done for each in figures.values())} cases, {bad} bad; {options.output / 'campaign.json'}"
    )
    raise SystemExit(bad > 0)


if __name__ == "__main__":
    main()
