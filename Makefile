# Every target sets up what it needs inside this folder: tools in .venv/, host builds in target/, functions in .aws-sam/.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
export SAM_CLI_TELEMETRY := 0
export PYTHONDONTWRITEBYTECODE := 1
unexport AWS_PROFILE # the local stack is nobody's account

PYTHON ?= python3
SAM_TOOLS := .venv/sam/.installed
STACK_TOOLS := .venv/stack/.installed
DYNAMODB_LOCAL := .venv/dynamodb-local/.installed
SDK_CLIENTS := .venv/node/.installed
CARGO_DENY := cargo-deny@0.20.2
CARGO_CYCLONEDX := cargo-cyclonedx@0.5.9
CARGO_MACHETE := cargo-machete@0.9.2
CARGO_TOOLS := .venv/cargo/.$(CARGO_DENY)-$(CARGO_CYCLONEDX)-$(CARGO_MACHETE)
CARGO_TOOLS_BIN := .venv/cargo/bin
PEERS := .venv/peers/.installed benches/peers/node/node_modules/.package-lock.json
BUILT := .aws-sam/build/template.yaml
SKEWED_CLOCK := target/skewed-clock.so
BUILT_FROM := Cargo.toml Cargo.lock rust-toolchain.toml template.yaml samconfig.toml $(shell find functions protocol shared -type f)

# cargo-lambda finds zig as the Python module `ziglang`, through the first python3 on the path.
WITH_SAM_TOOLS := PATH="$(CURDIR)/.venv/sam/bin:$$PATH"
# `exec`: the signal that ends make must reach Python, which ends what it started, and not stop at a shell.
STACK_PYTHON := exec env PYTHONPATH=.:tests/support .venv/stack/bin/python

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: needs-rust needs-python needs-linux $(STACK_TOOLS) $(BUILT) simulator ## deploy to a local stack and hold a scripted conversation over it
	@$(STACK_PYTHON) -m local.demo

.PHONY: test
test: needs-rust needs-python needs-linux needs-node needs-java format lint machete deny sbom unit validate host end-to-end browser ## run all checks

.PHONY: build
build: needs-rust needs-python $(BUILT) ## build all functions into .aws-sam/build

.PHONY: local
local: needs-rust needs-python needs-linux $(STACK_TOOLS) $(BUILT) simulator ## keep a local stack and the simulator up and print their URLs
	@$(STACK_PYTHON) -m local

# Beside the SAM CLI: cargo-lambda and what watches files are there.
.PHONY: update watch
update: needs-rust needs-python $(SAM_TOOLS) ## build FUNCTION=on-text and put it into the stack of make local
	@exec env $(WITH_SAM_TOOLS) PYTHONPATH=. .venv/sam/bin/python -m local.update $(FUNCTION)
watch: needs-rust needs-python $(SAM_TOOLS) ## do the same whenever a file is saved
	@exec env $(WITH_SAM_TOOLS) PYTHONPATH=. .venv/sam/bin/python -m local.watch $(FUNCTION)

.PHONY: tail
tail: needs-python $(STACK_TOOLS) ## follow the logs of make local, one readable line each; FUNCTION=push shows one function
	@$(STACK_PYTHON) -m local.tail $(FUNCTION)

.PHONY: doctor
doctor: needs-python $(STACK_TOOLS) ## check the stack of make local: what is wrong, what it means, what to do
	@$(STACK_PYTHON) -m local.doctor

.PHONY: events
events: needs-rust needs-python needs-linux $(STACK_TOOLS) $(BUILT) simulator ## regenerate the inputs of sam local invoke
	@$(STACK_PYTHON) -m invocation

.PHONY: test-sam-local sam-local
test-sam-local: ## run sam local invoke for every function; needs Docker
	@if docker info > /dev/null 2>&1; then \
		$(MAKE) --no-print-directory sam-local; \
	else \
		echo "==> SKIPPED: sam local invoke. No Docker engine answers to docker info."; \
	fi
sam-local: needs-rust needs-python needs-linux $(STACK_TOOLS) $(BUILT) simulator
	@$(STACK_PYTHON) -m pytest -r s tests/operating/sam_local.py

.PHONY: bench
bench: needs-rust needs-python $(BUILT) ## measure the processor time of a push and of a cold start
	cargo bench --locked --package protocol --bench push
	@$(WITH_SAM_TOOLS) cargo lambda build --release --locked --package bare
	@$(PYTHON) benches/cold_start.py

.PHONY: audit
audit: needs-rust $(CARGO_TOOLS) ## check the dependencies for published vulnerabilities; downloads the RustSec database
	$(CARGO_TOOLS_BIN)/cargo-deny --locked check advisories

.PHONY: bench-peers
bench-peers: needs-rust needs-python needs-node needs-java $(STACK_TOOLS) $(DYNAMODB_LOCAL) $(BUILT) $(PEERS) ## measure the same push in Python and Node.js beside it
	@exec env PYTHONPATH=.:benches .venv/stack/bin/python -m local.dynamodb_local .venv/stack/bin/python benches/peers.py

# ---------------------------------------------------------- the large trials

# Each takes minutes to hours; a small one of each is a part of `test`.
.PHONY: proof chaos load drills
proof: chaos drills fuzz mutants ## run the large trials, whose figures are in docs/reliability.md
chaos: needs-rust needs-python needs-linux needs-java $(DYNAMODB_LOCAL) $(BUILT) $(SKEWED_CLOCK) simulator ## send 10,000 pushes with random faults; SEED=1 PUSHES=10000
	@echo "==> $(PUSHES) pushes with faults at any moment, seed $(SEED)"
	@cargo build --locked --package trials
	@$(TRIAL) cargo run --locked --package trials --bin chaos -- --pushes $(PUSHES) --seed $(SEED)
load: needs-rust needs-python needs-linux needs-java $(DYNAMODB_LOCAL) $(BUILT) $(SKEWED_CLOCK) simulator ## measure pushes under load, and draw docs/load.svg
	@cargo build --locked --package trials
	@$(TRIAL) cargo run --locked --package trials --bin load -- --plot docs/load.svg

drills: needs-rust needs-python needs-linux $(STACK_TOOLS) $(BUILT) simulator ## rehearse four failures and their repair; DRILL=wrong-key for one
	@$(STACK_PYTHON) -m local.drills $(DRILL)

SEED ?= 1
PUSHES ?= 10000
TRIAL = exec env PYTHONPATH=. SKEWED_CLOCK="$(CURDIR)/$(SKEWED_CLOCK)" $(PYTHON) -m local.dynamodb_local

.PHONY: fuzz mutants
EXECUTIONS ?= 1000000
fuzz: needs-rust needs-python ## fuzz the parsers; EXECUTIONS=100000000
	$(call needs,c++ --version,A C++ compiler (c++),Debian: apt install g++)
	@$(PYTHON) tests/fuzz/run.py --executions $(EXECUTIONS)
mutants: needs-rust ## change protocol in one place at a time, and check that its tests fail
	$(call needs,cargo mutants --version,cargo-mutants,Install it with cargo install cargo-mutants --locked)
	cargo mutants --package protocol --output target --cargo-test-arg=--tests

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf .aws-sam .venv target benches/peers/node/node_modules

# ------------------------------------------------------------ parts of `test`

.PHONY: format lint machete deny sbom unit validate host end-to-end browser
format:
	cargo fmt --all --check
lint:
	cargo clippy --locked --workspace --all-targets -- -D warnings
machete: $(CARGO_TOOLS)
	@echo "==> dependencies that no source uses"
	$(CARGO_TOOLS_BIN)/cargo-machete --skip-target-dir
deny: $(CARGO_TOOLS)
	@echo "==> licences, sources and duplicates among the dependencies"
	$(CARGO_TOOLS_BIN)/cargo-deny --locked check bans licenses sources
# What each function is made of, for whoever has to ask when a vulnerability is published.
sbom: $(CARGO_TOOLS)
	@echo "==> bills of materials (CycloneDX): target/sbom"
	@PATH="$(CURDIR)/$(CARGO_TOOLS_BIN):$$PATH" cargo cyclonedx -q --format json --spec-version 1.5 --describe binaries --no-build-deps
	@rm -rf target/sbom && mkdir -p target/sbom
	@mv functions/*/*.cdx.json target/sbom/
	@find benches examples simulator tests -name '*.cdx.json' -delete
# Without the browser's driver: it turns on features of serde_json that the product does not have.
unit: $(DYNAMODB_LOCAL)
	@echo "==> tests of the crates, with DynamoDB Local beside them"
	@exec env PYTHONPATH=. $(PYTHON) -m local.dynamodb_local cargo test --locked --workspace --exclude chat-page-tests --exclude lambda-host
validate: $(SAM_TOOLS)
	$(WITH_SAM_TOOLS) sam validate --lint --region us-east-1
	$(WITH_SAM_TOOLS) sam validate --lint --region us-east-1 --template-file examples/llm-python/template.yaml
	$(WITH_SAM_TOOLS) cfn-lint template.yaml examples/llm-python/template.yaml
host: $(DYNAMODB_LOCAL) $(BUILT) $(SKEWED_CLOCK) simulator
	@echo "==> the functions as processes on this machine, killed and cut off at chosen points"
	@exec env PYTHONPATH=. $(PYTHON) -m local.dynamodb_local cargo test --locked --package lambda-host -- --test-threads 8
	@echo "==> 200 pushes with faults at any moment; make chaos has 10,000"
	@cargo build --locked --package trials
	@$(TRIAL) cargo run --locked --package trials --bin chaos -- --pushes 200 --at-once 48 --retry-seconds 2,4
end-to-end: needs-node $(STACK_TOOLS) $(SDK_CLIENTS) $(BUILT) simulator
	@echo "==> end to end, on a local stack"
	@$(STACK_PYTHON) -m pytest tests
	@$(STACK_PYTHON) -m pytest tests/operating/make_local.py
	@$(STACK_PYTHON) -m local.demo
# A browser is the one thing that cannot be had inside this folder.
browser: $(STACK_TOOLS) $(BUILT) simulator
	@if chromedriver --version > /dev/null 2>&1; then \
		echo "==> the chat page in headless Chromium; pictures of it: target/tmp/chat-page"; \
		chromedriver --version; \
		$(STACK_PYTHON) -m local cargo test --locked --package chat-page-tests -- --test-threads=1; \
	else \
		echo "==> SKIPPED: the tests of the chat page. chromedriver is missing. Debian: apt install chromium chromium-driver"; \
	fi

.PHONY: simulator
simulator:
	@echo "==> building the simulator"
	@cargo build --locked --package simulator

# The first command builds all functions at once and shows cargo's progress; `sam build` then finds each of them built.
$(BUILT): $(SAM_TOOLS) $(BUILT_FROM)
	@echo "==> building the functions (minutes the first time)"
	@$(WITH_SAM_TOOLS) cargo lambda build --release --locked
	@$(WITH_SAM_TOOLS) sam build

# Shifts the clocks of processes, for the trials.
$(SKEWED_CLOCK): tests/trials/skewed_clock.c
	@mkdir -p $(@D)
	@cc -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $<

# ------------------------------------------------- tools, pinned, inside .venv

$(SAM_TOOLS) $(STACK_TOOLS): .venv/%/.installed: local/requirements/%.txt
	@echo "==> installing local/requirements/$*.txt into .venv/$* (a minute or so)"
	@$(PYTHON) -m venv --clear .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(CARGO_TOOLS):
	@echo "==> building cargo-deny, cargo-cyclonedx and cargo-machete into $(@D) (minutes the first time)"
	@cargo install --quiet --locked --root $(@D) --target-dir target/cargo-tools --no-default-features $(CARGO_DENY)
	@cargo install --quiet --locked --root $(@D) --target-dir target/cargo-tools $(CARGO_CYCLONEDX)
	@cargo install --quiet --locked --root $(@D) --target-dir target/cargo-tools $(CARGO_MACHETE)
	@rm -rf target/cargo-tools
	@touch $@

# As on Lambda: the runtime has its own packages compiled, and what `sam build` packs beside them is not.
.venv/peers/.installed: benches/peers/python/requirements.txt
	@echo "==> installing benches/peers/python/requirements.txt into .venv/peers"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement $<
	@cd $(@D)/lib/python3*/site-packages && ../../../bin/python -m compileall -q \
		awslambdaric boto3 botocore dateutil jmespath s3transfer simplejson snapshot_restore_py.py six.py urllib3
	@touch $@
benches/peers/node/node_modules/.package-lock.json: benches/peers/node/package-lock.json
	@echo "==> installing benches/peers/node/package-lock.json beside it"
	@npm ci --prefix benches/peers/node --silent --no-audit --no-fund
	@touch $@

# The WeChat SDK for Node.js that the tests of the SDK gateway run; the one for Python is in .venv/stack.
$(SDK_CLIENTS): tests/support/sdk_clients/package.json tests/support/sdk_clients/package-lock.json
	@echo "==> installing tests/support/sdk_clients/package-lock.json into $(@D)"
	@rm -rf $(@D) && mkdir -p $(@D)
	@cp $^ $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --silent --no-audit --no-fund
	@touch $@

# DynamoDB Local, which Amazon gives out for Java, rides in an npm package.
DYNAMODB_LOCAL_PACKAGE := amplify-dynamodb-simulator@2.9.30
$(DYNAMODB_LOCAL): Makefile
	@echo "==> unpacking DynamoDB Local from $(DYNAMODB_LOCAL_PACKAGE) into $(@D)"
	@rm -rf $(@D) && mkdir -p $(@D)
	@npm pack --silent --pack-destination $(@D) $(DYNAMODB_LOCAL_PACKAGE) > /dev/null
	@tar -xzf $(@D)/*.tgz -C $(@D) --strip-components 2 package/emulator
	@rm $(@D)/*.tgz
	@touch $@

# -------------------------------------------------------- what must be there

# $(call needs,test,what is missing,how to get it)
needs = @$(1) > /dev/null 2>&1 || { echo "$(2) is missing. $(3)" >&2; exit 1; }

.PHONY: needs-rust needs-python needs-linux needs-node needs-java
needs-rust:
	$(call needs,cargo --version,Rust (cargo),Install it with rustup: https://rustup.rs)
	$(call needs,cc --version,A C compiler (cc),Debian: apt install gcc libc6-dev)
needs-python:
	$(call needs,$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3$(comma) 11))',Python 3.11 or newer ($(PYTHON)),Install it or name another one: make PYTHON=python3.12 ...)
	$(call needs,$(PYTHON) -c 'import ensurepip$(comma) venv',The venv module of $(PYTHON),Debian: apt install python3-venv)
needs-linux:
	$(call needs,test "$$(uname -sm)" = "Linux x86_64",Linux on x86_64,The local stack runs the functions natively. Use a virtual machine or a container.)
needs-node:
	$(call needs,npm --version,npm (of Node.js),Install Node.js 18 or newer: https://nodejs.org)
needs-java:
	$(call needs,java -version 2>&1 | grep -E 'version "(1[7-9]|[2-9][0-9])',Java 17 or newer,Debian: apt install openjdk-17-jre-headless)

comma := ,
