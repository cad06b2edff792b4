// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the fit found: constants, errors of networks that were left out, and which work the fit has seen. Kept as a text of
 * {@code key = value} lines with the digest of all others in the last; a changed figure does not pass for a fitted one.
 *
 * @param provenance sources, their digests, rows used, method; by key, in order
 * @param errors by class, of families that were left out of the fit
 * @param seenShares by kind of epoch and work ({@code SOFTWARE RESIZE}), the largest share of the predicted time that it has
 *     in a network that was fitted on
 */
public record LatencyData(
        Map<String, String> provenance,
        LatencyConstants constants,
        Map<NetworkClass, Errors> errors,
        Map<String, Double> seenShares) {

    private static final String RESOURCE = "neural-art-14.txt";
    private static final String DIGEST = "sha256 = ";

    /**
     * Errors of one class: natural logarithms of measured over predicted, each divided by {@link LatencyModel#wider} for the
     * distance of its network.
     *
     * @param networks measurements that were left out in turn
     * @param families designs among them
     * @param low lower end of the 80 % interval
     * @param high upper end
     */
    public record Errors(int networks, int families, double low, double high) {
        /** No measurement at all: a factor of three either way, a convention and not an estimate. */
        public static final Errors UNKNOWN = new Errors(0, 0, -Math.log(3), Math.log(3));
    }

    public LatencyData {
        provenance = new LinkedHashMap<>(provenance);
        Map<NetworkClass, Errors> known = new EnumMap<>(NetworkClass.class);
        known.putAll(errors);
        errors = known;
        seenShares = new TreeMap<>(seenShares);
    }

    /** The data that this release carries. */
    public static LatencyData shipped() {
        try (InputStream stream = LatencyData.class.getResourceAsStream(RESOURCE)) {
            return parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @throws IllegalArgumentException where the digest does not fit the lines, or a constant is missing or impossible
     */
    public static LatencyData parse(String text) {
        Map<String, String> provenance = new LinkedHashMap<>();
        Map<LatencyConstant, Double> constants = new EnumMap<>(LatencyConstant.class);
        Map<NetworkClass, Errors> errors = new EnumMap<>(NetworkClass.class);
        Map<String, Double> shares = new TreeMap<>();
        List<String> lines = new ArrayList<>(text.lines().toList());
        String last = lines.isEmpty() ? "" : lines.remove(lines.size() - 1);
        if (!last.equals(DIGEST + digest(lines))) {
            throw new IllegalArgumentException("latency data do not have the digest that they state");
        }
        for (String line : lines) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] pair = line.split(" = ", 2);
            String[] key = pair[0].split(" ", 2);
            switch (key[0]) {
                case "constant" ->
                    constants.put(LatencyConstant.valueOf(key[1]), Double.parseDouble(pair[1].split(" ")[0]));
                case "errors" -> errors.put(NetworkClass.valueOf(key[1]), errors(pair[1].split(" ")));
                case "seen" -> shares.put(key[1], Double.parseDouble(pair[1]));
                default -> provenance.put(pair[0], pair[1]);
            }
        }
        return new LatencyData(provenance, LatencyConstants.of(constants), errors, shares);
    }

    private static Errors errors(String[] fields) {
        return new Errors(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[2]),
                Double.parseDouble(fields[4]),
                Double.parseDouble(fields[6]));
    }

    /** Digest of all that was found, in hexadecimal. */
    public String digest() {
        return digest(lines());
    }

    /** The text that {@link #parse} reads. */
    public String text() {
        List<String> lines = lines();
        lines.add(DIGEST + digest(lines));
        return String.join("\n", lines) + "\n";
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("# SPDX-License-Identifier: Apache-2.0");
        lines.add("# Fitted by toolchain/benchmarks/latency/fit.sh; never edited by hand.");
        provenance.forEach((key, value) -> lines.add(key + " = " + value));
        constants
                .values()
                .forEach((constant, value) ->
                        lines.add("constant " + constant.name() + " = " + number(value) + " " + constant.unit()));
        errors.forEach((kind, of) -> lines.add("errors " + kind.name() + " = " + of.networks + " networks "
                + of.families + " families " + number(of.low) + " to " + number(of.high)));
        seenShares.forEach((work, share) -> lines.add("seen " + work + " = " + number(share)));
        return lines;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private static String digest(List<String> lines) {
        try {
            byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
