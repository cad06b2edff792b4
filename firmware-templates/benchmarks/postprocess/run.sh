#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Instructions of the decoders on the emulated Cortex-M55 beside those of the same decoders written plainly in float, as
# Markdown tables. Emulated instruction counts, not cycles. Exit status 1 where a goal is missed or the two differ in what they find.
#   ./run.sh              print the tables
#   ./run.sh --write      put them into docs/reference/postprocessing.md
#   OPTIMIZE=-O3 ./run.sh compile with another level than the firmware's -O2
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../.." && pwd)
page=$module/../docs/reference/postprocessing.md
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

arm-none-eabi-gcc -std=c11 "${OPTIMIZE:--O2}" -mcpu=cortex-m55 -mthumb -mfloat-abi=hard -ffp-contract=off \
    -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
    -Wall -Wextra -Wconversion -Wdouble-promotion -Werror \
    -I"$here" -I"$module/src/main/c/include" -I"$module/src/main/c/postprocess" -I"$module/src/test/c" \
    -nostartfiles --specs=nosys.specs -T "$module/src/test/c/board/mps3-an547.ld" \
    "$here"/*.c "$here"/families/*.c "$module"/src/test/c/test_support.c "$module"/src/test/c/board/board_support.c \
    "$module"/src/main/c/postprocess/*.c -lm -o "$work/benchmark.elf"
qemu-system-arm -M mps3-an547 -nodefaults -display none -monitor none -icount shift=5 \
    -chardev stdio,id=text -semihosting-config enable=on,target=native,chardev=text -kernel "$work/benchmark.elf" </dev/null >"$work/counts.tsv" \
    2>"$work/qemu.log" || { cat "$work/qemu.log" "$work/counts.tsv" >&2; exit 3; }

status=0
awk -F'\t' -f "$here/tables.awk" "$work/counts.tsv" >"$work/tables.md" || status=$?
if [ "${1:-}" = --write ]; then
    awk -v tables="$work/tables.md" '
        /^<!-- instructions -->$/ { print; print ""; while ((getline line < tables) > 0) print line; print ""; skip = 1 }
        /^<!-- \/instructions -->$/ { skip = 0 }
        !skip' "$page" >"$work/page.md"
    cp "$work/page.md" "$page"
else
    cat "$work/tables.md"
fi
exit $status
