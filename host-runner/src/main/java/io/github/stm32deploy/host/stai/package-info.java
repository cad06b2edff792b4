// SPDX-License-Identifier: Apache-2.0
/**
 * The host's side of the protocol that ST's own validation firmware speaks ("stm32msg", versions 3.0 to 3.2), so that a
 * board that another tool flashed can be measured too. Written from the public message definition (stm32msg.proto of
 * STMicroelectronics/stm32ai-modelzoo-services, version 3.1) and from the field numbers and packet layout of public
 * validation firmware of version 3.2. Proved against a device of our own in memory, not against a board.
 */
package io.github.stm32deploy.host.stai;
