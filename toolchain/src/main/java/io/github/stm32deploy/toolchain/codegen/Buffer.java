// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

/**
 * Memory for one tensor of bytes during inference.
 *
 * @param id unique within one network, in the order of creation
 * @param name tensor or step it was made for
 */
record Buffer(int id, String name, long bytes) {}
