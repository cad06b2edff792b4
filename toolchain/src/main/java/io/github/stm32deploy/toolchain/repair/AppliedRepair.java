// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What became of one proposed change.
 *
 * @param id of the repair
 * @param nodes the places, as the user's file names them
 * @param reason why
 * @param contract sentences on inputs and outputs that are other ones now
 * @param parity what the comparison measured; empty where it did not take place
 * @param kept false where the change was reverted, or only listed
 * @param outcome why it was kept or reverted, one sentence
 * @param recovered what a decoder has to know of a part that was removed
 */
public record AppliedRepair(
        String id,
        List<String> nodes,
        String reason,
        List<String> contract,
        Optional<Parity> parity,
        boolean kept,
        String outcome,
        Optional<RecoveredDecoder> recovered) {
    /**
     * @param inputs seeded input sets that both graphs were run on
     * @param elements output elements compared
     * @param maxAbsError largest difference
     * @param maxRelativeError largest difference as a share of the largest magnitude of its output
     * @param maxQuanta largest difference in steps of a quantized output, 0 where none is quantized
     * @param differing elements that are not equal
     */
    public record Parity(
            int inputs, long elements, double maxAbsError, double maxRelativeError, double maxQuanta, long differing) {}

    public AppliedRepair {
        Objects.requireNonNull(id);
        Objects.requireNonNull(reason);
        Objects.requireNonNull(parity);
        Objects.requireNonNull(outcome);
        Objects.requireNonNull(recovered);
        nodes = List.copyOf(nodes);
        contract = List.copyOf(contract);
    }
}
