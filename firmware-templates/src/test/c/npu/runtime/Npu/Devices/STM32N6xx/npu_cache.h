/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NPU_CACHE_H
#define NPU_CACHE_H

void npu_cache_enable(void);

#endif
