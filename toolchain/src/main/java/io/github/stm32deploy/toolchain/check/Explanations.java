// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Catalogue;
import io.github.stm32deploy.toolchain.diagnose.CataloguePage;
import io.github.stm32deploy.toolchain.support.Rule;
import io.github.stm32deploy.toolchain.support.Rules;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Pages of everything that a report may name: diagnoses from the catalogue, operator rules from the rule base. */
public final class Explanations {
    private Explanations() {}

    /** The page of a code or of a rule, letter case aside. */
    public static Optional<CataloguePage> page(String code) {
        return Catalogue.shipped()
                .page(code)
                .or(() -> Rules.byId(code.toUpperCase(Locale.ROOT)).map(Explanations::page));
    }

    /** Codes and rules that look like {@code code}. */
    public static List<String> nearest(String code) {
        List<String> known = new ArrayList<>();
        Catalogue.shipped().pages().forEach(page -> known.add(page.code()));
        Rules.all().forEach(rule -> known.add(rule.id()));
        return Catalogue.nearest(code, known);
    }

    private static CataloguePage page(Rule rule) {
        List<String> versions =
                rule.versions().stream().sorted().map(SdkVersion::label).toList();
        boolean everywhere = versions.size() == SdkVersion.values().length;
        return new CataloguePage(
                rule.id(),
                rule.operators().isEmpty() ? "all operators" : String.join(", ", rule.operators()),
                "as the placement says",
                rule.sentence() + (everywhere ? "." : " (ST Edge AI Core " + String.join(", ", versions) + ")."),
                "",
                rule.remedy().isEmpty() ? List.of() : List.of(rule.remedy()),
                List.of(),
                "",
                List.of(rule.source()),
                true);
    }
}
