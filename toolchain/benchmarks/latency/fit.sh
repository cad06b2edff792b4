#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fits the constants of the latency model to the published measurements and writes the data file that the program carries.
# The measurements are in ../shared beside the repository (or $STM32_DEPLOY_SHARED). Takes about two minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
"$here/java.sh" LatencyFit \
    "$module/src/main/resources/io/github/stm32deploy/toolchain/latency/neural-art-14.txt"
