# Every command of the project. A bare `make` explains them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO    ?= go
TOOL  := $(GO) tool -modfile=.ci/tools.mod

# What the settings call the version.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
NAMED    = -X volcimage/internal/config.version=$(VERSION)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

.PHONY: run
run: ## Run the whole service on http://localhost:8080, data in .data/
	@$(GO) run -ldflags "$(NAMED)" ./internal/cmd/local

# Tests are built without the profile of make profile: with it every package would be
# compiled twice.
.PHONY: test
test: ## Vet, and every test: unit, conformance, end to end in a browser
	$(GO) vet -pgo=off ./...
	$(GO) test -pgo=off -race -timeout 15m ./...

.PHONY: faults
faults: ## Deaths at every moment and random faults, and the table of docs/reliability.md; FAULTS=all tries all
	FAULTS=$(FAULTS) FAULTS_TABLE=$(CURDIR)/docs/reliability.md $(GO) test -count=1 -timeout 60m ./internal/tests/faults

.PHONY: test-aws
test-aws: ## The AWS side against stand-ins, and the template deployed to an emulator of AWS
	@internal/tests/stack/aws.sh

.PHONY: test-docker
test-docker: ## The Docker loop, all of it: up, a picture, each function under sam local, down
	@.ci/engine internal/tests/stack/docker.sh

.PHONY: cover
cover: ## Coverage of internal/, in coverage.txt
	$(GO) test -pgo=off -covermode=atomic -coverpkg=./internal/... -coverprofile=coverage.txt ./internal/...
	$(GO) tool cover -func=coverage.txt | tail -1

.PHONY: check
check: check-format check-lint check-site check-template ## Format, lint, tidy modules, page up to date, template

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
site: site/node_modules ## Build the page of its parts: HTML, style sheet, scripts
	cd site && npm run --silent build

.PHONY: check-template
check-template:
	@bin=$$(.ci/venv requirements); export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1; \
	$$bin/sam validate --lint; $$bin/python .ci/translate.py; $$bin/cfn-lint template.yaml; $$bin/checkov --config-file .checkov.yaml

# What Lambda runs: arm64, or x86_64. It must be the stack's parameter Architecture.
ARCHITECTURE ?= arm64
STAGE ?= production

.PHONY: build
build: ## Build the functions as they are deployed: make build ARCHITECTURE=arm64
	@bin=$$(.ci/venv requirements); SAM_CLI_TELEMETRY=0 ARCHITECTURE=$(ARCHITECTURE) VERSION=$(VERSION) \
	$$bin/sam build --parameter-overrides Stage=$(STAGE) Architecture=$(ARCHITECTURE)

# SAM calls these, one for each function, and says where the program belongs. lambda.norpc
# halves it; HTTP/2 is left out, since all that they call answers by HTTP/1.1; the rest
# makes two builds of the same source the same bytes.
.PHONY: build-Api build-Generate build-Janitor
build-Api build-Generate build-Janitor: build-%:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(patsubst x86_64,amd64,$(ARCHITECTURE)) $(GO) build -tags lambda.norpc,nethttpomithttp2 \
	  -trimpath -buildvcs=false -ldflags "-s -w -buildid= $(NAMED)" -o $(ARTIFACTS_DIR)/bootstrap ./functions/$(shell echo $* | tr A-Z a-z)

.PHONY: deploy
deploy: ## Put what was built on an AWS account; asks what it must know: make deploy STAGE=production
	@bin=$$(.ci/venv requirements); $$bin/python .ci/deploy.py $(STAGE) $(ARCHITECTURE)

.PHONY: provider-keys
provider-keys: ## Put other keys of VolcEngine into the deployed service's secret: make provider-keys STAGE=production
	@bin=$$(.ci/venv requirements); $$bin/python .ci/deploy.py keys $(STAGE)

.PHONY: local-up local-down
local-up: ## Run the service in Docker on an emulator of AWS, with no account and no key
	@.ci/local up
local-down: ## Remove all that local-up made
	@.ci/local down

.PHONY: screenshots
screenshots: ## Take the pictures of README and manual anew, from the running service
	SCREENSHOTS=$(CURDIR)/docs/images $(GO) test -count=1 -run TestThePicturesOfTheReadme ./internal/tests/e2e

.PHONY: bench
bench: ## Benchmarks, beside the reference stack where it is there
	$(GO) run ./internal/cmd/bench

.PHONY: bench-search
bench-search: ## Searches in 100,000 and 1,000,000 tasks, beside the reference where it is there
	$(GO) run ./internal/cmd/bench -only search

.PHONY: bench-page
bench-page: ## Judge in Chromium how soon the page is there, and its memory after ten minutes; on a machine with nothing else to do
	JUDGE=1 $(GO) test -count=1 -timeout=20m -v -run 'TestThePageIsThereAtOnce|TestTenThousandTasks|TestLongUse' ./internal/tests/e2e

# The compiler reads default.pgo and builds for what these benchmarks do. They take about
# equally long, as pictures and requests are equally dear to us. The file differs after each
# run, so it is made anew when the work has changed, not with every commit.
.PHONY: profile
profile: ## Measure where the processor's time goes, for the compiler: internal/cmd/local/default.pgo
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; n=0; \
	for b in picture:Verify/1024/jpeg/all picture:Verify/2048/png/all httpapi:Get httpapi:History50 embedded/host:API embedded/sqlite:Create; do n=$$((n+1)); \
	  $(GO) test -run '^$$' -bench "$${b#*:}$$" -benchtime 3s -cpuprofile "$$out/$$n.prof" -o "$$out/$$n.test" "./internal/$${b%%:*}"; done; \
	$(GO) tool pprof -proto "$$out"/*.prof > internal/cmd/local/default.pgo

.PHONY: bench-aws
bench-aws: ## Measure what Lambda and its neighbours would bill, into docs/performance.md and docs/architecture.md
	MEASURED=$(CURDIR)/docs/performance.md $(GO) test -count=1 -timeout 30m -run TestTheFunctions ./internal/tests/coldstart
	MEASURED=$(CURDIR)/docs/performance.md internal/tests/stack/run.sh $(GO) test -count=1 -run 'TestPictureOnAWS|TestBilledTime|TestCostOfEachAccess' $(CURDIR)/internal/tests/stack $(CURDIR)/internal/aws/dynamo

.PHONY: backup
backup: ## Copy the running service's data: make backup TO=folder
	@$(GO) run ./internal/cmd/local backup "$(or $(TO),$(error name a new folder: make backup TO=folder))"

.PHONY: restore
restore: ## Put a backup in the place of the data folder: make restore FROM=folder
	@$(GO) run ./internal/cmd/local restore "$(or $(FROM),$(error name a backup: make restore FROM=folder))"

# Whose service the commands below look after: this machine's, or with STAGE=production
# or STAGE=staging the one that was deployed to AWS.
OPERATE = $(if $(filter file,$(origin STAGE)),$(GO) run ./internal/cmd/local,$$(.ci/venv requirements)/python .ci/deploy.py operate $(STAGE))

.PHONY: pause resume
pause: ## Begin no more calls at the provider; what is in flight goes on
	@$(OPERATE) pause
resume: ## Begin calls again
	@$(OPERATE) resume

.PHONY: status dead-letters redrive
status: ## What waits, what is under way, what is stuck: make status, or make status STAGE=production
	@$(OPERATE) status
dead-letters: ## List the queue's messages that failed five times
	@$(OPERATE) dead-letters
redrive: ## Send them again, or one of them: make redrive ID=7
	@$(OPERATE) redrive $(ID)

.PHONY: import
import: ## Put a part of an archive into a library, here while the service is stopped: make import FROM=file.zip NAME=alice
	@$(OPERATE) import "$(abspath $(or $(FROM),$(error name a part: make import FROM=file.zip)))" $(NAME)

.PHONY: reindex demo-data
reindex: ## Put all tasks into the index of words anew, also while the service runs
	@$(OPERATE) reindex
demo-data: ## Make finished tasks with pictures to try the service with: make demo-data N=1000
	@$(GO) run ./internal/cmd/local demo-data "$(or $(N),$(error say how many: make demo-data N=1000))"

.PHONY: key keys revoke-key
key: ## Make an API key and show it once: make key NAME=alice
	@$(OPERATE) keys add "$(or $(NAME),$(error say for whom: make key NAME=alice))"
keys: ## List the API keys
	@$(OPERATE) keys list
revoke-key: ## End an API key at once: make revoke-key ID=…
	@$(OPERATE) keys revoke "$(or $(ID),$(error say which; make keys lists them: make revoke-key ID=…))"

.PHONY: load
load: ## Two minutes of 200 clients, and of clients that misbehave, against one process: docs/reliability.md
	MEASURED=$(CURDIR)/docs/reliability.md $(GO) test -count=1 -timeout 15m -v -run 'TestLoad|TestAbuse' ./internal/tests/outside

.PHONY: verify-provider
verify-provider: ## Check the catalog against VolcEngine itself: needs keys, asks first, one paid picture a model
	@$(GO) run ./internal/cmd/verify

.PHONY: vuln
vuln: ## Known vulnerabilities, where their database can be reached
	$(TOOL) govulncheck ./...
