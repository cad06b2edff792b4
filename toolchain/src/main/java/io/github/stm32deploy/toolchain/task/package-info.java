// SPDX-License-Identifier: Apache-2.0
/**
 * What two graphs of one network find in the same images: the same decoder behind both, answers paired, and figures that
 * a user of the network means by "as good as".
 */
package io.github.stm32deploy.toolchain.task;
