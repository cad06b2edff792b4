/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_clock_check.h"

uint32_t n6_clock_measured(uint32_t ticks, uint32_t reference_ticks, uint32_t reference_hertz) {
    if (reference_ticks == 0) {
        return 0;
    }
    const uint64_t hertz = (uint64_t)ticks * reference_hertz / reference_ticks;
    return hertz > UINT32_MAX ? UINT32_MAX : (uint32_t)hertz;
}

n6_check_t n6_clock_check(const char *name, uint32_t hertz, uint32_t ticks, uint32_t reference_ticks,
                          uint32_t reference_hertz, uint32_t tolerance_permille) {
    n6_check_t check = {.name = name, .outcome = N6_CHECK_PASSED, .text = "", .expected = hertz};
    check.observed = n6_clock_measured(ticks, reference_ticks, reference_hertz);
    const uint32_t off = check.observed > hertz ? check.observed - hertz : hertz - check.observed;
    if (reference_ticks == 0) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "the second timer stands still";
    } else if ((uint64_t)off * 1000u > (uint64_t)hertz * tolerance_permille) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "the clock does not run at the rate that its registers say";
    }
    return check;
}

uint64_t n6_ticks_extended(uint32_t low, uint64_t estimate) {
    const uint64_t wrap = (uint64_t)1u << 32;
    const uint64_t base = estimate & ~(wrap - 1u);
    uint64_t nearest = base | low;
    if (nearest + wrap / 2u < estimate) {
        nearest += wrap;
    } else if (nearest > estimate + wrap / 2u && nearest >= wrap) {
        nearest -= wrap;
    }
    return nearest;
}
