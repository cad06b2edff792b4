// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The decoders against the golden vectors, in Java, in C on this machine and in C on the virtual board: the selection that
 * the project carries, and all files of these families where the shared folder is present.
 */
class GoldenVectorsTest {
    /** Folders of vectors that belong to no decoder: suppression, numbers, and functions around landmarks and poses. */
    private static final List<String> OTHERS = List.of(
            "nms",
            "quant",
            "blendshapes",
            "directmhp",
            "dmhead",
            "facemesh",
            "fan",
            "fsanet",
            "headpose_adas",
            "hhpnet",
            "hopenet",
            "iris",
            "lightweight_headpose",
            "mapping",
            "mobilefacenet_pfld",
            "peppapig",
            "pipnet",
            "pnp68",
            "pose_crops",
            "sixdrepnet",
            "star",
            "synergynet",
            "whenet");

    private static final Path CARRIED = Path.of("src/test/resources/golden");

    @TempDir
    static Path directory;

    @TestFactory
    Stream<DynamicTest> javaDecodersOnCarriedVectors() throws IOException {
        return inJava(cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> javaDecodersOnAllVectors() throws IOException {
        return inJava(cases(shared()));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnCarriedVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.HOST, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.HOST, cases(shared()));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnTheVirtualBoardOnCarriedVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.BOARD, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnTheVirtualBoardOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.BOARD, cases(shared()));
    }

    /** The other compiler, under sanitizers too. */
    @TestFactory
    Stream<DynamicTest> cDecodersOfClang() throws IOException, InterruptedException {
        return inC(CaseTarget.HOST_CLANG, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersWithoutHelium() throws IOException, InterruptedException {
        return inC(CaseTarget.BOARD_WITHOUT_HELIUM, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOfClangOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.HOST_CLANG, cases(shared()));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersWithoutHeliumOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseTarget.BOARD_WITHOUT_HELIUM, cases(shared()));
    }

    private static Stream<DynamicTest> inJava(List<GoldenCase> cases) {
        return cases.stream()
                .map(golden -> DynamicTest.dynamicTest(golden.id(), () -> check(GoldenRun.inJava(golden))));
    }

    private static Stream<DynamicTest> inC(CaseTarget target, List<GoldenCase> all)
            throws IOException, InterruptedException {
        assumeTrue(target.isPresent(), target::absence);
        List<GoldenCase> cases = all.stream().filter(GoldenRun::hasC).toList();
        List<GoldenRun.Result> results = GoldenRun.inC(cases, target, directory);
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            GoldenRun.Result result = results.get(i);
            tests.add(DynamicTest.dynamicTest(cases.get(i).id(), () -> check(result)));
        }
        return tests.stream();
    }

    private static void check(GoldenRun.Result result) {
        assertThat(result.mismatch()).isEmpty();
        assertThat(result.partOfTolerance())
                .as("part of the tolerance of " + result.where() + ", which differs by " + result.worstDifference())
                .isLessThanOrEqualTo(1);
        assertThat(result.passed()).isTrue();
    }

    private static List<GoldenCase> cases(Path root) throws IOException {
        TreeSet<String> families = new TreeSet<>(GoldenSpecs.families());
        families.addAll(OTHERS);
        List<GoldenCase> cases = new ArrayList<>();
        for (String family : families) {
            try (Stream<Path> files = Files.list(root.resolve(family))) {
                for (Path file : files.sorted().toList()) {
                    GoldenCase golden = GoldenCase.of(new GoldenNode(JsonFiles.readTree(file)));
                    assertThat(GoldenRun.obstacle(golden)).isEmpty();
                    cases.add(golden);
                }
            }
        }
        assertThat(cases).isNotEmpty();
        return cases;
    }

    private static Path shared() {
        String set = System.getenv("STM32_DEPLOY_SHARED");
        Path folder = set != null
                ? Path.of(set)
                : Path.of(System.getProperty("user.dir")).resolve("../../shared");
        Path golden = folder.resolve("specs/golden");
        assumeTrue(Files.isDirectory(golden), () -> "no golden vectors at " + golden);
        return golden;
    }
}
