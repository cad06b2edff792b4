#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares predicted epochs with the compiler reports in ../shared: a Markdown page on standard output.
#   ./run.sh            print the page
#   ./run.sh --write    also write it to docs/reference/placement.md
# The reports are in ../shared beside the repository, or in $STM32_DEPLOY_SHARED.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
[ -d "$shared/fixtures" ] || { echo "no compiler reports at $shared" >&2; exit 3; }
arguments=()
[ "${1:-}" = --write ] && arguments+=("$root/docs/reference/placement.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
cd "$module"
java -cp "target/classes:target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.placement.PlacementTable "$shared" ${arguments[@]+"${arguments[@]}"}
