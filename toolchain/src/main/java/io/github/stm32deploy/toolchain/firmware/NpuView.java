// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/** What the templates of an NPU's network may name, as text in the form that C or CMake takes. */
final class NpuView {
    private static final int MAX_RANK = 4;
    private static final int DIGEST_BYTES = 16;

    /** An epoch of the slowest known network takes a tenth of this. */
    private static final int BLOCK_MILLISECONDS = 5000;

    private NpuView() {}

    static Map<String, Object> values(NpuNetwork network) {
        return Map.of(
                "modelName", quoted(network.modelName()),
                "digest", digest(network.modelDigest()),
                "name", network.name(),
                "api", network.api() == NpuNetwork.Api.STAI ? "stai" : "ll_aton",
                "sources", sources(network),
                "images", images(network),
                "pools", pools(network),
                "outputs", outputs(network),
                "activationBytes", network.activationBytes() + "u",
                "blockMilliseconds", BLOCK_MILLISECONDS + "u");
    }

    private static List<String> sources(NpuNetwork network) {
        return network.files().stream()
                .map(FirmwareFile::path)
                .filter(path -> path.endsWith(".c"))
                .filter(path -> network.api() == NpuNetwork.Api.STAI || !path.startsWith("stai_"))
                .sorted()
                .toList();
    }

    private static List<Map<String, String>> images(NpuNetwork network) {
        return network.images().stream()
                .map(image -> {
                    byte[] content = network.content(image);
                    CRC32 crc = new CRC32();
                    crc.update(content);
                    return Map.of(
                            "check", quoted("npu-weights-" + image.pool()),
                            "address", address(image.address()),
                            "bytes", content.length + "u",
                            "crc", String.format(Locale.ROOT, "0x%08Xu", crc.getValue()));
                })
                .toList();
    }

    /** Memory that holds constants is read by the test, not written; without constants in it there is nothing to read. */
    private static List<Map<String, String>> pools(NpuNetwork network) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (NpuNetwork.Pool pool : network.pools()) {
            List<NpuNetwork.Image> inside = network.images().stream()
                    .filter(image -> pool.contains(image.address()))
                    .toList();
            boolean overwritten = pool.writable() && inside.isEmpty();
            if (overwritten || !inside.isEmpty()) {
                rows.add(Map.of(
                        "check",
                        quoted("npu-memory-" + pool.name()),
                        "start",
                        address(overwritten ? pool.start() : inside.get(0).address()),
                        "bytes",
                        (overwritten ? pool.bytes() : network.content(inside.get(0)).length) + "u",
                        "writable",
                        overwritten ? "true" : "false"));
            }
        }
        return rows;
    }

    /** Axes of length 1 before the fourth last are left out: views have four. */
    private static List<Map<String, String>> outputs(NpuNetwork network) {
        return network.outputs().stream()
                .map(output -> {
                    List<Integer> shape = output.shape();
                    while (shape.size() > MAX_RANK && shape.get(0) == 1) {
                        shape = shape.subList(1, shape.size());
                    }
                    if (shape.size() > MAX_RANK) {
                        throw new IllegalArgumentException("an output of shape " + output.shape());
                    }
                    return Map.of(
                            "rank", Integer.toString(shape.size()),
                            "shape", shape.stream().map(length -> length + "u").collect(Collectors.joining(", ")),
                            "scale", Float.toString(output.scale()).toLowerCase(Locale.ROOT) + "f",
                            "zeroPoint", Integer.toString(output.zeroPoint()));
                })
                .toList();
    }

    private static String digest(String hexadecimal) {
        byte[] bytes = HexFormat.of().parseHex(hexadecimal);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(DIGEST_BYTES, bytes.length); i++) {
            text.append(i == 0 ? "" : ", ").append("0x").append(HexFormat.of().toHexDigits(bytes[i]));
        }
        return text.toString();
    }

    private static String address(long address) {
        return String.format(Locale.ROOT, "0x%08Xu", address);
    }

    /** A name as a C string; what is not plain ASCII becomes an underscore. */
    private static String quoted(String text) {
        return '"' + text.replaceAll("[^ -!#-\\[\\]-~]", "_") + '"';
    }
}
