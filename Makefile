# Everything runs in .venv. `make demo` needs little of it, `make test` all.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Without what it declares: it asks for a greenlet that Playwright cannot use, for a server that is not used here.
HTTPBIN := httpbin flasgger mistune decorator brotlicffi six

.DEFAULT_GOAL := help
.PHONY: help demo dev test soak bench e2e each live browser pulumi lint format schemas docs constraints clean

help: ## what there is to make
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.local ## an outage, three ways: direct, through the Worker, through Lambda@Edge
	@$(BIN)/kampkin demo

dev: $(VENV)/.local ## kampkin.yaml on both edges, on this machine
	@$(BIN)/kampkin dev

test: $(VENV)/.all ## everything that is tested without Pulumi's engine
	@$(BIN)/python -m tests.browser.chromium || echo "tests/browser will be skipped"
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/e2e

soak: $(VENV)/.all ## volume: traces against the model, mutants against the vectors, files that are broken, requests past failing stores
	@KAMPKIN_TRACES=20000 $(BIN)/python -m pytest tests/model/test_traces.py
	@$(BIN)/python -m tests.conformance.mutants
	@KAMPKIN_MUTATIONS=20000 $(BIN)/python -m pytest tests/language/test_mutations.py
	@KAMPKIN_REQUESTS=500 $(BIN)/python -m pytest tests/edges/test_stores_failing.py
	@KAMPKIN_REQUESTS=3000 $(BIN)/python -m pytest tests/edges/test_convergence.py
	@KAMPKIN_REQUESTS=10000 $(BIN)/python -m pytest tests/http/test_fuzz.py

bench: $(VENV)/.all ## what it costs, as in docs/performance.md; needs wrk
	@$(BIN)/python -m bench

e2e: pulumi ## the stacks on Pulumi's engine, with clouds on this machine
	@$(BIN)/python -m pytest -n 2 tests/e2e

each: pulumi ## each setting of the AWS stack alone on Pulumi's engine: five minutes more
	@KAMPKIN_EACH=1 $(BIN)/python -m pytest -n 2 tests/e2e/test_aws_settings.py

live: $(VENV)/.all ## the smallest file on your own accounts, an outage, and away again; says what it would do, until KAMPKIN_LIVE=yes
	@$(BIN)/python -m tests.live

browser: $(VENV)/.all ## find Chromium, or install Debian's (root only)
	@$(BIN)/python -m tests.browser.chromium

pulumi: $(VENV)/.all ## find Pulumi's CLI, or build it from its Go modules (minutes, once)
	@$(BIN)/python -m tests.e2e.engine.cli

lint: $(VENV)/.all ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.all ## format the Python
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

schemas: $(VENV)/.local ## write schemas/ from the models
	@$(BIN)/kampkin schema config > schemas/kampkin.schema.json
	@$(BIN)/kampkin schema include > schemas/include.schema.json
	@$(BIN)/kampkin schema plan > schemas/plan.schema.json
	@$(BIN)/kampkin schema diff > schemas/diff.schema.json

docs: $(VENV)/.all ## write what is generated in docs/: keys, rules, settings, permissions, the picture of mistakes
	@$(BIN)/python -m kampkin.reference docs/language.md
	@$(BIN)/kampkin rules --format markdown > docs/rules.md
	@$(BIN)/python -m kampkin.targets.page docs/deploy.md
	@$(BIN)/python -m tests.mistakes.picture

constraints: $(VENV)/.all ## write constraints.txt from what is installed
	@$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.local: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing kampkin[dashboard,local]"
	@$(PIP) install -c constraints.txt -e '.[dashboard,local]'
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing kampkin[all,dev] (the Pulumi packages are large)"
	@$(PIP) install -c constraints.txt -e '.[all,dev]'
	@$(PIP) install -c constraints.txt --no-deps $(HTTPBIN)
	@touch $(VENV)/.local $@
