# make run: set up and open the shop. make test: set up and test everything. Both work on a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
# uv does not read pip's setting; a folder of wheels named there serves uv as well.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_NO_PROGRESS ?= 1
export GRADIO_ANALYTICS_ENABLED = False
export HF_HUB_DISABLE_TELEMETRY = 1
export VIRTUAL_ENV =

APP := .venv/.installed
VLLM := .venv-vllm/.installed
MODELS := .venv/.models

.PHONY: help run test soak lint format bench setup lock system

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(APP) $(VLLM)  ## set up and open the shop on embedded defaults
	.venv/bin/shopclerk up

test: setup system  ## lint, types, imports and every test (needs no network after set-up)
	$(MAKE) --no-print-directory lint
	.venv/bin/pytest -n auto -m "not soak and not integration and not vllm and not browser and not postgres"
	.venv/bin/pytest -m "not soak and (integration or vllm or browser or postgres)"

soak: setup system  ## the long versions of the tests
	.venv/bin/pytest -m soak

lint: $(APP)  ## ruff, mypy --strict and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: $(APP)  ## rewrite the code in the house format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: setup  ## what a turn costs without the model, alone and fifty at once
	.venv/bin/shopclerk bench turns
	.venv/bin/shopclerk bench turns --turns 200 --concurrent 50

setup: $(APP) $(VLLM) $(MODELS)  ## both environments and the weights

# torch is pinned to its CPU build: from the configured sources where they hold it, else from PyTorch's index.
define sync
	$(1) pip sync -q --python $(2)/bin/python $(3) \
	  || $(1) pip sync -q --python $(2)/bin/python --torch-backend cpu $(3)
endef

$(APP): requirements/app.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shopclerk needs Python 3.11 or newer")'
	.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --disable-pip-version-check "$$(grep '^uv==' requirements/app.txt)"
	$(call sync,.venv/bin/uv,.venv,requirements/app.txt)
	.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --editable .
	touch $@

# Without it the shop opens without its own model and says so; SHOPCLERK_MODEL_URL names another server.
$(VLLM): requirements/vllm.txt | $(APP)
	if [ "$$(uname -s)" = Linux ]; then \
	  .venv/bin/uv venv -q --allow-existing --python .venv/bin/python .venv-vllm; \
	  if command -v nvidia-smi >/dev/null; then \
	    .venv/bin/uv pip install -q --python .venv-vllm/bin/python --torch-backend auto -r requirements/vllm-gpu.in; \
	  else .venv/bin/uv pip sync -q --python .venv-vllm/bin/python $< \
	  || .venv/bin/uv pip sync -q --python .venv-vllm/bin/python --torch-backend cpu $<; fi; \
	  touch $@; \
	else echo "No vLLM on this system: the shop will open without its own model." >&2; fi

$(MODELS): data/models/*.yaml data/models/*.jinja data/models/*/card.json retrieval/checkpoints.py retrieval/dictionary.py | $(APP)
	.venv/bin/shopclerk model prepare
	touch $@

lock:  ## resolve the pinned versions again
	.venv/bin/uv pip compile -q pyproject.toml requirements/torch.in --extra cpu --extra postgres --extra dev \
	  --excludes requirements/app-excludes.txt --python-version 3.11 --no-header --no-annotate --upgrade -o requirements/app.txt
	.venv/bin/uv pip compile -q requirements/vllm.in --excludes requirements/vllm-excludes.txt \
	  --python-version 3.11 --no-header --no-annotate --upgrade -o requirements/vllm.txt

# PostgreSQL, Redis and a browser for the tests, where apt can install them.
system:
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-noto-cjk"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$$missing postgresql"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	  else echo "Some tests need:$$missing. Install them with your package manager." >&2; fi; \
	fi
