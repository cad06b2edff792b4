#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Throughput of the link on the virtual board, both ways, beside a raw byte loop over the same UART in the same run; every
# byte is checked. Arguments: megabytes each way (default 10), rounds (default 20), how the guest receives (default 1,
# sleeping poll; 0 busy polling, 2 interrupt and ring).
set -euo pipefail
cd "$(dirname "$0")/../../.."
mvn -q -B -pl host-runner -am -Dspotless.check.skip=true test-compile
libraries=$(find "$HOME/.m2/repository" -name '*.jar' \
    \( -path '*/jackson-*' -o -path '*/jSerialComm/*' -o -path '*/jackson/*' -o -path '*/junit/*' -o -path '*/opentest4j/*' -o -path '*/apiguardian/*' \) -print | tr '\n' ':')
cd host-runner
exec java -cp "target/test-classes:target/classes:../device-protocol/target/classes:$libraries" \
    io.github.stm32deploy.host.benchmark.LinkThroughput "${1:-10}" "${2:-20}" "${3:-1}"
