#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes every model through repair and quantize: what check says before and after, as a Markdown page on standard output.
#   ./run.sh                  print the page
#   ./run.sh --write          also write it to docs/reference/deployable.md
# The models and images are in ../shared beside the repository (or $STM32_DEPLOY_SHARED).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
root=$(cd "$module/.." && pwd)
shared=${STM32_DEPLOY_SHARED:-$root/../../shared}
[ -d "$shared" ] || shared=$root/../shared
[ -f "$shared/models/index.json" ] || { echo "no models/index.json in $shared" >&2; exit 3; }
command -v mvn >/dev/null || { echo "mvn is not installed (./stm32-deploy doctor)" >&2; exit 3; }
pages=()
[ "${1:-}" = --write ] && pages=("$root/docs/reference/deployable.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last module is the toolchain, so its class path is what the file holds in the end.
mvn -q -B -f "$root/pom.xml" -pl toolchain -am -DskipTests -Dspotless.check.skip=true \
    package dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/class.path" >&2
java -cp "$module/target/classes:$module/target/test-classes:$(cat "$work/class.path")" \
    io.github.stm32deploy.toolchain.benchmark.deployable.DeployableTable "$shared" ${pages[@]+"${pages[@]}"}
