#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fits the constants of the latency model to the published measurements, writes the data file that the program carries and
# docs/reference/latency.md.
# The measurements are in ../shared beside the repository (or $STM32_DEPLOY_SHARED). Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
"$here/java.sh" LatencyFit \
    "$module/src/main/resources/io/github/stm32deploy/toolchain/latency/neural-art-14.txt" \
    "$module/../docs/reference/latency.md"
