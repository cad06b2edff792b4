// SPDX-License-Identifier: Apache-2.0
/**
 * Frames and messages between host and device, as PROTOCOL.md describes them. Pure: bytes in, values out; no port, no
 * clock, no thread. The C twin lies in {@code src/main/c} and is in this module's jar under {@code c/}.
 */
package io.github.stm32deploy.protocol;
