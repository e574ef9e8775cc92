# Every command of the project. A bare `make` explains them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO    ?= go
TOOL  := $(GO) tool -modfile=.ci/tools.mod
DATA_DIR ?= .data

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

.PHONY: run
run: ## Run the whole service on http://localhost:8080, data in .data/
	@$(GO) run ./internal/cmd/local

.PHONY: test
test: ## Vet, and every test: unit, conformance, end to end in a browser
	$(GO) vet ./...
	$(GO) test -race -timeout 15m ./...

.PHONY: cover
cover: ## Coverage of internal/, in coverage.txt
	$(GO) test -covermode=atomic -coverpkg=./internal/... -coverprofile=coverage.txt ./internal/...
	$(GO) tool cover -func=coverage.txt | tail -1

.PHONY: check
check: check-format check-lint check-site ## Format, lint, tidy modules, page up to date

.PHONY: check-format
check-format:
	@test -z "$$(gofmt -l functions internal 2>/dev/null)" || { gofmt -l functions internal; echo "run gofmt -w" >&2; exit 1; }
	$(GO) mod tidy -diff

.PHONY: check-lint
check-lint:
	$(TOOL) golangci-lint run ./...

.PHONY: check-site
check-site: site/node_modules
	cd site && npm run --silent check

site/node_modules: site/package-lock.json
	cd site && npx --yes npm@10.9.4 ci --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: site
site: site/node_modules ## Build the page's style sheet, site/app.css
	cd site && npm run --silent build

.PHONY: bench
bench: ## Benchmarks, beside the reference stack where it is there
	$(GO) run ./internal/cmd/bench

.PHONY: backup
backup: ## Copy the running service's data: make backup TO=folder
	@$(GO) run ./internal/cmd/local backup "$(or $(TO),$(error name a new folder: make backup TO=folder))"

.PHONY: restore
restore: ## Put a backup in the place of the data folder: make restore FROM=folder
	@$(GO) run ./internal/cmd/local restore "$(or $(FROM),$(error name a backup: make restore FROM=folder))"

.PHONY: pause resume
pause: ## Begin no more calls at the provider; what is in flight goes on
	@$(GO) run ./internal/cmd/local pause
resume: ## Begin calls again
	@$(GO) run ./internal/cmd/local resume

.PHONY: verify-provider
verify-provider: ## Check the catalog against VolcEngine itself: needs keys, asks first, one paid picture a model
	@$(GO) run ./internal/cmd/verify

.PHONY: vuln
vuln: ## Known vulnerabilities, where their database can be reached
	$(TOOL) govulncheck ./...
