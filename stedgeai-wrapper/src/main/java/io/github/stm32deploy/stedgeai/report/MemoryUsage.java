// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Optional;

/**
 * Which pools the compiler filled, and with what.
 *
 * @param total of all pools
 * @param weights deployed weights, of all pools
 * @param activations of all pools; inputs and outputs are part of them from 2.1 on
 * @param ioIncluded true where the heading says that input and output buffers are included in the activations
 * @param ranges addresses that are used, to the byte (ends rounded up to 8 or 16)
 */
public record MemoryUsage(
        List<Pool> pools, Figure total, Figure weights, Figure activations, boolean ioIncluded, List<Range> ranges) {
    public MemoryUsage {
        pools = List.copyOf(pools);
        ranges = List.copyOf(ranges);
    }

    /**
     * @param start first address
     * @param end address behind the pool; 2.0 says 8 less for some
     */
    public record Pool(
            String name, long start, long end, Figure used, Figure size, Figure weights, Figure activations) {}

    /** @param end address behind the last byte used */
    public record Range(String pool, long start, long end, Place place) {
        public long bytes() {
            return end - start;
        }
    }

    public Optional<Pool> pool(String name) {
        return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
    }
}
