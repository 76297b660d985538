# Two commands matter: `make demo` and `make test`. Everything else is here for people who stay.
# Needed beforehand: Python 3.11 or newer with pip, and make. Redis comes with the Python packages.

ARMS ?= orchestration-http,choreography-streams
SEED ?= 7
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
TESTS_AT_ONCE ?= 2
BIN := .venv/bin
STAMP := .venv/.installed
HARMONY := $(BIN)/harmony
COMMON_OPTIONS := --arms $(ARMS) --seed $(SEED)

.DEFAULT_GOAL := help
.PHONY: help .venv demo test check lint types imports format up down status order flow latency blast-radius capacity coupling \
	calibrate soak report \
	bench kill-test crash-test boards preview compose-up compose-down compose-test lock doctor clean

help: ## what you can make
	@printf 'Harmony: the same five services, orchestrated and choreographed, side by side.\n\n'
	@awk -F':.*## ' '/^[.a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile
	@printf '\n  ARMS=a,b and SEED=n are understood by demo, up, order and the experiments;\n  PORT_BASE=n by up (0 finds free ports).\n'

.venv: $(STAMP) ## install everything into .venv: locked, every file checked by its hash

$(STAMP): requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Harmony needs Python 3.11 or newer; here there is $$(python3 -V 2>/dev/null | grep . || echo none)." \
	       "Install one, or say where it is: make PYTHON=/path/to/python3.12"; exit 3; }
	@echo "Setting up .venv with $$("$(PYTHON)" -V): once, a minute or so"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv >/dev/null 2>&1 || "$(PYTHON)" -m venv --without-pip --clear .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m pip --python $(BIN)/python install --quiet pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## the tour, about 50 seconds (100 with ARMS=all): flows, one order, load, a kill, the invariants, the report
	@$(HARMONY) demo $(COMMON_OPTIONS)

test: $(STAMP) ## lint, types, import law (beside the tests, told after them) and every test, about 10 minutes
	@told=$$(mktemp); $(MAKE) --no-print-directory lint types imports >"$$told" 2>&1 & checks=$$!; \
	  $(BIN)/python -m pytest --numprocesses $(TESTS_AT_ONCE) --dist loadfile; tests=$$?; \
	  wait $$checks; checked=$$?; cat "$$told"; rm -f "$$told"; \
	  test $$tests = 0 && test $$checked = 0

check: test ## all that CI checks: lint, types, import law, tests

lint: $(STAMP) ## ruff: style, bugs, form
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

imports: $(STAMP) ## the import law: which room may know which
	@$(BIN)/lint-imports

format: $(STAMP) ## lay the code out as ruff does
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

up: $(STAMP) ## start the lab and leave it running: doors, processes, a Redis per arm
	@$(HARMONY) up $(COMMON_OPTIONS) $(if $(PORT_BASE),--port-base $(PORT_BASE))

down: $(STAMP) ## stop the running lab; nothing stays behind
	@$(HARMONY) down

status: $(STAMP) ## what runs, and where
	@$(HARMONY) status

order: $(STAMP) ## one order in each arm, its events side by side
	@$(HARMONY) order $(COMMON_OPTIONS)

flow: $(STAMP) ## both flows, drawn from the code
	@$(HARMONY) flow

latency: $(STAMP) ## run the experiment latency
	@$(HARMONY) run latency $(COMMON_OPTIONS)

blast-radius: $(STAMP) ## run the experiment blast-radius
	@$(HARMONY) run blast-radius $(COMMON_OPTIONS)

capacity: $(STAMP) ## how many orders a second each arm carries, and what too much does to it
	@$(HARMONY) run capacity $(COMMON_OPTIONS)

coupling: $(STAMP) ## who depends on whom, and who can do what while somebody is away
	@$(HARMONY) run coupling $(COMMON_OPTIONS)

calibrate: $(STAMP) ## can the instrument be trusted on this machine, and what is its noise floor?
	@$(HARMONY) run calibrate $(COMMON_OPTIONS)

soak: $(STAMP) ## does anything grow? ten minutes under a steady load
	@$(HARMONY) run soak $(COMMON_OPTIONS)

report: $(STAMP) ## judge and tell the newest run again, from its folder alone
	@$(HARMONY) report runs/latest

bench: $(STAMP) .bench-venv/.installed ## ratios against peers on this machine, about 22 minutes; ONLY=G1,G7 picks rows
	@$(BIN)/python -m benchmarks.bench $(if $(ONLY),--only $(ONLY)) --seed $(SEED)

kill-test: $(STAMP) ## 500 random kills over 20,000 orders, all arms; MINUTES=m stops in order, RESUME=runs/... goes on
	@$(BIN)/python -m benchmarks.kills $(if $(RESUME),--resume $(RESUME),--seed $(SEED) \
	  $(if $(filter command,$(firstword $(origin ARMS))),--arms $(ARMS))) $(if $(MINUTES),--minutes $(MINUTES))

crash-test: $(STAMP) ## every single crash point of every arm: killed there, restarted, audited
	@$(BIN)/python -m benchmarks.crashes --seed $(SEED) \
	  $(if $(filter command,$(firstword $(origin ARMS))),--arms $(ARMS))

boards: $(STAMP) ## write the Grafana dashboards anew, from the code
	@$(BIN)/python -m dashboards.grafana

preview: $(STAMP) ## all dashboards as one page, from PROMETHEUS=http://127.0.0.1:18090: runs/dashboards.html
	@mkdir -p runs && $(BIN)/python -m dashboards.preview $(or $(PROMETHEUS),http://127.0.0.1:18090) \
	  runs/dashboards.html $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))

COMPOSE ?= docker compose
COMPOSED := $(COMPOSE) --file compose/docker/compose.yaml
CONTAINERS ?= core

compose-up: $(STAMP) ## the lab in containers, with Grafana and Locust; CONTAINERS=all-arms for all five arms
	@$(BIN)/python -m compose.docker secrets
	@$(COMPOSED) --profile core build orchestration-http-redis
	@$(if $(filter all-arms,$(CONTAINERS)),HARMONY_ARMS=all )$(COMPOSED) --profile $(CONTAINERS) --profile observability \
	  --profile load up --detach --wait
	@echo "Grafana http://127.0.0.1:3000   Locust http://127.0.0.1:8089   Prometheus http://127.0.0.1:9090"

compose-down: $(STAMP) ## stop the containers; their data stays in volumes
	@$(COMPOSED) --profile all-arms --profile observability --profile load down

compose-test: $(STAMP) .compose-venv/.installed ## containers for real: build, start, orders, kills, audit, down (Docker, or Podman)
	@$(BIN)/python -m benchmarks.composetest $(if $(filter all-arms,$(CONTAINERS)),--all-arms) --seed $(SEED)

.compose-venv/.installed: benchmarks/composetest/requirements.txt
	@"$(PYTHON)" -m venv .compose-venv
	@.compose-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.bench-venv/.installed: benchmarks/bench/requirements.txt benchmarks/bench/requirements-temporal.txt $(STAMP)
	@echo "Setting up .bench-venv: the systems that the lab is compared with"
	@$(BIN)/python -m venv .bench-venv
	@.bench-venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@.bench-venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(word 2,$^) || \
	  echo "Temporal could not be installed: row T1 will say so."
	@$(BIN)/python -c "import site; print(site.getsitepackages()[0])" \
	  > "$$(.bench-venv/bin/python -c "import site; print(site.getsitepackages()[0])")/lab.pth"
	@touch $@

lock: $(STAMP) ## lock the requirements again (UPGRADE=1 takes the newest that the ranges allow)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --quiet --constraint requirements.txt --no-emit-package scipy --no-emit-package numpy \
	  --output-file compose/docker/requirements.txt
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.txt compose/docker/requirements.txt || { echo "The lock must name no address."; exit 1; }

doctor: $(STAMP) ## is this machine fit for the lab, and if not, what to do
	@$(HARMONY) doctor

clean: ## remove what was installed and what tools left; runs/ stays
	@rm -rf .venv .bench-venv .compose-venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean. Your runs are still in runs/."
