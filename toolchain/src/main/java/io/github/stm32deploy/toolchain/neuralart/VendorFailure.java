// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.stedgeai.failure.FailureSignature;
import io.github.stm32deploy.stedgeai.failure.FailureSignatures;
import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.report.TextReport;
import io.github.stm32deploy.stedgeai.report.ToolMessage;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.toolchain.diagnose.Catalogue;
import io.github.stm32deploy.toolchain.diagnose.CataloguePage;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Why the vendor's tool ended without success, by its own words where the catalogue knows them. */
final class VendorFailure {
    /** Where the compiler did not find room for all buffers. */
    static final String NO_ROOM = "MEM-ACTIVATIONS-EXCEED";

    /** Said around another message, or beside a success as well: never the reason. */
    private static final Set<FailureSignature.About> AROUND =
            Set.of(FailureSignature.About.SEQUEL, FailureSignature.About.HARMLESS);

    /** What follows from it is printed as well, and means nothing then. */
    private static final String POOL_FILE = "VENDOR-POOL-FILE";

    /** A shell's way to say that a signal ended a program, and what Java makes of it. */
    private static final int SIGNALS = 128;

    private static final int LAST_SIGNAL = 64;

    /** Exit status after an error, as an unsigned byte; documented as -1. */
    private static final int MINUS_ONE = 255;

    /** Windows: 0xC0000005 and its like. */
    private static final int NTSTATUS_ERROR = 0xC0000000;

    private static final int QUOTED_LINES = 3;
    private static final int LONGEST_QUOTE = 400;

    private VendorFailure() {}

    static DiagnosedException unstartable(InstallationChoice choice, IOException failure) {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("STEDGEAI-NOT-STARTED", Stage.GENERATE, "ST Edge AI Core does not start")
                        .where(choice.installation().executable().toString())
                        .observed(failure.getMessage())
                        .rule("it is a program of this system, and executable")
                        .effect("nothing was generated")
                        .fix("start it by hand: " + choice.installation().executable() + " --version")
                        .build());
    }

    static DiagnosedException of(NpuRequest request, ToolOutcome outcome, TextReport console) {
        return new DiagnosedException(Kind.VENDOR, diagnosis(request, outcome, console));
    }

    private static Diagnosis diagnosis(NpuRequest request, ToolOutcome outcome, TextReport console) {
        String log = "; its whole output is in " + request.log();
        switch (outcome.end()) {
            case TIMED_OUT:
                return Diagnosis.error("STEDGEAI-TIMED-OUT", Stage.GENERATE, "ST Edge AI Core takes too long")
                        .where(request.name())
                        .observed("no end after " + request.tool().run().toSeconds() + " s" + lastLine(outcome))
                        .rule("published runs take 4 to 60 s; the limit is --stedgeai-timeout")
                        .effect("it was ended with all that it started; nothing was generated" + log)
                        .fix("give it longer: --stedgeai-timeout SECONDS")
                        .build();
            case SILENT:
                return Diagnosis.error("STEDGEAI-SILENT", Stage.GENERATE, "ST Edge AI Core prints nothing any more")
                        .where(request.name())
                        .observed("nothing for " + request.tool().silence().toSeconds() + " s" + lastLine(outcome))
                        .rule("its progress bar moves while it works")
                        .effect("it was ended with all that it started; nothing was generated" + log)
                        .fix("try again; give it longer with --stedgeai-timeout SECONDS where the model is large")
                        .build();
            default:
                return ended(request, outcome, console, log);
        }
    }

    private static Diagnosis ended(NpuRequest request, ToolOutcome outcome, TextReport console, String log) {
        List<String> said = said(outcome, console);
        Optional<CataloguePage> page = page(String.join("\n", said));
        if (page.isPresent()) {
            return explained(request, outcome, page.get(), said, log);
        }
        if (crashed(outcome.status())) {
            return Diagnosis.error("STEDGEAI-CRASHED", Stage.GENERATE, "ST Edge AI Core crashes")
                    .where(request.name())
                    .observed(crash(outcome.status()) + lastLine(outcome))
                    .effect("nothing was generated" + log)
                    .fix("stm32-deploy check MODEL names forms that are known to crash it (OP-PAD-OPERAND, SHAPE-RANK)")
                    .build();
        }
        return Diagnosis.error(
                        "STEDGEAI-FAILED", Stage.GENERATE, "ST Edge AI Core fails for a reason that is not known")
                .where(request.name())
                .observed("exit status " + outcome.status() + (said.isEmpty() ? lastLine(outcome) : ": " + quote(said)))
                .effect("nothing was generated" + log)
                .fix("read the end of the log")
                .build();
    }

    private static Diagnosis explained(
            NpuRequest request, ToolOutcome outcome, CataloguePage page, List<String> said, String log) {
        // The compiler's lines come a second time inside the front end's own.
        List<String> quoted = said.stream()
                .filter(page::explains)
                .sorted(Comparator.comparingInt(String::length))
                .toList();
        Diagnosis.Builder diagnosis = Diagnosis.error(page.code(), Stage.GENERATE, page.title())
                .where(request.name())
                .observed("ST Edge AI Core says \"" + quote(quoted.isEmpty() ? said : quoted) + "\", exit status "
                        + outcome.status())
                .rule(page.means())
                .effect("nothing was generated" + log)
                .source(String.join(", ", page.sources()));
        if (page.code().equals(NO_ROOM) && request.withholdsRam()) {
            return diagnosis
                    .fix("let it use the external RAM of the board, which is slower")
                    .automatic("--external-ram")
                    .build();
        }
        return diagnosis
                .fix(page.fixes().stream().findFirst().orElse("stm32-deploy explain " + page.code()))
                .build();
    }

    /** What the tool calls errors, and what its compiler says before it gives up. */
    private static List<String> said(ToolOutcome outcome, TextReport console) {
        List<String> said = new ArrayList<>();
        for (ToolRun run : console.runs()) {
            run.errors().stream().map(ToolMessage::text).forEach(said::add);
        }
        outcome.lines().stream()
                .map(String::strip)
                .filter(line -> line.contains("ERROR")
                        || line.contains("Internal compiler error")
                        || line.contains("bytes left unallocated")
                        || line.contains("wstring_convert")
                        || line.contains("Allocation Pass failed"))
                .filter(line -> !said.contains(line))
                .forEach(said::add);
        return said;
    }

    private static Optional<CataloguePage> page(String text) {
        List<CataloguePage> pages = Catalogue.shipped().explaining(text);
        return pages.stream()
                .filter(page -> page.code().equals(POOL_FILE))
                .findFirst()
                .or(() -> pages.stream().filter(page -> !around(page.code())).findFirst())
                .or(() -> pages.stream().findFirst());
    }

    private static boolean around(String code) {
        return FailureSignatures.shipped()
                .of(code)
                .map(signature -> AROUND.contains(signature.about()))
                .orElse(false);
    }

    private static boolean crashed(int status) {
        return status > SIGNALS && status <= SIGNALS + LAST_SIGNAL && status != MINUS_ONE
                || (status & NTSTATUS_ERROR) == NTSTATUS_ERROR && status < -1;
    }

    private static String crash(int status) {
        return status < 0
                ? String.format(Locale.ROOT, "Windows ended it with 0x%08X", status)
                : "signal " + (status - SIGNALS) + " ended it";
    }

    private static String quote(List<String> lines) {
        String text = lines.stream().limit(QUOTED_LINES).collect(Collectors.joining(" / "));
        return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
    }

    private static String lastLine(ToolOutcome outcome) {
        return outcome.lines().isEmpty()
                ? "; it printed nothing"
                : "; its last line is \""
                        + quote(outcome.lines()
                                .subList(
                                        outcome.lines().size() - 1,
                                        outcome.lines().size())) + "\"";
    }
}
