// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The map of a hello answer. Unknown keys are skipped, missing ones are an error but for clocks and failedChecks. */
final class HelloCodec {
    private static final int KEYS = 14;

    private HelloCodec() {}

    static void write(CBORGenerator out, Answer.Hello hello) throws IOException {
        out.writeStartObject(null, KEYS + (hello.clocks().isEmpty() ? 0 : 1) + (hello.failedChecks() == 0 ? 0 : 1));
        out.writeNumberField("protocol", hello.protocol());
        out.writeStringField("board", hello.board());
        out.writeBooleanField("emulated", hello.emulated());
        out.writeBinaryField("firmware", HexFormat.of().parseHex(hello.firmwareDigest()));
        out.writeBinaryField("model", HexFormat.of().parseHex(hello.modelDigest()));
        out.writeStringField("modelName", hello.modelName());
        out.writeStringField("tickUnit", hello.tickUnit());
        out.writeFieldName("unitsPerTick");
        out.writeStartArray(null, 2);
        out.writeNumber(hello.ticks().numerator());
        out.writeNumber(hello.ticks().denominator());
        out.writeEndArray();
        out.writeNumberField("clockHertz", hello.clockHertz());
        out.writeNumberField("maxFrame", hello.maxFrameBytes());
        out.writeFieldName("inputs");
        writeTensors(out, hello.inputs());
        out.writeFieldName("outputs");
        writeTensors(out, hello.outputs());
        out.writeNumberField("layers", hello.layerCount());
        out.writeBooleanField("inputRetained", hello.inputRetained());
        if (!hello.clocks().isEmpty()) {
            out.writeFieldName("clocks");
            out.writeStartArray(null, hello.clocks().size());
            for (Answer.Clock clock : hello.clocks()) {
                out.writeStartArray(null, 2);
                out.writeString(clock.name());
                out.writeNumber(clock.hertz());
                out.writeEndArray();
            }
            out.writeEndArray();
        }
        if (hello.failedChecks() != 0) {
            out.writeNumberField("failedChecks", hello.failedChecks());
        }
        out.writeEndObject();
    }

    private static void writeTensors(CBORGenerator out, List<Answer.Tensor> tensors) throws IOException {
        out.writeStartArray(null, tensors.size());
        for (Answer.Tensor tensor : tensors) {
            out.writeStartArray(null, 6);
            out.writeString(tensor.name());
            out.writeString(tensor.type());
            out.writeStartArray(null, tensor.shape().size());
            for (long axis : tensor.shape()) {
                out.writeNumber(axis);
            }
            out.writeEndArray();
            out.writeNumber(tensor.bytes());
            out.writeNumber(tensor.scale());
            out.writeNumber(tensor.zeroPoint());
            out.writeEndArray();
        }
        out.writeEndArray();
    }

    static Answer.Hello read(CborReader in) throws IOException {
        Integer protocol = null;
        String board = null;
        Boolean emulated = null;
        String firmware = null;
        String model = null;
        String modelName = null;
        String tickUnit = null;
        TickScale ticks = null;
        Long clockHertz = null;
        Integer maxFrame = null;
        List<Answer.Tensor> inputs = null;
        List<Answer.Tensor> outputs = null;
        Integer layers = null;
        Boolean retained = null;
        List<Answer.Clock> clocks = List.of();
        int failedChecks = 0;
        in.startMap();
        while (in.more()) {
            switch (in.currentKey()) {
                case "protocol" -> protocol = in.index();
                case "board" -> board = in.text();
                case "emulated" -> emulated = in.bool();
                case "firmware" -> firmware = HexFormat.of().formatHex(in.bytes());
                case "model" -> model = HexFormat.of().formatHex(in.bytes());
                case "modelName" -> modelName = in.text();
                case "tickUnit" -> tickUnit = in.text();
                case "unitsPerTick" -> ticks = readTicks(in);
                case "clockHertz" -> clockHertz = in.uint32();
                case "maxFrame" -> maxFrame = in.index();
                case "inputs" -> inputs = readTensors(in);
                case "outputs" -> outputs = readTensors(in);
                case "layers" -> layers = in.index();
                case "inputRetained" -> retained = in.bool();
                case "clocks" -> clocks = readClocks(in);
                case "failedChecks" -> failedChecks = in.index();
                default -> in.skipValue();
            }
        }
        return new Answer.Hello(
                present("protocol", protocol),
                present("board", board),
                present("emulated", emulated),
                present("firmware", firmware),
                present("model", model),
                present("modelName", modelName),
                present("tickUnit", tickUnit),
                present("unitsPerTick", ticks),
                present("clockHertz", clockHertz),
                present("maxFrame", maxFrame),
                present("inputs", inputs),
                present("outputs", outputs),
                present("layers", layers),
                present("inputRetained", retained),
                clocks,
                failedChecks);
    }

    private static <T> T present(String key, T value) throws IOException {
        if (value == null) {
            throw new IOException("the hello has no \"" + key + "\"");
        }
        return value;
    }

    private static TickScale readTicks(CborReader in) throws IOException {
        in.startArray();
        TickScale ticks = new TickScale(in.uint32(), in.uint32());
        in.skipRest();
        return ticks;
    }

    private static List<Answer.Clock> readClocks(CborReader in) throws IOException {
        List<Answer.Clock> clocks = new ArrayList<>();
        in.startArray();
        while (in.more()) {
            in.requireArrayStarted();
            clocks.add(new Answer.Clock(in.text(), in.uint32()));
            in.skipRest();
        }
        return clocks;
    }

    private static List<Answer.Tensor> readTensors(CborReader in) throws IOException {
        List<Answer.Tensor> tensors = new ArrayList<>();
        in.startArray();
        while (in.more()) {
            in.requireArrayStarted();
            String name = in.text();
            String type = in.text();
            List<Long> shape = new ArrayList<>();
            in.startArray();
            while (in.more()) {
                shape.add(in.currentUint());
            }
            tensors.add(new Answer.Tensor(name, type, shape, in.uint32(), in.float32(), in.int32()));
            in.skipRest();
        }
        return tensors;
    }
}
