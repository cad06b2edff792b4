#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Predicts flash and RAM of every published network that has a graph, and the operations of every model that has a published
# count, beside the published figures: two Markdown pages on standard output. Exit status 1 where the median error of flash
# exceeds 5 % or that of internal RAM 12 %.
#   ./run.sh                  print the pages
#   ./run.sh --write          also write them to docs/reference/memory.md and docs/reference/macc.md
# The figures and models are in ../shared beside the repository (or $STM32_DEPLOY_SHARED).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
[ -f "$shared/data/n6-measurements.csv" ] || { echo "no data/n6-measurements.csv in $shared" >&2; exit 3; }
command -v mvn >/dev/null || { echo "mvn is not installed (./stm32-deploy doctor)" >&2; exit 3; }
pages=()
[ "${1:-}" = --write ] && pages=("$root/docs/reference")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
java -cp "$module/target/classes:$module/target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.memory.MemoryTable "$shared" ${pages[@]+"${pages[@]}"}
