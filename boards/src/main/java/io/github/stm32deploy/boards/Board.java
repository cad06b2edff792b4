// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.util.List;
import java.util.Optional;

/**
 * A board as the toolchain knows it: data, checked when it is read.
 *
 * @param id name on the command line
 * @param firmware how applications are built and started; empty for a board that is only predicted for
 * @param npu the neural accelerator; empty where there is none
 * @param boot how it starts from external flash; empty where it does not
 * @param sources documents and versions that the figures come from
 */
public record Board(
        String id,
        String name,
        Kind kind,
        Processor processor,
        Optional<Firmware> firmware,
        Optional<Npu> npu,
        Optional<Boot> boot,
        List<String> sources) {

    /** What stands behind the name. */
    public enum Kind {
        /** Emulated. */
        VIRTUAL,
        /** A process of this computer. */
        HOST,
        /** A board on the desk. */
        HARDWARE
    }

    public Board {
        sources = List.copyOf(sources);
    }

    /**
     * What building and starting an application takes.
     *
     * @param memory regions in the order of the description; empty for the host board
     * @param stackBytes stack that the firmware reserves
     * @param launch how the board is started by this machine; empty for hardware and for the host board, whose firmware
     *     is itself the program
     * @param vendor sources of the chip's vendor that the firmware is built with; empty where it needs none
     */
    public record Firmware(
            Toolchain toolchain,
            Ticks ticks,
            List<MemoryRegion> memory,
            Placement placement,
            long stackBytes,
            Port port,
            Link link,
            Optional<Launch> launch,
            Optional<Vendor> vendor) {
        public Firmware {
            memory = List.copyOf(memory);
        }
    }

    /** This board with another processor clock and accelerator settings. */
    public Board with(Processor otherProcessor, Npu otherNpu) {
        return new Board(id, name, kind, otherProcessor, firmware, Optional.of(otherNpu), boot, sources);
    }

    /** True where an application can be built for it. */
    public boolean buildable() {
        return firmware.isPresent();
    }

    public Toolchain toolchain() {
        return built().toolchain();
    }

    public Ticks ticks() {
        return built().ticks();
    }

    /** Regions in the order of the description. */
    public List<MemoryRegion> memory() {
        return built().memory();
    }

    public Placement placement() {
        return built().placement();
    }

    /** Stack that the firmware reserves. */
    public long stackBytes() {
        return built().stackBytes();
    }

    public Port port() {
        return built().port();
    }

    public Link link() {
        return built().link();
    }

    public Optional<Launch> launch() {
        return built().launch();
    }

    /** Sources of the chip's vendor that the firmware is built with. */
    public Optional<Vendor> vendor() {
        return built().vendor();
    }

    private Firmware built() {
        return firmware.orElseThrow(() -> new IllegalStateException("no application is built for " + id));
    }

    /** True where figures of this board are those of an emulator and must be labelled so. */
    public boolean emulated() {
        return kind == Kind.VIRTUAL;
    }

    /** The region of that name; its presence for every name in {@link #placement()} is checked by the loader. */
    public MemoryRegion region(String regionName) {
        return memory().stream()
                .filter(region -> region.name().equals(regionName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(id + " has no memory region " + regionName));
    }

    /**
     * @param vectorExtension {@code mve} (Helium) or {@code none}
     * @param clockHertz clock of the core; empty where there is none that means anything
     */
    public record Processor(String core, String vectorExtension, Optional<Long> clockHertz) {}

    /**
     * @param compiler C compiler to call
     * @param flags those that choose the processor
     */
    public record Toolchain(String compiler, List<String> flags) {
        public Toolchain {
            flags = List.copyOf(flags);
        }
    }

    /**
     * What the firmware's tick counter counts.
     *
     * @param unit {@code instructions}, {@code microseconds} or {@code cycles}
     * @param hertz ticks a second; empty for instructions
     */
    public record Ticks(String unit, Optional<Long> hertz) {}

    /** Names of regions for each part of a program, in order of preference. */
    public record Placement(List<String> code, List<String> variables, List<String> arena, List<String> weights) {
        public Placement {
            code = List.copyOf(code);
            variables = List.copyOf(variables);
            arena = List.copyOf(arena);
            weights = List.copyOf(weights);
        }
    }

    /**
     * Hand-written C for the board, folders under {@code port/}.
     *
     * @param folder drivers of the board
     * @param family drivers that boards with this chip share; empty where there are none
     * @param processor start-up code; empty where the operating system starts the program
     */
    public record Port(String folder, Optional<String> family, Optional<String> processor) {}

    /**
     * A package of drivers that the user has from the chip's vendor. Nothing of it is part of this project: the firmware
     * is compiled against the user's copy.
     *
     * @param name of the package, as the vendor calls it
     * @param definitions preprocessor macros, {@code NAME} or {@code NAME=VALUE}, for its sources and for ours that use it
     * @param includes folders of headers below the package; some exist only in some releases
     * @param sources C files below the package
     */
    public record Vendor(String name, List<String> definitions, List<String> includes, List<String> sources) {
        public Vendor {
            definitions = List.copyOf(definitions);
            includes = List.copyOf(includes);
            sources = List.copyOf(sources);
        }
    }

    /**
     * @param kind {@code qemu-pty}, {@code pty} or {@code serial}
     * @param baud for {@code serial}
     */
    public record Link(String kind, Optional<Long> baud) {}

    /** The program that is the board, and the arguments that choose it. */
    public record Launch(String tool, List<String> arguments) {
        public Launch {
            arguments = List.copyOf(arguments);
        }
    }
}
