// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Optional;

/**
 * The block "Epochs details" with where each number stands.
 *
 * @param total number of epochs
 * @param software epochs on the CPU alone
 * @param hybrid epochs on CPU and NPU; absent up to 2.2, which counts them in no line ({@code ??} in the rows)
 * @param hardware epochs of the NPU; absent up to 2.2
 * @param controllerBlobs programs of the epoch controller that hold them; absent up to 2.2
 */
public record EpochCounts(
        Figure total,
        Figure software,
        Optional<Figure> hybrid,
        Optional<Figure> hardware,
        Optional<Figure> controllerBlobs,
        List<EpochTable.Row> rows) {
    public EpochCounts {
        rows = List.copyOf(rows);
    }

    /** Epochs in rows of a kind; a row of the controller may stand for several. */
    public int count(EpochKind kind) {
        return rows.stream()
                .filter(row -> row.kind() == kind)
                .mapToInt(row -> row.last() - row.first() + 1)
                .sum();
    }

    /** Operators of the rows of a kind, in order. */
    public List<String> operators(EpochKind kind) {
        return rows.stream()
                .filter(row -> row.kind() == kind)
                .map(EpochTable.Row::operator)
                .toList();
    }
}
