// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.fake;

import io.github.stm32deploy.host.stai.AnswerCodec;
import io.github.stm32deploy.host.stai.Command;
import io.github.stm32deploy.host.stai.DeviceAnswer;
import io.github.stm32deploy.host.stai.DeviceAnswer.State;
import io.github.stm32deploy.host.stai.DeviceMessage;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.Operator;
import io.github.stm32deploy.host.stai.DeviceMessage.TensorDescription;
import io.github.stm32deploy.host.stai.HostMessage;
import io.github.stm32deploy.host.stai.PacketFormat;
import io.github.stm32deploy.host.stai.ProtocolVersion;
import io.github.stm32deploy.host.stai.StaiException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A validation firmware of our own, byte in, bytes out, that behaves as the description of ST's says: it waits in the
 * middle of a message until the bytes are there, asks for each further packet, sends log messages and waits for their
 * acknowledgement. Its network adds one to every input byte.
 */
public final class ValidationFirmware {
    private static final int INVALID_SIZE = 1;
    private static final int INVALID_PARAMETER = 4;
    private static final int EACH_PART = 2;
    private static final int WIDE_COUNTERS = 0;
    private static final long INT8 = 1L << 23 | 2L << 17 | 8L << 7 | 64;
    private static final int INPUT_ADDRESS = 0x3420_0000;

    /** What it says it is. */
    public record Identity(
            ProtocolVersion version,
            DeviceMessage.ChipDescription chip,
            boolean observes,
            List<Network> networks,
            boolean talkative) {
        public Identity {
            networks = List.copyOf(networks);
        }

        /** A Cortex-M55 at 800 MHz with its NPU at 1 GHz, and one network of three parts. */
        public static Identity of(ProtocolVersion version, int inputBytes) {
            DeviceMessage.ChipDescription chip = new DeviceMessage.ChipDescription(
                    DeviceMessage.ChipDescription.STM32N6,
                    800_000_000,
                    400_000_000,
                    3,
                    0,
                    List.of(0L, 1_000_000_000L, 900_000_000L));
            return new Identity(version, chip, true, List.of(network("network", inputBytes)), false);
        }

        /** With a port of the chip's own and so large packets once the chip was asked for. */
        public Identity withPackets(int payload) {
            DeviceMessage.ChipDescription large = new DeviceMessage.ChipDescription(
                    chip.chip(), chip.coreHertz(), chip.busHertz(), chip.caches(), payload, chip.extra());
            return new Identity(version, large, observes, networks, talkative);
        }

        public Identity withNetworks(Network... others) {
            return new Identity(version, chip, observes, List.of(others), talkative);
        }

        /** Writes log messages before its answers, as firmware of 3.2 does. */
        public Identity withLogs() {
            return new Identity(version, chip, observes, networks, true);
        }

        /** Cannot report the parts of a run. */
        public Identity blind() {
            return new Identity(version, chip, false, networks, talkative);
        }
    }

    /** A network with one int8 input and one output of the same size. */
    public static Network network(String name, int bytes) {
        TensorDescription input = tensor("in_0", bytes, 1);
        TensorDescription output = tensor("out_0", bytes, 2);
        return new Network(
                name,
                4 | 1 << 8 | 1 << 16,
                "0x0123456789abcdef",
                "compiled once",
                0x0C000100,
                0x04000100,
                0,
                3,
                List.of(input),
                List.of(output),
                List.of(segment(4096)),
                List.of(segment(8192)),
                "atonn-v1.1.3",
                0.5f,
                1.5f);
    }

    private static TensorDescription tensor(String name, int bytes, int flags) {
        return new TensorDescription(
                name, INT8, bytes, 0, List.of(1L, (long) bytes), 0.00390625f, -128, INPUT_ADDRESS, flags);
    }

    private static TensorDescription segment(int bytes) {
        return new TensorDescription("", 2L << 17 | 8L << 7 | 64, bytes, 0, List.of((long) bytes), 0, 0, 0, 8);
    }

    private final Identity identity;
    private final AnswerCodec codec;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream packet = new ByteArrayOutputStream();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    /** What to do with the next messages that are no requests; empty while it waits for a request. */
    private final Deque<Step> steps = new ArrayDeque<>();

    private PacketFormat format;
    private boolean hangs;
    private boolean hung;
    private long runs;

    /** What it does with one message from the host. As the real one, it takes anything for an acknowledgement. */
    @FunctionalInterface
    private interface Step {
        void take(byte[] message);
    }

    public ValidationFirmware(Identity identity) {
        this.identity = identity;
        this.codec = new AnswerCodec(identity.version());
        this.format = identity.version().minor() >= 2 ? PacketFormat.TWO_BYTE_HEADER : PacketFormat.ONE_BYTE_HEADER;
    }

    /** From now on its runs do not end. */
    public ValidationFirmware hanging() {
        hangs = true;
        return this;
    }

    /** Runs that it finished. */
    public long runs() {
        return runs;
    }

    /** Takes one byte from the host and returns what it sends thereupon. */
    public byte[] receive(byte b) {
        out.reset();
        if (hung) {
            return out.toByteArray();
        }
        packet.write(b);
        if (packet.size() == format.packetBytes()) {
            byte[] whole = packet.toByteArray();
            packet.reset();
            message.writeBytes(payload(whole));
            takeMessage();
        }
        return out.toByteArray();
    }

    /** A length that cannot be is cut to the packet; the real firmware would read on behind it. */
    private byte[] payload(byte[] whole) {
        int used = Math.min(format.used(whole), format.payloadBytes());
        return Arrays.copyOfRange(whole, format.headerBytes(), format.headerBytes() + used);
    }

    private void takeMessage() {
        Optional<byte[]> whole = undelimited(message.toByteArray());
        if (whole.isEmpty()) {
            out.write(0xAA);
            return;
        }
        message.reset();
        try {
            if (steps.isEmpty()) {
                request(HostMessage.Request.decode(whole.get()));
            } else {
                steps.removeFirst().take(whole.get());
            }
        } catch (StaiException e) {
            // As the real one: what it cannot read it forgets, and waits for the next.
            message.reset();
        }
    }

    /** The message behind its length, empty while bytes are missing. */
    private static Optional<byte[]> undelimited(byte[] bytes) {
        long length = 0;
        for (int i = 0; i < bytes.length && i < 5; i++) {
            length |= (bytes[i] & 0x7FL) << (7 * i);
            if (bytes[i] >= 0) {
                int from = i + 1;
                return bytes.length - from >= length
                        ? Optional.of(Arrays.copyOfRange(bytes, from, from + (int) length))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private void send(long request, State state, DeviceMessage answer) {
        out.writeBytes(format.fromDevice(codec.encode(new DeviceAnswer(request, state, answer))));
    }

    private void request(HostMessage.Request request) throws StaiException {
        long id = request.id();
        if (request.command() == Command.SYNC.number()) {
            int usb = identity.chip().packetBytes() > 0 ? DeviceMessage.Sync.USB : 0;
            send(
                    id,
                    State.IDLE,
                    new DeviceMessage.Sync(
                            identity.version(),
                            usb | (identity.observes() ? DeviceMessage.Sync.OBSERVES : 0),
                            4 | 1 << 8 | 1 << 16));
        } else if (request.command() == Command.SYSTEM.number()) {
            send(id, State.IDLE, identity.chip());
            if (identity.chip().packetBytes() > 0) {
                format = format.withPayload(identity.chip().packetBytes());
            }
        } else if (request.command() == Command.DISCONNECT.number()
                && identity.version().minor() >= 2) {
            format = PacketFormat.TWO_BYTE_HEADER;
        } else if (request.command() == Command.NETWORK.number()) {
            logged(id, "s:config:version:1.0", () -> describe(request));
        } else if (request.command() == Command.RUN.number()) {
            identity.networks().stream()
                    .filter(candidate -> candidate.name().equals(request.name()))
                    .findFirst()
                    .ifPresentOrElse(found -> begin(request, found), () -> refuse(id, INVALID_PARAMETER));
        } else {
            refuse(id, INVALID_PARAMETER);
        }
    }

    /** Sends a log message first, where it is talkative, and goes on when that was acknowledged. */
    private void logged(long id, String text, Runnable then) {
        if (!identity.talkative()) {
            then.run();
            return;
        }
        steps.addFirst(acknowledgement -> then.run());
        send(id, State.WAITING, new DeviceMessage.Log(1, text));
    }

    private void refuse(long id, int error) {
        send(id, State.ERROR, new DeviceMessage.Acknowledged(error, error));
    }

    private void describe(HostMessage.Request request) {
        if (request.parameter() < identity.networks().size()) {
            send(request.id(), State.IDLE, identity.networks().get((int) request.parameter()));
        } else {
            refuse(request.id(), INVALID_PARAMETER);
        }
    }

    private void begin(HostMessage.Request request, Network network) {
        long id = request.id();
        List<byte[]> inputs = new ArrayList<>();
        steps.addLast(bytes -> input(request, network, inputs, bytes));
        send(
                id,
                State.WAITING,
                new DeviceMessage.Acknowledged(network.inputs().get(0).bytes(), 0));
    }

    private void input(HostMessage.Request request, Network network, List<byte[]> inputs, byte[] bytes) {
        byte[] data = data(bytes);
        if (data.length != network.inputs().get(inputs.size()).bytes()) {
            send(request.id(), State.ERROR, new DeviceMessage.Acknowledged(data.length, INVALID_SIZE));
            return;
        }
        inputs.add(data);
        boolean last = inputs.size() == network.inputs().size();
        steps.addLast(acknowledgement -> {
            if (last) {
                compute(request, network, inputs);
            } else {
                steps.addLast(more -> input(request, network, inputs, more));
            }
        });
        send(request.id(), last ? State.PROCESSING : State.WAITING, new DeviceMessage.Acknowledged(data.length, 0));
    }

    /** Empty where it cannot be read. */
    private static byte[] data(byte[] bytes) {
        try {
            return HostMessage.Data.decode(bytes).bytes();
        } catch (StaiException e) {
            return new byte[0];
        }
    }

    private void compute(HostMessage.Request request, Network network, List<byte[]> inputs) {
        if (hangs) {
            hung = true;
            return;
        }
        if (identity.observes() && (request.parameter() & EACH_PART) != 0) {
            part(request, network, inputs, 0);
        } else {
            finish(request, network, inputs);
        }
    }

    /** Parts of 10, 20, 30 … microseconds: hardware, software, hybrid in turn; the middle ones come with a tensor. */
    private void part(HostMessage.Request request, Network network, List<byte[]> inputs, int index) {
        if (index == network.parts()) {
            finish(request, network, inputs);
            return;
        }
        logged(request.id(), "s:node:evt_post_end:" + index, () -> {
            boolean last = index + 1 == network.parts();
            boolean tensor = index > 0 && !last;
            int flags = Operator.INTERNAL | (last ? Operator.LAST : 0) | (tensor ? 0 : Operator.WITHOUT_TENSOR);
            int type = new int[] {0, 2, 3}[index % 3];
            long cycles = 8_000L * (index + 1);
            send(
                    request.id(),
                    State.PROCESSING,
                    new Operator(
                            "",
                            flags,
                            type,
                            (long) (index + 1) << 16 | index + 1,
                            0.01f * (index + 1),
                            WIDE_COUNTERS,
                            List.of(cycles / 4, cycles / 2, cycles / 4),
                            -1,
                            -1));
            if (tensor) {
                TensorDescription shown = new TensorDescription(
                        "conv_" + index, INT8, 16, 0, List.of(4L, 4L), 0.5f, 3, INPUT_ADDRESS, 4 | 256 | 512);
                send(request.id(), State.PROCESSING, new DeviceMessage.Tensor(shown, new byte[0]));
            }
            part(request, network, inputs, index + 1);
        });
    }

    private void finish(HostMessage.Request request, Network network, List<byte[]> inputs) {
        runs++;
        long cycles = 1_600_000;
        send(
                request.id(),
                State.PROCESSING,
                new Operator(
                        network.name(), 0, 0, 0, 2.0f, WIDE_COUNTERS, List.of(0L, cycles, 0L, 0L, cycles), -1, -1));
        byte[] output = inputs.get(0).clone();
        for (int i = 0; i < output.length; i++) {
            output[i]++;
        }
        for (int i = 0; i < network.outputs().size(); i++) {
            boolean last = i + 1 == network.outputs().size();
            TensorDescription described = network.outputs().get(i);
            TensorDescription sent = new TensorDescription(
                    described.name(),
                    described.format(),
                    described.elements(),
                    described.layout(),
                    described.dimensions(),
                    described.scale(),
                    described.zeroPoint(),
                    described.address(),
                    2 | (last ? TensorDescription.LAST : 0));
            send(request.id(), last ? State.DONE : State.PROCESSING, new DeviceMessage.Tensor(sent, output));
        }
    }
}
