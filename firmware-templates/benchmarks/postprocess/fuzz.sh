#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Random and hostile outputs through the decoders, under AddressSanitizer and UndefinedBehaviorSanitizer (fuzz/fuzz.c).
#   ./fuzz.sh SECONDS [FAMILY]     all families together, or those whose name begins so
# Where clang has its fuzzing engine, that chooses by coverage; otherwise a seeded loop of the same choices runs with gcc.
# Exit status 0: nothing was found. What was found is left in the current folder as crash-….
set -euo pipefail
from=$PWD
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
seconds=$1
family=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=(-std=c11 -O1 -g -ffp-contract=off -fno-sanitize-recover=all -Wall -Wextra -Wconversion -Wdouble-promotion -Werror
    -I"$here" -I"$here/fuzz" -I"$module/src/main/c/include" -I"$module/src/main/c/postprocess" -I"$module/src/test/c")
sources=("$here"/fuzz/*.c "$here/mutate.c" "$here/outputs.c" "$here/plain.c" "$here/priors.c" "$here"/families/*.c
    "$module/src/test/c/test_support.c" "$module/src/test/c/host/host_support.c" "$module"/src/main/c/postprocess/*.c)

clang=$(compgen -c clang | grep -xE 'clang(-[0-9]+)?' | sort -V | tail -1 || true)
if [ -n "$clang" ] && echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n > 1; }' |
    "$clang" -fsanitize=fuzzer,address -x c - -o "$work/probe" 2>/dev/null; then
    "$clang" "${flags[@]}" -fsanitize=fuzzer,address,undefined,float-cast-overflow -DFUZZ_ENGINE "${sources[@]}" -lm -o "$work/fuzz"
    mkdir "$work/corpus"
    cd "$work"
    ${family:+env FUZZ_FAMILY="$family"} ./fuzz -max_total_time="$seconds" -max_len=65536 -len_control=0 -print_final_stats=1 corpus >log 2>&1 ||
        { grep -vE '^#[0-9]+' log | tail -40 >&2; cp crash-* "$from" 2>/dev/null; exit 1; }
    grep -E 'number_of_executed_units|cov:' log | tail -2
else
    gcc "${flags[@]}" -fsanitize=address,undefined,float-cast-overflow "${sources[@]}" -lm -o "$work/fuzz"
    started=$SECONDS
    seed=1
    while [ $((SECONDS - started)) -lt "$seconds" ]; do
        "$work/fuzz" "${family:-all}" 500 "$seed" >"$work/log" || { cat "$work/log" >&2; exit 1; }
        seed=$((seed + 500))
    done
    echo "seeds 1 to $((seed - 1)) of each family"
fi
echo "nothing found in $seconds seconds"
