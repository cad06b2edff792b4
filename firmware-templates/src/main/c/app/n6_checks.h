/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CHECKS_H
#define N6_CHECKS_H

/* What the start-up found out about the board: one record a test, told to the host on request (PROTOCOL.md, start-checks).
 * A port adds its own while it starts; nothing is added once the link is served. */

#include <stddef.h>
#include <stdint.h>

#define N6_CHECKS_CAPACITY 32u

typedef enum {
    N6_CHECK_PASSED = 0,
    N6_CHECK_FAILED = 1,
    N6_CHECK_SKIPPED = 2 /* what it needs is not there, or failed before it */
} n6_check_outcome_t;

typedef struct {
    const char *name; /* "clocks", "memory-ACTIVATIONS"; stays valid, as text does */
    n6_check_outcome_t outcome;
    const char *text; /* what is wrong, in a few words; "" where nothing is */
    uint32_t address; /* where; 0 where there is no place */
    uint32_t expected;
    uint32_t observed;
} n6_check_t;

void n6_checks_clear(void);

/* Keeps a copy. The last place goes to a record that says that more were lost. */
void n6_checks_add(n6_check_t check);

size_t n6_checks_count(void);
const n6_check_t *n6_checks_at(size_t index);

/* How many failed. */
uint32_t n6_checks_failed(void);

/* Shorthand: passed where `problem` is NULL, failed with that text otherwise. */
n6_check_t n6_check_of(const char *name, const char *problem);

#endif
