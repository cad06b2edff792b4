// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DetectionList;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.DetectionDrawing;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.image.PoseDrawing;
import io.github.stm32deploy.toolchain.image.ViewImage;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Image to board to detections, drawn. */
public final class RunImages {
    private static final String DETECTIONS = "detections.json";

    private final Progress progress;

    public RunImages(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param folder made by {@code build}
     * @param port of a board that runs already
     * @param deadlines how long the board may take to answer
     * @param output folder for drawn images and detections.json; empty for {@code run/} in {@code folder}
     * @param faces where the faces are, for a network that sees one at a time
     */
    public record Request(
            Path folder,
            List<Path> images,
            Optional<String> port,
            Deadlines deadlines,
            Optional<Path> output,
            SeenFaces faces) {
        public Request {
            Objects.requireNonNull(folder);
            images = List.copyOf(images);
            Objects.requireNonNull(port);
            Objects.requireNonNull(deadlines);
            Objects.requireNonNull(output);
            Objects.requireNonNull(faces);
        }

        /** With the usual deadlines. */
        public Request(Path folder, List<Path> images, Optional<String> port, Optional<Path> output) {
            this(folder, images, port, Deadlines.standard(), output, SeenFaces.unknown());
        }
    }

    /**
     * The file detections.json, where it lies, and what is remarkable.
     *
     * @param pictures names of the drawn images in {@code output}, in the order of the images
     */
    public record Result(DetectionFile detections, Path output, List<String> pictures, List<Diagnosis> diagnoses) {}

    /** Content of detections.json. */
    public record DetectionFile(String schema, List<Report.ImageDetections> detections) {
        /** Name and version of this file's layout. */
        public static final String SCHEMA = "stm32-deploy/detections/1";
    }

    public Result run(Request request) {
        BuiltFolder folder = BuiltFolder.open(request.folder());
        InputContract contract = folder.contract().orElseThrow(() -> noContract(request.folder()));
        if (folder.application().decoder() == null) {
            throw noDecoder(request.folder());
        }
        // Every image is read before the board starts: a wrong name must not cost a boot.
        List<BufferedImage> images =
                request.images().stream().map(ImageFile::read).toList();
        Path output = request.output().orElse(request.folder().resolve("run"));
        List<Report.ImageDetections> found = new ArrayList<>();
        List<HtmlReport.Picture> pictures = new ArrayList<>();
        List<Diagnosis> diagnoses = new ArrayList<>();
        try (WholeFolder made = WholeFolder.open(output, DETECTIONS)) {
            for (List<SeenPart> detected : detect(folder, request, contract, images)) {
                Path file = request.images().get(found.size());
                BufferedImage image = images.get(found.size());
                for (SeenPart part : detected) {
                    if (part.found().truncated()) {
                        diagnoses.add(truncated(file, part.found()));
                    }
                }
                Report.ImageDetections section = section(file, image, contract, folder, detected);
                found.add(section);
                pictures.add(new HtmlReport.Picture(caption(section), draw(image, section)));
            }
            Set<String> taken = new HashSet<>();
            List<String> names = new ArrayList<>();
            for (int index = 0; index < pictures.size(); index++) {
                names.add(unique(taken, request.images().get(index)));
                Files.write(
                        made.work().resolve(names.get(index)),
                        pictures.get(index).png());
            }
            DetectionFile detections = new DetectionFile(DetectionFile.SCHEMA, found);
            Files.write(made.work().resolve(DETECTIONS), JsonFiles.toBytes(detections));
            made.commit();
            folder.saveDetections(found, pictures);
            return new Result(detections, output, List.copyOf(names), diagnoses);
        } catch (IOException unwritable) {
            throw OutputFailure.of(output, unwritable);
        }
    }

    /** The whole image, or the part of it around one face, and what was found there. */
    private record SeenPart(Optional<SeenFaces.Face> face, DetectionList found) {}

    private List<List<SeenPart>> detect(
            BuiltFolder folder, Request request, InputContract contract, List<BufferedImage> images) {
        List<List<SeenPart>> detected = new ArrayList<>();
        progress.phase("booting " + folder.board().id());
        try (RunningBoard board = RunningBoard.start(folder, request.port(), request.deadlines())) {
            BoardInput input = new BoardInput(board, contract);
            progress.phase("running " + images.size() + (images.size() == 1 ? " image" : " images"));
            for (BufferedImage image : images) {
                try {
                    List<SeenPart> parts = new ArrayList<>();
                    for (Optional<SeenFaces.Face> face : faces(folder, request, image, detected.size())) {
                        input.write(face.isEmpty() ? image : ViewImage.cut(image, view(folder, face.get(), image)));
                        board.session().run();
                        parts.add(new SeenPart(face, board.session().detections()));
                    }
                    detected.add(parts);
                } catch (SessionException failure) {
                    throw board.explain(failure);
                }
                progress.advance(detected.size(), images.size());
            }
        }
        return detected;
    }

    /** One entry a face, or an empty one for the whole image. */
    private static List<Optional<SeenFaces.Face>> faces(
            BuiltFolder folder, Request request, BufferedImage image, int index) {
        return folder.application().decoder().view() == null
                ? List.of(Optional.empty())
                : request.faces().of(request.images().get(index), image).stream()
                        .map(Optional::of)
                        .toList();
    }

    private static FaceView view(BuiltFolder folder, SeenFaces.Face face, BufferedImage image) {
        return face.view(folder.application().decoder().view(), image);
    }

    private static Report.ImageDetections section(
            Path file, BufferedImage image, InputContract contract, BuiltFolder folder, List<SeenPart> parts) {
        if (folder.application().decoder().view() != null) {
            List<Report.Box> boxes = new ArrayList<>();
            for (SeenPart part : parts) {
                SeenFaces.Face face = part.face().orElseThrow();
                for (Answer.Detection item : part.found().items()) {
                    boxes.add(
                            folder.application().decoder().poses()
                                    ? pose(face, item)
                                    : ofFace(view(folder, face, image), contract, item));
                }
            }
            return new Report.ImageDetections(file.getFileName().toString(), boxes, null);
        }
        DetectionList detected = parts.get(0).found();
        if (!folder.application().decoder().boxes()) {
            return new Report.ImageDetections(
                    file.getFileName().toString(),
                    List.of(),
                    detected.items().stream()
                            .map(item -> new Report.Label(item.classIndex(), item.score()))
                            .toList());
        }
        Mapping mapping = Mapping.of(image.getWidth(), image.getHeight(), contract);
        List<Report.Box> boxes = new ArrayList<>();
        for (Answer.Detection item : detected.items()) {
            Mapping.Box box = mapping.toImage(new Mapping.Box(
                    item.xMin(), item.yMin(), (double) item.xMax() - item.xMin(), (double) item.yMax() - item.yMin()));
            List<List<Double>> landmarks = new ArrayList<>();
            for (Answer.Point point : item.landmarks()) {
                Mapping.Point mapped = mapping.toImage(point.x(), point.y());
                landmarks.add(List.of(mapped.x(), mapped.y()));
            }
            boxes.add(new Report.Box(box.x(), box.y(), box.width(), box.height(), item.score(), landmarks));
        }
        return new Report.ImageDetections(file.getFileName().toString(), boxes, null);
    }

    private static Report.Box pose(SeenFaces.Face face, Answer.Detection item) {
        float[] box = face.box();
        return new Report.Box(
                box[0],
                box[1],
                (double) box[2] - box[0],
                (double) box[3] - box[1],
                item.score(),
                List.of(),
                new Report.Pose(item.xMin(), item.yMin(), item.xMax()));
    }

    /** Points of a face in the image, and the box around them there. */
    private static Report.Box ofFace(FaceView view, InputContract contract, Answer.Detection item) {
        List<List<Double>> points = new ArrayList<>();
        for (Answer.Point point : item.landmarks()) {
            float[] mapped = view.toImage(point.x() / contract.width(), point.y() / contract.height());
            points.add(List.of((double) mapped[0], (double) mapped[1]));
        }
        double left = points.stream().mapToDouble(point -> point.get(0)).min().orElse(0);
        double right = points.stream().mapToDouble(point -> point.get(0)).max().orElse(0);
        double top = points.stream().mapToDouble(point -> point.get(1)).min().orElse(0);
        double bottom = points.stream().mapToDouble(point -> point.get(1)).max().orElse(0);
        return new Report.Box(left, top, right - left, bottom - top, item.score(), points);
    }

    private static byte[] draw(BufferedImage original, Report.ImageDetections section) {
        BufferedImage image = original;
        for (Report.Box box : section.boxes()) {
            if (box.pose() != null) {
                image = PoseDrawing.draw(
                        image,
                        new Mapping.Box(box.x(), box.y(), box.width(), box.height()),
                        box.pose().yaw(),
                        box.pose().pitch(),
                        box.pose().roll());
            }
        }

        List<DetectionDrawing.Shape> shapes = section.boxes().stream()
                .map(box -> new DetectionDrawing.Shape(
                        new Mapping.Box(box.x(), box.y(), box.width(), box.height()),
                        box.score(),
                        box.landmarks().stream()
                                .map(point -> new Mapping.Point(point.get(0), point.get(1)))
                                .toList()))
                .toList();
        return ImageFile.png(DetectionDrawing.draw(image, shapes));
    }

    static String caption(Report.ImageDetections section) {
        if (section.classes() != null) {
            return section.classes().isEmpty()
                    ? section.image()
                    : section.image() + ": class " + section.classes().get(0).index();
        }
        int count = section.boxes().size();
        return section.image() + ": "
                + (count == 0 ? "no detection" : count + (count == 1 ? " detection" : " detections"));
    }

    /** Images of different folders may share a name; none overwrites another. */
    private static String unique(Set<String> names, Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        String candidate = stem + ".png";
        for (int number = 2; !names.add(candidate); number++) {
            candidate = stem + "-" + number + ".png";
        }
        return candidate;
    }

    private static Diagnosis truncated(Path file, DetectionList detected) {
        return Diagnosis.of(
                        Severity.WRONG,
                        "RUN-DETECTIONS-TRUNCATED",
                        Stage.RUN,
                        "there are more candidates than the decoder has room for")
                .where(file.toString())
                .observed(detected.candidates() + " candidates, "
                        + detected.items().size() + " detections answered")
                .rule("capacities are fixed when the application is built; the best by score are kept")
                .effect("faces may be missing")
                .fix("raise scoreThreshold, or capacity and maxDetections, in a recipe, and build again")
                .build();
    }

    static DiagnosedException noContract(Path folder) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error(
                                "RUN-CONTRACT-MISSING",
                                Stage.RUN,
                                "nothing says how an image becomes this model's input")
                        .where(folder.toString())
                        .observed("no image input was recognised, and the model came without a recipe")
                        .effect("no image was run")
                        .fix("write a recipe with an input section (docs/guide/recipes.md) and build it")
                        .build());
    }

    private static DiagnosedException noDecoder(Path folder) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("RUN-DECODER-MISSING", Stage.RUN, "this application has no decoder")
                        .where(folder.toString())
                        .observed("it was built for plain tensors")
                        .effect("no image was run")
                        .fix("build it without --decoder none, or measure it instead")
                        .build());
    }
}
