#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Errors of the latency model against published measurements on STM32N6, each design predicted by a model that has not seen
# it: a Markdown page on standard output.
#   ./run.sh           print the page
#   ./run.sh --write   also write it to docs/reference/latency.md
# The measurements are in ../shared beside the repository (or $STM32_DEPLOY_SHARED).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
arguments=()
for word in "$@"; do
    arguments+=("$word")
    [ "$word" = --write ] && arguments+=("$root/docs/reference/latency.md")
done
"$here/java.sh" LatencyBenchmark ${arguments[@]+"${arguments[@]}"}
