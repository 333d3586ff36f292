# What a developer runs. `make` alone says what there is.
# The Python that functions run on, if it is here: a package is for the Python that builds it.
functions := python$(shell sed -n 's/.*"lambda_python": "\(.*\)".*/\1/p' .chalice/config.json)
PYTHON ?= $(shell $(functions) -c 'import ensurepip, sys; print(sys.executable)' 2>/dev/null || echo python3)
PORT ?= 4566
MINUTES ?= 5
STAGE ?=
SET ?=
CORS ?=
ARGS ?=

ours := .venv/bin/python
ready := .venv/.installed
# Two processes, each with an engine of its own for the journeys; a file's tests stay together, as they share what its
# fixtures change. One process: make journeys ARGS="-n 0".
in_two := -n 2 --dist loadfile --no-loadscope-reorder
settings = $(foreach setting,$(SET),--set $(setting)) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run check test unit integration journeys package clients vendor audit deploy deploy-check bench capacity conformance fuzz history flood late clean

help: ## list these targets
	@grep -E '^[a-z.-]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.-]+):.* ## (.*)/  \1|\2/' | column -t -s '|'

.venv: $(ready) ## make the virtual environment that everything below uses

$(ready): requirements.txt requirements.lock requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name a newer one, for instance: make PYTHON=python3.12"; exit 1; }
	@echo "Installing what is needed into .venv: a minute or two, this time only."
	@$(PYTHON) -m venv .venv || { \
		echo "The virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(ours) -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements.lock || { \
		echo "The packages that ship could not be installed. The reason is in pip's output above. If a hash differs, the"; \
		echo "file is not the one that was meant: find out why before you go on."; exit 1; }
	@$(ours) -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt || { \
		echo "The packages of requirements-dev.txt could not be installed. The reason is in pip's output above. If there"; \
		echo "is no network, connect and run make again: packages that are installed are not fetched again."; exit 1; }
	@touch $@

run: $(ready) ## start the whole system on this machine, until Ctrl-C (PORT=4566 CORS=https://…)
	@exec $(ours) -m infra local up --port $(PORT) $(if $(CORS),--cors $(CORS))

check: $(ready) ## check format, style, types and imports: some seconds
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy --strict
	.venv/bin/lint-imports

test: check package ## check everything: the above, deploy-check and all tests
	$(MAKE) deploy-check audit
	$(ours) -m pytest $(in_two) tests

unit: $(ready) ## tests of rules, in memory
	$(ours) -m pytest $(in_two) tests/unit $(ARGS)

integration: $(ready) ## tests of storage, adapters and routes, on a simulated AWS in the process
	$(ours) -m pytest $(in_two) tests/contracts tests/integration $(ARGS)

journeys: $(ready) ## whole stories, on the deployed package
	$(ours) -m pytest $(in_two) tests/journeys $(ARGS)

# By content, not by age, it sees whether anything has changed.
package: $(ready) ## build build/package/, if anything in it has changed
	$(ours) -m infra package

clients: $(ready) ## build a TypeScript and a Python client of the API: build/clients/ (needs npm)
	$(ours) -m infra clients

vendor: $(ready) ## renew the libraries of the pages, committed in web/vendor/ (needs npm)
	$(ours) -m infra vendor

audit: $(ready) ## ask a database whether a package that ships is known to be vulnerable
	$(ours) -m infra audit

deploy: package ## deploy to the cloud: make deploy STAGE=prod [SET="Name=Value ..."]
	@test -n "$(STAGE)" || { echo "Name the stage, for instance: make deploy STAGE=prod"; exit 1; }
	$(ours) -m infra deploy --stage $(STAGE) $(settings)

deploy-check: package ## check what would be deployed, without an account (cfn-lint, rights, what changed)
	$(ours) -m infra check $(if $(STAGE),--stage $(STAGE)) $(settings)

bench: $(ready) ## measure our requests beside others, and print a table: seven minutes
	$(ours) -m bench
	$(ours) -m tests.recounts.measured 10000 100000
	$(ours) -m tests.recounts.measured hops 300
	$(ours) -m tests.journeys.pages.measured

capacity: $(ready) ## print which limit comes first as traffic grows, and what raises it: seconds
	$(ours) -m bench.capacity $(ARGS)

conformance: package ## storage on dynalite, the template on moto: engines that are not the local one (needs npm): a minute
	CONFORMANCE=1 $(ours) -m pytest tests/contracts -k dynalite $(ARGS)
	CONFORMANCE=1 $(ours) -m pytest tests/conformance $(ARGS)

fuzz: $(ready) ## ask the routes everything that the document allows, and what it does not: make fuzz [MINUTES=60]
	FUZZ_SECONDS=$$((60 * $(MINUTES))) FUZZ_SEED=$$(date +%s) $(ours) -m pytest -n 2 --dist load tests/integration/http/test_fuzz.py $(ARGS)

history: package ## race on the local stack, and check what came of it: make history [MINUTES=60]
	$(ours) -m tests.histories --minutes $(MINUTES) $(ARGS)

late: package ## the stories of the pages while each answer comes up to two seconds late, at random: some ten minutes
	LATE=2000 $(ours) -m pytest $(in_two) tests/journeys/pages $(ARGS)

flood: package ## flood the local stack with 10,000 false forms, and measure the gate: some twenty minutes
	$(ours) -m tests.floods $(ARGS)

clean: ## delete everything that was built, except .venv
	rm -rf build .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
