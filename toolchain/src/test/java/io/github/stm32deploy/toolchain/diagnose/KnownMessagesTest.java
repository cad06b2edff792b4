// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.stedgeai.failure.FailureSignature;
import io.github.stm32deploy.stedgeai.failure.FailureSignatures;
import io.github.stm32deploy.toolchain.repair.Repair;
import io.github.stm32deploy.toolchain.repair.Repairs;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of ST's messages, the pages that explain them, and the repairs that answer them name each other. */
class KnownMessagesTest {
    @Test
    void every_message_leads_to_a_page() {
        for (FailureSignature signature : FailureSignatures.shipped().all()) {
            assertThat(Catalogue.shipped().page(signature.code()))
                    .as(signature.code())
                    .isPresent();
            assertThat(signature.fragments()).as(signature.code()).isNotEmpty();
        }
    }

    @Test
    void the_repairs_of_a_message_exist_and_are_all_that_answer_its_code() {
        Map<String, Repair> repairs = Repairs.all().stream().collect(Collectors.toMap(Repair::id, Function.identity()));
        for (FailureSignature signature : FailureSignatures.shipped().all()) {
            assertThat(repairs.keySet()).as(signature.code()).containsAll(signature.repairs());
            Set<String> answering = repairs.values().stream()
                    .filter(repair -> repair.answers().contains(signature.code()))
                    .map(Repair::id)
                    .collect(Collectors.toSet());
            assertThat(new HashSet<>(signature.repairs())).as(signature.code()).containsAll(answering);
        }
    }
}
