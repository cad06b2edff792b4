// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

/** A message with its sequence number, 0 to 2^32-1. */
public record Sequenced<T>(long sequence, T value) {}
