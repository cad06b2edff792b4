/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_checks.h"

static n6_check_t checks[N6_CHECKS_CAPACITY];
static size_t count;

void n6_checks_clear(void) {
    count = 0;
}

void n6_checks_add(n6_check_t check) {
    if (count == N6_CHECKS_CAPACITY) {
        checks[N6_CHECKS_CAPACITY - 1u] =
            (n6_check_t){.name = "checks", .outcome = N6_CHECK_FAILED, .text = "more checks than places"};
        return;
    }
    if (check.text == NULL) {
        check.text = "";
    }
    checks[count++] = check;
}

size_t n6_checks_count(void) {
    return count;
}

const n6_check_t *n6_checks_at(size_t index) {
    return index < count ? &checks[index] : NULL;
}

uint32_t n6_checks_failed(void) {
    uint32_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += checks[i].outcome == N6_CHECK_FAILED ? 1u : 0u;
    }
    return failed;
}

n6_check_t n6_check_of(const char *name, const char *problem) {
    const n6_check_t check = {
        .name = name,
        .outcome = problem == NULL ? N6_CHECK_PASSED : N6_CHECK_FAILED,
        .text = problem == NULL ? "" : problem,
    };
    return check;
}
