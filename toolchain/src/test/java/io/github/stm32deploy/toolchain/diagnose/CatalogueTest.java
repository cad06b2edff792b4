// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.support.Rules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The catalogue holds every code that the program can say, each code has a test, and the reference is what it prints. */
class CatalogueTest {
    private static final Pattern CODE = Pattern.compile("\"([A-Z]{2,}(?:-[A-Z0-9]+)+)\"");
    private static final Set<String> NO_CODES = Set.of("SHA-256", "UTF-8");

    /** Codes that are put together from a word of another module: BoardFailure makes them of SessionException.Kind. */
    private static final Set<String> COMPOSED =
            Set.of("RUN-REFUSED", "RUN-NOT-UNDERSTOOD", "RUN-WRONG-INPUT", "RUN-LINK");

    /** The program's own words about a code stand here without being emitted there. */
    private static final String RULE_BASE = "/support/";

    /** Repairs name the codes that they answer; those of the vendor's messages are said by nobody else. */
    private static final String REPAIRS = "/repair/";

    /** Quotes the vendor and takes the page that knows the words. */
    private static final String QUOTED = "/neuralart/VendorFailure.java";

    private static final String VENDOR = "VENDOR-";

    @Test
    void every_code_in_the_sources_has_a_page() {
        Set<String> missing = new TreeSet<>(emitted());
        missing.removeIf(code -> Catalogue.shipped().page(code).isPresent());
        assertThat(missing).as("codes without a page").isEmpty();
    }

    @Test
    void every_page_is_about_something_that_is_emitted_or_that_the_vendor_says() {
        Set<String> emitted = emitted();
        emitted.addAll(COMPOSED);
        Rules.all().forEach(rule -> emitted.add(rule.id()));
        for (CataloguePage page : Catalogue.shipped().pages()) {
            if (page.emitted()) {
                assertThat(emitted).as("the page of a code that nothing emits").contains(page.code());
            } else {
                assertThat(emitted).as("a page that says it is not emitted").doesNotContain(page.code());
                assertThat(page.vendorTexts().size() + page.evidence().length())
                        .as("how anybody knows of " + page.code())
                        .isPositive();
            }
        }
    }

    @Test
    void every_code_has_a_test() {
        String tests = sources("test")
                .filter(file -> !file.endsWith("CatalogueTest.java"))
                .map(CatalogueTest::text)
                .collect(Collectors.joining("\n"));
        Set<String> untested = new TreeSet<>(emitted());
        untested.addAll(COMPOSED);
        untested.removeIf(code -> tests.contains('"' + code + '"') || tests.contains(code + ' '));
        assertThat(untested).as("codes without a test").isEmpty();
    }

    @Test
    void every_page_says_what_it_means_and_what_to_do() {
        for (CataloguePage page : Catalogue.shipped().pages()) {
            assertThat(page.code()).matches("[A-Z]{2,}(-[A-Z0-9]+)+");
            assertThat(page.title()).as(page.code()).isNotBlank().doesNotEndWith(".");
            assertThat(page.severity()).as(page.code()).matches("(error|wrong|slow|note)(; .+)?");
            assertThat(page.means()).as(page.code()).endsWith(".");
            if (page.severity().equals("error") && !page.code().equals("BUILD-INTERRUPTED")) {
                assertThat(page.fixes()).as(page.code()).isNotEmpty();
            }
        }
    }

    @Test
    void the_severity_of_a_page_is_that_of_the_sources() {
        Pattern stated = Pattern.compile("Severity\\.([A-Z]+)\\s*,\\s*\"([A-Z]{2,}(?:-[A-Z0-9]+)+)\"");
        Pattern error = Pattern.compile("Diagnosis\\s*\\.(error)\\(\\s*\"([A-Z]{2,}(?:-[A-Z0-9]+)+)\"");
        sources("main").map(CatalogueTest::text).forEach(source -> {
            for (Pattern pattern : List.of(stated, error)) {
                Matcher matcher = pattern.matcher(source);
                while (matcher.find()) {
                    String severity = matcher.group(1).toLowerCase(Locale.ROOT);
                    Catalogue.shipped()
                            .page(matcher.group(2))
                            .ifPresent(page ->
                                    assertThat(page.severity()).as(page.code()).contains(severity));
                }
            }
        });
    }

    @Test
    void a_vendor_message_leads_to_its_page() {
        Catalogue catalogue = Catalogue.shipped();
        assertThat(
                        first(
                                catalogue,
                                "NOT IMPLEMENTED: Onnx exporting model with quantized unsigned integer format is not supported"))
                .isEqualTo("QUANT-UNSIGNED");
        assertThat(first(catalogue, "INTERNAL ERROR: Unknown dimensions: CH")).isEqualTo("VENDOR-UNKNOWN-DIMENSION");
        assertThat(first(catalogue, "NOT IMPLEMENTED: Unsupported layer types: NonMaxSuppression"))
                .isEqualTo("HEAD-NMS-INSIDE");
        assertThat(first(catalogue, "NOT IMPLEMENTED: Unsupported layer types: Range, OneHot"))
                .isEqualTo("VENDOR-UNSUPPORTED-LAYER");
        assertThat(catalogue.explaining("all is well")).isEmpty();
    }

    private static String first(Catalogue catalogue, String message) {
        return catalogue.explaining(message).get(0).code();
    }

    @Test
    void a_mistyped_code_leads_to_its_neighbours() {
        assertThat(Catalogue.shipped().nearest("QUANT-WEIGHTS-ONLY")).contains("QUANT-WEIGHT-ONLY");
        assertThat(Catalogue.shipped().page("quant-unsigned")).isPresent();
    }

    /** Codes in string literals of all main sources; ids of operator rules are pages of another reference. */
    private static Set<String> emitted() {
        Set<String> rules = Rules.all().stream().map(rule -> rule.id()).collect(Collectors.toSet());
        Set<String> codes = new HashSet<>();
        sources("main")
                .filter(file -> !file.toString().replace('\\', '/').contains(RULE_BASE))
                .forEach(file -> {
                    String path = file.toString().replace('\\', '/');
                    boolean repair = path.contains(REPAIRS) || path.contains(QUOTED);
                    Matcher matcher = CODE.matcher(text(file));
                    while (matcher.find()) {
                        if (!repair || !matcher.group(1).startsWith(VENDOR)) {
                            codes.add(matcher.group(1));
                        }
                    }
                });
        codes.removeAll(NO_CODES);
        codes.removeAll(rules);
        return codes;
    }

    private static Stream<Path> sources(String kind) {
        Path root = Path.of("..").toAbsolutePath().normalize();
        try (Stream<Path> modules = Files.list(root)) {
            List<Path> folders = modules.map(module -> module.resolve("src").resolve(kind))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
            return folders.stream().flatMap(CatalogueTest::javaFiles);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Stream<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
