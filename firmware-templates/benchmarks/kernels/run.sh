#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Instructions of our kernels on the emulated Cortex-M55 beside those of CMSIS-NN (cmsis-nn.tsv), as a Markdown table.
# Emulated instruction counts, not cycles. Exit status 1 where a kernel needs more than 1.5 times CMSIS-NN's count.
#   ./run.sh              print the table
#   OPTIMIZE=-O2 ./run.sh compile with another level (the comparison is meant at -O3, CMSIS-NN's level)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

arm-none-eabi-gcc -std=c11 "${OPTIMIZE:--O3}" -mcpu=cortex-m55 -mthumb -mfloat-abi=hard -ffp-contract=off \
    -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
    -Wall -Wextra -Wconversion -Wdouble-promotion -Werror \
    -I"$module/src/main/c/include" -I"$module/src/test/c" -nostartfiles --specs=nosys.specs \
    -T "$module/src/test/c/board/mps3-an547.ld" \
    "$here/benchmark.c" "$module"/src/test/c/test_support.c "$module"/src/test/c/board/board_support.c \
    "$module"/src/main/c/kernels/*.c -o "$work/benchmark.elf"
qemu-system-arm -M mps3-an547 -nodefaults -display none -monitor none -icount shift=5 \
    -chardev stdio,id=text -semihosting-config enable=on,target=native,chardev=text -kernel "$work/benchmark.elf" </dev/null >"$work/counts.tsv" \
    2>"$work/qemu.log" || { cat "$work/qemu.log" "$work/counts.tsv" >&2; exit 3; }

awk -F'\t' '
    FNR == NR { if ($0 !~ /^#/) { macs[$1] = $2; theirs[$1] = $3; order[++rows] = $1 } next }
    $3 == "FAILED" { print "kernel failed: " $1 >"/dev/stderr"; failed = 1 }
    { ours[$1] = $2 }
    END {
        print "| shape | MACs | instructions | insn/MAC | CMSIS-NN | ratio |"
        print "|---|---:|---:|---:|---:|---:|"
        for (i = 1; i <= rows; i++) {
            name = order[i]
            if (!(name in ours)) { print "not measured: " name >"/dev/stderr"; failed = 1; continue }
            ratio = ours[name] / theirs[name]
            if (ratio > worst) worst = ratio
            per_mac = macs[name] == "-" ? "-" : sprintf("%.3f", ours[name] / macs[name])
            printf "| %s | %s | %d | %s | %d | %.2f%s |\n", name, macs[name], ours[name], per_mac, theirs[name], \
                ratio, (ratio > 1.5 ? " **over**" : "")
        }
        printf "\nLargest ratio: %.2f (limit 1.5)\n", worst
        exit (failed || worst > 1.5)
    }' "$here/cmsis-nn.tsv" "$work/counts.tsv"
