/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LL_ATON_VERSION_H
#define LL_ATON_VERSION_H
#define LL_ATON_VERSION_MAJOR 0
#define LL_ATON_VERSION_MINOR 0
#define LL_ATON_VERSION_MICRO 0
#define LL_ATON_VERSION_DEV 1
#endif
