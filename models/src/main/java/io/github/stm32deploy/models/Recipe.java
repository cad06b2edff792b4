// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What is known of one model beyond its file: where it comes from, what it wants at its input, how its outputs are read,
 * and which figures were seen. What is not known is empty, or says {@code unknown}; nothing is filled in.
 *
 * @param id name on the command line, unique among the recipes
 * @param task what the model is for, {@code face-detection}; one of {@link #TASKS}
 * @param format {@code onnx}, {@code tflite}, or what else its files are
 * @param file model file, relative to the recipe; empty where the recipe only says where to get one
 * @param sha256 digest of {@code file}, hexadecimal; "" where it may change
 * @param licence as its source states it
 * @param origin how the model came to be, in words
 * @param knows one plain sentence on what the model can and cannot recognise
 * @param source where it is published
 * @param files files that are this model, with their digests
 * @param aliases file names under which it is met; with a folder ({@code YuNet/model_weight_quant.tflite}) where the name
 *     alone says nothing, or {@code *.mnn} for a whole format
 * @param decoder parameters of the decoder as written in the recipe; empty for plain tensor output
 * @param outputs outputs in words
 * @param landmarks points for each face that it finds; 0 for none
 * @param user figures from a table of models that were tried by hand on ST's developer cloud
 * @param published figures of the authors, each with its source
 * @param expected figures measured by this project, with the method that gave them
 * @param instead what to bring where this is no network, or no file that can be read
 * @param see ids of related recipes
 */
public record Recipe(
        String id,
        String title,
        String task,
        String format,
        Optional<String> file,
        String sha256,
        String licence,
        String origin,
        String knows,
        Optional<Source> source,
        List<KnownFile> files,
        List<String> aliases,
        Optional<Input> input,
        Map<String, Object> decoder,
        String outputs,
        int landmarks,
        Optional<UserFigures> user,
        Map<String, Object> published,
        Map<String, Object> expected,
        List<String> notes,
        Optional<Instead> instead,
        List<String> see) {

    /** Tasks that a recipe may name. */
    public static final List<String> TASKS = List.of(
            "face-detection",
            "head-detection",
            "person-detection",
            "object-detection",
            "face-landmark",
            "face-mesh",
            "iris-landmark",
            "blendshapes",
            "head-pose",
            "gaze",
            "face-recognition",
            "face-attributes",
            "hand",
            "body-pose",
            "backbone",
            "format");

    /** Word for what is not known. */
    public static final String UNKNOWN = "unknown";

    /**
     * A place on the web.
     *
     * @param repository {@code owner/name} on GitHub; "" where it is elsewhere
     * @param commit commit at which the path was read; "" where unknown
     * @param path inside the repository
     * @param url page, where it is not in a repository
     * @param upstream repository or page of the authors, where {@code repository} is a conversion of their work
     * @param paper where the network is described, {@code arXiv:1911.03599}
     */
    public record Source(String repository, String commit, String path, String url, String upstream, String paper) {}

    /**
     * A file that is this model.
     *
     * @param bytes its length; 0 where unknown
     * @param licence "" where it is the recipe's
     */
    public record KnownFile(
            String name,
            String sha256,
            long bytes,
            String repository,
            String commit,
            String path,
            String licence,
            String note) {}

    /**
     * Input contract in the words of a recipe: t = (p - mean) / scale for a pixel p in 0..255.
     *
     * @param layout {@code NCHW} or {@code NHWC}; {@code none} where the input is no image
     * @param colour {@code RGB}, {@code BGR} or {@code GRAY}; {@code none} where the input is no image
     * @param width in pixels; 0 where the file leaves it open
     * @param mean for each channel; empty where unknown
     * @param resize {@code stretch}, {@code letterbox-centre}, {@code letterbox-top-left} or {@code centre-crop};
     *     {@code face-crop} where another model finds the region first
     * @param crop that region in words
     * @param source where the contract is written
     * @param usual size at which the model mostly runs where its file leaves the size open
     */
    public record Input(
            String name,
            String layout,
            String colour,
            int width,
            int height,
            List<Float> mean,
            List<Float> scale,
            String resize,
            int padding,
            String crop,
            String source,
            Optional<Usual> usual) {
        /**
         * @param width in pixels
         * @param height in pixels
         * @param source who runs it so
         */
        public record Usual(int width, int height, String source) {}

        /** Whether pixels can be turned into the tensor from what is said here. */
        public boolean isComplete() {
            return !List.of(layout, colour, resize).contains(UNKNOWN)
                    && !List.of(layout, colour, resize).contains("none")
                    && !resize.equals("face-crop")
                    && width > 0
                    && height > 0
                    && !mean.isEmpty()
                    && !scale.isEmpty();
        }
    }

    /**
     * One row of the table of models tried by hand, or a remark in its text.
     *
     * @param row the model's name in the table; "" where the figures stand in the text around it
     * @param flashBytes "7.1 MB" is read as 7.1 times 1024 times 1024
     * @param asWritten the cells as they stand there, by column
     * @param note the row's remark, verbatim; mostly the tool's error text
     * @param worked whether the row is marked as one that can be deployed
     * @param diagnoses codes of the diagnoses that explain the row, the one that names the tool's message first; empty where
     *     nothing is wrong with it
     * @param cause why the tool said so
     * @param fix what to do about it
     * @param doubts figures that cannot be right, or are hard to believe
     */
    public record UserFigures(
            String row,
            OptionalLong macc,
            OptionalLong flashBytes,
            OptionalLong ramBytes,
            OptionalDouble inferenceMillis,
            Map<String, String> asWritten,
            String note,
            boolean worked,
            List<String> diagnoses,
            String cause,
            String fix,
            List<Doubt> doubts) {}

    /**
     * Why a figure is not taken as it stands.
     *
     * @param figure {@code macc}, {@code flash}, {@code ram}, {@code time}, {@code input}, {@code landmarks} or {@code text}
     * @param degree {@code impossible} where arithmetic or the authors' tables exclude it, {@code unlikely} where it only does not fit
     */
    public record Doubt(String figure, String degree, String reason) {}

    /**
     * What to bring instead of something that is no network, or no file that can be read.
     *
     * @param what what it is
     * @param bring what to bring
     * @param recipes ids of models that do the same task
     */
    public record Instead(String what, String bring, List<String> recipes) {}
}
