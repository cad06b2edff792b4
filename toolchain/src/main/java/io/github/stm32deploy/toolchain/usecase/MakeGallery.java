// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.toolchain.deploy.FirmwareBuild;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ViewImage;
import io.github.stm32deploy.toolchain.report.Gallery;
import io.github.stm32deploy.toolchain.report.GalleryHtml;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Several models, the same images, one page: each model is repaired, made int8 where it is float, built, run, and what it
 * finds is drawn. Networks that see one face at a time are shown the faces that the first detector before them found. A model that does not get that far has its reason on the page. The page is whole after every model.
 */
public final class MakeGallery {
    /** File by which a folder of this command is known. */
    static final String MARK = "gallery.json";

    private static final String PAGE = "gallery.html";
    private static final int NAME_LENGTH = 60;

    private final Progress progress;

    public MakeGallery(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param models files, and folders that are searched for them
     * @param images files, and folders whose images are taken
     * @param choice how float models become int8; where it names no calibration, the first folder or file of the images is the sample
     */
    public record Request(List<Path> models, List<Path> images, Board board, QuantizationChoice choice, Path output) {
        public Request {
            models = List.copyOf(models);
            images = List.copyOf(images);
            Objects.requireNonNull(board);
            Objects.requireNonNull(choice);
            Objects.requireNonNull(output);
        }

        QuantizationChoice calibrated() {
            return choice.calibration().isPresent()
                    ? choice
                    : choice.withCalibration(images.get(0).toString());
        }
    }

    /**
     * Refuses what cannot work whatever tools there are: worth asking before a compiler is installed.
     *
     * @throws DiagnosedException as {@link #make}
     */
    public static void check(Request request) {
        FirmwareBuild.checkName(request.output());
        WholeFolder.checkReplaceable(request.output(), MARK);
        ModelFolder.find(request.models());
        images(request.images());
    }

    /**
     * @throws DiagnosedException of kind USAGE where there is no model or no image, or the output folder is not ours to
     *     replace
     */
    public Gallery make(Request request) {
        List<ModelFolder.Found> models = ModelFolder.find(request.models());
        List<Path> images = images(request.images());
        Gallery gallery = new Gallery(request.board().id(), request.board().emulated(), List.of());
        try (WholeFolder folder = WholeFolder.open(request.output(), MARK)) {
            Files.write(folder.work().resolve(MARK), JsonFiles.toBytes(gallery));
            folder.commit();
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.output(), unwritable);
        }
        List<Gallery.Entry> entries = new ArrayList<>();
        SeenFaces faces = SeenFaces.unknown();
        Set<String> names = new HashSet<>();
        for (ModelFolder.Found model : models) {
            progress.phase((entries.size() + 1) + " of " + models.size() + ": " + label(model));
            String name = name(model, names);
            Gallery.Entry entry = entry(request, model, name, images, faces);
            entries.add(entry);
            if (faces.found().isEmpty() && showsFaces(entry)) {
                faces = new SeenFaces(
                        List.of(), Optional.of(request.output().resolve(name + "/found/detections.json")));
            }
            gallery = new Gallery(request.board().id(), request.board().emulated(), entries);
            WholeFile.write(request.output().resolve(PAGE), GalleryHtml.render(gallery));
            WholeFile.write(request.output().resolve(MARK), JsonFiles.toBytes(gallery));
        }
        return gallery;
    }

    /** A detector whose first two points are eyes. */
    private static boolean showsFaces(Gallery.Entry entry) {
        return entry.pictures().stream()
                .flatMap(picture -> picture.detections().boxes().stream())
                .anyMatch(box -> box.landmarks().size() == 5 || box.landmarks().size() == 6);
    }

    private Gallery.Entry entry(
            Request request, ModelFolder.Found model, String name, List<Path> images, SeenFaces faces) {
        Path folder = request.output().resolve(name);
        List<Diagnosis> findings = new ArrayList<>();
        Report built = null;
        String family = null;
        String evidence = null;
        List<Gallery.Picture> pictures = List.of();
        try {
            Path application = folder.resolve("app");
            Path repaired = repaired(model.file(), folder);
            BuildApplication.Result result = build(request, repaired, request.calibrated(), application);
            BuiltFolder opened = BuiltFolder.open(application);
            boolean oneFace = opened.application().decoder() != null
                    && opened.application().decoder().view() != null
                    && faces.found().isPresent();
            if (oneFace
                    && result.report().quantization() != null
                    && request.choice().calibration().isEmpty()) {
                // Ranges of a network that sees one face at a time are those of faces.
                Path views = views(opened, images, faces, folder.resolve("faces"));
                result = build(request, repaired, request.choice().withCalibration(views.toString()), application);
                opened = BuiltFolder.open(application);
            }
            findings.addAll(result.diagnoses());
            built = result.report();
            if (opened.application().decoder() != null) {
                family = opened.application().decoder().family();
                evidence = opened.application().decoder().evidence();
            }
            RunImages.Result found = new RunImages(progress)
                    .run(new RunImages.Request(
                            application,
                            images,
                            Optional.empty(),
                            Deadlines.standard(),
                            Optional.of(folder.resolve("found")),
                            faces));
            findings.addAll(found.diagnoses());
            pictures = pictures(found, name + "/found/");
        } catch (DiagnosedException failure) {
            if (failure.kind() == Kind.ENVIRONMENT) {
                throw failure;
            }
            findings.addAll(failure.diagnoses());
        }
        return new Gallery.Entry(
                label(model), name, family, evidence, quantized(built), pictures, ReportParts.findings(findings));
    }

    private BuildApplication.Result build(Request request, Path model, QuantizationChoice choice, Path application) {
        return new BuildApplication(progress)
                .build(new BuildApplication.Request(
                        model, request.board(), "cpu", choice, DecoderChoice.recognised(), application));
    }

    /** The faces as the network is shown them, one file each. */
    private static Path views(BuiltFolder network, List<Path> images, SeenFaces faces, Path folder) {
        String view = network.application().decoder().view();
        int count = 0;
        for (Path file : images) {
            BufferedImage image = ImageFile.read(file);
            for (SeenFaces.Face face : faces.of(file, image)) {
                BufferedImage cut = ViewImage.cut(image, face.view(view, image));
                WholeFile.write(
                        folder.resolve(String.format(Locale.ROOT, "face-%03d.png", count++)), ImageFile.png(cut));
            }
        }
        return folder;
    }

    /** What {@code build} is given: the mended model with its recipe, or the file as it is where nothing was to mend. */
    private Path repaired(Path model, Path folder) {
        Path output = folder.resolve("repaired.onnx");
        RepairModel.Result result = new RepairModel(progress)
                .repair(new RepairModel.Request(model, Optional.of(output), List.of(), SdkVersion.newest(), Map.of()));
        if (result.repairs().stream().noneMatch(repair -> repair.parity().kept())) {
            return model;
        }
        Path recipe = folder.resolve("repaired.yaml");
        return Files.exists(recipe) ? recipe : output;
    }

    private static List<Gallery.Picture> pictures(RunImages.Result found, String folder) {
        List<Gallery.Picture> pictures = new ArrayList<>();
        for (int index = 0; index < found.pictures().size(); index++) {
            Report.ImageDetections detections = found.detections().detections().get(index);
            pictures.add(new Gallery.Picture(
                    folder + found.pictures().get(index), RunImages.caption(detections), detections));
        }
        return pictures;
    }

    private static String quantized(Report built) {
        if (built == null || built.quantization() == null) {
            return null;
        }
        Report.Quantization made = built.quantization();
        return made.scheme() + ", " + made.method() + " of " + made.samples()
                + (made.samples() == 1 ? " sample" : " samples") + (made.synthetic() ? " of noise (synthetic)" : "")
                + made.outputs().stream()
                        .map(output -> String.format(Locale.ROOT, "%s %.1f dB", output.name(), output.sqnrDb()))
                        .collect(Collectors.joining(", ", "; outputs: ", ""));
    }

    /** A file that was named itself goes by its name: where it lies is nobody's business who is shown the page. */
    private static String label(ModelFolder.Found model) {
        boolean named = Path.of(model.label()).equals(model.file());
        return named ? model.file().getFileName().toString() : model.label();
    }

    /** A folder for one model: its name as far as every file system takes it. */
    private static String name(ModelFolder.Found model, Set<String> names) {
        String plain = label(model).replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[-.]+|[-.]+$", "");
        String stem = plain.isEmpty() ? "model" : plain.substring(Math.max(0, plain.length() - NAME_LENGTH));
        String candidate = stem;
        for (int number = 2; !names.add(candidate.toLowerCase(Locale.ROOT)); number++) {
            candidate = stem + "-" + number;
        }
        return candidate;
    }

    private static List<Path> images(List<Path> named) {
        List<Path> images = new ArrayList<>();
        for (Path path : named) {
            if (!Files.isDirectory(path)) {
                images.add(path);
                continue;
            }
            try (Stream<Path> files = Files.list(path)) {
                files.filter(ImageFile::hasImageName).sorted().forEach(images::add);
            } catch (IOException | UncheckedIOException unreadable) {
                throw noImages(path, "the folder cannot be read: " + unreadable.getMessage());
            }
        }
        if (images.isEmpty()) {
            throw noImages(named.get(0), "it holds no .jpg, .jpeg, .png, .bmp or .gif file");
        }
        // A wrong name must not cost a build.
        images.forEach(ImageFile::read);
        return images;
    }

    private static DiagnosedException noImages(Path folder, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("GALLERY-NO-IMAGES", Stage.RUN, "there is no image to show the models")
                        .where(folder.toString())
                        .observed(observed)
                        .effect("nothing was built")
                        .fix("name images, or a folder with some: --images photos")
                        .build());
    }
}
