// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The output folder of {@code stedgeai generate} for the NPU, whoever started it: {@code network.c} with its command
 * streams, the functions above it where there are any, and the constants. What lies where is read from the tables in the C.
 *
 * @param name of the network in C, the end of its functions' names
 * @param files C, headers and constants
 * @param activationBytes what buffers take in these memories, from the start of each to its last byte in use
 * @param blocks epoch blocks in the order in which they run
 * @param pools memories that the network uses
 * @param core release that made it, {@code 2.1}; empty where the C does not say
 * @param compiler version of the runtime that it needs, {@code 1.1.0-31}; empty where the C does not say
 */
public record NpuNetworkFolder(
        String name,
        NpuNetwork.Api api,
        List<FirmwareFile> files,
        List<NpuNetwork.Image> images,
        List<NpuNetwork.Pool> pools,
        long activationBytes,
        List<Block> blocks,
        Optional<String> core,
        Optional<String> compiler) {
    private static final Pattern NAME = Pattern.compile("\\bLL_ATON_EpochBlockItems_(\\w+)\\s*\\(void\\)\\s*\\{");
    private static final Pattern ADDRESS =
            Pattern.compile("\\.addr_base\\s*=\\s*\\{\\(unsigned char \\*\\)\\(0x([0-9A-Fa-f]{1,8})UL\\)");
    private static final Pattern BLOCK = Pattern.compile("\\.flags\\s*=\\s*([\\w |]+)"
            + "(?:,[^{}]*?\\.epoch_num\\s*=\\s*(-?\\d+),[^{}]*?\\.last_epoch_num\\s*=\\s*(-?\\d+),)?");
    private static final Pattern BUFFER = Pattern.compile(
            ADDRESS.pattern()
                    + "[^}]*\\},\\s*\\.offset_start\\s*=\\s*\\d+,\\s*\\.offset_end\\s*=\\s*(\\d+),[^{}]*?\\.is_param\\s*=\\s*(\\d)");
    private static final Pattern CORE = Pattern.compile("GIT_BRANCH\\s+\"STAI-(\\d+\\.\\d+)\"");
    private static final Pattern VERSION = Pattern.compile("LL_ATON_VERSION_(?:MAJOR|MINOR|MICRO|DEV)\\s*!=\\s*(\\d+)");
    private static final Pattern CONSTANTS = Pattern.compile(".*[._](xSPI\\d|AXISRAM\\d|AXIFLEXMEM)\\.(?:raw|bin)");
    private static final long LARGEST_IMAGE = 256L << 20;

    /**
     * @param kind {@code EC}, {@code HW}, {@code SW} or {@code hybrid}
     * @param first number of its first epoch, -1 where the C does not say
     * @param last number of its last
     */
    public record Block(String kind, int first, int last) {
        /** As people read it: {@code epochs 1-6 (EC)}. */
        public String label(int index) {
            if (first < 0) {
                return "epoch block " + (index + 1) + " (" + kind + ")";
            }
            return (first == last ? "epoch " + first : "epochs " + first + "-" + last) + " (" + kind + ")";
        }
    }

    /**
     * @param board names the pools and where they lie
     * @throws DiagnosedException with {@code NPU-NETWORK-FOLDER} where it is not such a folder
     * @throws IOException where a file cannot be read
     */
    public static NpuNetworkFolder read(Path folder, Board board) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw refused(folder, "no such folder");
        }
        List<Path> paths;
        try (Stream<Path> listed = Files.list(folder)) {
            paths = listed.filter(Files::isRegularFile).sorted().toList();
        }
        List<FirmwareFile> files = new ArrayList<>();
        String network = null;
        String name = null;
        for (Path path : paths) {
            String file = path.getFileName().toString();
            boolean c = file.endsWith(".c") || file.endsWith(".h");
            if (!c && !CONSTANTS.matcher(file).matches() || Files.size(path) > LARGEST_IMAGE) {
                continue;
            }
            byte[] content = Files.readAllBytes(path);
            files.add(new FirmwareFile(file, content));
            if (file.endsWith(".c")) {
                String text = new String(content, StandardCharsets.ISO_8859_1);
                Matcher named = NAME.matcher(text);
                if (named.find()) {
                    if (network != null) {
                        throw refused(folder, "two networks, " + name + " and " + named.group(1));
                    }
                    network = text;
                    name = named.group(1);
                }
            }
        }
        if (network == null) {
            throw refused(folder, "no C file with LL_ATON_EpochBlockItems_...(void)");
        }
        String stai = "stai_" + name + ".c";
        List<Long> addresses = addresses(network);
        List<NpuNetwork.Image> images = images(files, addresses, board, folder);
        return new NpuNetworkFolder(
                name,
                files.stream().anyMatch(file -> file.path().equals(stai))
                        ? NpuNetwork.Api.STAI
                        : NpuNetwork.Api.LL_ATON,
                List.copyOf(files),
                images,
                pools(addresses, board),
                activationBytes(network),
                blocks(network, name),
                first(CORE, network),
                version(network));
    }

    /** {@code npu}, or {@code npu+cpu} where the processor runs some of the epochs. */
    public String verdict() {
        boolean processor = blocks.stream()
                .anyMatch(block -> block.kind().equals("SW") || block.kind().equals("hybrid"));
        return processor ? "npu+cpu" : "npu";
    }

    private static List<Long> addresses(String network) {
        TreeSet<Long> addresses = new TreeSet<>();
        Matcher matcher = ADDRESS.matcher(network);
        while (matcher.find()) {
            addresses.add(Long.parseLong(matcher.group(1), 16));
        }
        return List.copyOf(addresses);
    }

    /** A file of constants is named after its memory; its place is the lowest that the tables name there. */
    private static List<NpuNetwork.Image> images(
            List<FirmwareFile> files, List<Long> addresses, Board board, Path folder) {
        List<NpuNetwork.Image> images = new ArrayList<>();
        for (FirmwareFile file : files) {
            Matcher constants = CONSTANTS.matcher(file.path());
            if (!constants.matches() || file.content().length == 0) {
                continue;
            }
            String memory = constants.group(1);
            Npu.Pool pool = board.npu().orElseThrow().pools().stream()
                    .filter(one -> fileName(one.name()).equals(memory))
                    .findFirst()
                    .orElseThrow(() -> refused(folder, file.path() + ": " + board.id() + " has no memory " + memory));
            long address = addresses.stream()
                    .filter(one -> window(pool) == window(one))
                    .findFirst()
                    .orElse(pool.start());
            if (images.stream().anyMatch(image -> image.address() == address)) {
                throw refused(folder, "two files of constants for " + memory);
            }
            images.add(new NpuNetwork.Image(file.path(), pool.name(), address));
        }
        return images;
    }

    /** How the compiler writes a memory in names of files. */
    private static String fileName(String pool) {
        return switch (pool) {
            case "octoFlash" -> "xSPI2";
            case "hyperRAM" -> "xSPI1";
            case "flexMEM" -> "AXIFLEXMEM";
            default -> "AXISRAM" + pool.replaceAll("\\D", "");
        };
    }

    private static long window(Npu.Pool pool) {
        return pool.kind() == Npu.PoolKind.ON_CHIP ? pool.start() : window(pool.start());
    }

    /** External memories are mapped in windows of 256 MiB; on-chip memories are told apart by their start. */
    private static long window(long address) {
        return address < 0x6000_0000L ? address : address & 0xF000_0000L;
    }

    private static List<NpuNetwork.Pool> pools(List<Long> addresses, Board board) {
        List<NpuNetwork.Pool> pools = new ArrayList<>();
        for (Npu.Pool pool : board.npu().orElseThrow().pools()) {
            boolean flash = pool.kind() == Npu.PoolKind.EXTERNAL_FLASH;
            Optional<Long> used = addresses.stream()
                    .filter(address -> flash
                            ? window(address) == window(pool)
                            : address >= pool.start() && address < pool.start() + pool.sizeBytes())
                    .findFirst();
            if (used.isPresent() && pool.sizeBytes() > 0) {
                long start = flash ? Math.min(used.get(), pool.start()) : used.get();
                pools.add(new NpuNetwork.Pool(pool.name(), start, pool.start() + pool.sizeBytes() - start, !flash));
            }
        }
        return pools;
    }

    private static long activationBytes(String network) {
        Map<Long, Long> ends = new TreeMap<>();
        Matcher matcher = BUFFER.matcher(network);
        while (matcher.find()) {
            if (matcher.group(3).equals("0")) {
                ends.merge(Long.parseLong(matcher.group(1), 16), Long.parseLong(matcher.group(2)), Math::max);
            }
        }
        return ends.values().stream().mapToLong(Long::longValue).sum();
    }

    private static List<Block> blocks(String network, String name) {
        int start = network.indexOf("LL_ATON_EpochBlockItems_" + name);
        int end = network.indexOf("return", start);
        Matcher matcher = BLOCK.matcher(network.substring(start, end < 0 ? network.length() : end));
        List<Block> blocks = new ArrayList<>();
        while (matcher.find()) {
            String flags = matcher.group(1);
            if (flags.contains("last_eb")) {
                continue;
            }
            blocks.add(new Block(
                    kind(flags),
                    matcher.group(2) == null ? -1 : Integer.parseInt(matcher.group(2)),
                    matcher.group(3) == null ? -1 : Integer.parseInt(matcher.group(3))));
        }
        return List.copyOf(blocks);
    }

    private static String kind(String flags) {
        if (flags.contains("blob")) {
            return "EC";
        }
        if (flags.contains("hybrid")) {
            return "hybrid";
        }
        return flags.contains("pure_sw") ? "SW" : "HW";
    }

    private static Optional<String> version(String network) {
        Matcher matcher = VERSION.matcher(network);
        List<String> numbers = new ArrayList<>();
        while (matcher.find() && numbers.size() < 4) {
            numbers.add(matcher.group(1));
        }
        return numbers.size() < 4
                ? Optional.empty()
                : Optional.of(String.join(".", numbers.subList(0, 3)) + "-" + numbers.get(3));
    }

    private static Optional<String> first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static DiagnosedException refused(Path folder, String observed) {
        return new DiagnosedException(
                DiagnosedException.Kind.USAGE,
                Diagnosis.error("NPU-NETWORK-FOLDER", Stage.BUILD, "this is not the network of one model for the NPU")
                        .where(folder.toString())
                        .observed(observed)
                        .rule(
                                "the folder holds what stedgeai generate wrote for the NPU: one network.c, its headers and its"
                                        + " constants (*.raw)")
                        .effect("no firmware is built")
                        .fix("name the folder that stedgeai generate -o was given")
                        .build());
    }
}
