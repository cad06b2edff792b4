/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CRC32_H
#define N6_CRC32_H

/* CRC-32 as in Ethernet, zip and java.util.zip.CRC32: polynomial 0x04C11DB7 reflected (0xEDB88320), initial value and
 * final exclusive-or 0xFFFFFFFF. The CRC of "123456789" is 0xCBF43926. */

#include <stddef.h>
#include <stdint.h>

/* Continues a checksum: start with crc = 0, then feed the blocks in order. */
uint32_t n6_crc32_update(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
