# What runs here: `make demo` (the story on real processes), `make test`, `make check` (what CI runs).
PYTHON ?= python3
VENV := .venv
PROJECT := pkgs/kube-oidc
CONFIG := $(PROJECT)/pyproject.toml
CONSTRAINTS := $(PROJECT)/constraints.txt
BIN := $(VENV)/bin
SOURCES := $(PROJECT) tests benchmarks site
SITE_VENV := build/site-venv
MINORS ?=
SECONDS ?= 60
KUBERNETES ?=
# Package tests that compare with files outside the package, which a builder doesn't have.
NOT_IN_A_BUILDER = $(addprefix $(PROJECT)/tests/,inputs providers findings/test_questions.py)
GITHUB_WORKFLOWS = .github/workflows/*.yml templates/*/.github/workflows/*.yml action.yml action/*/action.yml
FORGEJO_WORKFLOWS = .forgejo/workflows/*.yml templates/*/.forgejo/workflows/*.yml
ZIZMOR = $(BIN)/zizmor --offline --no-progress --quiet
NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 ..." >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help demo test lowest e2e switch check format lint types zipapp release screenshots share site differential fuzz mutants record bench clean

help: ## list these commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

$(VENV)/stamp: $(CONFIG) $(CONSTRAINTS)
	@echo "installing the Python packages into $(VENV) (once) ..."
	@$(NEW_ENOUGH)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '$(PROJECT)[dev]' || { echo "the Python packages could not be installed: pip needs PyPI, or a mirror in PIP_INDEX_URL" >&2; exit 1; }
	@touch $@

demo: $(VENV)/stamp ## the checker at once, then the whole story on real processes, step by step
	@KUBERNETES=$${KUBERNETES:-$$(tests/binaries/minor-on-path)} PYTHONPATH=tests $(BIN)/python -m e2e.demo

test: $(VENV)/stamp ## every test, against three minors of Kubernetes; lists the tests it skips at the end
	tests/builder/check-phase $(BIN)/python
	$(BIN)/pytest -c $(CONFIG) --rootdir=. -m slow $(PROJECT)/tests
	$(BIN)/pytest -c $(CONFIG) --rootdir=. -m "" $(NOT_IN_A_BUILDER) tests

lowest: ## the package's fast tests with the oldest version of every requirement
	@$(NEW_ENOUGH)
	$(PYTHON) tests/builder/lowest

e2e: $(VENV)/stamp ## story, verdicts, built-in roles and switch on another minor, built first: make e2e KUBERNETES=1.37
	KUBERNETES=$(KUBERNETES) $(BIN)/pytest -c $(CONFIG) --rootdir=. -m "" tests/e2e/test_story.py tests/e2e/test_verdicts.py tests/e2e/test_rbac.py::test_the_package_has_the_roles_that_an_api_server_makes tests/switch

switch: $(VENV)/stamp ## nixos-rebuild switch under a real systemd, scenario by scenario (needs root)
	@PYTHONPATH=tests KUBERNETES=$(KUBERNETES) $(BIN)/python -m switch

lint: $(VENV)/stamp ## formatting, lint, the direction of imports, and zizmor on the workflows
	$(BIN)/ruff format --config $(CONFIG) --check $(SOURCES)
	$(BIN)/ruff check --config $(CONFIG) $(SOURCES)
	$(BIN)/lint-imports --no-logo --no-cache $(CONFIG)
	$(ZIZMOR) $(GITHUB_WORKFLOWS)
	$(ZIZMOR) --config .forgejo/zizmor.yml $(FORGEJO_WORKFLOWS)

types: $(VENV)/stamp ## mypy --strict
	$(BIN)/mypy --config-file $(CONFIG) $(PROJECT)/src site/generate site/build.py site/check_links.py

format: $(VENV)/stamp ## rewrite the Python sources as ruff has them
	$(BIN)/ruff format --config $(CONFIG) $(SOURCES)
	$(BIN)/ruff check --config $(CONFIG) --fix $(SOURCES)

zipapp: ## build/kube-oidc.pyz: a single file that only needs Python (token, kubeconfig, workflow, check, explain --claims)
	@$(NEW_ENOUGH)
	$(PYTHON) $(PROJECT)/build_zipapp.py build/kube-oidc.pyz

differential: $(VENV)/stamp ## every case on every Kubernetes minor (MINORS="1.36 1.37": only these), in a table
	PYTHONPATH=tests:$(PROJECT)/tests $(BIN)/python -m differential.oracle.table $(MINORS)

fuzz: $(VENV)/stamp ## search for differences from Kubernetes' packages for SECONDS (60) on MINORS; keeps them as cases
	PYTHONPATH=tests:$(PROJECT)/tests $(BIN)/python -m differential.oracle.fuzz --seconds $(SECONDS) $(addprefix --minor=,$(MINORS))

mutants: $(VENV)/stamp ## break each rule and list what the package's fast tests miss
	$(BIN)/python tests/mutants

record: $(VENV)/stamp ## record the API server's answers again, for the package's fast tests
	PYTHONPATH=tests:$(PROJECT)/tests $(BIN)/python -m differential.oracle.record
	KUBE_OIDC_RECORD=1 $(BIN)/pytest -c $(CONFIG) --rootdir=. -q -k answers tests/e2e/test_rbac.py tests/e2e/test_rbac_objects.py tests/e2e/test_rbac_forms.py tests/e2e/test_rbac_builtin.py tests/e2e/test_verdicts.py

bench: $(VENV)/stamp ## the checker and kube-apiserver side by side, as ratios; the module's evaluation in thunks
	PYTHONPATH=tests:. $(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.evaluation

release: $(VENV)/stamp ## build/release: wheel, sdist, single file and checksums; the same sources give the same bytes
	$(BIN)/python $(PROJECT)/build_release.py build/release

screenshots: $(VENV)/stamp ## docs/images: the README's terminal pictures, from real runs
	$(BIN)/python docs/images/screenshots

share: $(VENV)/stamp ## build/share: shell completions and the man page
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PROJECT)/build-share build/share "$$($(BIN)/kube-oidc --version | cut -d' ' -f2)"

$(SITE_VENV)/stamp: site/requirements.txt
	@echo "installing mkdocs-material into $(SITE_VENV) (once) ..."
	@$(NEW_ENOUGH)
	@$(PYTHON) -m venv $(SITE_VENV)
	@$(SITE_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r site/requirements.txt
	@touch $@

site: $(SITE_VENV)/stamp ## build/site: the documentation site, with every link checked
	@$(SITE_VENV)/bin/python site/build.py build/site
	@echo "build/site is written; with search: python3 -m http.server --bind 127.0.0.1 --directory build/site"

check: lint types test ## what CI runs

clean: ## remove build results from this folder
	rm -rf $(VENV) .cache build
