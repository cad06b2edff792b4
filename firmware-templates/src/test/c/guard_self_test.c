/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one byte behind a guarded buffer. The board must fault (exit status 4), the host's AddressSanitizer must stop;
 * else the guards of the other tests prove nothing. */

#include "test_support.h"

int main(void) {
    volatile int8_t *bytes = guarded(SLOT_INPUT, 13);
    int32_t sum = bytes[12];
    print_line("inside");
    sum += bytes[13];
    print_line(sum > 1000 ? "never" : "not guarded");
    return 0;
}
