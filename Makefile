PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint types audit bench soak faults fuzz lock clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: .venv/ready ## Chat with the bot on a local page: no token, no network
	@$(BIN)/feelback demo

test: .venv/ready ## Run the whole test suite
	$(BIN)/pytest -n auto --dist worksteal

lint: .venv/ready types ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile

types: .venv/ready ## Check types alone
	$(BIN)/mypy

audit: .venv/ready ## Look the pinned dependencies up among known vulnerabilities; needs the network
	$(BIN)/uv tool run pip-audit --require-hashes --disable-pip -r requirements.txt

bench: .venv/ready ## Print what things cost; with DATA=folder, how well messages are read too
	$(BIN)/python -m benchmarks.traffic
	$(BIN)/python benchmarks/storage.py
	$(BIN)/python benchmarks/serving.py
	$(if $(DATA),$(BIN)/python -m benchmarks.quality $(DATA))

SECONDS ?= 600

soak: .venv/ready ## Let two replicas meet a fault every 5 s, for SECONDS=600, at 100 messages a second
	SOAK_SECONDS=$(SECONDS) SOAK_RATE=100 SOAK_FAULT_EVERY=5 SOAK_DOWN=30 $(BIN)/pytest -n 0 -s tests/journeys/test_soak.py

faults: .venv/ready ## Write docs/faults.md from what the tests of faults see
	$(BIN)/pytest -n 0 -m fault --write-faults

fuzz: .venv/ready ## Fuzz the way of an update and the reader of bundles, for SECONDS=600 each
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[fuzz]'
	@for what in bundle update; do \
	  mkdir -p var/fuzz/$$what && $(BIN)/python -m tests.fuzz.$$what -max_total_time=$(SECONDS) -len_control=0 \
	    -max_len=4096 -artifact_prefix=var/fuzz/ var/fuzz/$$what tests/fuzz/corpus/$$what || exit 1; \
	done

clean: ## Remove the environment, caches and the demo's data
	rm -rf .venv var build .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-header --quiet

lock: .venv/ready ## Pin the newest allowed dependencies, with hashes: all, and what the two images hold
	$(LOCK) --upgrade --extra train --extra data --extra dev -o requirements.txt
	$(LOCK) --constraint requirements.txt -o requirements-serve.txt
	$(LOCK) --constraint requirements.txt --extra train -o requirements-train.txt
	$(BIN)/python -m docs.licences

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
