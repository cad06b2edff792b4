#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the import of every TFLite model against the numbers of the TFLite interpreter, records the differences in
# import-accuracy.json (which tests read) and writes docs/reference/tflite-meaning.md. About a minute.
# The models are in ../shared/models beside the repository (or $STM32_DEPLOY_SHARED).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../shared}
[ -d "$shared/models" ] || { echo "no models at $shared/models (set STM32_DEPLOY_SHARED)" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
cd "$module"
java -cp "target/classes:target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.tflite.MeaningTable "$shared/models" \
    src/test/resources/io/github/stm32deploy/toolchain/tflite/import-accuracy.json \
    "$root/docs/reference/tflite-meaning.md"
