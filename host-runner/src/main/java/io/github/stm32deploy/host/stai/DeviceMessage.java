// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.util.List;

/** What a validation firmware says. Numbers in the comments are those of the fields in stm32msg. */
public sealed interface DeviceMessage {

    /** {@code syncMsg}: 1 version, 4 capability, 5 runtime. */
    record Sync(ProtocolVersion version, long capability, long runtime) implements DeviceMessage {
        /** It can report the parts of a run one by one. */
        public static final int OBSERVES = 1;
        /** Its port is a USB port of the chip. */
        public static final int USB = 64;

        public boolean observes() {
            return (capability & OBSERVES) != 0;
        }
    }

    /**
     * {@code sysinfoMsg}: 1 device, 2 and 3 clocks, 4 cache; up to 3.1 5 the list, from 3.2 on 5 packet size and 6 the list.
     *
     * @param chip number of the device family; 0x486 is STM32N6
     * @param coreHertz clock of the processor
     * @param busHertz clock of the system bus
     * @param packetBytes payload of the packets from now on; 0 where it stays as it is
     * @param extra on STM32N6 the second is the NPU's clock in hertz, the third that of its interconnect
     */
    record ChipDescription(int chip, long coreHertz, long busHertz, long caches, int packetBytes, List<Long> extra)
            implements DeviceMessage {
        public static final int STM32N6 = 0x486;

        public ChipDescription {
            extra = List.copyOf(extra);
        }

        /** Clock of the NPU in hertz, 0 where it is not stated. */
        public long npuHertz() {
            return chip == STM32N6 && extra.size() > 1 ? extra.get(1) : 0;
        }
    }

    /** {@code ackMsg}: 1 param, 2 error. */
    record Acknowledged(long parameter, int error) implements DeviceMessage {}

    /** {@code logMsg}: 1 level, 2 text. */
    record Log(int level, String text) implements DeviceMessage {}

    /**
     * {@code aiOperatorMsg}: 1 name, 2 type and flags, 3 number, 4 milliseconds, 5 and 6 counters, 7 stack, 8 heap.
     *
     * @param flags what sort of report it is
     * @param type on the NPU 0 hardware, 1 extra hardware, 2 software, 3 hybrid, 4 epoch controller in the lower 4 bits
     * @param id on the NPU the epoch in the lower 16 bits
     * @param counters processor cycles in front of the hardware, during it and after it, where the type says 0
     * @param stackBytes negative where it is not stated
     */
    record Operator(
            String name,
            int flags,
            int type,
            long id,
            float milliseconds,
            long counterType,
            List<Long> counters,
            int stackBytes,
            int heapBytes)
            implements DeviceMessage {
        /** A part of the network, not the network. */
        public static final int INTERNAL = 1;
        /** The last part. */
        public static final int LAST = 2;
        /** No tensors follow. */
        public static final int WITHOUT_TENSOR = 4;

        public Operator {
            counters = List.copyOf(counters);
        }

        /** True for a part of the network; false for the report of the whole run. */
        public boolean part() {
            return flags != 0;
        }
    }

    /**
     * {@code aiTensorDescMsg}: 1 name, 2 format, 3 elements, 4 rank and layout, 5 dimensions, 6 scale, 7 zero point,
     * 8 address, 9 flags.
     *
     * @param format bits 7 to 13 the width of an element, bits 17 to 20 its kind, bit 23 the sign
     * @param layout of the dimensions; 0 and 5 as they are
     */
    record TensorDescription(
            String name,
            long format,
            long elements,
            int layout,
            List<Long> dimensions,
            float scale,
            int zeroPoint,
            long address,
            long flags)
            implements DeviceMessage {
        public static final int LAST = 256;
        public static final int NO_DATA = 512;

        public TensorDescription {
            dimensions = List.copyOf(dimensions);
        }

        private int bits() {
            return (int) (format >>> 7 & 0x7F);
        }

        /** Size in memory. Elements of less than a byte are packed. */
        public long bytes() {
            return (elements * bits() + Byte.SIZE - 1) / Byte.SIZE;
        }

        /** {@code float32}, {@code int8}, {@code bool}, or the format's number where it has no such name. */
        public String type() {
            boolean signed = (format >>> 23 & 1) != 0;
            return switch ((int) (format >>> 17 & 0xF)) {
                case 1 -> "float" + bits();
                case 2 -> (signed ? "int" : "uint") + bits();
                case 3 -> "bool";
                case 15 -> (signed ? "fixed" : "ufixed") + bits();
                default -> "format " + Long.toHexString(format);
            };
        }
    }

    /** {@code aiTensorMsg}: 1 description, 2 data. */
    record Tensor(TensorDescription description, byte[] data) implements DeviceMessage {
        public boolean last() {
            return (description.flags() & TensorDescription.LAST) != 0;
        }
    }

    /**
     * {@code aiModelInfoMsg}: 1 name, 2 runtime, 3 signature, 4 compiled, 5 runtime version, 6 tool version, 7 macc,
     * 8 parts, 10 to 17 tensors, 20 runtime as text, from 3.2 on 21 and 22 start times.
     *
     * @param name in C
     * @param parts operators, on the NPU epochs
     * @param installMillis and {@code startMillis} NaN where they are not stated
     */
    record Network(
            String name,
            long runtime,
            String signature,
            String compiled,
            long runtimeVersion,
            long toolVersion,
            long macc,
            long parts,
            List<TensorDescription> inputs,
            List<TensorDescription> outputs,
            List<TensorDescription> activations,
            List<TensorDescription> weights,
            String runtimeText,
            float installMillis,
            float startMillis)
            implements DeviceMessage {
        private static final int NO_ACTIVATIONS = 1 << 24;
        private static final int NO_WEIGHTS = 2 << 24;

        public Network {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
            activations = List.copyOf(activations);
            weights = List.copyOf(weights);
        }

        /** Bytes of the activations; 0 where the firmware does not know them. */
        public long activationBytes() {
            return (runtime & NO_ACTIVATIONS) != 0 ? 0 : sum(activations);
        }

        /** Bytes of the weights; 0 where the firmware does not know them. */
        public long weightBytes() {
            return (runtime & NO_WEIGHTS) != 0 ? 0 : sum(weights);
        }

        private static long sum(List<TensorDescription> segments) {
            return segments.stream().mapToLong(TensorDescription::bytes).sum();
        }

        /** {@code 10.0.0} of the version fields. */
        public static String version(long field) {
            return (field >>> 24 & 0xFF) + "." + (field >>> 16 & 0xFF) + "." + (field >>> 8 & 0xFF);
        }
    }
}
