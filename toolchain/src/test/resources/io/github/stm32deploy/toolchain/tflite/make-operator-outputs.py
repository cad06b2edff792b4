# SPDX-License-Identifier: Apache-2.0
"""Writes operator-outputs.json: what the TFLite interpreter makes of single operators of quantized models.

    pip install ai-edge-litert numpy
    python make-operator-outputs.py FOLDER > operator-outputs.json

FOLDER holds the models. An operator is cut out of its model with its weights and scales and executed alone, by the default
kernels (XNNPACK where it has one), one thread, on inputs of the generator that interpreter-outputs.json describes: seed 1 for
the first input that is not stored in the file, 2 for the second. Of each kind of operator the first, the middle and the last of
a model are taken, those with a quantized output.
"""

import collections
import glob
import hashlib
import json
import os
import sys
import zlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter, OpResolverType

NAMES = {v: k for k, v in vars(s.BuiltinOperator).items() if isinstance(v, int)}
QUANTIZED = {s.TensorType.INT8: np.int8, s.TensorType.UINT8: np.uint8, s.TensorType.INT16: np.int16}
A, C = 6364136223846793005, 1442695040888963407
SAMPLES = 24
NOT_IN_ONNX = ("CUSTOM", "UNIDIRECTIONAL_SEQUENCE_LSTM")


def generated(dtype, shape, seed):
    """The generator of interpreter-outputs.json; state n is a^n · seed + c · (1 + a + … + a^(n-1)), modulo 2^64."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(count, A, np.uint64), dtype=np.uint64)
        sums = np.cumsum(np.concatenate([np.ones(1, np.uint64), powers[:-1]]), dtype=np.uint64)
        state = powers * np.uint64(seed) + sums * np.uint64(C)
    if dtype == np.float32:
        values = (state >> np.uint64(40)).astype(np.float64) / 8388608.0 - 1.0
    elif dtype == np.int8:
        values = (state >> np.uint64(56)).astype(np.int64) - 128
    elif dtype == np.uint8:
        values = (state >> np.uint64(56)).astype(np.int64)
    elif dtype == np.int16:
        values = (state >> np.uint64(48)).astype(np.int64) - 32768
    else:
        raise ValueError(dtype)
    return values.astype(dtype).reshape(shape)


def unpacked(content):
    """The file as objects. Some converters copy the axis of the weights to their bias; the interpreter refuses that."""
    model = s.ModelT.InitFromObj(s.Model.GetRootAsModel(content, 0))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.quantization is not None and tensor.quantization.scale is not None:
                if tensor.shape is not None and len(tensor.shape) == 1:
                    tensor.quantization.quantizedDimension = 0
    return model


def packed(model):
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def fed(model, operator):
    """The operands that are neither stored in the file nor state of the operator, each once."""
    tensors, found = model.subgraphs[0].tensors, []
    for i in operator.inputs:
        if i >= 0 and i not in found and model.buffers[tensors[i].buffer].data is None and not tensors[i].isVariable:
            found.append(i)
    return found


def alone(model, index):
    """The file with nothing but operator `index`; its inputs that are not stored are those of the graph."""
    graph = model.subgraphs[0]
    operator = graph.operators[index]
    inner = list(operator.intermediates) if operator.intermediates is not None else []
    used = [i for i in list(operator.inputs) + list(operator.outputs) + inner if i >= 0]
    kept = sorted(set(used))
    place = {old: new for new, old in enumerate(kept)}
    made, sub, op = s.ModelT(), s.SubGraphT(), s.OperatorT()
    made.version = model.version
    made.operatorCodes = [model.operatorCodes[operator.opcodeIndex]]
    made.buffers = [s.BufferT()]
    sub.tensors = []
    for old in kept:
        tensor = s.TensorT()
        tensor.__dict__.update(graph.tensors[old].__dict__)
        data = model.buffers[tensor.buffer].data
        tensor.buffer = 0
        if data is not None:
            made.buffers.append(model.buffers[graph.tensors[old].buffer])
            tensor.buffer = len(made.buffers) - 1
        sub.tensors.append(tensor)
    op.__dict__.update(operator.__dict__)
    op.opcodeIndex = 0
    op.inputs = [place[i] if i >= 0 else -1 for i in operator.inputs]
    op.outputs = [place[i] for i in operator.outputs]
    op.intermediates = [place[i] for i in inner]
    sub.operators, sub.outputs = [op], op.outputs
    sub.inputs = [place[i] for i in fed(model, operator)]
    made.subgraphs = [sub]
    return packed(made)


def run(content, resolver=OpResolverType.AUTO):
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    for seed, detail in enumerate(interpreter.get_input_details(), 1):
        interpreter.set_tensor(detail["index"], generated(detail["dtype"], detail["shape"], seed))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def kind_of(model, operator):
    code = model.operatorCodes[operator.opcodeIndex]
    return NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]


def chosen(model):
    graph = model.subgraphs[0]
    kinds = collections.OrderedDict()
    for index, operator in enumerate(graph.operators):
        kind = kind_of(model, operator)
        output = graph.tensors[operator.outputs[0]]
        quantized = output.quantization is not None and output.quantization.scale is not None
        if output.type in QUANTIZED and quantized and kind not in NOT_IN_ONNX:
            kinds.setdefault(kind, []).append(index)
    for kind, indices in kinds.items():
        for index in sorted({indices[0], indices[len(indices) // 2], indices[-1]}):
            yield index, kind


def main(folder):
    print('{"about":"Written by make-operator-outputs.py; do not edit. operator: its position in the file. crc: CRC-32 of the '
          'whole first output. values: every stride-th value of it.","models":[')
    first = True
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.tflite"), recursive=True)):
        content = open(path, "rb").read()
        model = unpacked(content)
        lines = []
        for index, kind in chosen(model):
            try:
                value = run(alone(model, index))
            except Exception as wrong:
                print(path, index, kind, str(wrong)[:120].replace("\n", " "), file=sys.stderr)
                continue
            flat = value.flatten()
            stride = max(1, -(-flat.size // SAMPLES))
            lines.append(json.dumps({
                "operator": index, "kind": kind, "crc": zlib.crc32(flat.tobytes()), "stride": stride,
                "values": [int(v) for v in flat[::stride][:SAMPLES]]}, separators=(",", ":")))
        if lines:
            name = os.path.relpath(path, folder).replace(os.sep, "/")
            print(("" if first else ",\n") + '{"file":"%s","sha256":"%s","operators":[\n %s]}' % (
                name, hashlib.sha256(content).hexdigest(), ",\n ".join(lines)), end="")
            first = False
    print("\n]}")


if __name__ == "__main__":
    main(sys.argv[1])
