// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.util.List;

/**
 * Work stopped for a reason that is already explained. The command line prints the diagnoses and ends with the exit code
 * of {@link #kind()}; nothing else of this exception is shown.
 */
public final class DiagnosedException extends RuntimeException {
    /** What stopped the work; each has its own process exit code (design: exit codes are an API). */
    public enum Kind {
        /** The model or another input file is the reason: exit 1. */
        FINDING(1),
        /** The command cannot mean anything: exit 2. */
        USAGE(2),
        /** A tool, board, port or the file system is the reason: exit 3. */
        ENVIRONMENT(3),
        /** The vendor's tool failed: exit 4. */
        VENDOR(4);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final transient List<Diagnosis> diagnoses;

    public DiagnosedException(Kind kind, List<Diagnosis> diagnoses) {
        super(
                diagnoses.isEmpty()
                        ? ""
                        : diagnoses.get(0).code() + " " + diagnoses.get(0).happened());
        this.kind = kind;
        this.diagnoses = List.copyOf(diagnoses);
    }

    public DiagnosedException(Kind kind, Diagnosis diagnosis) {
        this(kind, List.of(diagnosis));
    }

    public Kind kind() {
        return kind;
    }

    public List<Diagnosis> diagnoses() {
        return diagnoses;
    }
}
