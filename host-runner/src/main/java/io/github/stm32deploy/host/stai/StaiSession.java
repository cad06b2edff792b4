// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.stai.DeviceAnswer.State;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.Operator;
import io.github.stm32deploy.host.stai.DeviceMessage.TensorDescription;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation with one validation firmware over one link, which it owns. Every method ends within its deadline, with a
 * result or a {@link StaiException}. Not thread-safe. The protocol has no checksum: bytes lost and doubled in equal number
 * inside one packet pass unnoticed, so outputs have to be compared over several runs.
 */
public final class StaiSession implements AutoCloseable {
    private static final int GREETINGS = 3;
    private static final int MAX_LOGS = 256;
    private static final int MAX_NETWORKS = 64;
    private static final int MAX_PARTS = 1 << 16;
    private static final long LONGEST_MESSAGE = 1 << 16;
    /** Byte by byte; larger packets are those of a USB port, which loses nothing. */
    private static final int MAX_ALIGNED_PACKET = 64;

    private static final int IO_ONLY = 1;
    private static final int EACH_PART = 2;
    private static final int FIRST_RUN = 1;

    private final StaiLine line;
    private final StaiDeadlines deadlines;
    private final List<String> logs = new ArrayList<>();
    private AnswerCodec codec = new AnswerCodec(ProtocolVersion.V3_2);
    private DeviceMessage.Sync firmware;
    private long requests;
    private boolean ran;

    private StaiSession(ByteLink link, MonotonicClock clock, StaiDeadlines deadlines) {
        this.line = new StaiLine(link, clock);
        this.deadlines = deadlines;
    }

    /** Finds out which version the device speaks. On failure the link is closed. */
    public static StaiSession open(ByteLink link, MonotonicClock clock, StaiDeadlines deadlines) throws StaiException {
        boolean opened = false;
        try {
            StaiSession session = new StaiSession(link, clock, deadlines);
            session.greet(true);
            opened = true;
            return session;
        } finally {
            if (!opened) {
                link.close();
            }
        }
    }

    /**
     * Greets with the newer header. A device with the older one reads its first byte, 0, as a packet without payload and
     * asks for more; then only the rest of a packet has to be filled up before it can be greeted in its own format.
     */
    private void greet(boolean formatOpen) throws StaiException {
        boolean steppable = formatOpen || line.format().packetBytes() <= MAX_ALIGNED_PACKET;
        long heard = line.drain();
        for (int attempt = 1; attempt <= GREETINGS; attempt++) {
            try {
                firmware = greeting(formatOpen && attempt == 1);
                requireSpoken(firmware.version());
                codec = new AnswerCodec(firmware.version());
                return;
            } catch (StaiException e) {
                if (!e.damagedOnTheWay() && e.kind() != Kind.REFUSED) {
                    throw e;
                }
                heard += e.kind() == Kind.SILENT ? 0 : 1;
            }
            heard += line.drain();
            if (attempt < GREETINGS && steppable) {
                heard += line.bringIntoStep(deadlines.nextPacket()) ? 1 : 0;
            }
        }
        throw heard == 0
                ? new StaiException(Kind.SILENT, "the device does not answer a greeting")
                : new StaiException(Kind.NOT_THIS_FIRMWARE, "what the device sends is no answer to a greeting");
    }

    private DeviceMessage.Sync greeting(boolean formatOpen) throws StaiException {
        long id = request(Command.SYNC, 0, "", 0);
        if (formatOpen && line.reaction(deadlines.greeting()) == StaiLine.Reaction.WANTS_MORE) {
            line.use(PacketFormat.ONE_BYTE_HEADER);
            line.fill(PacketFormat.UART_PAYLOAD, deadlines.nextPacket());
            line.reaction(deadlines.greeting());
            id = request(Command.SYNC, 0, "", 0);
        }
        synced(id);
        // The first answer may be to the greeting of an earlier host that the first bytes of this one completed.
        return synced(request(Command.SYNC, 0, "", 0));
    }

    private DeviceMessage.Sync synced(long id) throws StaiException {
        DeviceAnswer answer = answer(id, deadlines.greeting(), LONGEST_MESSAGE);
        return expect(answer, DeviceMessage.Sync.class, State.IDLE);
    }

    private static void requireSpoken(ProtocolVersion version) throws StaiException {
        if (!version.spoken()) {
            throw new StaiException(
                    Kind.OTHER_VERSION,
                    "the firmware speaks version " + version + " of the protocol, this program "
                            + ProtocolVersion.V3_2.major() + ".0 to " + ProtocolVersion.V3_2);
        }
    }

    /** What the firmware said of itself when it was greeted. */
    public DeviceMessage.Sync firmware() {
        return firmware;
    }

    /** What the firmware wrote into its log so far, oldest first. */
    public List<String> logs() {
        return List.copyOf(logs);
    }

    /** Bytes that came where none was expected. */
    public long strayBytes() {
        return line.strayBytes();
    }

    private long request(Command command, long parameter, String name, long option) throws StaiException {
        long id = ++requests;
        line.send(new HostMessage.Request(id, command.number(), parameter, name, option), deadlines.nextPacket());
        return id;
    }

    /** The next message that is no log. Logs are acknowledged, else the device waits for ever. */
    private DeviceAnswer answer(long id, Duration patience, long longest) throws StaiException {
        for (int count = 0; count <= MAX_LOGS; count++) {
            DeviceAnswer answer = codec.decode(line.receive(patience, longest));
            if (answer.request() != id) {
                throw new StaiException(
                        Kind.NOT_THE_ANSWER, "an answer to request " + answer.request() + ", not to " + id);
            }
            if (!(answer.message() instanceof DeviceMessage.Log log)) {
                return answer;
            }
            logs.add(log.text());
            acknowledge();
        }
        throw new StaiException(Kind.TOO_MANY_LOGS, "more than " + MAX_LOGS + " log messages before an answer");
    }

    private void acknowledge() throws StaiException {
        line.send(new HostMessage.Acknowledge(0, DeviceError.NONE), deadlines.nextPacket());
    }

    private static <M extends DeviceMessage> M expect(DeviceAnswer answer, Class<M> type, State state)
            throws StaiException {
        if (answer.state() == State.ERROR && answer.message() instanceof DeviceMessage.Acknowledged ack) {
            throw StaiException.refused("the firmware refuses", ack.error());
        }
        if (!type.isInstance(answer.message())) {
            throw new StaiException(
                    Kind.NOT_THE_ANSWER,
                    "the device sends " + answer.message().getClass().getSimpleName() + ", expected "
                            + type.getSimpleName());
        }
        if (answer.state() != state) {
            throw new StaiException(
                    Kind.NOT_THE_ANSWER, "the device is in the state " + answer.state() + ", expected " + state);
        }
        return type.cast(answer.message());
    }

    /** Which chip it is, and its clocks. Where the firmware asks for it, packets are larger from then on. */
    public DeviceMessage.ChipDescription chip() throws StaiException {
        long id = request(Command.SYSTEM, 0, "", 0);
        DeviceMessage.ChipDescription chip = expect(
                answer(id, deadlines.greeting(), LONGEST_MESSAGE), DeviceMessage.ChipDescription.class, State.IDLE);
        if (chip.packetBytes() > 0) {
            line.use(line.format().withPayload(chip.packetBytes()));
        }
        return chip;
    }

    /** The networks in the firmware, in its order. */
    public List<Network> networks() throws StaiException {
        List<Network> networks = new ArrayList<>();
        while (networks.size() < MAX_NETWORKS) {
            long id = request(Command.NETWORK, networks.size(), "", 0);
            DeviceAnswer answer = answer(id, deadlines.network(), LONGEST_MESSAGE);
            if (answer.message() instanceof DeviceMessage.Acknowledged ack) {
                if (ack.error() == DeviceError.GENERIC) {
                    throw StaiException.refused(
                            "network " + networks.size() + " of the firmware is not initialised", ack.error());
                }
                return networks; // there is no further one
            }
            networks.add(expect(answer, Network.class, State.IDLE));
        }
        return networks;
    }

    /**
     * Runs a network once.
     *
     * @param inputs one array per input, as the bytes lie in the device's memory
     * @param eachPart with a report of each part; the device sends it in the middle of the run
     */
    public ObservedRun run(Network network, List<byte[]> inputs, boolean eachPart) throws StaiException {
        requireFitting(network, inputs);
        long start = line.nanos();
        long id = request(Command.RUN, IO_ONLY | (eachPart ? EACH_PART : 0), network.name(), ran ? 0 : FIRST_RUN);
        expect(answer(id, deadlines.ready(), LONGEST_MESSAGE), DeviceMessage.Acknowledged.class, State.WAITING);
        for (int i = 0; i < inputs.size(); i++) {
            line.send(new HostMessage.Data(0, 0, inputs.get(i)), deadlines.nextPacket());
            State next = i + 1 == inputs.size() ? State.PROCESSING : State.WAITING;
            expect(answer(id, deadlines.input(), LONGEST_MESSAGE), DeviceMessage.Acknowledged.class, next);
            acknowledge();
        }
        long sent = line.nanos();
        List<Operator> parts = new ArrayList<>();
        Operator total = parts(id, parts);
        long computed = line.nanos();
        List<byte[]> outputs = outputs(id, network);
        long end = line.nanos();
        ran = true;
        return new ObservedRun(total, parts, outputs, sent - start + end - computed, end - start);
    }

    private static void requireFitting(Network network, List<byte[]> inputs) throws StaiException {
        if (inputs.size() != network.inputs().size()) {
            throw new StaiException(
                    Kind.WRONG_REQUEST,
                    network.name() + " has " + network.inputs().size() + " inputs, not " + inputs.size());
        }
        for (int i = 0; i < inputs.size(); i++) {
            long expected = network.inputs().get(i).bytes();
            if (inputs.get(i).length != expected) {
                throw new StaiException(
                        Kind.WRONG_REQUEST,
                        "input " + i + " of " + network.name() + " has " + expected + " bytes, not "
                                + inputs.get(i).length);
            }
        }
    }

    /** Collects the parts; the report of the whole run ends them. */
    private Operator parts(long id, List<Operator> parts) throws StaiException {
        while (parts.size() < MAX_PARTS) {
            Operator operator =
                    expect(answer(id, deadlines.result(), LONGEST_MESSAGE), Operator.class, State.PROCESSING);
            if (!operator.part()) {
                return operator;
            }
            parts.add(operator);
            boolean tensors = (operator.flags() & Operator.WITHOUT_TENSOR) == 0;
            while (tensors) {
                tensors = !expect(
                                answer(id, deadlines.result(), LONGEST_MESSAGE),
                                DeviceMessage.Tensor.class,
                                State.PROCESSING)
                        .last();
            }
        }
        throw new StaiException(Kind.NOT_THE_ANSWER, "more than " + MAX_PARTS + " parts of a run");
    }

    private List<byte[]> outputs(long id, Network network) throws StaiException {
        List<byte[]> outputs = new ArrayList<>();
        int count = network.outputs().size();
        for (int i = 0; i < count; i++) {
            TensorDescription expected = network.outputs().get(i);
            boolean last = i + 1 == count;
            DeviceMessage.Tensor tensor = expect(
                    answer(id, deadlines.result(), LONGEST_MESSAGE + expected.bytes()),
                    DeviceMessage.Tensor.class,
                    last ? State.DONE : State.PROCESSING);
            if (tensor.last() != last) {
                throw new StaiException(
                        Kind.NOT_THE_ANSWER, "the device ends after " + (i + 1) + " of " + count + " outputs");
            }
            if (tensor.data().length != expected.bytes()) {
                throw new StaiException(
                        Kind.NOT_THE_ANSWER,
                        "output " + i + " has " + tensor.data().length + " bytes, announced were " + expected.bytes());
            }
            outputs.add(tensor.data());
        }
        return outputs;
    }

    /** Brings both ends back into step after bytes were lost or doubled. */
    public void resynchronise() throws StaiException {
        ProtocolVersion before = firmware.version();
        greet(false);
        if (!firmware.version().equals(before)) {
            throw new StaiException(Kind.OTHER_FIRMWARE, "another firmware answers than before");
        }
    }

    @Override
    public void close() {
        try {
            if (line.format().payloadBytes() != PacketFormat.UART_PAYLOAD) {
                request(Command.DISCONNECT, 0, "", 0);
            }
        } catch (StaiException e) {
            // The next host finds large packets; all that this one wanted is done.
            logs.add("the packet size was not put back: " + e.getMessage());
        } finally {
            line.close();
        }
    }
}
