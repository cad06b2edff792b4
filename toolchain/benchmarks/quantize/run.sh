#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Quantizes float models with stm32-deploy and with onnxruntime.quantization, each as a process of its own on the same
# calibration tensors, and compares both with the float model on held-out ones: a Markdown section on standard output.
#   ./run.sh PYTHON                 PYTHON: interpreter with the packages that docs/reference/quantization.md names
#   ./run.sh PYTHON --write         also put it into docs/reference/quantization.md
#   ./run.sh PYTHON --only yunet    models with "yunet" in their name
# The listing that PYTHON runs is the one in docs/reference/quantization.md. Models and photographs are in ../shared beside
# the repository (or $STM32_DEPLOY_SHARED).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
[ -f "$shared/models/index.json" ] || { echo "no models/index.json in $shared" >&2; exit 3; }
[ $# -ge 1 ] || { echo "usage: run.sh PYTHON [--write] [--only TEXT]" >&2; exit 2; }
command -v mvn >/dev/null || { echo "mvn is not installed (./stm32-deploy doctor)" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$root/stm32-deploy" --version >&2
# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
# The build above is no change of the sources: the launcher need not build again while it is measured.
"$root/stm32-deploy" --version >&2
java -Djava.awt.headless=true -cp "$module/target/classes:$module/target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.quantize.QuantizeBenchmark "$shared" "$root" "$work" "$@"
