# SPDX-License-Identifier: Apache-2.0
"""Writes operator-cases.tsv: for each standard ONNX operator, and each version of it that a model of operator sets 7 to 22
can mean, small graphs of one node with the types of their outputs.

    pip install onnx pillow
    python make-operator-cases.py > operator-cases.tsv

Source of the node attributes, input shapes and output shapes: the node tests of the onnx package (onnx.backend.test), put
back to older versions by the functions below, plus a few written here. A case is kept when onnx.checker accepts it for its
operator set. A column "-" says that the operator is shown elsewhere (it needs graphs, sequences or optional values).

Columns: operator, operator set, inputs, attributes, outputs; parts separated by a blank. A tensor is TYPE[SIZES], a constant
has its values behind "=", a dimension that depends on data is "?"; an absent input is "_".
"""

import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, checker, defs, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.simplefilter("ignore")
FIRST, LAST = 7, 22
F = np.float32
TYPES = {
    TensorProto.FLOAT: "f32", TensorProto.DOUBLE: "f64", TensorProto.FLOAT16: "f16", TensorProto.BOOL: "bool",
    TensorProto.INT8: "i8", TensorProto.UINT8: "u8", TensorProto.INT16: "i16", TensorProto.UINT16: "u16",
    TensorProto.INT32: "i32", TensorProto.UINT32: "u32", TensorProto.INT64: "i64", TensorProto.UINT64: "u64",
    TensorProto.STRING: "str",
}
# These hold graphs or work on sequences and optional values.
ELSEWHERE = {
    "If", "Loop", "Scan", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt", "SequenceConstruct",
    "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence",
    "ConcatFromSequence",
}
# Output dimensions that no rule can know: (output, axis).
DATA_DEPENDENT = {
    "NonZero": [(0, 1)], "NonMaxSuppression": [(0, 0)], "Compress": "where true", "StringSplit": [(0, -1)],
    "Unique": "where different", "StringNormalizer": "stop words", "ImageDecoder": [(0, 0), (0, 1)],
}


def adapt(op, since, inputs, attributes):
    """Inputs (name, array or None) and attributes of a current case as version `since` of the operator states them."""
    inputs, attributes = list(inputs), dict(attributes)

    def to_attribute(index, name, scalar=False):
        if index < len(inputs) and inputs[index] is not None:
            value = inputs[index].tolist()
            attributes[name] = value[0] if scalar and isinstance(value, list) else value
        if index < len(inputs):
            inputs[index] = None

    axes_by_attribute = {"Squeeze": 13, "Unsqueeze": 13, "ReduceSum": 13}
    if op.startswith("Reduce"):
        axes_by_attribute.setdefault(op, 18)
    if since < axes_by_attribute.get(op, 0):
        to_attribute(1, "axes")
        attributes.pop("noop_with_empty_axes", None)
    if op == "Split":
        if since < 13:
            to_attribute(1, "split")
        if since < 18:
            attributes.pop("num_outputs", None)
    if op == "Slice" and since < 10:
        for index, name in ((1, "starts"), (2, "ends"), (3, "axes")):
            to_attribute(index, name)
        if len(inputs) > 4:
            return None
    if op == "Pad":
        if since < 11:
            to_attribute(1, "pads")
            to_attribute(2, "value", scalar=True)
        if since < 18 and len(inputs) > 3:
            return None
    if op == "Clip" and since < 11:
        to_attribute(1, "min", scalar=True)
        to_attribute(2, "max", scalar=True)
    if op == "Dropout" and since < 12:
        to_attribute(1, "ratio", scalar=True)
        inputs = inputs[:1]
        attributes.pop("seed", None)
    if op == "TopK" and since < 10:
        to_attribute(1, "k", scalar=True)
    if op == "TopK" and since < 11:
        attributes.pop("largest", None)
        attributes.pop("sorted", None)
    if op == "Upsample" and since < 9:
        to_attribute(1, "scales")
    if op == "Resize" and since < 11:
        if len(inputs) > 3 or len(inputs) < 3:
            return None
        inputs = [inputs[0], inputs[2]]
        attributes = {"mode": attributes.get("mode", "nearest")}
        if attributes["mode"] == "cubic":
            return None
    if op == "DFT" and since < 20:
        if len(inputs) > 2:
            to_attribute(2, "axis")
    if op in ("LSTM", "GRU", "RNN") and since < 14 and attributes.pop("layout", 0):
        return None
    if op == "BatchNormalization" and attributes.get("training_mode", 0):
        return None
    if op == "Constant" and since < 12 and "value" not in attributes:
        return None
    if op in ("ArgMax", "ArgMin") and since < 12:
        attributes.pop("select_last_index", None)
    if op == "RoiAlign" and since < 16:
        attributes.pop("coordinate_transformation_mode", None)
    if op == "GridSample" and since < 20 and attributes.get("mode") == "linear":
        attributes["mode"] = "bilinear"
    if op in ("AveragePool", "LpPool", "MaxPool") and since < 10:
        attributes.pop("ceil_mode", None)
        attributes.pop("dilations", None)
    if op == "DepthToSpace" and since < 11 and attributes.pop("mode", "DCR") != "DCR":
        return None
    if op == "Resize" and since in (11, 12) and len(inputs) > 2:
        # The region and the scales could not be left out yet; an empty tensor stood for "none".
        inputs[1:3] = [np.zeros(0, F) if value is None else value for value in inputs[1:3]]
    while inputs and inputs[-1] is None:
        inputs.pop()
    return inputs, attributes


EXTRA = {
    "Cast": [
        ([np.ones((2, 3), F)], {"to": kind}, [((2, 3), kind)])
        for kind in (TensorProto.INT64, TensorProto.FLOAT16, TensorProto.BOOL)
    ],
    "LSTM": [([np.ones((5, 2, 3), F), np.ones((1, 16, 3), F), np.ones((1, 16, 4), F)], {"hidden_size": 4},
              [(5, 1, 2, 4), (1, 2, 4), (1, 2, 4)])],
    "GRU": [([np.ones((5, 2, 3), F), np.ones((2, 12, 3), F), np.ones((2, 12, 4), F)],
             {"hidden_size": 4, "direction": "bidirectional"}, [(5, 2, 2, 4), (2, 2, 4)])],
    "RNN": [([np.ones((5, 2, 3), F), np.ones((1, 4, 3), F), np.ones((1, 4, 4), F)], {"hidden_size": 4},
             [(5, 1, 2, 4), (1, 2, 4)])],
    "GlobalLpPool": [([np.ones((1, 3, 5, 4), F)], {"p": 2}, [(1, 3, 1, 1)])],
    "MaxRoiPool": [([np.ones((1, 2, 6, 6), F), np.array([[0, 0, 0, 4, 4]], F)], {"pooled_shape": [2, 3]}, [(1, 2, 2, 3)])],
    "Multinomial": [([np.ones((2, 5), F)], {"sample_size": 4}, [((2, 4), TensorProto.INT32)])],
    "RandomNormal": [([], {"shape": [2, 3]}, [(2, 3)])],
    "RandomUniform": [([], {"shape": [2, 3], "dtype": TensorProto.DOUBLE}, [((2, 3), TensorProto.DOUBLE)])],
    "RandomNormalLike": [([np.ones((2, 3), F)], {}, [(2, 3)])],
    "RandomUniformLike": [([np.ones((2, 3), F)], {"dtype": TensorProto.DOUBLE}, [((2, 3), TensorProto.DOUBLE)])],
    "Einsum": [
        ([np.ones((2, 3, 4), F), np.ones((2, 4, 5), F)], {"equation": "bij, bjk -> bik"}, [(2, 3, 5)]),
        ([np.ones((2, 3, 4), F)], {"equation": "...ij->...ji"}, [(2, 4, 3)]),
        ([np.ones((3, 4), F), np.ones((4, 5), F)], {"equation": "ij,jk"}, [(3, 5)]),
    ],
    "Resize": [
        ([np.ones((1, 1, 2, 4), F), np.array([1, 1, 2, 1.5], F)], {"mode": "linear"}, [(1, 1, 4, 6)]),
    ],
    "Upsample": [([np.ones((1, 1, 2, 3), F), np.array([1, 1, 2, 3], F)], {"mode": "nearest"}, [(1, 1, 4, 9)])],
    "GroupNormalization": [
        ([np.ones((2, 4, 3), F), np.ones(2, F), np.ones(2, F)], {"num_groups": 2}, [(2, 4, 3)]),
    ],
    "Equal": [([np.ones((2, 3), np.int32), np.ones((3,), np.int32)], {}, [((2, 3), TensorProto.BOOL)])],
    "Slice": [
        ([np.ones((5, 6), F), np.array([1, 0]), np.array([3, -1]), np.array([0, 1])], {}, [(2, 5)]),
        ([np.ones((5, 6), F), np.array([4]), np.array([-9]), np.array([0]), np.array([-2])], {}, [(3, 6)]),
    ],
    "TopK": [([np.ones((3, 6), F), np.array([2])], {"axis": -1}, [(3, 2), ((3, 2), TensorProto.INT64)])],
    "Split": [([np.ones((7, 2), F), np.array([3, 4])], {"axis": 0}, [(3, 2), (4, 2)])],
    "Pad": [([np.ones((2, 3), F), np.array([0, 1, 2, 3]), np.array(0.5, F)], {"mode": "constant"}, [(4, 7)])],
    "Dropout": [([np.ones((2, 3), F)], {}, [(2, 3)])],
    "BatchNormalization": [([np.ones((2, 3, 4, 5), F)] + [np.ones(3, F)] * 4, {"epsilon": 1e-5}, [(2, 3, 4, 5)])],
    "Gemm": [([np.ones((2, 3), F), np.ones((4, 3), F), np.ones(4, F)], {"transB": 1}, [(2, 4)])],
}


def element(array):
    if array.dtype == object or array.dtype.kind in "US":
        return TensorProto.STRING
    return helper.np_dtype_to_tensor_dtype(array.dtype)


def constant(op, index, array):
    """Small operands are constants, as exporters write them; data is not."""
    integers = array.dtype.kind in "iub"
    if op in ("QuantizeLinear", "DequantizeLinear") or array.dtype.kind in "OUS":
        return array.dtype.kind not in "OUS" and index > 0 and array.size <= 16
    if op == "Range":
        return True
    if index == 0:
        return integers and array.ndim <= 1 and op in (
            "ConstantOfShape", "BlackmanWindow", "HannWindow", "HammingWindow", "MelWeightMatrix")
    return array.size <= 16 and (integers or array.ndim <= 1)


def shown(array, is_constant):
    text = TYPES[element(array)] + "[" + ",".join(str(size) for size in array.shape) + "]"
    if is_constant:
        values = array.flatten().tolist()
        text += "=" + ",".join(repr(float(v)) if isinstance(v, float) else str(int(v)) for v in values)
    return text


def attribute(name, value):
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, onnx.TensorProto):
        array = numpy_helper.to_array(value)
        if element(array) not in TYPES or array.dtype.kind in "OUS" or array.size > 64:
            return None
        return name + "=" + shown(array, True)
    if isinstance(value, onnx.GraphProto) or isinstance(value, onnx.SparseTensorProto):
        return None
    if isinstance(value, str):
        return None if "\t" in value else name + '="' + value.replace(" ", "") + '"'
    if isinstance(value, (list, tuple, np.ndarray)) or "RepeatedScalar" in type(value).__name__:
        values = [v.decode() if isinstance(v, bytes) else v for v in value]
        if any(isinstance(v, str) for v in values):
            return None if any(" " in v or "," in v for v in values) else (
                name + "=[" + ",".join('"' + v + '"' for v in values) + "]")
        return name + "=[" + ",".join(repr(v) for v in values) + "]"
    return name + "=" + repr(value)


def model(op, opset, inputs, attributes, outputs_expected):
    names, infos, initializers = [], [], []
    for index, array in enumerate(inputs):
        if array is None:
            names.append("")
            continue
        names.append("x%d" % index)
        if constant(op, index, array):
            initializers.append(numpy_helper.from_array(array, names[-1]))
        else:
            infos.append(helper.make_tensor_value_info(names[-1], element(array), array.shape))
    outputs = ["y%d" % index for index in range(len(outputs_expected))]
    node = helper.make_node(op, names, outputs, **attributes)
    graph = helper.make_graph(
        [node], "g", infos,
        [helper.make_tensor_value_info(name, kind, shape) for name, (shape, kind) in zip(outputs, outputs_expected)],
        initializer=initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def candidates(op):
    for inputs, attributes, outputs in EXTRA.get(op, []):
        typed = []
        for output in outputs:
            if len(output) == 2 and isinstance(output[0], tuple):
                typed.append((output[0], output[1]))
            else:
                typed.append((output, element(inputs[0]) if inputs else TensorProto.FLOAT))
        yield inputs, attributes, typed, 0
    for case in CASES.get(op, []):
        node = case.model.graph.node[0]
        data_in, data_out = case.data_sets[0] if case.data_sets else ([], [])
        by_name = dict(zip([value.name for value in case.model.graph.input], data_in))
        arrays = [by_name.get(name) if name else None for name in node.input]
        arrays = [np.asarray(a) if a is not None and not isinstance(a, (list, dict)) else a for a in arrays]
        if any(isinstance(a, (list, dict)) for a in arrays) or any(isinstance(a, list) for a in data_out):
            continue
        if any(a is not None and element(a) not in TYPES for a in arrays):
            continue
        outs = [np.asarray(a) for a in data_out]
        if any(element(a) not in TYPES for a in outs) or len(outs) != len(node.output) or "" in node.output:
            continue
        if any(size == 0 for a in arrays if a is not None for size in a.shape):
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        attributes = {k: v.decode() if isinstance(v, bytes) else v for k, v in attributes.items()}
        yield arrays, attributes, [(a.shape, element(a)) for a in outs], case.model.opset_import[0].version


def expected(op, attributes, outputs, inputs):
    texts = []
    for index, (shape, kind) in enumerate(outputs):
        sizes = [str(size) for size in shape]
        rule = DATA_DEPENDENT.get(op, [])
        if rule == "where true":
            sizes[attributes.get("axis", 0)] = "?"
        elif rule == "where different" and index == 0:
            sizes[attributes.get("axis", 0)] = "?"
        elif rule == "where different" and index in (1, 3):
            sizes = ["?"]
        elif rule == "stop words":
            sizes[-1] = "?" if "stopwords" in attributes else sizes[-1]
        elif isinstance(rule, list):
            for output, axis in rule:
                if output == index:
                    sizes[axis] = "?"
        texts.append(TYPES[kind] + "[" + ",".join(sizes) + "]")
    return " ".join(texts)


CASES = {}
for test in collect_testcases(None):
    if len(test.model.graph.node) == 1:
        CASES.setdefault(test.model.graph.node[0].op_type, []).append(test)

history = {}
for schema in defs.get_all_schemas_with_history():
    if schema.domain == "" and schema.since_version <= LAST:
        history.setdefault(schema.name, {})[schema.since_version] = schema

missing = []
print("# SPDX-License-Identifier: Apache-2.0")
print("# Written by make-operator-cases.py (onnx %s); do not edit." % onnx.__version__)
for op, versions in sorted(history.items()):
    ordered = sorted(versions)
    for position, since in enumerate(ordered):
        end = ordered[position + 1] - 1 if position + 1 < len(ordered) else LAST
        if end < FIRST or versions[since].deprecated:
            continue
        opset = max(FIRST, since)
        if op in ELSEWHERE:
            print(op, opset, "-", "-", "-", sep="\t")
            continue
        kept = []
        for inputs, attributes, outputs, _ in candidates(op):
            adapted = adapt(op, since, inputs, attributes)
            if adapted is None:
                continue
            texts = [attribute(name, value) for name, value in adapted[1].items()]
            if any(text is None for text in texts):
                continue
            try:
                proto = model(op, opset, adapted[0], adapted[1], outputs)
                # The checker's own inference fails for these two: a function body of another version, a window of
                # another length than the frame.
                checker.check_model(proto, full_check=op not in ("MeanVarianceNormalization", "STFT"))
            except Exception as wrong:
                if "--why" in sys.argv: print(op, since, str(wrong)[:160].replace("\n"," "), file=sys.stderr)
                continue
            line = "\t".join([
                op, str(opset),
                " ".join("_" if a is None else shown(a, constant(op, i, a)) for i, a in enumerate(adapted[0])) or ".",
                " ".join(texts) or ".",
                expected(op, adapted[1], outputs, adapted[0])])
            if line not in kept and len(kept) < 3:
                kept.append(line)
        if not kept:
            missing.append("%s-%d" % (op, since))
        for line in kept:
            print(line)
if missing:
    print("no case for:", " ".join(missing), file=sys.stderr)
