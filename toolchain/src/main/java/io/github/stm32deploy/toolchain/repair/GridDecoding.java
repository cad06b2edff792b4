// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The formula by which a graph makes boxes of its last convolutions, found by running that part alone: where each number goes,
 * what becomes of five numbers everywhere, and at last on seeded noise, where the formula has to give what the graph gives.
 */
final class GridDecoding {
    private static final float[] PROBES = {0, 1, 2, -1, -2};
    private static final long SEED = 20_240_229L;
    /** Largest difference between formula and graph, as a share of the largest number: binary32 in another order. */
    private static final double SAME = 1e-4;
    /** The same where constants of the graph are rounded to 8 bits. */
    private static final double ROUNDED = 2e-2;
    /** Above that, positions of numbers are no longer exact in binary32. */
    private static final long MOST_NUMBERS = 1L << 24;

    private final RawHeads raw;
    private final double same;

    private GridDecoding(RawHeads raw) {
        this.raw = raw;
        this.same = raw.isQuantized() ? ROUNDED : SAME;
    }

    /** Empty where no formula is known that does what the graph does, or the target runs nothing. */
    static Optional<GridCoding> of(RawHeads raw, RepairTarget target) {
        Shape shape = raw.outputShape();
        if (!target.executes()
                || !shape.isStatic()
                || shape.rank() < 3
                || raw.heads().stream()
                                .mapToLong(head -> raw.shape(head).elements())
                                .sum()
                        > MOST_NUMBERS) {
            return Optional.empty();
        }
        GridDecoding decoding = new GridDecoding(raw);
        try (RawHeads.Running part = raw.new Running(target, false)) {
            List<float[]> probes = new ArrayList<>();
            for (float probe : PROBES) {
                probes.add(part.run(raw.filled(probe)));
            }
            List<float[]> noise = decoding.noise();
            float[] expected = part.run(noise);
            return DistributionHeads.coding(raw, probes.get(0), noise, expected, decoding.same)
                    .or(() -> decoding.elementwise(target, probes, noise, expected));
        } catch (DiagnosedException notRunning) {
            return Optional.empty();
        }
    }

    private List<float[]> noise() {
        Random random = new Random(SEED);
        List<float[]> noise = raw.filled(0);
        for (float[] values : noise) {
            for (int index = 0; index < values.length; index++) {
                values[index] = random.nextFloat() * 4 - 2;
            }
        }
        return noise;
    }

    /** Each number of the output comes from one raw number. */
    private Optional<GridCoding> elementwise(
            RepairTarget target, List<float[]> probes, List<float[]> noise, float[] expected) {
        int[] source;
        try (RawHeads.Running way = raw.new Running(target, true)) {
            List<float[]> places = raw.filled(0);
            int place = 0;
            for (float[] values : places) {
                for (int index = 0; index < values.length; index++) {
                    values[index] = place++;
                }
            }
            float[] arrived = way.run(places);
            source = new int[arrived.length];
            for (int index = 0; index < source.length; index++) {
                source[index] = (int) arrived[index];
            }
        } catch (DiagnosedException notRunning) {
            return Optional.empty();
        }
        return new GridColumns(raw, source, probes, same)
                .coding()
                .filter(columns -> columns.fits(noise, expected))
                .map(GridColumns.Found::coding);
    }

    /** Largest error of {@code values} against {@code expected}, as a share of the largest number of its column. */
    static boolean alike(double error, double largest, double same) {
        return error <= same * Math.max(largest, 1e-6);
    }
}
