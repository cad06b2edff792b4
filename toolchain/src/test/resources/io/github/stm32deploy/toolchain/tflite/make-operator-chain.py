# SPDX-License-Identifier: Apache-2.0
"""Writes what the TFLite interpreter makes of every operator of every integer model, on the values that the operator really sees.

    pip install ai-edge-litert==2.3.0 numpy==2.4.6
    python make-operator-chain.py FOLDER DUMP

FOLDER holds the models, DUMP is made: chain.json and the outputs of each operator as they lie in memory
(DUMP/MODEL/OPERATOR.OUTPUT). OperatorChainRecorder, beside the tests, makes operator-chain.json of it.

A model is executed operator by operator by the default kernels (XNNPACK where it has one), one thread: each cut out with its
weights and scales, its inputs the outputs of those before it. The inputs of the model are those of the generator that
interpreter-outputs.json describes, seed 1 for the first, 2 for the second. The outputs of this chain must be those of the whole
model in the interpreter, byte for byte; the program stops where they are not. Each operator is executed a second time, on the
same inputs, by the interpreter's own kernels without XNNPACK ("kernels": values that differ, largest difference), and so is the
whole model ("itself": values, values that differ, largest difference over all outputs in quanta, or as share of the largest
value for a real number that was computed).

Three kinds of operator are computed a third time, by the formulas of their kernels in formula(); the program stops where the
interpreter makes another number. That is why their outputs differ from the operator's definition.
"""

import glob
import hashlib
import importlib
import json
import os
import sys
import zlib

import ai_edge_litert
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

operators = importlib.import_module("make-operator-outputs")
PLAIN = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
SAMPLES = 8


def is_integer(model):
    """Whether some operator makes a quantized tensor of something that the file does not store."""
    tensors = model.subgraphs[0].tensors
    return any(
        tensors[operator.outputs[0]].type in operators.QUANTIZED
        and tensors[operator.outputs[0]].quantization is not None
        and tensors[operator.outputs[0]].quantization.scale is not None
        and operators.fed(model, operator)
        for operator in model.subgraphs[0].operators if len(operator.outputs))


def run(content, inputs, resolver=OpResolverType.AUTO):
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def generated_inputs(content):
    return [operators.generated(detail["dtype"], detail["shape"], seed)
            for seed, detail in enumerate(Interpreter(model_content=content).get_input_details(), 1)]


def difference(one, other, unit):
    """Values, values that differ, largest difference in units."""
    apart = np.abs(one.astype(np.float64) - other.astype(np.float64)) / unit
    return [int(apart.size), int((apart > 1e-6).sum()), float("%.6g" % apart.max())]


def unit_of(model, output, value):
    """A quantum of an output: of its own codes, or of those that a DEQUANTIZE made the real numbers of."""
    if value.dtype != np.float32:
        return 1
    graph = model.subgraphs[0]
    for operator in graph.operators:
        if output in operator.outputs and operators.kind_of(model, operator) == "DEQUANTIZE":
            return float(graph.tensors[operator.inputs[0]].quantization.scale[0])
    return float(np.abs(value).max()) or 1.0


def formula(model, operator, inputs):
    """What the kernel of QUANTIZE from codes to codes, LEAKY_RELU or AVERAGE_POOL_2D computes; None for others.

    The first two: XNNPACK, src/microparams-init.c, a factor of 8 fractional bits, the sum rounded half up. The pool:
    TensorFlow, lite/kernels/internal/reference/integer_ops/pooling.h, the mean of the codes rounded half away from zero.
    """
    tensors, kind = model.subgraphs[0].tensors, operators.kind_of(model, operator)
    output = tensors[operator.outputs[0]]
    if kind not in ("QUANTIZE", "LEAKY_RELU", "AVERAGE_POOL_2D") or inputs[0].dtype == np.float32 or output.type == 7:
        return None
    codes = inputs[0].astype(np.int64)
    bounds = np.iinfo(operators.QUANTIZED[output.type])
    if kind == "AVERAGE_POOL_2D":
        options = operator.builtinOptions
        size = (options.filterHeight, options.filterWidth)
        whole = options.padding == 1 or size == codes.shape[1:3]
        if not whole or options.fusedActivationFunction:
            return None
        windows = np.lib.stride_tricks.sliding_window_view(codes, size, (1, 2))
        sums = windows[:, ::options.strideH, ::options.strideW].sum((-2, -1))
        count = size[0] * size[1]
        made = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
    else:
        before, after = tensors[operator.inputs[0]].quantization, output.quantization
        scale = np.float32(before.scale[0]) / np.float32(after.scale[0])
        offsets = codes - int(before.zeroPoint[0])
        factor = np.full(codes.shape, int(np.rint(256 * scale)))
        if kind == "LEAKY_RELU":
            factor[offsets < 0] = int(np.rint(256 * (scale * np.float32(operator.builtinOptions.alpha))))
        made = ((int(after.zeroPoint[0]) << 8) + 128 + offsets * factor) >> 8
    return np.clip(made, bounds.min, bounds.max).astype(operators.QUANTIZED[output.type])


def described(value):
    flat = value.flatten()
    stride = max(1, -(-flat.size // SAMPLES))
    entry = {"crc": zlib.crc32(flat.tobytes()), "stride": stride}
    if value.dtype == np.float32:
        entry["largest"] = float("%.8g" % np.abs(flat).max())
        entry["samples"] = [float("%.8g" % v) for v in flat[::stride][:SAMPLES]]
    else:
        entry["samples"] = [int(v) for v in flat[::stride][:SAMPLES]]
    return entry


def chained(model, content, folder):
    graph = model.subgraphs[0]
    values = dict(zip(graph.inputs, generated_inputs(content)))
    lines = []
    for index, operator in enumerate(graph.operators):
        alone = operators.alone(model, index)
        inputs = [values[i] for i in operators.fed(model, operator)]
        made, others = run(alone, inputs), run(alone, inputs, PLAIN)
        computed = formula(model, operator, inputs)
        if computed is not None and computed.tobytes() != made[0].tobytes():
            sys.exit("operator %d, %s: the kernel computes something else" % (index, operators.kind_of(model, operator)))
        values.update(zip(operator.outputs, made))
        integers = [(a, b) for a, b in zip(made, others) if a.dtype != np.float32]
        apart = [difference(a, b, 1) for a, b in integers]
        for position, value in enumerate(made):
            value.tofile(os.path.join(folder, "%d.%d" % (index, position)))
        lines.append({
            "operator": index, "kind": operators.kind_of(model, operator),
            "kernels": [sum(a[1] for a in apart), int(max([a[2] for a in apart] or [0]))],
            "outputs": [described(value) for value in made]})
    return lines, [values[i] for i in graph.outputs]


def main(folder, dump):
    models = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.tflite"), recursive=True)):
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        model = operators.unpacked(open(path, "rb").read())
        content = operators.packed(model)
        if not is_integer(model):
            continue
        try:
            whole = run(content, generated_inputs(content))
        except Exception as refused:
            print(name, str(refused)[:120].replace("\n", " "), file=sys.stderr)
            continue
        made = os.path.join(dump, name)
        os.makedirs(made, exist_ok=True)
        lines, outputs = chained(model, content, made)
        if any(a.tobytes() != b.tobytes() for a, b in zip(whole, outputs)):
            sys.exit("%s: the chain of its operators is not the model" % name)
        plain = run(content, generated_inputs(content), PLAIN)
        apart = [difference(a, b, unit_of(model, output, a))
                 for output, a, b in zip(model.subgraphs[0].outputs, whole, plain)]
        models.append({
            "file": name, "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
            "itself": [sum(a[0] for a in apart), sum(a[1] for a in apart), max(a[2] for a in apart)],
            "operators": lines})
    about = {"interpreter": "ai-edge-litert " + ai_edge_litert.__version__, "models": models}
    json.dump(about, open(os.path.join(dump, "chain.json"), "w"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
