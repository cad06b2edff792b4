/* SPDX-License-Identifier: Apache-2.0 */
/* ST's file of this name holds the processor's cache operations; those of the stand-in are in ll_aton_runtime.c. */
typedef int standin_no_mcu_cache_t;
