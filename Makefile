.DEFAULT_GOAL := help
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BACKEND ?= embedded
SDK := emulators/page/firebase
READER := emulators/calendartest

.PHONY: help
help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Run the whole system on this machine, at http://localhost:8080
	@go build -o bin/local ./emulators/cmd/local
	@exec bin/local

.PHONY: run-google
run-google: sdk ## Run it on Google Cloud's emulators, at http://localhost:8080
	@go build -o bin/google ./emulators/cmd/google
	@exec bin/google

.PHONY: sdk
sdk: $(SDK)/node_modules/.installed

$(SDK)/node_modules/.installed: $(SDK)/package-lock.json
	@command -v npm >/dev/null || { echo "The page needs npm to install the Firebase SDK. Install Node.js and npm first."; exit 1; }
	npm ci --prefix $(SDK) --loglevel=error
	@touch $@

.PHONY: calendar-reader
calendar-reader: $(READER)/node_modules/.installed

$(READER)/node_modules/.installed: $(READER)/package-lock.json
	@command -v npm >/dev/null || { echo "The tests of the calendar need npm to install ical.js. Install Node.js and npm first."; exit 1; }
	npm ci --prefix $(READER) --loglevel=error
	@touch $@

# One package after the other: the emulators and browsers that some start take the
# processors by themselves.
.PHONY: test
test: lint ## Check everything: lint, unit, scenario, kill, browser and fuzz tests
	.ci/install
	node --test emulators/page/*.test.mjs
	go test -race -shuffle=on -p 1 -timeout 20m ./...
	.ci/fuzz 5s

.PHONY: lint
lint: ## Check format and code
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

.PHONY: bench
bench: ## Measure, and print a table
	go run ./emulators/bench --backend $(BACKEND)

.PHONY: fuzz
fuzz: ## Fuzz every target for a minute
	.ci/fuzz 1m

.PHONY: build
build: ## Build the deployed program, static, as bin/boochat
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/boochat ./functions/cmd/boochat
