/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_npu_checks.h"

#include <string.h>

#include "n6_checks.h"
#include "n6_crc32.h"
#include "n6_npu_api.h"
#include "n6_port.h"

/* ---- Constants ----------------------------------------------------------------------------------------------------- */

bool n6_npu_check_images(const n6_npu_network_t *network) {
    bool sound = true;
    for (uint32_t i = 0; i < network->image_count; i++) {
        const n6_npu_image_t *image = &network->images[i];
        n6_check_t check = n6_check_of(image->check, NULL);
        check.address = (uint32_t)(uintptr_t)image->data;
        check.expected = image->crc32;
        check.observed = n6_crc32_update(0, image->data, image->bytes);
        if (check.observed != check.expected) {
            check.outcome = N6_CHECK_FAILED;
            check.text = "not the weights of this network";
            sound = false;
        }
        n6_checks_add(check);
    }
    return sound;
}

/* ---- Memories ------------------------------------------------------------------------------------------------------ */

#define BLOCK_BYTES 1024u
#define PATIENCE_MICROSECONDS 20000u

static uint32_t pattern(uint32_t index) {
    return index * 2654435761u ^ 0x5A5AA5A5u;
}

static uint32_t word_at(const uint8_t *bytes, uint32_t index) {
    uint32_t word;
    memcpy(&word, bytes + 4u * index, sizeof word);
    return word;
}

static bool passed(uint32_t microseconds) {
    const n6_port_tick_scale_t scale = n6_port_tick_scale();
    return n6_port_ticks() * scale.numerator / scale.denominator > microseconds;
}

/* True where the copy arrived; otherwise says the first word that did not. */
static bool copied(const uint8_t *from, uint8_t *to, n6_check_t *check) {
    n6_npu_api_copy(from, to, BLOCK_BYTES);
    n6_port_ticks_restart();
    bool equal = false;
    for (bool late = false; !equal && !late;) {
        late = passed(PATIENCE_MICROSECONDS); /* asked first: the last look comes after the deadline */
        n6_npu_api_to_read(to, BLOCK_BYTES);
        equal = memcmp(from, to, BLOCK_BYTES) == 0;
    }
    n6_npu_api_copy_end();
    for (uint32_t i = 0; !equal && i < BLOCK_BYTES / 4u; i++) {
        if (word_at(to, i) != word_at(from, i)) {
            check->address = (uint32_t)(uintptr_t)to + 4u * i;
            check->expected = word_at(from, i);
            check->observed = word_at(to, i);
            break;
        }
    }
    return equal;
}

static uint8_t *clear(uint8_t *to) {
    memset(to, 0, BLOCK_BYTES);
    n6_npu_api_written(to, BLOCK_BYTES);
    return to;
}

static n6_check_t within(const n6_npu_pool_t *pool) {
    n6_check_t check = n6_check_of(pool->check, NULL);
    for (uint32_t i = 0; i < BLOCK_BYTES / 4u; i++) {
        const uint32_t word = pattern(i);
        memcpy(pool->start + 4u * i, &word, sizeof word);
    }
    n6_npu_api_written(pool->start, BLOCK_BYTES);
    if (!copied(pool->start, clear(pool->start + BLOCK_BYTES), &check)) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "what the NPU copies here does not arrive";
    }
    return check;
}

static n6_check_t out_of(const n6_npu_pool_t *pool, uint8_t *to) {
    n6_check_t check = n6_check_of(pool->check, NULL);
    if (!copied(pool->start, clear(to), &check)) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "what the NPU reads here is not what the processor reads";
    }
    return check;
}

void n6_npu_check_pools(const n6_npu_network_t *network) {
    uint8_t *writable = NULL;
    for (uint32_t i = 0; i < network->pool_count; i++) {
        const n6_npu_pool_t *pool = &network->pools[i];
        if (pool->writable && pool->bytes >= 2u * BLOCK_BYTES) {
            const n6_check_t check = within(pool);
            n6_checks_add(check);
            if (writable == NULL && check.outcome == N6_CHECK_PASSED) {
                writable = pool->start;
            }
        }
    }
    for (uint32_t i = 0; i < network->pool_count; i++) {
        const n6_npu_pool_t *pool = &network->pools[i];
        if (pool->writable || pool->bytes < BLOCK_BYTES) {
            continue;
        }
        if (writable == NULL) {
            n6_checks_add((n6_check_t){
                .name = pool->check, .outcome = N6_CHECK_SKIPPED, .text = "no memory that the NPU writes"});
        } else {
            n6_checks_add(out_of(pool, writable));
        }
    }
}

/* ---- Input dependence ---------------------------------------------------------------------------------------------- */

static uint32_t noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Round 0: all elements alike, round 1: noise. Numbers between 0 and 1 where they are real. */
static void fill(const n6_link_tensor_t *input, uint32_t round) {
    uint32_t state = 1;
    if (strcmp(input->type, "float32") == 0) {
        for (uint32_t i = 0; i < input->bytes / 4u; i++) {
            const float value = round == 0 ? 0.5f : (float)noise(&state) * (1.0f / 16777216.0f);
            memcpy(input->data + 4u * i, &value, sizeof value);
        }
    } else {
        for (uint32_t i = 0; i < input->bytes; i++) {
            input->data[i] = round == 0 ? 0 : (uint8_t)noise(&state);
        }
    }
}

n6_status_t n6_npu_check_dependence(const n6_link_tensor_t *inputs, uint32_t input_count,
                                    const n6_link_tensor_t *outputs, uint32_t output_count, n6_status_t (*run)(void)) {
    uint32_t crc[2] = {0, 0};
    n6_check_t check = n6_check_of("npu-input-dependence", NULL);
    for (uint32_t round = 0; round < 2u; round++) {
        for (uint32_t i = 0; i < input_count; i++) {
            fill(&inputs[i], round);
        }
        const n6_status_t status = run();
        if (status != N6_OK) {
            check.outcome = N6_CHECK_FAILED;
            check.text = "the network does not run";
            n6_checks_add(check);
            return status;
        }
        for (uint32_t i = 0; i < output_count; i++) {
            crc[round] = n6_crc32_update(crc[round], outputs[i].data, outputs[i].bytes);
        }
    }
    if (crc[0] == crc[1]) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "two inputs give the same outputs";
        check.observed = crc[1];
    }
    n6_checks_add(check);
    return N6_OK;
}
