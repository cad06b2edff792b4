#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the toolchain with its tests and runs a program of this benchmark: java.sh CLASS ARGUMENT...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
[ -d "$shared/data" ] || { echo "no measurements in $shared; name the folder in STM32_DEPLOY_SHARED" >&2; exit 3; }
program=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
java -cp "$module/target/classes:$module/target/test-classes:$(cat "$work/class.path")" \
    "io.github.stm32deploy.toolchain.benchmark.latency.$program" "$shared" "$@"
