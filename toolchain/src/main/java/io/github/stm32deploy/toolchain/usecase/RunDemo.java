// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.deploy.FirmwareBuild;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** The bundled model, the whole way: the same use cases that a user's own model goes through, one after the other. */
public final class RunDemo {
    private static final double FOUND_IOU = 0.5;
    private static final MeasurementPlan PLAN = new MeasurementPlan(2, 3, 1);

    private final Progress progress;

    public RunDemo(Progress progress) {
        this.progress = progress;
    }

    /** Board to run on and folder to make. */
    public record Request(Board board, Path output) {}

    /**
     * A shipped scene.
     *
     * @param found faces with a box of their own at IoU 0.5 or better
     * @param surplus boxes that belong to no face
     */
    public record Scene(String image, int faces, int found, int surplus) {}

    /** The finished report and what was found in each scene. */
    public record Result(Report report, List<Scene> scenes, List<Diagnosis> diagnoses) {
        /** True where every drawn face was found and nothing else. */
        public boolean allFound() {
            return scenes.stream().allMatch(scene -> scene.found() == scene.faces() && scene.surplus() == 0);
        }
    }

    record Truth(List<TrueScene> scenes) {}

    record TrueScene(String image, int width, int height, List<Face> faces) {}

    record Face(List<Double> box, List<List<Double>> landmarks) {}

    /** Refuses an output folder that is not replaced: worth asking before a compiler is installed. */
    public static void check(Request request) {
        FirmwareBuild.checkName(request.output());
        WholeFolder.checkReplaceable(request.output(), WholeFolder.REPORT);
    }

    public Result run(Request request) {
        AtomicReference<Path> extracted = new AtomicReference<>();
        Runnable remove = () -> Optional.ofNullable(extracted.get()).ifPresent(WholeFolder::deleteTree);
        UnfinishedWork unfinished = UnfinishedWork.beginUnattended(remove);
        try {
            extracted.set(Files.createTempDirectory("stm32-deploy-demo-"));
            Recipes.extractDemo(extracted.get());
            return run(request, extracted.get());
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.output(), unwritable);
        } finally {
            remove.run();
            unfinished.close();
        }
    }

    private Result run(Request request, Path material) throws IOException {
        BuildApplication.Result built = new BuildApplication(progress)
                .build(new BuildApplication.Request(
                        material.resolve("drawn-faces.yaml"),
                        request.board(),
                        "cpu",
                        QuantizationChoice.of(material.resolve("calibration").toString()),
                        DecoderChoice.recognised(),
                        request.output()));
        Truth truth = JsonFiles.read(material.resolve("scenes").resolve("truth.json"), Truth.class);
        List<Path> images = new ArrayList<>();
        for (TrueScene scene : truth.scenes()) {
            images.add(material.resolve("scenes").resolve(scene.image()));
        }
        RunImages.Result found = new RunImages(progress)
                .run(new RunImages.Request(request.output(), images, Optional.empty(), Optional.empty()));
        Report report = new MeasureApplication(progress)
                .measure(new MeasureApplication.Request(
                        request.output(), Optional.empty(), PLAN, Optional.of(images.get(0))))
                .report();
        List<Scene> scenes = new ArrayList<>();
        for (int index = 0; index < truth.scenes().size(); index++) {
            scenes.add(compare(
                    truth.scenes().get(index), found.detections().detections().get(index)));
        }
        List<Diagnosis> diagnoses = Stream.concat(built.diagnoses().stream(), found.diagnoses().stream())
                .toList();
        return new Result(report, scenes, diagnoses);
    }

    private static Scene compare(TrueScene truth, Report.ImageDetections detections) {
        List<Report.Box> free = new ArrayList<>(detections.boxes());
        int found = 0;
        for (Face face : truth.faces()) {
            Report.Box best = null;
            for (Report.Box box : free) {
                if (iou(face, box) >= FOUND_IOU && (best == null || iou(face, box) > iou(face, best))) {
                    best = box;
                }
            }
            if (best != null) {
                free.remove(best);
                found++;
            }
        }
        return new Scene(truth.image(), truth.faces().size(), found, free.size());
    }

    private static double iou(Face face, Report.Box box) {
        double x = face.box().get(0);
        double y = face.box().get(1);
        double width = face.box().get(2);
        double height = face.box().get(3);
        double overlapWidth = Math.min(x + width, box.x() + box.width()) - Math.max(x, box.x());
        double overlapHeight = Math.min(y + height, box.y() + box.height()) - Math.max(y, box.y());
        double overlap = Math.max(0, overlapWidth) * Math.max(0, overlapHeight);
        double union = width * height + box.width() * box.height() - overlap;
        return union <= 0 ? 0 : overlap / union;
    }
}
