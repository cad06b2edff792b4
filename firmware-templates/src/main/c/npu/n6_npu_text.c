/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_npu_text.h"

void n6_npu_text_clear(n6_npu_text_t *text) {
    text->length = 0;
    text->text[0] = '\0';
}

void n6_npu_text_add(n6_npu_text_t *text, const char *words) {
    for (; *words != '\0' && text->length < N6_NPU_TEXT_BYTES - 1u; words++) {
        text->text[text->length++] = *words;
    }
    text->text[text->length] = '\0';
}

void n6_npu_text_number(n6_npu_text_t *text, uint32_t number) {
    char digits[11];
    size_t at = sizeof digits - 1u;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0);
    n6_npu_text_add(text, digits + at);
}
