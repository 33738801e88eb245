# demo, test, lint, bench: each makes its own environment first. Overrides: PYTHON=python3.12  VENV=/some/venv
# TORCH="torch==2.9.1 --index-url ..." (only used where the environment has no torch yet)
PYTHON ?= python3
VENV   ?= .venv
TORCH  ?= torch==2.13.0
EDIT   ?= Eyeglasses
RUN    := $(VENV)/bin

EXAMPLES := $(wildcard ood_core/bundles/*/examples)
PHOTOS := docs/examples

.PHONY: demo test test-comfyui lint bench

demo: $(VENV)/.installed-cli
	@test -n "$(EXAMPLES)" || { echo "error: no example pictures in ood_core/bundles/*/examples"; exit 1; }
	$(RUN)/ood edit $(EXAMPLES) --edit $(EDIT) --stages --force -o output/demo
	@echo; echo "Input, inversion, latent edit, mask, composite and result, side by side:"
	@ls output/demo/*_stages.png
	@echo; echo "Another editor's work on a photograph, of which only the edit is kept:"
	$(RUN)/ood keep $(PHOTOS)/coffee.jpg $(PHOTOS)/coffee_edited.jpg --stages --force -o output/demo
	@echo; echo "A photograph of a person, which portraits-128 does not know, is left as it is:"
	@$(RUN)/ood edit $(PHOTOS)/astronaut.jpg --edit $(EDIT) --force -o output/demo || true

test: $(VENV)/.installed-dev
	$(RUN)/pytest

# COMFYUI_PATH: a ComfyUI folder; COMFYUI_PYTHON: the Python that runs it, with pytest and, for the browser, playwright;
# COMFYUI_FRONTEND: another frontend's folder
COMFYUI_PYTHON ?= python3

test-comfyui:
	@if [ -z "$(COMFYUI_PATH)" ]; then echo "skipped: COMFYUI_PATH names no ComfyUI folder"; \
	    else COMFYUI_PATH="$(COMFYUI_PATH)" $(COMFYUI_PYTHON) -m pytest tests/comfyui; fi

lint: $(VENV)/.installed-dev
	$(RUN)/ruff check .
	$(RUN)/mypy

bench: $(VENV)/.installed-dev
	$(RUN)/ood bench --generator --force -o output/bench

$(VENV)/.installed-%: pyproject.toml $(VENV)/bin/python
	@echo "installing into $(VENV) (the first time: some minutes, mostly torch)"
	$(RUN)/python -c "import torch" 2>/dev/null || $(RUN)/python -m pip install --quiet $(TORCH)
	$(RUN)/python -m pip install --quiet -e ".[$*]"
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10))" || \
	    { echo "error: Python 3.10 or newer is needed; name one with PYTHON=..."; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || \
	    { echo "error: $(PYTHON) cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

.PRECIOUS: $(VENV)/.installed-%
