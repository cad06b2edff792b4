/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LL_ATON_CACHES_INTERFACE_H
#define LL_ATON_CACHES_INTERFACE_H

#include <stdint.h>

void LL_ATON_Cache_MCU_Clean_Invalidate_Range(uintptr_t address, uint32_t bytes);
void LL_ATON_Cache_MCU_Invalidate_Range(uintptr_t address, uint32_t bytes);
void LL_ATON_Cache_NPU_Clean_Range(uintptr_t address, uint32_t bytes);
void LL_ATON_Cache_NPU_Clean_Invalidate_Range(uintptr_t address, uint32_t bytes);

#endif
