// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The fences of design §2: no cycles, one door to each library, a pure model, no hidden clock or randomness. */
@AnalyzeClasses(packages = "io.github.stm32deploy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "io.github.stm32deploy.";

    @ArchTest
    static final ArchRule modules_are_free_of_cycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule toolchain_packages_are_free_of_cycles =
            slices().matching(ROOT + "toolchain.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule leaf_modules_know_nothing_of_each_other = noClasses()
            .that()
            .resideInAnyPackage(ROOT + "boards..", ROOT + "models..", ROOT + "protocol..", ROOT + "stedgeai..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + "toolchain..", ROOT + "host..");

    @ArchTest
    static final ArchRule model_is_pure = classes()
            .that()
            .resideInAPackage(ROOT + "toolchain.model..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ROOT + "toolchain.model..", "java.lang..", "java.util..", "java.nio..");

    @ArchTest
    static final ArchRule nothing_depends_on_the_command_line = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "toolchain.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "toolchain.cli..");

    @ArchTest
    static final ArchRule one_door_to_picocli = door("picocli..", ROOT + "toolchain.cli..");

    @ArchTest
    static final ArchRule one_door_to_progressbar = door("me.tongfei..", ROOT + "toolchain.cli..");

    @ArchTest
    static final ArchRule one_door_to_onnxruntime = door("ai.onnxruntime..", ROOT + "toolchain.reference..");

    @ArchTest
    static final ArchRule one_door_to_onnx_protobuf = door("ai.onnx.proto..", ROOT + "toolchain.onnx..");

    @ArchTest
    static final ArchRule one_door_to_protobuf = door("com.google.protobuf..", ROOT + "toolchain.onnx..");

    @ArchTest
    static final ArchRule one_door_to_flatbuffers = door("com.google.flatbuffers..", ROOT + "toolchain.tflite..");

    @ArchTest
    static final ArchRule one_door_to_the_tflite_schema = door("org.tensorflow..", ROOT + "toolchain.tflite..");

    @ArchTest
    static final ArchRule one_door_to_serial_ports = door("com.fazecast..", ROOT + "host.serial..");

    @ArchTest
    static final ArchRule one_door_to_velocity = door("org.apache.velocity..", ROOT + "toolchain.firmware.render..");

    @ArchTest
    static final ArchRule one_door_to_image_metadata = door("com.drew..", ROOT + "toolchain.image..");

    @ArchTest
    static final ArchRule jackson_in_one_package_a_module = noClasses()
            .that()
            .resideOutsideOfPackages(
                    ROOT + "toolchain.report..",
                    ROOT + "boards..",
                    ROOT + "models..",
                    ROOT + "protocol..",
                    ROOT + "host.board..",
                    ROOT + "stedgeai.report..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule processes_are_started_in_one_package_a_module = noClasses()
            .that()
            .resideOutsideOfPackages(
                    ROOT + "toolchain.deploy..",
                    ROOT + "host.board..",
                    ROOT + "stedgeai.process..",
                    // Plays a program of ST in tests, one that starts and leaves processes.
                    ROOT + "stedgeai.standin..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.ProcessBuilder");

    @ArchTest
    static final ArchRule console_has_one_owner = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + "toolchain.cli..", ROOT + "stedgeai.standin..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .accessField(System.class, "in");

    @ArchTest
    static final ArchRule time_is_no_input_of_the_core = noClasses()
            .that()
            .resideOutsideOfPackages(
                    ROOT + "host..", ROOT + "toolchain.deploy..", ROOT + "toolchain.cli..", ROOT + "stedgeai.process..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Instant")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.LocalDateTime");

    @ArchTest
    static final ArchRule randomness_is_seeded = noClasses()
            .should()
            .callConstructor(java.util.Random.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.security.SecureRandom");

    private static ArchRule door(String library, String owner) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(owner)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
