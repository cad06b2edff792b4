/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_TEXT_H
#define N6_NPU_TEXT_H

/* Sentences with figures in them, without printf. */

#include <stddef.h>
#include <stdint.h>

#define N6_NPU_TEXT_BYTES 160u

typedef struct {
    char text[N6_NPU_TEXT_BYTES];
    size_t length;
} n6_npu_text_t;

/* What does not fit is cut. */
void n6_npu_text_clear(n6_npu_text_t *text);
void n6_npu_text_add(n6_npu_text_t *text, const char *words);
void n6_npu_text_number(n6_npu_text_t *text, uint32_t number);

#endif
