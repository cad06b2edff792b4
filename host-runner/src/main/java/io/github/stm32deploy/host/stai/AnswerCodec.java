// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import io.github.stm32deploy.host.stai.DeviceAnswer.State;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.util.ArrayList;
import java.util.List;

/** {@code respMsg} to bytes and back. One of its messages differs by version. */
public final class AnswerCodec {
    private static final int SYNC = 10;
    private static final int CHIP = 11;
    private static final int ACKNOWLEDGED = 12;
    private static final int LOG = 13;
    private static final int OPERATOR = 16;
    private static final int TENSOR = 17;
    private static final int NETWORK = 22;

    private static final int FLAGS_AT = 24;
    private static final long BELOW_FLAGS = 0xFF_FFFFL;

    private final ProtocolVersion version;

    public AnswerCodec(ProtocolVersion version) {
        this.version = version;
    }

    public DeviceAnswer decode(byte[] bytes) throws StaiException {
        WireFields fields = new WireFields("respMsg", bytes);
        long state = fields.number(2);
        if (state >= State.values().length) {
            throw new StaiException(Kind.MALFORMED, "respMsg: state " + state);
        }
        return new DeviceAnswer(fields.number(1), State.values()[(int) state], message(fields));
    }

    private DeviceMessage message(WireFields fields) throws StaiException {
        if (fields.has(SYNC)) {
            WireFields sync = new WireFields("syncMsg", fields.bytes(SYNC));
            return new DeviceMessage.Sync(ProtocolVersion.of(sync.number(1)), sync.number(4), sync.number(5));
        }
        if (fields.has(CHIP)) {
            return chip(new WireFields("sysinfoMsg", fields.bytes(CHIP)));
        }
        if (fields.has(ACKNOWLEDGED)) {
            WireFields ack = new WireFields("ackMsg", fields.bytes(ACKNOWLEDGED));
            return new DeviceMessage.Acknowledged(ack.number(1), (int) ack.number(2));
        }
        if (fields.has(LOG)) {
            WireFields log = new WireFields("logMsg", fields.bytes(LOG));
            return new DeviceMessage.Log((int) log.number(1), log.text(2));
        }
        if (fields.has(OPERATOR)) {
            return operator(new WireFields("aiOperatorMsg", fields.bytes(OPERATOR)));
        }
        if (fields.has(TENSOR)) {
            WireFields tensor = new WireFields("aiTensorMsg", fields.bytes(TENSOR));
            WireFields data = new WireFields("aiDataMsg", tensor.bytes(2));
            return new DeviceMessage.Tensor(description(tensor.bytes(1)), data.bytes(4));
        }
        if (fields.has(NETWORK)) {
            return network(new WireFields("aiModelInfoMsg", fields.bytes(NETWORK)));
        }
        throw new StaiException(Kind.MALFORMED, "respMsg: without a message that this host knows");
    }

    private DeviceMessage.ChipDescription chip(WireFields fields) throws StaiException {
        boolean sized = version.statesPacketSize();
        long packet = sized ? fields.number(5) : 0;
        if (packet > PacketFormat.LARGEST_PAYLOAD) {
            throw new StaiException(Kind.MALFORMED, "sysinfoMsg: packets of " + packet + " bytes");
        }
        return new DeviceMessage.ChipDescription(
                (int) fields.number(1),
                fields.number(2),
                fields.number(3),
                fields.number(4),
                (int) packet,
                fields.numbers(sized ? 6 : 5));
    }

    private static DeviceMessage.Operator operator(WireFields fields) throws StaiException {
        long type = fields.number(2);
        return new DeviceMessage.Operator(
                fields.text(1),
                (int) (type >>> FLAGS_AT),
                (int) (type & BELOW_FLAGS),
                fields.number(3),
                fields.real(4),
                fields.number(5),
                counters(fields.number(5), fields.numbers(6)),
                fields.signed(7),
                fields.signed(8));
    }

    /** The upper half of the counter type is 0 where a counter is a pair of 32-bit halves, lower half first. */
    private static List<Long> counters(long type, List<Long> numbers) {
        if (type >>> Short.SIZE != 0) {
            return numbers;
        }
        List<Long> wide = new ArrayList<>();
        for (int i = 0; i + 1 < numbers.size(); i += 2) {
            wide.add(numbers.get(i) | numbers.get(i + 1) << Integer.SIZE);
        }
        return wide;
    }

    private static DeviceMessage.TensorDescription description(byte[] bytes) throws StaiException {
        WireFields fields = new WireFields("aiTensorDescMsg", bytes);
        long rank = fields.number(4);
        List<Long> dimensions = fields.numbers(5);
        if ((rank & BELOW_FLAGS) != dimensions.size()) {
            throw new StaiException(
                    Kind.MALFORMED,
                    "aiTensorDescMsg: " + dimensions.size() + " dimensions, " + (rank & BELOW_FLAGS) + " announced");
        }
        return new DeviceMessage.TensorDescription(
                fields.text(1),
                fields.number(2),
                fields.number(3),
                (int) (rank >>> FLAGS_AT),
                dimensions,
                fields.real(6),
                fields.signed(7),
                fields.number(8),
                fields.number(9));
    }

    private static List<DeviceMessage.TensorDescription> descriptions(WireFields fields, int field)
            throws StaiException {
        List<DeviceMessage.TensorDescription> found = new ArrayList<>();
        for (byte[] one : fields.all(field)) {
            found.add(description(one));
        }
        return found;
    }

    private static DeviceMessage.Network network(WireFields fields) throws StaiException {
        return new DeviceMessage.Network(
                fields.text(1),
                fields.number(2),
                fields.text(3),
                fields.text(4),
                fields.number(5),
                fields.number(6),
                fields.wideNumber(7),
                fields.number(8),
                descriptions(fields, 11),
                descriptions(fields, 13),
                descriptions(fields, 15),
                descriptions(fields, 17),
                fields.text(20),
                fields.realOr(21, Float.NaN),
                fields.realOr(22, Float.NaN));
    }

    /** As a firmware of this version writes it: fields in the order of their numbers, required ones always. */
    public byte[] encode(DeviceAnswer answer) {
        WireWriter writer = new WireWriter()
                .number(1, answer.request())
                .number(2, answer.state().ordinal());
        DeviceMessage message = answer.message();
        if (message instanceof DeviceMessage.Sync sync) {
            writer.bytes(
                    SYNC,
                    new WireWriter()
                            .number(1, sync.version().toField())
                            .number(4, sync.capability())
                            .number(5, sync.runtime())
                            .toBytes());
        } else if (message instanceof DeviceMessage.ChipDescription chip) {
            writer.bytes(CHIP, encode(chip));
        } else if (message instanceof DeviceMessage.Acknowledged ack) {
            writer.bytes(
                    ACKNOWLEDGED,
                    new WireWriter()
                            .number(1, ack.parameter())
                            .number(2, ack.error())
                            .toBytes());
        } else if (message instanceof DeviceMessage.Log log) {
            writer.bytes(
                    LOG,
                    new WireWriter().number(1, log.level()).text(2, log.text()).toBytes());
        } else if (message instanceof DeviceMessage.Operator operator) {
            writer.bytes(OPERATOR, encode(operator));
        } else if (message instanceof DeviceMessage.Tensor tensor) {
            byte[] data = new HostMessage.Data(0, tensor.description().address(), tensor.data()).encode();
            writer.bytes(
                    TENSOR,
                    new WireWriter()
                            .bytes(1, encode(tensor.description()))
                            .bytes(2, data)
                            .toBytes());
        } else if (message instanceof DeviceMessage.Network network) {
            writer.bytes(NETWORK, encode(network));
        } else {
            throw new IllegalArgumentException("no answer of its own: " + message);
        }
        return writer.toBytes();
    }

    private byte[] encode(DeviceMessage.ChipDescription chip) {
        WireWriter writer = new WireWriter()
                .number(1, chip.chip())
                .number(2, chip.coreHertz())
                .number(3, chip.busHertz())
                .number(4, chip.caches());
        boolean sized = version.statesPacketSize();
        if (sized) {
            writer.number(5, chip.packetBytes());
        }
        chip.extra().forEach(value -> writer.number(sized ? 6 : 5, value));
        return writer.toBytes();
    }

    private static byte[] encode(DeviceMessage.Operator operator) {
        WireWriter writer = new WireWriter()
                .text(1, operator.name())
                .number(2, (long) operator.flags() << FLAGS_AT | operator.type())
                .number(3, operator.id())
                .real(4, operator.milliseconds())
                .number(5, operator.counterType());
        for (long counter : operator.counters()) {
            writer.number(6, counter & 0xFFFF_FFFFL);
            if (operator.counterType() >>> Short.SIZE == 0) {
                writer.number(6, counter >>> Integer.SIZE);
            }
        }
        return writer.number(7, operator.stackBytes())
                .number(8, operator.heapBytes())
                .toBytes();
    }

    private static byte[] encode(DeviceMessage.TensorDescription tensor) {
        WireWriter writer = new WireWriter()
                .text(1, tensor.name())
                .number(2, tensor.format())
                .number(3, tensor.elements())
                .number(
                        4,
                        (long) tensor.layout() << FLAGS_AT | tensor.dimensions().size());
        tensor.dimensions().forEach(dimension -> writer.number(5, dimension));
        return writer.real(6, tensor.scale())
                .number(7, tensor.zeroPoint())
                .number(8, tensor.address())
                .number(9, tensor.flags())
                .toBytes();
    }

    private static void encode(WireWriter writer, int countField, List<DeviceMessage.TensorDescription> descriptions) {
        writer.number(countField, descriptions.size());
        descriptions.forEach(description -> writer.bytes(countField + 1, encode(description)));
    }

    private byte[] encode(DeviceMessage.Network network) {
        WireWriter writer = new WireWriter()
                .text(1, network.name())
                .number(2, network.runtime())
                .text(3, network.signature())
                .text(4, network.compiled())
                .number(5, network.runtimeVersion())
                .number(6, network.toolVersion())
                .number(7, network.macc())
                .number(8, network.parts());
        encode(writer, 10, network.inputs());
        encode(writer, 12, network.outputs());
        encode(writer, 14, network.activations());
        encode(writer, 16, network.weights());
        writer.text(20, network.runtimeText());
        if (version.statesStartTimes()) {
            writer.real(21, network.installMillis()).real(22, network.startMillis());
        }
        return writer.toBytes();
    }
}
