# SPDX-License-Identifier: Apache-2.0
"""Writes small-models.json: small TFLite models of one or a few operators, and what the TFLite interpreter makes of them.

    pip install ai-edge-litert numpy
    python make-small-models.py > small-models.json

The models are built here with the classes of the published schema. The interpreter runs its own kernels (no delegate), one thread,
on inputs of the generator that interpreter-outputs.json describes (seed 1 for the first input, 2 for the second…).
"""

import base64
import json
import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter, OpResolverType

F, I32, I64, I8, U8, BOOL, F16, I4, I16 = (
    s.TensorType.FLOAT32, s.TensorType.INT32, s.TensorType.INT64, s.TensorType.INT8, s.TensorType.UINT8,
    s.TensorType.BOOL, s.TensorType.FLOAT16, s.TensorType.INT4, s.TensorType.INT16)
NUMPY = {F: np.float32, I32: np.int32, I64: np.int64, I8: np.int8, U8: np.uint8, BOOL: np.bool_, F16: np.float16,
         I16: np.int16}


def generated(dtype, shape, seed):
    """The generator of interpreter-outputs.json."""
    values, state = [], seed
    for _ in range(int(np.prod(shape))):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        if dtype == np.float32:
            values.append((state >> 40) / 8388608.0 - 1.0)
        elif dtype == np.int8:
            values.append((state >> 56) - 128)
        elif dtype == np.uint8:
            values.append(state >> 56)
        elif dtype == np.int16:
            values.append((state >> 48) - 32768)
        elif dtype == np.bool_:
            values.append(state >> 63 == 1)
        else:
            values.append((state >> 56) % 3)
    return np.array(values, dtype).reshape(shape)


class Model:
    def __init__(self):
        self.model = s.ModelT()
        self.model.version = 3
        self.model.description = "made by make-small-models.py"
        self.model.operatorCodes, self.model.subgraphs = [], []
        self.model.buffers = [s.BufferT()]
        self.graph()

    def graph(self, name="main"):
        graph = s.SubGraphT()
        graph.name, graph.tensors, graph.operators, graph.inputs, graph.outputs = name, [], [], [], []
        self.model.subgraphs.append(graph)
        self.current = graph
        return len(self.model.subgraphs) - 1

    def tensor(self, name, kind, shape, data=None, scale=None, zero=None, axis=0, sparsity=None):
        tensor = s.TensorT()
        tensor.name, tensor.type, tensor.shape = name, kind, list(shape)
        if data is not None:
            buffer = s.BufferT()
            raw = data if isinstance(data, bytes) else np.asarray(data, NUMPY[kind]).tobytes()
            buffer.data = np.frombuffer(raw, np.uint8)
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        if scale is not None:
            q = s.QuantizationParametersT()
            q.scale = list(np.atleast_1d(scale))
            q.zeroPoint = list(np.atleast_1d(zero if zero is not None else np.zeros(len(q.scale), int)))
            q.quantizedDimension = axis
            tensor.quantization = q
        tensor.sparsity = sparsity
        self.current.tensors.append(tensor)
        return len(self.current.tensors) - 1

    def op(self, name, inputs, outputs, options=None, version=1, **fields):
        code = s.OperatorCodeT()
        code.builtinCode = getattr(s.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        self.model.operatorCodes.append(code)
        operator = s.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, outputs
        if options:
            operator.builtinOptionsType = getattr(s.BuiltinOptions, options)
            operator.builtinOptions = getattr(s, options + "T")()
            for key, value in fields.items():
                setattr(operator.builtinOptions, key, value)
        self.current.operators.append(operator)

    def io(self, inputs, outputs):
        self.current.inputs, self.current.outputs = inputs, outputs
        return self

    def bytes(self):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def dense(size):
    level = s.DimensionMetadataT()
    level.format, level.denseSize = s.DimensionType.DENSE, size
    return level


def compressed(segments, indices, kind="Int32Vector"):
    def vector(values):
        made = getattr(s, kind + "T")()
        made.values = list(values)
        return made
    level = s.DimensionMetadataT()
    level.format = s.DimensionType.SPARSE_CSR
    level.arraySegmentsType = level.arrayIndicesType = getattr(s.SparseIndexVector, kind)
    level.arraySegments, level.arrayIndices = vector(segments), vector(indices)
    return level


def sparsity(order, blocks, levels):
    made = s.SparsityParametersT()
    made.traversalOrder, made.blockMap, made.dimMetadata = order, blocks, levels
    return made


CASES = []


def case(name, model, tolerance=1e-6):
    CASES.append((name, model, tolerance))


def one(name, op, inputs, constants, output, options=None, label=None, version=1, tolerance=1e-6, **fields):
    """Inputs: (kind, shape[, scale, zero]); constants: (position, kind, array); output: (kind, shape[, scale, zero])."""
    m = Model()
    ids = {}
    position = 0
    fixed = {p: (k, v) for p, k, v in constants}
    inputs_left = list(inputs)
    order = []
    while inputs_left or any(p >= position for p in fixed):
        if position in fixed:
            kind, array = fixed[position]
            order.append(m.tensor("c%d" % position, kind, np.shape(array), array))
        else:
            spec = inputs_left.pop(0)
            ids[position] = m.tensor("x%d" % len(ids), spec[0], spec[1], scale=spec[2] if len(spec) > 2 else None,
                                     zero=spec[3] if len(spec) > 3 else None)
            order.append(ids[position])
        position += 1
    outputs = output if isinstance(output, list) else [output]
    outs = [m.tensor("y%d" % i, o[0], o[1], scale=o[2] if len(o) > 2 else None, zero=o[3] if len(o) > 3 else None)
            for i, o in enumerate(outputs)]
    m.op(op, order, outs, options, version, **fields)
    case(label or name, m.io(list(ids.values()), outs), tolerance)


# Forms of weights.
dense_rows = np.array([[0, 0, 3, 0], [0, 5, 0, 0], [1, 0, 0, 2]], np.float32)
m = Model()
w = m.tensor("w", F, (3, 4), np.array([3, 5, 1, 2], np.float32),
             sparsity=sparsity([0, 1], [], [dense(3), compressed([0, 1, 2, 4], [2, 1, 0, 3], "Uint8Vector")]))
d = m.tensor("d", F, (3, 4))
x, y = m.tensor("x0", F, (3, 4)), m.tensor("y0", F, (3, 4))
m.op("DENSIFY", [w], [d], "DensifyOptions")
m.op("ADD", [x, d], [y], "AddOptions")
case("sparse rows (CSR)", m.io([x], [y]))

m = Model()
w = m.tensor("w", F, (4, 4), np.array([1, 2, 3, 4, 5, 6, 7, 8], np.float32),
             sparsity=sparsity([0, 1, 2, 3], [0, 1],
                               [dense(2), compressed([0, 1, 2], [1, 0], "Uint16Vector"), dense(2), dense(2)]))
d = m.tensor("d", F, (4, 4))
x, y = m.tensor("x0", F, (4, 4)), m.tensor("y0", F, (4, 4))
m.op("DENSIFY", [w], [d], "DensifyOptions")
m.op("ADD", [x, d], [y], "AddOptions")
case("sparse blocks of 2x2", m.io([x], [y]))

m = Model()
w = m.tensor("w", F, (4, 8), np.arange(1, 13, dtype=np.float32),
             sparsity=sparsity([0, 1, 2], [1], [dense(4), compressed([0, 1, 2, 2, 3], [1, 0, 1]), dense(4)]))
x, y = m.tensor("x0", F, (1, 8)), m.tensor("y0", F, (1, 4))
b = m.tensor("b", F, (4,), np.array([0.5, 0, -1, 2], np.float32))
m.op("FULLY_CONNECTED", [x, w, b], [y], "FullyConnectedOptions", version=8)
case("fully connected with sparse blocks of 1x4", m.io([x], [y]))

m = Model()
w = m.tensor("w", I4, (3, 4), bytes([0x21, 0x43, 0xF8, 0x7E, 0x10, 0x9A]), scale=[0.1], zero=[0])
x, y = m.tensor("x0", F, (2, 4)), m.tensor("y0", F, (2, 3))
m.op("FULLY_CONNECTED", [x, w, -1], [y], "FullyConnectedOptions", version=9, asymmetricQuantizeInputs=False)
case("weights of 4 bits, activations quantized at run time", m.io([x], [y]), 2e-2)

m = Model()
w = m.tensor("w", F16, (3, 4), generated(np.float32, (3, 4), 9).astype(np.float16))
wide = m.tensor("wide", F, (3, 4))
x, y = m.tensor("x0", F, (2, 4)), m.tensor("y0", F, (2, 3))
m.op("DEQUANTIZE", [w], [wide], "DequantizeOptions")
m.op("FULLY_CONNECTED", [x, wide, -1], [y], "FullyConnectedOptions")
case("weights of 16-bit floats", m.io([x], [y]), 1e-5)

m = Model()
x = m.tensor("x0", I8, (1, 4, 4, 2), scale=[0.05], zero=[3])
w = m.tensor("w", I8, (3, 3, 3, 2), generated(np.int8, (3, 3, 3, 2), 5), scale=[0.01, 0.02, 0.005], zero=[0, 0, 0])
b = m.tensor("b", I32, (3,), np.array([10, -20, 30], np.int32), scale=[0.0005, 0.001, 0.00025], zero=[0, 0, 0])
y = m.tensor("y0", I8, (1, 4, 4, 3), scale=[0.06], zero=[-5])
m.op("CONV_2D", [x, w, b], [y], "Conv2DOptions", version=3, padding=s.Padding.SAME, strideH=1, strideW=1)
case("int8 convolution, a scale for each channel", m.io([x], [y]))

m = Model()
x = m.tensor("x0", U8, (1, 4, 4, 2), scale=[0.02], zero=[128])
w = m.tensor("w", U8, (3, 3, 3, 2), generated(np.uint8, (3, 3, 3, 2), 5), scale=[0.01], zero=[120])
b = m.tensor("b", I32, (3,), np.array([10, -20, 30], np.int32), scale=[0.0002], zero=[0])
y = m.tensor("y0", U8, (1, 2, 2, 3), scale=[0.03], zero=[100])
m.op("CONV_2D", [x, w, b], [y], "Conv2DOptions", padding=s.Padding.SAME, strideH=2, strideW=2)
case("uint8 convolution, one scale", m.io([x], [y]))

m = Model()
x = m.tensor("x0", I16, (1, 4, 4, 2), scale=[0.0001], zero=[0])
w = m.tensor("w", I8, (3, 3, 3, 2), generated(np.int8, (3, 3, 3, 2), 5), scale=[0.01, 0.02, 0.005], zero=[0, 0, 0])
b = m.tensor("b", I64, (3,), np.array([1000, -2000, 3000], np.int64), scale=[1e-6, 2e-6, 5e-7], zero=[0, 0, 0])
y = m.tensor("y0", I16, (1, 4, 4, 3), scale=[0.0005], zero=[0])
m.op("CONV_2D", [x, w, b], [y], "Conv2DOptions", version=4, padding=s.Padding.SAME, strideH=1, strideW=1)
case("int16 activations, int8 weights", m.io([x], [y]))

# Control flow and names.
m = Model()
c, x, y = m.tensor("x0", BOOL, (1,)), m.tensor("x1", F, (2, 2)), m.tensor("y0", F, (2, 2))
m.op("IF", [c, x], [y], "IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2)
m.io([c, x], [y])
for name, op in (("then", "EXP"), ("else", "NEG")):
    m.graph(name)
    a, r = m.tensor("a", F, (2, 2)), m.tensor("r", F, (2, 2))
    m.op(op, [a], [r])
    m.io([a], [r])
case("IF with two bodies", m, None)

m = Model()
n, x = m.tensor("x0", I32, (1,)), m.tensor("x1", F, (2,))
n2, y = m.tensor("y0", I32, (1,)), m.tensor("y1", F, (2,))
m.op("WHILE", [n, x], [n2, y], "WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2)
m.io([n, x], [n2, y])
m.graph("cond")
a, b, limit, r = m.tensor("n", I32, (1,)), m.tensor("v", F, (2,)), m.tensor("limit", I32, (1,), [5]), m.tensor("r", BOOL, (1,))
m.op("LESS", [a, limit], [r], "LessOptions")
m.io([a, b], [r])
m.graph("body")
a, b = m.tensor("n", I32, (1,)), m.tensor("v", F, (2,))
step, more, twice = m.tensor("one", I32, (1,), [1]), m.tensor("more", I32, (1,)), m.tensor("twice", F, (2,))
m.op("ADD", [a, step], [more], "AddOptions")
m.op("ADD", [b, b], [twice], "AddOptions")
m.io([a, b], [more, twice])
signature = s.SignatureDefT()
signature.signatureKey, signature.subgraphIndex = "serving_default", 0


def named(name, tensor):
    entry = s.TensorMapT()
    entry.name, entry.tensorIndex = name, tensor
    return entry


signature.inputs, signature.outputs = [named("count", 0), named("values", 1)], [named("counted", 2), named("doubled", 3)]
m.model.signatureDefs = [signature]
case("WHILE with a signature", m, None)

# Operators that no model of the collection has.
v = (F, (1, 4, 6, 3))
one("relu", "RELU", [v], [], v)
one("select", "SELECT_V2", [(BOOL, (4, 1)), (F, (4, 3)), (F, (4, 3))], [], (F, (4, 3)), "SelectV2Options")
one("tile", "TILE", [(F, (2, 3))], [(1, I32, [2, 3])], (F, (4, 9)), "TileOptions")
one("broadcast", "BROADCAST_TO", [(F, (3, 1))], [(1, I32, [2, 3, 4])], (F, (2, 3, 4)), "BroadcastToOptions", version=2)
one("not equal", "NOT_EQUAL", [(I32, (2, 3)), (I32, (2, 3))], [], (BOOL, (2, 3)), "NotEqualOptions")
one("sign", "SIGN", [(F, (2, 3))], [], (F, (2, 3)), "SignOptions")
one("gelu", "GELU", [v], [], v, "GeluOptions", tolerance=1e-5, approximate=False)
one("gelu by tanh", "GELU", [v], [], v, "GeluOptions", tolerance=1e-5, approximate=True)
one("floor of a quotient", "FLOOR_DIV", [(F, (2, 3)), (F, (2, 3))], [], (F, (2, 3)), "FloorDivOptions")
one("remainder", "FLOOR_MOD", [(F, (2, 3)), (F, (2, 3))], [], (F, (2, 3)), "FloorModOptions")
one("gather points", "GATHER_ND", [(F, (3, 4, 2))], [(1, I32, [[0, 1], [2, 3]])], (F, (2, 2)), "GatherNdOptions")
one("embedding", "EMBEDDING_LOOKUP", [(F, (4, 3))], [(0, I32, [2, 0, 3])], (F, (3, 3)))
one("scatter", "SCATTER_ND", [(F, (3, 2))], [(0, I32, [[1], [3], [1]]), (2, I32, [5, 2])], (F, (5, 2)), "ScatterNdOptions")
one("reverse", "REVERSE_V2", [(F, (2, 3, 4))], [(1, I32, [1])], (F, (2, 3, 4)), "ReverseV2Options")
one("running sum", "CUMSUM", [(F, (2, 4))], [(1, I32, np.array(1))], (F, (2, 4)), "CumsumOptions", exclusive=True)
one("running sum from the end", "CUMSUM", [(F, (2, 4))], [(1, I32, np.array(0))], (F, (2, 4)), "CumsumOptions",
    reverse=True)
one("largest", "TOPK_V2", [(F, (2, 6))], [(1, I32, np.array(3))], [(F, (2, 3)), (I32, (2, 3))], "TopKV2Options")
one("one of many", "ONE_HOT", [(I32, (4,))],
    [(1, I32, np.array(3)), (2, F, np.array(2.0)), (3, F, np.array(-1.0))], (F, (4, 3)), "OneHotOptions", axis=-1)
one("where", "WHERE", [(BOOL, (3, 4))], [], (I64, (1, 2)), "WhereOptions")
one("fill", "FILL", [(F, ())], [(0, I32, [2, 3])], (F, (2, 3)), "FillOptions")
one("zeros", "ZEROS_LIKE", [(F, (2, 3))], [], (F, (2, 3)), "ZerosLikeOptions")
one("sum of many", "ADD_N", [(F, (2, 3)), (F, (2, 3)), (F, (2, 3))], [], (F, (2, 3)), "AddNOptions")
one("root mean square pool", "L2_POOL_2D", [v], [], (F, (1, 2, 3, 3)), "Pool2DOptions", padding=s.Padding.SAME,
    strideH=2, strideW=2, filterHeight=3, filterWidth=3, tolerance=1e-5)
one("local response", "LOCAL_RESPONSE_NORMALIZATION", [(F, (1, 2, 2, 8))], [], (F, (1, 2, 2, 8)),
    "LocalResponseNormalizationOptions", radius=2, bias=1.5, alpha=0.3, beta=0.75, tolerance=1e-5)
one("space to depth", "SPACE_TO_DEPTH", [v], [], (F, (1, 2, 3, 12)), "SpaceToDepthOptions", blockSize=2)
one("depth to space", "DEPTH_TO_SPACE", [(F, (1, 2, 3, 12))], [], v, "DepthToSpaceOptions", blockSize=2)
one("resize, half pixels", "RESIZE_NEAREST_NEIGHBOR", [v], [(1, I32, [7, 9])], (F, (1, 7, 9, 3)),
    "ResizeNearestNeighborOptions", halfPixelCenters=True, version=3)
one("resize, corners aligned", "RESIZE_BILINEAR", [v], [(1, I32, [7, 9])], (F, (1, 7, 9, 3)), "ResizeBilinearOptions",
    alignCorners=True, tolerance=1e-5)
one("slices with steps", "STRIDED_SLICE", [(F, (4, 6))], [(1, I32, [3, 1]), (2, I32, [0, 5]), (3, I32, [-1, 2])],
    (F, (3, 2)), "StridedSliceOptions")
one("power", "POW", [(F, (2, 3))], [(1, F, np.array(2.0))], (F, (2, 3)), "PowOptions")
one("mean of channels", "MEAN", [v], [(1, I32, [3])], (F, (1, 4, 6, 1)), "ReducerOptions", keepDims=True)
one("position of the largest", "ARG_MAX", [v], [(1, I32, np.array(-1))], (I64, (1, 4, 6)), "ArgMaxOptions",
    outputType=I64)
one("logarithm of softmax", "LOG_SOFTMAX", [(F, (2, 5))], [], (F, (2, 5)), "LogSoftmaxOptions", tolerance=1e-5)
one("unit length", "L2_NORMALIZATION", [(F, (1, 2, 2, 4))], [], (F, (1, 2, 2, 4)), "L2NormOptions", tolerance=1e-5)
one("int8 sum", "ADD", [(I8, (1, 4, 4, 2), [0.05], [3]), (I8, (1, 4, 4, 2), [0.03], [-7])], [],
    (I8, (1, 4, 4, 2), [0.06], [1]), "AddOptions", version=2)
one("int8 sigmoid", "LOGISTIC", [(I8, (2, 40), [0.05], [3])], [], (I8, (2, 40), [1 / 256], [-128]), version=2)
one("int8 softmax", "SOFTMAX", [(I8, (2, 8), [0.05], [3])], [], (I8, (2, 8), [1 / 256], [-128]), "SoftmaxOptions",
    version=2, beta=1.0)
one("int8 mean", "MEAN", [(I8, (1, 4, 4, 3), [0.05], [3])], [(1, I32, [1, 2])], (I8, (1, 3), [0.03], [-4]),
    "ReducerOptions", version=2)

models = []
for name, m, tolerance in CASES:
    content = m.bytes()
    try:
        interpreter = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        interpreter.allocate_tensors()
        for seed, detail in enumerate(interpreter.get_input_details(), 1):
            interpreter.set_tensor(detail["index"], generated(detail["dtype"], detail["shape"], seed))
        interpreter.invoke()
        outputs = []
        for detail in interpreter.get_output_details():
            value = interpreter.get_tensor(detail["index"])
            outputs.append({"name": detail["name"], "shape": list(map(int, value.shape)),
                            "values": [float("%.8g" % v) for v in value.flatten()]})
        entry = {"name": name, "operators": len(m.model.subgraphs[0].operators), "tolerance": tolerance}
        entry.update({"model": base64.b64encode(content).decode(), "outputs": outputs})
        models.append(entry)
    except Exception as wrong:
        print(name, str(wrong)[:200], file=sys.stderr)
print('{"about":"Written by make-small-models.py; do not edit. tolerance: of the largest value for floats; an integer '
      'output may be 1 quantum off; null: the operator stays what it is.","models":[')
print(",\n".join(json.dumps(entry, separators=(",", ":")) for entry in models))
print("]}")
