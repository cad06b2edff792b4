#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes a network of more than 100 MB and quantizes it with less and less heap: a Markdown table on standard output.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
command -v mvn >/dev/null || { echo "mvn is not installed (./stm32-deploy doctor)" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
"$root/stm32-deploy" --version >&2
java -cp "$module/target/classes:$module/target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.quantize.LargeModel "$root" "$work"
