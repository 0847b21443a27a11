# What one does here; each target is a short script in scripts/ that can be run by itself.
.DEFAULT_GOAL := help
.PHONY: help demo setup test check fmt bench torture soak services constraints clean

ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Start everything on this machine and show the live map; ARGS="--port 8080 --reset" passes options
	@exec .venv/bin/ioc demo $(ARGS)

setup: ## Make .venv, install, build the map; does nothing when nothing changed
	@scripts/setup

test: ## Set up, install the services that are missing (Debian, Ubuntu, root) and run every check and test; ARGS="-k stream" goes to pytest
	@scripts/test $(ARGS)

check: setup ## Lint, types and import contracts only
	@scripts/check

fmt: setup ## Format the Python code and mend what ruff can mend
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench: setup ## Run one benchmark: make bench NAME=ingest
	@scripts/bench "$(NAME)" $(ARGS)

torture: setup ## Ingest under random kills and restarts, compared with a model; SEED=… MESSAGES=… ARGS="--seconds 60" change the run
	@scripts/torture $(if $(SEED),--seed "$(SEED)") $(if $(MESSAGES),--messages "$(MESSAGES)") $(ARGS)

soak: setup ## Two hundred viewers of two processes in a storm, for ten minutes; ARGS="--minutes 2 --draw" change the run
	@scripts/soak $(ARGS)

services: ## Install Mosquitto, Chromium and TimescaleDB (Debian, Ubuntu, root), or say how
	@scripts/install-services

constraints: setup ## Pin the newest versions that fit pyproject.toml in constraints.txt
	@scripts/pin

clean: ## Remove what setup made; the demo's data stay
	@rm -rf .venv map-ui/node_modules ioc/static
