// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Both forms of the block, and texts without one. */
class EpochTableTest {
    @Test
    void rows_up_to_2_2_name_the_operators_of_software_epochs() {
        EpochTable table = EpochTable.read("""
                        12:00:01 [INFO] CmdLine:76 - ST Edge AI Core v2.2.0-20266 2adc00962
                        12:00:02 [INFO] CmdLine:76 - Total number of epochs: 4 of which 1 implemented in software
                        12:00:02 [INFO] CmdLine:76 - ---
                        12:00:02 [INFO] CmdLine:76 - epoch ID   HW/SW/EC Operation (SW only)
                        12:00:02 [INFO] CmdLine:76 - epoch 1       HW
                        12:00:02 [INFO] CmdLine:76 - epoch 2      -SW-   (  QuantizeLinear  )
                        12:00:02 [INFO] CmdLine:76 - epoch 3       EC
                        12:00:02 [INFO] CmdLine:76 - epoch 4       ??    (      Concat      )
                        """).orElseThrow();

        assertThat(table.version()).isEqualTo("2.2.0");
        assertThat(table.total()).isEqualTo(4);
        assertThat(table.software()).isEqualTo(1);
        assertThat(table.rows())
                .extracting(EpochTable.Row::kind)
                .containsExactly(EpochKind.HARDWARE, EpochKind.SOFTWARE, EpochKind.CONTROLLER, EpochKind.HYBRID);
        assertThat(table.operators(EpochKind.SOFTWARE)).containsExactly("QuantizeLinear");
    }

    @Test
    void table_from_3_0_counts_hybrid_epochs_and_joins_those_of_the_controller() {
        EpochTable table = EpochTable.read("""
                        ST Edge AI Core v4.0.1-20581 7ed50de05
                        Total number of epochs                               7
                        >> pure software (SW) epochs                         1
                        >> hybrid epochs (using both software and hardware)   1
                        >> pure hardware (HW or EC) epochs                   5  (implemented in 1 epoch controller blobs/meta epochs)
                        | epoch ID |  Type  |    Details     |
                        | epoch_2  | Hybrid |      Cast      |
                        | epochs    3 -> 7 |  EC  |         |
                        | epoch_8  |   SW   |    Softmax     |
                        """).orElseThrow();

        assertThat(table.total()).isEqualTo(7);
        assertThat(table.software()).isEqualTo(1);
        assertThat(table.hybrid()).isEqualTo(1);
        assertThat(table.rows())
                .isEqualTo(List.of(
                        new EpochTable.Row(2, 2, EpochKind.HYBRID, "Cast"),
                        new EpochTable.Row(3, 7, EpochKind.CONTROLLER, ""),
                        new EpochTable.Row(8, 8, EpochKind.SOFTWARE, "Softmax")));
    }

    @Test
    void text_of_the_cpu_flow_has_no_epochs() {
        assertThat(EpochTable.read("ST Edge AI Core v4.0.0-20500\ntarget/series : stm32n6\n"))
                .isEmpty();
    }
}
