/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_BOARD_H
#define N6_BOARD_H

/* A board of the start-check test. */
#define N6_BOARD_REGIONS(region) region("CODE", 0x34000400u, 0xBFC00u) region("NPURAM", 0x34200000u, 0x1C0000u)

#endif
