// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Schedules of every real model at hand hold together: nothing is read before it is written, every node is placed. */
class RealSchedulesTest {
    static Stream<Path> models() {
        return SharedModels.all(".onnx", ".tflite").stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void epochs_read_what_is_there_and_write_what_is_asked_for(Path file) {
        ModelGraph graph;
        try {
            graph = ModelFile.open(file).graph();
        } catch (DiagnosedException noModel) {
            return;
        }
        for (SdkVersion sdk : List.of(SdkVersion.V2_0, SdkVersion.V4_0)) {
            check(NpuScheduler.schedule(graph, sdk), graph);
            check(NpuScheduler.scheduleAsInt8(graph, sdk), graph);
        }
    }

    private static void check(NpuSchedule schedule, ModelGraph graph) {
        assertThat(schedule.placements()).hasSize(graph.nodes().size());
        if (schedule.epochs().isEmpty()) {
            return;
        }
        Set<String> written = new HashSet<>(schedule.inputs());
        int number = 1;
        for (Epoch epoch : schedule.epochs()) {
            assertThat(epoch.number()).isEqualTo(number++);
            assertThat(written).as(epoch.label()).containsAll(epoch.reads());
            assertThat(schedule.tensors().keySet()).containsAll(epoch.writes());
            assertThat(epoch.weightBytes()).isNotNegative();
            assertThat(epoch.kind() == Epoch.Kind.SOFTWARE || !epoch.floating() || movesOnly(epoch))
                    .as(epoch.label())
                    .isTrue();
            written.addAll(epoch.writes());
        }
        assertThat(written).containsAll(schedule.outputs());
    }

    /** Hardware moves float tensors, but computes on none. */
    private static boolean movesOnly(Epoch epoch) {
        return epoch.work() == EpochWork.COPY || epoch.work() == EpochWork.RESIZE;
    }
}
