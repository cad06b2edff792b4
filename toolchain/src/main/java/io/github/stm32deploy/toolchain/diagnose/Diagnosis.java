// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.util.Objects;
import java.util.Optional;

/**
 * A finding about the user's model, tools or board: what happened, where, what was observed, by which rule, with which
 * effect, and what to do.
 *
 * @param code stable code, STAGE-SUBJECT-PROBLEM; never renumbered
 * @param happened one short sentence in the user's nouns
 * @param where file, and node or tensor by the name it has in the user's file
 * @param observed the values seen
 * @param rule the limit that applies; "" where none does (a missing file)
 * @param effect what follows if nothing is done
 * @param fix the remedy in words; "" where none is known
 * @param command the command that applies the remedy, where there is one
 * @param automatic true where the tool can apply {@code command} by itself
 * @param source document and version that the rule comes from; "" where the rule is our own
 */
public record Diagnosis(
        String code,
        Severity severity,
        Stage stage,
        String happened,
        String where,
        String observed,
        String rule,
        String effect,
        String fix,
        Optional<String> command,
        boolean automatic,
        String source) {

    public Diagnosis {
        Objects.requireNonNull(code);
        Objects.requireNonNull(severity);
        Objects.requireNonNull(stage);
        Objects.requireNonNull(happened);
        Objects.requireNonNull(where);
        Objects.requireNonNull(observed);
        Objects.requireNonNull(rule);
        Objects.requireNonNull(effect);
        Objects.requireNonNull(fix);
        Objects.requireNonNull(command);
        Objects.requireNonNull(source);
    }

    /** The same with a command that the tool can apply by itself. */
    public Diagnosis withAutomatic(String applied) {
        return new Diagnosis(
                code,
                severity,
                stage,
                happened,
                where,
                observed,
                rule,
                effect,
                fix,
                Optional.of(applied),
                true,
                source);
    }

    public static Builder error(String code, Stage stage, String happened) {
        return new Builder(code, Severity.ERROR, stage, happened);
    }

    public static Builder of(Severity severity, String code, Stage stage, String happened) {
        return new Builder(code, severity, stage, happened);
    }

    /** Collects the parts; what is not said stays empty. */
    public static final class Builder {
        private final String code;
        private final Severity severity;
        private final Stage stage;
        private final String happened;
        private String where = "";
        private String observed = "";
        private String rule = "";
        private String effect = "";
        private String fix = "";
        private String command;
        private boolean automatic;
        private String source = "";

        private Builder(String code, Severity severity, Stage stage, String happened) {
            this.code = code;
            this.severity = severity;
            this.stage = stage;
            this.happened = happened;
        }

        public Builder where(String value) {
            where = value;
            return this;
        }

        public Builder observed(String value) {
            observed = value;
            return this;
        }

        public Builder rule(String value) {
            rule = value;
            return this;
        }

        public Builder effect(String value) {
            effect = value;
            return this;
        }

        public Builder fix(String value) {
            fix = value;
            return this;
        }

        public Builder command(String value) {
            command = value;
            return this;
        }

        public Builder automatic(String value) {
            command = value;
            automatic = true;
            return this;
        }

        public Builder source(String value) {
            source = value;
            return this;
        }

        public Diagnosis build() {
            return new Diagnosis(
                    code,
                    severity,
                    stage,
                    happened,
                    where,
                    observed,
                    rule,
                    effect,
                    fix,
                    Optional.ofNullable(command),
                    automatic,
                    source);
        }
    }
}
