// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What is loaded where; written as {@code image/deploy-plan.json}. Its schema is {@code
 * docs/reference/deploy-plan.schema.json}.
 *
 * @param emulated true: the board is an emulator
 * @param program the file that is started (host board) or loaded (others)
 * @param loads in the order of addresses; empty for the host board, where the operating system decides
 * @param launch command line that starts the board, the program's name last; empty for hardware
 * @param flashing how a board without internal flash is programmed; null for others
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeployPlan(
        String schema,
        String board,
        boolean emulated,
        String firmwareDigest,
        String modelDigest,
        String program,
        List<Load> loads,
        List<String> launch,
        Flashing flashing) {
    public static final String SCHEMA = "stm32-deploy/deploy-plan/1";

    public DeployPlan {
        loads = loads == null ? List.of() : List.copyOf(loads);
        launch = launch == null ? List.of() : List.copyOf(launch);
    }

    /**
     * @param file in the same folder, the raw bytes
     * @param region memory region of the board
     * @param address hexadecimal, {@code 0x60000000}
     */
    public record Load(String file, String region, String address, long bytes, String sha256) {}

    /**
     * @param flashStart hexadecimal address at which the external flash is mapped
     * @param loader external loader of STM32CubeProgrammer
     * @param images in the order of addresses
     * @param start where a debugger starts the program that it loaded into RAM
     * @param procedures what happens in each mode, in order
     */
    public record Flashing(
            String flashStart,
            long flashBytes,
            long eraseBytes,
            String loader,
            List<Image> images,
            Start start,
            Signing signing,
            List<Procedure> procedures) {
        public Flashing {
            images = images == null ? List.of() : List.copyOf(images);
            procedures = procedures == null ? List.of() : List.copyOf(procedures);
        }
    }

    /**
     * Bytes for a range of the flash.
     *
     * @param role {@code fsbl}, {@code application}, {@code blobs} or {@code weights}
     * @param provider {@code build}: the file lies beside the plan; {@code user}: it is asked for when flashing, and the
     *     fields that describe its content are absent
     * @param capacityBytes what the image may have at most
     * @param crc32 hexadecimal CRC-32 (IEEE 802.3)
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Image(
            String role,
            String provider,
            String file,
            String address,
            long capacityBytes,
            Long bytes,
            String sha256,
            String crc32) {}

    /** Hexadecimal: address of the vector table, initial stack pointer, reset vector. */
    public record Start(String vectors, String stack, String entry) {}

    /**
     * How ST's tool makes the same image of the program.
     *
     * @param packed what the image in this folder is
     * @param tool name of the program
     * @param program its input
     * @param options by version of the tool, ascending
     */
    public record Signing(String packed, String tool, String program, List<Options> options) {
        public Signing {
            options = options == null ? List.of() : List.copyOf(options);
        }
    }

    /** Arguments from this version of the tool on. */
    public record Options(String fromVersion, List<String> arguments) {}

    /** @param mode {@code ram} (lost with the power) or {@code flash} (starts by itself) */
    public record Procedure(String mode, List<String> steps) {}
}
