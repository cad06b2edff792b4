// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

/** Where the vendor's compiler puts a node, as the rules predict it. */
public enum Placement {
    /** Computed by the NPU alone (a hardware epoch). */
    NPU,
    /** Moved by the NPU's stream engines under control of the CPU (a hybrid epoch). */
    HYBRID,
    /** Computed by the Cortex-M55 (a software epoch), on integers or on floats. */
    CPU,
    /** No epoch of its own: a constant, a change of view, or part of another node's chain. */
    NONE,
    /** On the NPU only with a compiler option that no stock profile passes; {@link #CPU} otherwise. */
    OPTION,
    /** The front end stops: nothing is generated for the whole model. */
    REFUSED,
    /** No valid graph has such a node. */
    ILLEGAL
}
