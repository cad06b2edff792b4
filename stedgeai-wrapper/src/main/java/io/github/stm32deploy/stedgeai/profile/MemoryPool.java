// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.profile;

import java.util.Arrays;
import java.util.Optional;

/**
 * A memory pool that the NPU compiler may use.
 *
 * @param kind which memory of the chip
 * @param start first address
 * @param bytes size; 0 keeps the pool out of use
 */
public record MemoryPool(Kind kind, long start, long bytes) {
    /**
     * The memories of the STM32N6 as ST's own {@code .mpool} files describe them (equal in 2.1 to 4.0; read in
     * STM32N6-GettingStarted-ImageClassification and -ObjectDetection, {@code my_mpools}).
     */
    public enum Kind {
        FLEXMEM("flexMEM", "AXIFLEXMEM", true, "MID", "MID", 8, "2.50", "", "9.381", "8.569"),
        CPU_RAM_1("cpuRAM1", "AXISRAM1", true, "MID", "MID", 8, "2.50", "", "16.616", "14.522"),
        CPU_RAM_2("cpuRAM2", "AXISRAM2", true, "MID", "MID", 8, "2.50", "", "17.324", "15.321"),
        NPU_RAM_3("npuRAM3", "AXISRAM3", true, "HIGH", "LOW", 8, "1.25", "", "18.531", "16.201"),
        NPU_RAM_4("npuRAM4", "AXISRAM4", true, "HIGH", "LOW", 8, "1.25", "", "18.531", "16.201"),
        NPU_RAM_5("npuRAM5", "AXISRAM5", true, "HIGH", "LOW", 8, "1.25", "", "18.531", "16.201"),
        NPU_RAM_6("npuRAM6", "AXISRAM6", true, "HIGH", "LOW", 8, "1.25", "", "19.006", "15.790"),
        HYPER_RAM("hyperRAM", "xSPI1", true, "MID", "HIGH", 2, "5.00", "CACHEABLE_ON", "380", "340.0"),
        OCTO_FLASH("octoFlash", "xSPI2", false, "MID", "HIGH", 1, "6.00", "CACHEABLE_ON", "110", "400.0");

        private final String poolName;
        private final String fileSuffix;
        private final boolean writable;
        private final String throughput;
        private final String latency;
        private final int byteWidth;
        private final String frequencyRatio;
        private final String cacheable;
        private final String readPower;
        private final String writePower;

        Kind(
                String poolName,
                String fileSuffix,
                boolean writable,
                String throughput,
                String latency,
                int byteWidth,
                String frequencyRatio,
                String cacheable,
                String readPower,
                String writePower) {
            this.poolName = poolName;
            this.fileSuffix = fileSuffix;
            this.writable = writable;
            this.throughput = throughput;
            this.latency = latency;
            this.byteWidth = byteWidth;
            this.frequencyRatio = frequencyRatio;
            this.cacheable = cacheable;
            this.readPower = readPower;
            this.writePower = writePower;
        }

        /** As reports name it, {@code octoFlash}. */
        public String poolName() {
            return poolName;
        }

        /** As files name it, {@code xSPI2} in {@code network_atonbuf.xSPI2.raw}. */
        public String fileSuffix() {
            return fileSuffix;
        }

        /** External memories go through the cache of the NPU, and constants are wanted there. */
        boolean external() {
            return !cacheable.isEmpty();
        }

        String properties() {
            return "{ \"rights\": \"" + (writable ? "ACC_WRITE" : "ACC_READ") + "\", \"throughput\": \"" + throughput
                    + "\", \"latency\": \"" + latency + "\", \"byteWidth\": " + byteWidth + ", \"freqRatio\": "
                    + frequencyRatio + (external() ? ", \"cacheable\": \"" + cacheable + '"' : "")
                    + ", \"read_power\": " + readPower + ", \"write_power\": " + writePower
                    + (external() ? ", \"constants_preferred\": \"true\"" : "") + " }";
        }

        /** The pool of a name in reports; empty for a name that no file of ST has. */
        public static Optional<Kind> named(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.poolName.equals(name))
                    .findFirst();
        }
    }

    public MemoryPool {
        if (start < 0 || bytes < 0) {
            throw new IllegalArgumentException(kind.poolName + " at " + start + " with " + bytes + " bytes");
        }
    }

    public String name() {
        return kind.poolName;
    }

    /** The same pool, out of use. */
    public MemoryPool withheld() {
        return new MemoryPool(kind, start, 0);
    }
}
