"""`python -m ood_core.cli`, for launchers that start modules: `accelerate launch -m ood_core.cli train …`."""

from __future__ import annotations

from . import main

main()
