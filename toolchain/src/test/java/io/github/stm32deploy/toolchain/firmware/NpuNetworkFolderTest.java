// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpuNetworkFolderTest {
    private static final Board KIT = Boards.byId("stm32n6570-dk");
    private static final Board NUCLEO = Boards.byId("nucleo-n657x0-q");

    @TempDir
    Path folder;

    @Test
    void readsWhatTheTablesSay() throws IOException {
        write("network.c", source("network"));
        write("stai_network.c", "int x;");
        write("network_ecblobs.h", "static const uint64_t blob[] = {0x1};");
        write("network_atonbuf.xSPI2.raw", "0123456789");
        write("network_c_info.json", "{}");

        NpuNetworkFolder network = NpuNetworkFolder.read(folder, KIT);

        assertThat(network.name()).isEqualTo("network");
        assertThat(network.api()).isEqualTo(NpuNetwork.Api.STAI);
        assertThat(network.core()).contains("4.0");
        assertThat(network.compiler()).contains("1.1.3-262");
        assertThat(network.files())
                .extracting(FirmwareFile::path)
                .containsExactly("network.c", "network_atonbuf.xSPI2.raw", "network_ecblobs.h", "stai_network.c");
        // The profile that made it put the constants before the place that the default profile names.
        assertThat(network.images())
                .containsExactly(new NpuNetwork.Image("network_atonbuf.xSPI2.raw", "octoFlash", 0x70380000L));
        assertThat(network.pools())
                .extracting(NpuNetwork.Pool::name, NpuNetwork.Pool::start, NpuNetwork.Pool::writable)
                .containsExactly(
                        tuple("npuRAM5", 0x342E0000L, true),
                        tuple("octoFlash", 0x70380000L, false),
                        tuple("hyperRAM", 0x90000000L, true));
        assertThat(network.activationBytes()).isEqualTo(5880 + 4096);
        assertThat(network.blocks())
                .extracting(block -> block.label(7))
                .containsExactly("epochs 1-6 (EC)", "epoch 7 (hybrid)", "epoch 8 (SW)", "epoch block 8 (HW)");
        assertThat(network.verdict()).isEqualTo("npu+cpu");
    }

    @Test
    void callsTheRuntimeItselfWhereNothingStandsAboveIt() throws IOException {
        write("network.c", source("Default"));
        assertThat(NpuNetworkFolder.read(folder, KIT).api()).isEqualTo(NpuNetwork.Api.LL_ATON);
        assertThat(NpuNetworkFolder.read(folder, KIT).images()).isEmpty();
    }

    @Test
    void refusesWhatIsNotOneNetwork() throws IOException {
        refused(folder.resolve("nowhere"), KIT, "no such folder");
        refused(folder, KIT, "no C file with");
        write("network.c", source("network"));
        write("other.c", source("other"));
        refused(folder, KIT, "two networks, network and other");
    }

    @Test
    void refusesConstantsForAMemoryThatTheBoardDoesNotHave() throws IOException {
        write("network.c", source("network"));
        write("network_atonbuf.xSPI1.raw", "0123");
        assertThat(NpuNetworkFolder.read(folder, KIT).images()).hasSize(1);
        refused(folder, NUCLEO, "has no memory xSPI1");
    }

    private static void refused(Path folder, Board board, String observed) {
        assertThatThrownBy(() -> NpuNetworkFolder.read(folder, board))
                .isInstanceOfSatisfying(DiagnosedException.class, refusal -> {
                    assertThat(refusal.diagnoses().get(0).code()).isEqualTo("NPU-NETWORK-FOLDER");
                    assertThat(refusal.diagnoses().get(0).observed()).contains(observed);
                });
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    /** The lines of a generated file that are read, in its form. */
    private static String source(String name) {
        return """
                /*
                 * GIT_BRANCH      "STAI-4.0"
                 */
                #if LL_ATON_VERSION_MAJOR != 1 || LL_ATON_VERSION_MINOR != 1 || LL_ATON_VERSION_MICRO != 3 || LL_ATON_VERSION_DEV != 262
                #endif
                const LL_ATON_RT_EpochBlockItem_t *LL_ATON_EpochBlockItems_%s(void) {
                  static const LL_ATON_RT_EpochBlockItem_t ll_atonn_rt_epoch_block_array[] = {
                    {
                      .start_epoch_block = a,
                      .flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_blob | EpochBlock_Flags_pure_hw,
                #ifdef LL_ATON_EB_DBG_INFO
                      .epoch_num = 1,
                      .last_epoch_num = 6,
                #endif
                    },
                    {
                      .flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_hybrid,
                      .epoch_num = 7,
                      .last_epoch_num = 7,
                    },
                    {
                      .flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_pure_sw,
                      .epoch_num = 8,
                      .last_epoch_num = 8,
                    },
                    {
                      .flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_pure_hw,
                    },
                    {
                      .flags = EpochBlock_Flags_last_eb,
                    },
                  };
                  return ll_atonn_rt_epoch_block_array;
                }
                    {
                      .name = "weights",
                      .addr_base = {(unsigned char *)(0x70380000UL) /* Equivalent hex address = 0x70380000UL */},
                      .offset_start = 0,
                      .offset_end = 999,
                      .is_user_allocated = 0,
                      .is_param = 1,
                    },
                    {
                      .name = "output",
                      .addr_base = {(unsigned char *)(0x342e0000UL) /* Equivalent hex address = 0x342e0000UL */},
                      .offset_start = 0,
                      .offset_end = 5880,
                      .offset_limit = 5944,
                      .is_user_allocated = 0,
                      .is_param = 0,
                    },
                    {
                      .name = "middle",
                      .addr_base = {(unsigned char *)(0x90000000UL) /* Equivalent hex address = 0x90000000UL */},
                      .offset_start = 1024,
                      .offset_end = 4096,
                      .is_user_allocated = 0,
                      .is_param = 0,
                    },
                """.formatted(name);
    }
}
