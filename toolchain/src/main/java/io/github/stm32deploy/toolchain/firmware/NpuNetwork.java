// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.List;
import java.util.Objects;

/**
 * A network that ST Edge AI Core compiled for the NPU. The C is ST's and the user's; the firmware calls it through ST's
 * runtime, which is not part of the tree either.
 *
 * @param modelName as the device tells it
 * @param modelDigest lower-case hexadecimal SHA-256 of the model file
 * @param name of the network in C: {@code Default} where none was given (up to 2.2), {@code network}
 * @param api which functions of the runtime are called
 * @param files of {@code network/}: C, headers and the constants
 * @param images constants that are not linked, but programmed where they are read
 * @param pools memories that the network was compiled for, those of size 0 left out
 * @param outputs what the decoder reads, in the order of the model file; empty where there is none
 * @param activationBytes memory in the pools
 */
public record NpuNetwork(
        String modelName,
        String modelDigest,
        String name,
        Api api,
        List<FirmwareFile> files,
        List<Image> images,
        List<Pool> pools,
        List<Output> outputs,
        long activationBytes)
        implements FirmwareNetwork {

    /** Outputs and inputs that the firmware keeps ({@code N6_NPU_MAX_TENSORS}). */
    static final int MAX_TENSORS = 16;

    /** Functions of the runtime. */
    public enum Api {
        /** {@code LL_ATON_RT_*}, every release. */
        LL_ATON,
        /** {@code stai_*}, from 3.0 on. */
        STAI
    }

    /**
     * @param file its name in {@code network/}
     * @param pool name of the memory, {@code octoFlash}
     * @param address of its first byte on the chip
     */
    public record Image(String file, String pool, long address) {}

    /**
     * @param writable false for memory that only holds constants
     */
    public record Pool(String name, long start, long bytes, boolean writable) {
        boolean contains(long address) {
            return address >= start && address < start + bytes;
        }
    }

    /**
     * @param shape as in the model file, outermost axis first
     * @param scale 0 where the model does not say
     */
    public record Output(List<Integer> shape, float scale, int zeroPoint) {
        public Output {
            shape = List.copyOf(shape);
        }
    }

    public NpuNetwork {
        Objects.requireNonNull(modelName);
        Objects.requireNonNull(modelDigest);
        Objects.requireNonNull(name);
        Objects.requireNonNull(api);
        files = List.copyOf(files);
        images = List.copyOf(images);
        pools = List.copyOf(pools);
        outputs = List.copyOf(outputs);
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            throw new IllegalArgumentException("'" + name + "' is no name in C");
        }
        if (outputs.size() > MAX_TENSORS) {
            throw new IllegalArgumentException("at most " + MAX_TENSORS + " outputs");
        }
    }

    /** Activations lie in the pools, where the network itself says. */
    @Override
    public long arenaBytes() {
        return 0;
    }

    /** Constants are programmed apart. */
    @Override
    public long weightsBytes() {
        return 0;
    }

    @Override
    public long constantBytes() {
        return images.stream().mapToLong(image -> content(image).length).sum();
    }

    /** Command streams of the epoch controller: eight bytes for each number in their header. They stay beside the code. */
    @Override
    public long tableBytes() {
        return 0;
    }

    /** The bytes of an image. */
    byte[] content(Image image) {
        return files.stream()
                .filter(file -> file.path().equals(image.file()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no file " + image.file()))
                .content();
    }
}
