// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BoardsTest {
    static List<String> ids() {
        return Boards.ids();
    }

    @ParameterizedTest
    @MethodSource("ids")
    void everyBoardKeepsToTheSchema(String id) throws IOException {
        JsonNode description = new YAMLMapper().readTree(yaml(id));

        assertThat(schema().validate(description)).isEmpty();
        assertThat(Boards.byId(id).id()).isEqualTo(id);
    }

    @Test
    void theVirtualBoardHasTheMemoryOfMps3An547() {
        Board board = Boards.byId("qemu-mps3-an547");

        assertThat(board.emulated()).isTrue();
        assertThat(board.region("ITCM")).isEqualTo(new MemoryRegion("ITCM", 0, 512 << 10, MemoryRegion.Kind.TCM));
        assertThat(board.region("SRAM").end()).isEqualTo(0x2140_0000L);
        assertThat(board.region("DDR").bytes()).isEqualTo(2L << 30);
        assertThat(board.ticks()).isEqualTo(new Board.Ticks("instructions", java.util.Optional.empty()));
    }

    @Test
    void anUnknownBoardIsToldWithTheKnownOnes() {
        assertThatThrownBy(() -> Boards.byId("stm32f4"))
                .isInstanceOf(BoardException.class)
                .hasMessageContaining("BOARD_UNKNOWN")
                .hasMessageContaining("qemu-mps3-an547");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            id: qemu-mps3-an547     | id: other                | ID_DIFFERS_FROM_FILE
            stack: 16 KiB           | stack: 16 KB             | FIELD_TYPE
            stack: 16 KiB           | stack: 100               | STACK_UNALIGNED
            stack: 16 KiB           | stack: 1 MiB             | STACK_TOO_LARGE
            stack: 16 KiB           | stak: 16 KiB             | FIELD_UNKNOWN
            stack: 16 KiB           | stak: 16 KiB             | FIELD_MISSING
            kind: virtual           | kind: imaginary          | VALUE_UNKNOWN
            unit: instructions      | unit: cycles             | TICK_RATE
            weights: [DDR]          | weights: [QSPI]          | PLACEMENT_UNKNOWN_REGION
            weights: [DDR]          | weights: []              | PLACEMENT_EMPTY
            start: 0x20000000       | start: 0x00040000        | REGIONS_OVERLAP
            name: DTCM              | name: ITCM               | REGION_NAME_TWICE
            size: 2 GiB             | size: 3 GiB              | REGION_BEYOND_ADDRESS_SPACE
            size: 4 MiB, kind: sram | size: 4 MiB, kind: external-flash | PLACEMENT_READ_ONLY
            id: qemu-mps3-an547     | id: [                    | NOT_YAML
            """)
    void everyCheckFindsItsFault(String right, String wrong, BoardProblem.Check check) throws IOException {
        String yaml = yaml("qemu-mps3-an547");
        assertThat(yaml).contains(right);

        assertThat(problems(yaml.replaceFirst(java.util.regex.Pattern.quote(right), wrong)))
                .extracting(BoardProblem::check)
                .contains(check);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name: npuRAM4, start: 0x34270000  | name: npuRAM4, start: 0x34260000 | REGIONS_OVERLAP
            name: npuRAM4                     | name: npuRAM3                    | REGION_NAME_TWICE
            start: 0x90000000, size: 32 MiB   | start: 0x90000000, size: 2 GiB   | REGION_BEYOND_ADDRESS_SPACE
            kind: on-chip                     | kind: off-chip                   | VALUE_UNKNOWN
            bytesPerSecond: 6400000000        | bytesPerSecond: 0                | FIELD_TYPE
            , flashBytesPerSecond: 397000000} | }                                | FIELD_MISSING
            stack: 16 KiB                     | # none                           | FIELD_MISSING
            size: 256 KiB, kind: sram         | size: 257 KiB, kind: sram        | PROGRAM_IN_POOL
            """)
    void everyCheckOfTheAcceleratorFindsItsFault(String right, String wrong, BoardProblem.Check check)
            throws IOException {
        String yaml = yaml("stm32n6570-dk");
        assertThat(yaml).contains(right);

        assertThat(problems("stm32n6570-dk.yaml", yaml.replace(right, wrong.replace("\\n", "\n"))))
                .extracting(BoardProblem::check)
                .contains(check);
    }

    @Test
    void aBoardThatLacksPoolsClocksOrPurposeIsRefused() throws IOException {
        String yaml = predictedFor(yaml("stm32n6570-dk"));

        assertThat(problems("stm32n6570-dk.yaml", yaml.replaceAll("size: [0-9]+ KiB, kind", "size: 0, kind")))
                .extracting(BoardProblem::check)
                .contains(BoardProblem.Check.POOL_MISSING);
        assertThat(problems("stm32n6570-dk.yaml", yaml.replaceAll("(?s)npu:.*sources:", "sources:")))
                .extracting(BoardProblem::check)
                .contains(BoardProblem.Check.PURPOSE_MISSING);
        assertThat(problems("stm32n6570-dk.yaml", yaml.replaceAll("(?s)clocks:.*sources:", "clocks: []\nsources:")))
                .extracting(BoardProblem::check)
                .contains(BoardProblem.Check.CLOCKS_MISSING);
    }

    @Test
    void theBoardsWithAnAcceleratorDifferInExternalMemory() {
        Npu discovery = Boards.byId("stm32n6570-dk").npu().orElseThrow();
        Npu nucleo = Boards.byId("nucleo-n657x0-q").npu().orElseThrow();

        assertThat(bytes(discovery, Npu.PoolKind.ON_CHIP)).isEqualTo(2816L << 10);
        assertThat(bytes(nucleo, Npu.PoolKind.ON_CHIP)).isEqualTo(2816L << 10);
        assertThat(bytes(discovery, Npu.PoolKind.EXTERNAL_RAM)).isEqualTo(32L << 20);
        assertThat(bytes(nucleo, Npu.PoolKind.EXTERNAL_RAM)).isZero();
        assertThat(nucleo.clocks()).extracting(Npu.Clocks::name).containsExactly("overdrive", "nominal");
    }

    @Test
    void theProgramLiesBelowThePoolsOfTheNpuAndItsArenaInThem() {
        for (String id : List.of("stm32n6570-dk", "nucleo-n657x0-q")) {
            Board board = Boards.byId(id);
            Npu.Pool first = board.npu().orElseThrow().pools().stream()
                    .filter(pool -> pool.kind() == Npu.PoolKind.ON_CHIP && pool.sizeBytes() > 0)
                    .findFirst()
                    .orElseThrow();

            assertThat(board.region("CODE").start())
                    .as("behind the image header")
                    .isEqualTo(0x34000400L);
            assertThat(board.region("DATA").end()).isEqualTo(first.start());
            assertThat(board.region("ACTIVATIONS").start()).isEqualTo(first.start());
            assertThat(board.region("ACTIVATIONS").bytes())
                    .isEqualTo(bytes(board.npu().orElseThrow(), first.kind()));
            assertThat(board.vendor().orElseThrow().sources())
                    .as("one-time fuses")
                    .noneMatch(source -> source.contains("bsec"));
        }
    }

    @Test
    void noApplicationIsBuiltForABoardThatIsOnlyPredictedFor() {
        Board board = new BoardReader().read("stm32n6570-dk.yaml", predictedFor(yamlOrFail("stm32n6570-dk")));

        assertThat(board.buildable()).isFalse();
        assertThatThrownBy(board::toolchain)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(board.id());
        assertThat(Boards.byId("host").npu()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            start: 0x70100000, size: 2560 KiB | start: 0x70100000, size: 4 MiB   | REGIONS_OVERLAP
            start: 0x70100000, size: 2560 KiB | start: 0x70101000, size: 1 MiB   | SLOT_UNALIGNED
            start: 0x71000000, size: 112 MiB} | start: 0x71000000, size: 113 MiB}| SLOT_OUTSIDE_FLASH
            start: 0x71000000, size: 112 MiB} | start: 0x71000000, size: 100 MiB}| POOL_OUTSIDE_SLOT
            role: blobs                       | role: weights                    | SLOT_TWICE
            role: fsbl                        | role: blobs                      | SLOT_MISSING
            , copiedTo: 0x34180000, ramSize: 512 KiB | NOTHING                      | SLOT_MISSING
            , copiedTo: 0x34180000, ramSize: 512 KiB | , copiedTo: 0x34180000    | FIELD_MISSING
            name: flash                       | name: development                | BOOT_MODE
            """)
    void everyCheckOfTheBootSectionFindsItsFault(String right, String wrong, BoardProblem.Check check)
            throws IOException {
        String yaml = yaml("stm32n6570-dk");
        assertThat(yaml).contains(right);
        String changed = yaml.replace(right, wrong.replace("NOTHING", ""));
        assertThat(problems("stm32n6570-dk.yaml", changed))
                .extracting(BoardProblem::check)
                .contains(check);
    }

    @Test
    void theImagesOfTheRealBoardsLieWhereTheirLoaderLooksForThem() {
        for (String id : List.of("stm32n6570-dk", "nucleo-n657x0-q")) {
            Boot boot = Boards.byId(id).boot().orElseThrow();
            assertThat(boot.slot(Boot.Role.FSBL).start()).isEqualTo(0x7000_0000L);
            assertThat(boot.slot(Boot.Role.APPLICATION).start()).isEqualTo(0x7010_0000L);
            assertThat(boot.slot(Boot.Role.APPLICATION).copiedTo()).isEqualTo(0x3400_0000L);
            assertThat(boot.slot(Boot.Role.APPLICATION).capacity()).isEqualTo(1536L << 10);
            assertThat(boot.slot(Boot.Role.WEIGHTS).start()).isEqualTo(0x7100_0000L);
            assertThat(boot.slot(Boot.Role.WEIGHTS).end())
                    .isEqualTo(boot.flash().end());
            assertThat(boot.mode("flash").steps()).hasSize(2);
        }
        assertThat(Boards.byId("stm32n6570-dk").boot().orElseThrow().flash().loader())
                .isEqualTo("MX66UW1G45G_STM32N6570-DK.stldr");
        assertThat(Boards.byId("qemu-mps3-an547").boot()).isEmpty();
    }

    /** The description without what a firmware build needs. */
    private static String predictedFor(String yaml) {
        return yaml.substring(0, yaml.indexOf("toolchain:")) + yaml.substring(yaml.indexOf("npu:\n"));
    }

    private static long bytes(Npu npu, Npu.PoolKind kind) {
        return npu.pools().stream()
                .filter(pool -> pool.kind() == kind)
                .mapToLong(Npu.Pool::sizeBytes)
                .sum();
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        List<BoardProblem> problems = problems(yamlOrFail("qemu-mps3-an547")
                .replace("kind: virtual", "kind: imaginary")
                .replace("stack: 16 KiB", "stack: much")
                .replace("unit: instructions", "unit: weeks"));

        assertThat(problems).extracting(BoardProblem::where).hasSize(3).allMatch(where -> where.contains("an547.yaml"));
    }

    @Test
    void whatTheReaderRefusesTheSchemaRefusesToo() throws IOException {
        JsonNode misspelt = new YAMLMapper()
                .readTree(yaml("qemu-mps3-an547")
                        .replace("stack: 16 KiB", "stak: 16 KiB")
                        .replace("512 KiB", "512 KB"));

        assertThat(schema().validate(misspelt)).hasSizeGreaterThanOrEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"''", "text", "[]", "42"})
    void whatIsNoDescriptionAtAllIsRefused(String text) {
        assertThat(problems(text)).isNotEmpty();
    }

    private static List<BoardProblem> problems(String yaml) {
        return problems("qemu-mps3-an547.yaml", yaml);
    }

    private static List<BoardProblem> problems(String file, String yaml) {
        BoardException refusal = catchThrowableOfType(BoardException.class, () -> new BoardReader().read(file, yaml));
        assertThat(refusal).isNotNull();
        return refusal.problems();
    }

    private static JsonSchema schema() {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Boards.schema());
    }

    private static String yamlOrFail(String id) {
        try {
            return yaml(id);
        } catch (IOException reason) {
            throw new AssertionError(reason);
        }
    }

    private static String yaml(String id) throws IOException {
        try (InputStream stream = Boards.class.getResourceAsStream("boards/" + id + ".yaml")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
