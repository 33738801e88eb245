"""What the benchmarks share: time, memory, processes of their own, and a line about the machine."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import torch


def machine(device: str = "CPU") -> str:
    """What stands beside every table."""
    busy = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    threads = f"{torch.get_num_threads()} of {os.cpu_count()} cores"
    return f"{device} ({platform.machine()}, {_processor()}), {threads}, torch {torch.__version__}{busy}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def peak() -> float:
    """Most memory this process has held so far, in GiB."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """Median time."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_own_process(script: str, *arguments: object) -> Any:
    """Run ``script --measure ARGUMENTS`` and give back the JSON it prints last."""
    command = [sys.executable, script, "--measure", json.dumps(arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.splitlines()[-1])
