# SPDX-License-Identifier: Apache-2.0
"""Writes interpreter-outputs.json: what the TFLite interpreter makes of whole models.

    pip install ai-edge-litert numpy
    python make-interpreter-outputs.py FOLDER > interpreter-outputs.json

FOLDER holds the models. Each is executed by the default kernels (XNNPACK where it has one, one thread) on generated inputs, and
once more by the interpreter's own kernels without XNNPACK: how far these two are apart ("spread": largest difference, share of
equal values) is what a user of the interpreter sees from one kernel set to the other. A model of dynamic range, whose kernels
quantize float activations at run time, is executed once more with its integer weights stored as the float32 numbers that they mean.
"""

import glob
import hashlib
import importlib
import json
import os
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

operators = importlib.import_module("make-operator-outputs")
generated = operators.generated
SAMPLES = 64
FLOAT32, INT8 = operators.s.TensorType.FLOAT32, operators.s.TensorType.INT8
ABOUT = ("Written by make-interpreter-outputs.py; do not edit. Outputs of the TFLite interpreter (ai-edge-litert, default "
         "kernels with XNNPACK, one thread) on generated inputs: x = x * 6364136223846793005 + 1442695040888963407 mod 2^64, "
         "seed 1 for the first input, 2 for the second; float32 = (x >> 40) / 2^23 - 1, int8 = (x >> 56) - 128, uint8 = "
         "x >> 56, int16 = (x >> 48) - 32768, int32 = (x >> 56) mod 3, bool = x >> 63, first value after one step. Every "
         "stride-th value of each output, flattened as in the file; largest = largest magnitude of the whole output. spread: "
         "the same model by the interpreter's own kernels without XNNPACK: largest difference (quanta, or share of the "
         "largest value) and share of equal values; null where these kernels refuse the model. floatWeights: of a model of "
         "dynamic range, the values of the same output with the integer weights of the file stored as float32.")


def with_float_weights(model):
    """The model with float32 in place of integer weights that meet float activations; None where there are none."""
    graph = model.subgraphs[0]
    weights = set()
    for operator in graph.operators:
        if len(operator.inputs) > 1 and operator.inputs[1] >= 0:
            tensor = graph.tensors[operator.inputs[1]]
            quantized = tensor.quantization is not None and tensor.quantization.scale is not None
            stored = model.buffers[tensor.buffer].data is not None
            real = any(graph.tensors[i].type == FLOAT32 for i in operators.fed(model, operator))
            if real and tensor.type == INT8 and quantized and stored:
                weights.add(operator.inputs[1])
    for index in weights:
        tensor = graph.tensors[index]
        codes = np.asarray(model.buffers[tensor.buffer].data, np.uint8).view(np.int8).reshape(tensor.shape)
        along = [1] * codes.ndim
        along[tensor.quantization.quantizedDimension] = -1
        scale = np.asarray(tensor.quantization.scale, np.float32).reshape(along)
        assert not np.any(tensor.quantization.zeroPoint)
        buffer = type(model.buffers[0])()
        buffer.data = np.frombuffer((codes.astype(np.float32) * scale).tobytes(), np.uint8)
        model.buffers.append(buffer)
        tensor.buffer, tensor.type, tensor.quantization = len(model.buffers) - 1, FLOAT32, None
    return model if weights else None


def run(path, resolver):
    return run_model(operators.unpacked(open(path, "rb").read()), resolver)


def run_model(model, resolver):
    content = operators.packed(model)
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    for seed, detail in enumerate(interpreter.get_input_details(), 1):
        interpreter.set_tensor(detail["index"], generated(detail["dtype"], detail["shape"], seed))
    interpreter.invoke()
    return [(detail["name"], interpreter.get_tensor(detail["index"])) for detail in interpreter.get_output_details()]


def spread(value, other):
    if value.dtype == np.float32:
        scale = float(np.abs(value).max()) or 1.0
        return {"worst": float("%.1e" % (np.abs(value - other).max() / scale)), "exact": round(float((value == other).mean()), 3)}
    difference = np.abs(value.astype(int) - other.astype(int))
    return {"worst": int(difference.max()), "exact": round(float((difference == 0).mean()), 3)}


def main(folder):
    print('{"about":%s,"models":[' % json.dumps(ABOUT))
    texts = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.tflite"), recursive=True)):
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        try:
            outputs = run(path, OpResolverType.AUTO)
        except Exception as wrong:
            print(name, str(wrong)[:120].replace("\n", " "), file=sys.stderr)
            continue
        try:
            others = run(path, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        except Exception:
            others = None
        floats = with_float_weights(operators.unpacked(open(path, "rb").read()))
        real = run_model(floats, OpResolverType.AUTO) if floats else None
        lines = []
        for index, (output, value) in enumerate(outputs):
            flat = value.flatten()
            stride = max(1, -(-flat.size // SAMPLES))
            quantized = value.dtype != np.float32
            values = [int(v) if quantized else float("%.8g" % v) for v in flat[::stride][:SAMPLES]]
            kind = {"float32": "FLOAT32"}.get(str(value.dtype), str(value.dtype).upper())
            entry = {
                "name": output, "type": kind, "shape": [int(size) for size in value.shape], "stride": stride,
                "largest": float("%.8g" % np.abs(flat.astype(float)).max()),
                "spread": spread(value, others[index][1]) if others else None,
                "values": values}
            if real:
                entry["floatWeights"] = [float("%.8g" % v) for v in real[index][1].flatten()[::stride][:SAMPLES]]
            lines.append(" " + json.dumps(entry, separators=(",", ":")))
        digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
        texts.append('{"file":"%s","sha256":"%s","outputs":[\n%s]}' % (name, digest, ",\n".join(lines)))
    print(",\n".join(texts) + "\n]}")


if __name__ == "__main__":
    main(sys.argv[1])
