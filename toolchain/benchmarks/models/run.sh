#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds real models for the virtual board, measures them, and compares every output byte with ONNX Runtime: a Markdown table
# on standard output. Emulated instruction counts, not cycles. Exit status 1 where a model breaks a bound.
#   ./run.sh                  print the table
#   ./run.sh --write          also write it to docs/reference/models.md
#   ./run.sh --sanitize       instead: one inference of each under the sanitizers, compared with the virtual board
#   ./run.sh --only yunet     models with "yunet" in their name
# The models and images are in ../shared beside the repository (or $STM32_DEPLOY_SHARED); without it only ours is measured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
for tool in arm-none-eabi-gcc qemu-system-arm gcc cmake mvn; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (./stm32-deploy doctor)" >&2; exit 3; }
done
arguments=()
for word in "$@"; do
    arguments+=("$word")
    [ "$word" = --write ] && arguments+=("$root/docs/reference/models.md")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
cd "$module"
java -Djava.awt.headless=true -Dstm32deploy.home="$root" \
    -cp "target/classes:target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.ModelTable \
    "$shared" "$work" "$here/cmsis-nn.tsv" ${arguments[@]+"${arguments[@]}"}
