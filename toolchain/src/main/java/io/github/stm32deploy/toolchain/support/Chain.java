// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.List;

/**
 * Operations that one epoch computes without memory between them.
 *
 * @param lead the one that decides the time
 * @param operations in order, lead included
 * @param written results that leave the epoch
 */
record Chain(Operation lead, List<Operation> operations, List<Operand> written) {
    Chain {
        operations = List.copyOf(operations);
        written = List.copyOf(written);
    }

    static Chain of(Operation operation) {
        return new Chain(operation, List.of(operation), operation.results());
    }
}
