// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.failure;

import io.github.stm32deploy.stedgeai.failure.FailureSignature.About;
import io.github.stm32deploy.stedgeai.failure.FailureSignature.Fragment;
import io.github.stm32deploy.stedgeai.report.LogLine;
import io.github.stm32deploy.stedgeai.report.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The known messages of ST's tools, read from {@code signatures.txt} beside this class. */
public final class FailureSignatures {
    private static final String FILE = "signatures.txt";

    private final List<FailureSignature> signatures;

    private FailureSignatures(List<FailureSignature> signatures) {
        this.signatures = List.copyOf(signatures);
    }

    /** The table that comes with the program. */
    public static FailureSignatures shipped() {
        return Shipped.TABLE;
    }

    public List<FailureSignature> all() {
        return signatures;
    }

    /** The signature of a code. */
    public Optional<FailureSignature> of(String code) {
        return signatures.stream()
                .filter(signature -> signature.code().equals(code))
                .findFirst();
    }

    /** Signatures that a message has, that with the longest fragment first. */
    public List<FailureSignature> in(String message) {
        String folded = FailureSignature.folded(message);
        return signatures.stream()
                .filter(signature -> signature.longestInFolded(folded).isPresent())
                .sorted(Comparator.comparingInt((FailureSignature signature) ->
                                signature.longestInFolded(folded).orElse(0))
                        .reversed())
                .toList();
    }

    /**
     * Known messages in an output, each once: what stops the run first, harmless ones last, and the most specific message
     * before those that only say that something failed.
     *
     * @param file name that places carry
     * @param text report, console log, or standard output of one of ST's tools
     */
    public List<FailureMatch> match(String file, String text) {
        Map<String, FailureMatch> found = new LinkedHashMap<>();
        Map<String, Integer> length = new LinkedHashMap<>();
        for (LogLine line : LogLine.of(text)) {
            if (line.blank()) {
                continue;
            }
            String folded = FailureSignature.folded(line.text());
            for (FailureSignature signature : signatures) {
                OptionalInt longest = signature.longestInFolded(folded);
                if (longest.isPresent()) {
                    length.merge(signature.code(), longest.getAsInt(), Math::max);
                    found.merge(
                            signature.code(),
                            new FailureMatch(signature, line.text(), new Place(file, line.number(), ""), 1),
                            (first, again) ->
                                    new FailureMatch(signature, first.quoted(), first.place(), first.count() + 1));
                }
            }
        }
        List<FailureMatch> matches = new ArrayList<>(found.values());
        matches.sort(
                Comparator.comparing((FailureMatch match) -> match.signature().about() == About.HARMLESS)
                        .thenComparing(match -> match.signature().about() == About.SEQUEL)
                        .thenComparing(match -> -length.get(match.signature().code())));
        return matches;
    }

    private static final class Shipped {
        private static final FailureSignatures TABLE = new FailureSignatures(read());

        private static List<FailureSignature> read() {
            List<FailureSignature> signatures = new ArrayList<>();
            String code = "";
            List<Fragment> fragments = new ArrayList<>();
            List<String> repairs = new ArrayList<>();
            About about = About.MODEL;
            for (String line : lines()) {
                String[] parts = line.split(" +", 2);
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                switch (parts[0]) {
                    case "==" -> {
                        if (!code.isEmpty()) {
                            signatures.add(new FailureSignature(code, fragments, about, repairs));
                        }
                        code = parts[1];
                        fragments.clear();
                        repairs.clear();
                        about = About.MODEL;
                    }
                    case "text" -> fragments.add(new Fragment(parts[1], false));
                    case "whole" -> fragments.add(new Fragment(parts[1], true));
                    case "about" -> about = About.valueOf(parts[1].toUpperCase(Locale.ROOT));
                    case "repair" -> repairs.add(parts[1]);
                    default -> throw new IllegalStateException(FILE + ": this line is no field: " + line);
                }
            }
            signatures.add(new FailureSignature(code, fragments, about, repairs));
            return signatures;
        }

        private static List<String> lines() {
            try (InputStream text = FailureSignatures.class.getResourceAsStream(FILE)) {
                if (text == null) {
                    throw new IllegalStateException("the program has no text " + FILE);
                }
                return new String(text.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
    }
}
