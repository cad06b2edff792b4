// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.BoardException;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A folder that {@code build} made: what it was built from and for, and its report. */
record BuiltFolder(Path folder, Application application, Report report, Board board) {
    /**
     * @throws DiagnosedException of kind USAGE where the folder is not one that {@code build} made
     */
    static BuiltFolder open(Path folder) {
        Path applicationFile = folder.resolve("application.json");
        Path reportFile = folder.resolve("report.json");
        if (!Files.isDirectory(folder)) {
            throw unusable(folder, Files.exists(folder) ? "a file" : "no such folder");
        }
        if (!Files.isRegularFile(applicationFile) || !Files.isRegularFile(reportFile)) {
            throw unusable(folder, "there is no application.json and report.json in it");
        }
        try {
            Application application = JsonFiles.read(applicationFile, Application.class);
            Report report = JsonFiles.read(reportFile, Report.class);
            requireComplete(folder, application, report);
            BuiltFolder built = new BuiltFolder(folder, application, report, Boards.byId(application.board()));
            if (!Files.isRegularFile(built.elf())) {
                throw unusable(folder, application.elf() + " is missing");
            }
            built.contract();
            return built;
        } catch (IOException unreadable) {
            throw unusable(folder, "application.json or report.json is damaged: " + firstLine(unreadable));
        } catch (BoardException unknown) {
            throw unusable(folder, unknown.getMessage());
        } catch (IllegalArgumentException | NullPointerException contradiction) {
            throw unusable(folder, "application.json is damaged: " + firstLine(contradiction));
        }
    }

    private static void requireComplete(Path folder, Application application, Report report) {
        if (application == null
                || application.board() == null
                || application.elf() == null
                || application.firmwareDigest() == null
                || application.layerNames() == null) {
            throw unusable(folder, "application.json is not complete");
        }
        if (!Application.SCHEMA.equals(application.schema())) {
            throw unusable(
                    folder,
                    "application.json is of " + application.schema() + ", this program reads " + Application.SCHEMA);
        }
        if (report == null
                || report.tool() == null
                || report.model() == null
                || report.model().inputs() == null
                || report.model().outputs() == null
                || report.board() == null
                || report.verdict() == null
                || report.diagnoses() == null) {
            throw unusable(folder, "report.json is not complete");
        }
        if (!Report.SCHEMA.equals(report.schema())) {
            throw unusable(folder, "report.json is of " + report.schema() + ", this program reads " + Report.SCHEMA);
        }
    }

    private static String firstLine(Exception failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    Path elf() {
        return folder.resolve(application.elf());
    }

    Optional<InputContract> contract() {
        Application.Image image = application.image();
        if (image == null) {
            return Optional.empty();
        }
        return Optional.of(new InputContract(
                InputContract.Layout.valueOf(image.layout()),
                InputContract.Colour.valueOf(image.colour()),
                image.width(),
                image.height(),
                image.mean(),
                image.divisor(),
                InputContract.ResizeMode.valueOf(image.resize()),
                image.padding()));
    }

    /** Puts detections into the report; their pictures are kept beside it for whoever renders the page next. */
    void saveDetections(List<Report.ImageDetections> detections, List<HtmlReport.Picture> pictures) {
        for (int index = 0; index < pictures.size(); index++) {
            WholeFile.write(picture(index), pictures.get(index).png());
        }
        save(report.withDetections(detections), pictures);
    }

    /** Puts a measurement into the report. */
    void saveMeasurement(Report.Measurement measurement) {
        Report measured = report.withMeasurement(measurement);
        List<HtmlReport.Picture> pictures = new ArrayList<>();
        int count = report.detections() == null ? 0 : report.detections().size();
        for (int index = 0; index < count; index++) {
            try {
                pictures.add(new HtmlReport.Picture(
                        RunImages.caption(report.detections().get(index)), Files.readAllBytes(picture(index))));
            } catch (IOException vanished) {
                // The page does without a picture that the user removed.
                continue;
            }
        }
        save(measured, pictures);
    }

    private Path picture(int index) {
        return folder.resolve("pictures").resolve(String.format(Locale.ROOT, "%03d.png", index + 1));
    }

    private void save(Report newReport, List<HtmlReport.Picture> pictures) {
        WholeFile.write(folder.resolve("report.json"), JsonFiles.toBytes(newReport));
        WholeFile.write(folder.resolve("report.html"), HtmlReport.render(newReport, pictures));
    }

    static DiagnosedException needsPort(Board board) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("RUN-PORT-NEEDED", Stage.RUN, "a board on the desk needs its port")
                        .where(board.id())
                        .observed("no --port")
                        .effect("nothing was run")
                        .fix("--port /dev/ttyACM0 or --port COM5")
                        .build());
    }

    private static DiagnosedException unusable(Path folder, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("RUN-FOLDER-UNUSABLE", Stage.RUN, "that is no folder that build made")
                        .where(folder.toString())
                        .observed(observed)
                        .effect("nothing was run")
                        .command("stm32-deploy build MODEL -o " + folder)
                        .build());
    }
}
