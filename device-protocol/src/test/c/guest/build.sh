#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh OUTPUT.elf: the guest for the throughput benchmark and the virtual board's tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
main="$here/../../../main/c"
arm-none-eabi-gcc -std=c11 -O2 -Wall -Wextra -Wconversion -Werror -mcpu=cortex-m55 -mfloat-abi=hard -mthumb \
    -ffp-contract=off -fno-tree-loop-distribute-patterns -nostartfiles --specs=nano.specs --specs=nosys.specs \
    -Wl,-T,"$here/guest.ld" -Wl,--build-id=none -I"$main" -I"$here/.." -o "$1" \
    "$here/guest.c" "$here/../vector_device.c" "$main"/n6_cobs.c "$main"/n6_crc32.c "$main"/n6_cbor.c "$main"/n6_link.c
