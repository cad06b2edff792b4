# SPDX-License-Identifier: Apache-2.0
"""Makes the demo model: draws the data, trains, writes ONNX, measures, draws the scenes that go with it.

    python train_drawn_faces.py draw  --work DIR               training, choosing and held-out scenes
    python train_drawn_faces.py train --work DIR --steps 4800
    python train_drawn_faces.py ship  --work DIR --out models/src/main/resources/io/github/stm32deploy/models/demo

`ship` writes everything the module carries: model, recipe, calibration pictures, test scenes, truth.
Run once by a developer. The build does not run it.
"""
import argparse
import hashlib
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import drawn_faces

SIZE = 128
TRAIN_SEED, CHOOSE_SEED, TEST_SEED, SCENES_SEED, CALIBRATION_SEED, WEIGHTS_SEED = 1001, 2002, 3003, 4004, 5005, 6006
FINE = (21.0, 30.0)                                # nominal face sizes, pixels of the input, 16 x 16 cells
COARSE = (39.0, 50.0, 62.0, 76.0, 92.0, 110.0)     # 8 x 8 cells
VALUES = 16                                        # x, y, w, h, six points
UNIT = 16.0                                        # the head learns pixels / UNIT; folded into the weights on export
THRESHOLD, IOU = 0.5, 0.3


# ---------------------------------------------------------------------------------------------- data

def anchors():
    """(896, 3): centre x, centre y, nominal size, in pixels; the order of the BlazeFace short range model."""
    rows = []
    for cells, sizes in ((16, FINE), (8, COARSE)):
        step = SIZE / cells
        for r in range(cells):
            for c in range(cells):
                rows += [((c + 0.5) * step, (r + 0.5) * step, s) for s in sizes]
    return np.array(rows, np.float32)


def draw_chunk(job):
    seed, index, count = job
    rng = np.random.default_rng([seed, index])
    images = np.empty((count, SIZE, SIZE, 3), np.uint8)
    faces = np.zeros((count, drawn_faces.MAX_FACES, VALUES), np.float32)
    for i in range(count):
        images[i], found = drawn_faces.draw_input(rng, SIZE)
        for j, f in enumerate(found):
            x, y, w, h = f["box"]
            faces[i, j] = [x + w / 2, y + h / 2, w, h, *np.ravel(f["landmarks"])]
    return images, faces


def draw_full_scenes(seed, count):
    """Scenes at camera-like sizes, letterboxed the way the product does it. Faces stay in scene pixels."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        w, h = drawn_faces.SHAPES[rng.integers(len(drawn_faces.SHAPES))]
        yield drawn_faces.draw_scene(rng, w, h, supersample=2)


def held_out(job):
    seed, index, count = job
    return [(*drawn_faces.letterbox(p), f) for p, f in draw_full_scenes([seed, index], count)]


def draw(args):
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    chunk = 500
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(draw_chunk, [(TRAIN_SEED, i, chunk) for i in range(args.scenes // chunk)]))
        np.save(work / "train-images.npy", np.concatenate([p[0] for p in parts]))
        np.save(work / "train-faces.npy", np.concatenate([p[1] for p in parts]))
        for name, seed, n in (("choose", CHOOSE_SEED, 600), ("test", TEST_SEED, 1000)):
            scenes = [s for part in pool.map(held_out, [(seed, i, 100) for i in range(n // 100)]) for s in part]
            np.save(work / f"{name}-images.npy", np.stack([s[0] for s in scenes]))
            (work / f"{name}-truth.json").write_text(json.dumps([{"map": s[1], "faces": s[2]} for s in scenes]))
    print("drawn", args.scenes)


# ---------------------------------------------------------------------------------------------- decode and measure

def decode(regressors, logits, threshold=THRESHOLD):
    """BlazeFace decode and weighted suppression. Rows: score, x1, y1, x2, y2, six points; pixels of the input."""
    a = anchors()
    score = 1 / (1 + np.exp(-np.clip(logits.reshape(-1).astype(np.float64), -100, 100)))
    keep = np.flatnonzero(score >= threshold)
    r = regressors.reshape(-1, VALUES)[keep].astype(np.float64)
    centre = a[keep, :2]
    cx, cy = r[:, 0] + centre[:, 0], r[:, 1] + centre[:, 1]
    points = r[:, 4:].reshape(-1, 6, 2) + centre[:, None]
    rows = np.concatenate([score[keep, None], np.stack([cx - r[:, 2] / 2, cy - r[:, 3] / 2, cx + r[:, 2] / 2, cy + r[:, 3] / 2], 1),
                           points.reshape(-1, 12)], 1)
    rows = rows[(r[:, 2] > 0) & (r[:, 3] > 0)]
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    out = []
    while len(rows):
        near = iou(rows[0, 1:5], rows[:, 1:5]) > IOU
        w = rows[near, 0]
        out.append(np.concatenate([rows[0, :1], (rows[near, 1:] * w[:, None]).sum(0) / w.sum()]))
        rows = rows[~near]
    return np.array(out).reshape(-1, 17)


def iou(box, boxes):
    iw = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    ih = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    inter = np.maximum(0, iw) * np.maximum(0, ih)
    return inter / ((box[2] - box[0]) * (box[3] - box[1]) + (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) - inter)


def to_scene(found, mapping):
    gx, gy, px, py = mapping
    out = found.copy()
    out[:, 1::2] = (found[:, 1::2] - px) / gx
    out[:, 2::2] = (found[:, 2::2] - py) / gy
    return out


def match(found, faces):
    """True positives as (row, face); greedy by score, IoU at least 0.5, in scene pixels."""
    left, pairs = list(range(len(faces))), []
    boxes = np.array([[f["box"][0], f["box"][1], f["box"][0] + f["box"][2], f["box"][1] + f["box"][3]] for f in faces]).reshape(-1, 4)
    for row in found:
        if left:
            o = iou(row[1:5], boxes[left])
            if o.max() >= 0.5:
                pairs.append((row, faces[left.pop(int(o.argmax()))]))
    return pairs


def measure(run, images, truth, threshold=THRESHOLD):
    hits = found_count = face_count = 0
    errors, missed = [], []
    edges = np.array([0.20, 0.30, 0.45])  # face width as a share of the input: how many there are, how many are found
    by_size = np.zeros((2, 4), int)
    for i, (image, t) in enumerate(zip(images, truth)):
        regressors, logits = run(image)
        found = to_scene(decode(regressors, logits, threshold), t["map"])
        pairs = match(found, t["faces"])
        hits, found_count, face_count = hits + len(pairs), found_count + len(found), face_count + len(t["faces"])
        if len(pairs) < len(t["faces"]) or len(pairs) < len(found):
            missed.append(i)
        for n, group in enumerate((t["faces"], [f for _, f in pairs])):
            sizes = np.array([f["box"][2] * t["map"][0] / SIZE for f in group])
            by_size[n] += np.bincount(np.digitize(sizes, edges), minlength=4)
        for row, f in pairs:
            errors.append(np.hypot(*(row[5:].reshape(6, 2) - np.array(f["landmarks"])).T).mean() / f["box"][2])
    return {"precision": hits / max(1, found_count), "recall": hits / max(1, face_count),
            "landmarkError": float(np.mean(errors)), "faces": face_count, "found": found_count, "wrong": missed,
            "bySize": (by_size[1] / np.maximum(1, by_size[0])).round(4).tolist()}


def load_held_out(work, name):
    return np.load(Path(work) / f"{name}-images.npy"), json.loads((Path(work) / f"{name}-truth.json").read_text())


def to_tensor(image):
    return np.ascontiguousarray(((image.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None])


# ---------------------------------------------------------------------------------------------- network

# (name, channels out, stride, kernel)
BLOCKS = [("block1", 16, 1, 3), ("block2", 24, 2, 3), ("block3", 24, 1, 3), ("block4", 48, 2, 3), ("block5", 48, 1, 5),
          ("block6", 48, 1, 5), ("block7", 48, 1, 5), ("block8", 80, 2, 3), ("block9", 80, 1, 5), ("block10", 80, 1, 5), ("block11", 80, 1, 5)]
STEM, FINE_BLOCK = 16, "block7"


def make_net():
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Block(nn.Module):
        def __init__(self, cin, cout, stride, kernel):
            super().__init__()
            self.stride, self.grow = stride, cout - cin
            self.dw = nn.Conv2d(cin, cin, kernel, stride, kernel // 2, groups=cin, bias=False)
            self.dwn = nn.BatchNorm2d(cin)
            self.pw = nn.Conv2d(cin, cout, 1, bias=False)
            self.pwn = nn.BatchNorm2d(cout)

        def forward(self, x):
            y = self.pwn(self.pw(self.dwn(self.dw(x))))
            if self.stride == 2:
                x = F.max_pool2d(x, 2)
            if self.grow:
                x = F.pad(x, (0, 0, 0, 0, 0, self.grow))
            return F.relu(x + y)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, STEM, 3, 2, 1, bias=False)
            self.stemn = nn.BatchNorm2d(STEM)
            cin = STEM
            for name, cout, stride, kernel in BLOCKS:
                self.add_module(name, Block(cin, cout, stride, kernel))
                if name == FINE_BLOCK:
                    fine = cout
                cin = cout
            self.heads = nn.ModuleDict({
                "fine_scores": nn.Conv2d(fine, len(FINE), 1), "fine_boxes": nn.Conv2d(fine, len(FINE) * VALUES, 1),
                "coarse_scores": nn.Conv2d(cin, len(COARSE), 1), "coarse_boxes": nn.Conv2d(cin, len(COARSE) * VALUES, 1)})
            for level, sizes in (("fine", FINE), ("coarse", COARSE)):
                nn.init.constant_(self.heads[level + "_scores"].bias, -4.0)
                nn.init.normal_(self.heads[level + "_boxes"].weight, 0, 0.01)
                b = torch.zeros(len(sizes), VALUES)
                b[:, 2] = b[:, 3] = torch.tensor(sizes) / UNIT
                self.heads[level + "_boxes"].bias.data = b.flatten()

        def forward(self, x):
            """Scores (B, 896), boxes (B, 896, 16) in units of UNIT pixels, and how far activations run past 6."""
            x = F.relu(self.stemn(self.stem(x)))
            wild = F.relu(x - 6).mean()
            for name, *_ in BLOCKS:
                x = getattr(self, name)(x)
                wild = wild + F.relu(x - 6).mean()
                if name == FINE_BLOCK:
                    fine = x

            def flat(v, n):
                return v.permute(0, 2, 3, 1).reshape(v.shape[0], -1, n)

            h = self.heads
            scores = torch.cat([flat(h["fine_scores"](fine), 1), flat(h["coarse_scores"](x), 1)], 1)[..., 0]
            boxes = torch.cat([flat(h["fine_boxes"](fine), VALUES), flat(h["coarse_boxes"](x), VALUES)], 1)
            return scores, boxes, wild

    return Net()


def train(args):
    import torch
    from torch.nn import functional as F
    torch.set_num_threads(2)
    torch.manual_seed(WEIGHTS_SEED)
    rng = np.random.default_rng(WEIGHTS_SEED)
    work = Path(args.work)
    images = np.load(work / "train-images.npy")
    faces = torch.from_numpy(np.load(work / "train-faces.npy"))
    anchor = torch.from_numpy(anchors())
    half = anchor[:, 2:] / 2
    abox = torch.cat([anchor[:, :2] - half, anchor[:, :2] + half], 1)
    a_area = anchor[:, 2] ** 2
    choose = load_held_out(work, "choose")
    net = make_net().to(memory_format=torch.channels_last)
    print("parameters", sum(p.numel() for p in net.parameters()))
    steps_planned = args.steps
    batch = args.batch
    decay, plain = [], []
    for n, p in net.named_parameters():
        (decay if p.ndim > 1 else plain).append(p)
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 1e-3}, {"params": plain, "weight_decay": 0}], lr=args.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps_planned, pct_start=0.08, final_div_factor=200)
    average = {k: v.clone() for k, v in net.state_dict().items()}
    swap = [0, 1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 11, 14, 15, 12, 13]
    order, at, t0 = rng.permutation(len(images)), 0, time.monotonic()
    running = np.zeros(4)
    for step in range(steps_planned):
        if at + batch > len(order):
            order, at = rng.permutation(len(images)), 0
        pick = np.sort(order[at:at + batch])
        at += batch
        x = torch.from_numpy(images[pick]).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        y = faces[pick].clone()
        real = y[:, :, 2] > 0
        if rng.random() < 0.5:  # mirror the batch
            x = x.flip(3)
            y[:, :, 0] = SIZE - y[:, :, 0]
            y[:, :, 4::2] = SIZE - y[:, :, 4::2]
            y = y[:, :, swap]
        if rng.random() < 0.6:  # light and colour
            bars = (x == -1).all(1, keepdim=True)
            gain = 1 + 0.15 * torch.randn(len(pick), 3, 1, 1) * 0.5
            x = torch.where(bars, x, (x * gain + 0.1 * torch.randn(len(pick), 1, 1, 1)).clamp(-1, 1))
        x = x.contiguous(memory_format=torch.channels_last)

        with torch.no_grad():  # which anchors answer for which face
            bx = torch.cat([y[..., :2] - y[..., 2:4] / 2, y[..., :2] + y[..., 2:4] / 2], -1)     # B, F, 4
            lo = torch.maximum(bx[:, :, None, :2], abox[None, None, :, :2])
            hi = torch.minimum(bx[:, :, None, 2:], abox[None, None, :, 2:])
            inter = (hi - lo).clamp(min=0).prod(-1)
            over = inter / (y[..., 2] * y[..., 3]).unsqueeze(-1).add(a_area).sub(inter)           # B, F, 896
            over = torch.where(real[..., None], over, torch.zeros(()))
            best = over.max(2, keepdim=True).values
            good = (over >= 0.55) | ((over >= best - 0.02) & real[..., None] & (best > 0.1))
            value, owner = torch.where(good, over + 1, over).max(1)                               # B, 896
            positive = value > 1
            ignored = ~positive & (value > 0.36)
            target = torch.gather(y, 1, owner[..., None].expand(-1, -1, VALUES))

        scores, boxes, wild = net(x)
        count = positive.sum().clamp(min=1)
        p = torch.sigmoid(scores)
        label = positive.float()
        ce = F.binary_cross_entropy_with_logits(scores, label, reduction="none")
        focal = ce * (p - label).abs() ** 1.5 * torch.where(positive, 0.6, 0.4)
        loss_score = torch.where(ignored, torch.zeros(()), focal).sum() / count
        centre = anchor[:, :2]
        pred = boxes[positive] * UNIT
        want = target[positive]
        base = centre.expand(len(pick), -1, -1)[positive]
        size = want[:, 2:4].mean(1, keepdim=True)
        want = torch.cat([want[:, :2] - base, want[:, 2:4], want[:, 4:] - base.repeat(1, 6)], 1)
        loss_point = F.smooth_l1_loss(pred / size, want / size, beta=0.03, reduction="none").mean(1).sum() / count
        p1, p2 = pred[:, :2] - pred[:, 2:4] / 2, pred[:, :2] + pred[:, 2:4] / 2
        w1, w2 = want[:, :2] - want[:, 2:4] / 2, want[:, :2] + want[:, 2:4] / 2
        i2 = (torch.minimum(p2, w2) - torch.maximum(p1, w1)).clamp(min=0).prod(-1)
        u2 = pred[:, 2:4].clamp(min=0).prod(-1) + want[:, 2:4].prod(-1) - i2
        loss_iou = (1 - i2 / u2.clamp(min=1)).sum() / count
        tame = 0.02 * wild + 0.002 * F.relu(scores.abs() - 9).mean()
        loss = loss_score + 4 * loss_point + loss_iou + tame
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        keep = min(0.998, (step + 1) / (step + 20))
        for k, v in net.state_dict().items():
            if v.dtype.is_floating_point:
                average[k].mul_(keep).add_(v, alpha=1 - keep)
            else:
                average[k].copy_(v)
        running = running * 0.98 + 0.02 * np.array([loss_score.item(), loss_point.item(), loss_iou.item(), wild.item()])
        if step % 100 == 0 or step == steps_planned - 1:
            print(f"{step} {time.monotonic() - t0:.0f}s score {running[0]:.4f} point {running[1]:.4f} iou {running[2]:.4f} wild {running[3]:.4f}", flush=True)
        if (step + 1) % 1600 == 0 or step == steps_planned - 1:
            torch.save(average, work / "net.pt")
            run = torch_runner(average)
            m = measure(run, *choose)
            print("   ", {k: round(m[k], 4) for k in ("precision", "recall", "landmarkError")}, flush=True)


def torch_runner(state):
    import torch
    net = make_net()
    net.load_state_dict(state)
    net.eval()

    def run(image):
        with torch.no_grad():
            s, b, _ = net(torch.from_numpy(to_tensor(image)))
        return b.numpy() * UNIT, s.numpy()
    return run


# ---------------------------------------------------------------------------------------------- ONNX

def export(state, path, logit_shift=0.0):
    """Writes the graph node by node: normalisation folded, no names or notes of the machine it was made on."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    state = {k: v.double().numpy() for k, v in state.items()}
    nodes, weights = [], []
    macs = 0

    def put(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op, name, inputs, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv(name, x, side, weight, bias, stride=1, group=1):
        nonlocal macs
        k = weight.shape[2]
        side //= stride
        macs += side * side * weight.size
        return node("Conv", name, [x, put(name + "_weight", weight.astype(np.float32)), put(name + "_bias", bias.astype(np.float32))],
                    kernel_shape=[k, k], strides=[stride] * 2, pads=[k // 2] * 4, dilations=[1, 1], group=group)

    def folded(w, n):
        factor = state[n + ".weight"] / np.sqrt(state[n + ".running_var"] + 1e-5)
        return state[w + ".weight"] * factor[:, None, None, None], state[n + ".bias"] - state[n + ".running_mean"] * factor

    side = SIZE
    x = node("Relu", "stem_relu", [conv("stem_conv", "input", side, *folded("stem", "stemn"), stride=2)])
    side //= 2
    cin = STEM
    for b, cout, stride, _ in BLOCKS:
        y = conv(b + "_depthwise", x, side, *folded(b + ".dw", b + ".dwn"), stride=stride, group=cin)
        y = conv(b + "_pointwise", y, side // stride, *folded(b + ".pw", b + ".pwn"))
        side //= stride
        if stride == 2:
            x = node("MaxPool", b + "_pool", [x], kernel_shape=[2, 2], strides=[2, 2])
        if cout != cin:
            x = node("Pad", b + "_pad", [x, put(b + "_pad_amount", np.array([0, 0, 0, 0, 0, cout - cin, 0, 0], np.int64))], mode="constant")
        x = node("Relu", b + "_relu", [node("Add", b + "_add", [y, x])])
        if b == FINE_BLOCK:
            fine = (x, side, len(FINE))
        cin = cout
    outputs = {}
    for kind, values, unit in (("boxes", VALUES, UNIT), ("scores", 1, 1.0)):
        parts = []
        for level, (source, cells, count) in (("fine", fine), ("coarse", (x, side, len(COARSE)))):
            h, name = f"heads.{level}_{kind}", f"{level}_{kind}"
            bias = state[h + ".bias"] * unit + (logit_shift if kind == "scores" else 0)
            y = conv(name, source, cells, state[h + ".weight"] * unit, bias)
            y = node("Transpose", name + "_nhwc", [y], perm=[0, 2, 3, 1])
            parts.append(node("Reshape", name + "_rows", [y, put(name + "_shape", np.array([1, cells * cells * count, values], np.int64))]))
        outputs[kind] = node("Concat", {"boxes": "regressors", "scores": "classificators"}[kind], parts, axis=1)
    f = TensorProto.FLOAT
    graph = helper.make_graph(nodes, "drawn_faces", [helper.make_tensor_value_info("input", f, [1, 3, SIZE, SIZE])],
                              [helper.make_tensor_value_info("regressors", f, [1, 896, VALUES]),
                               helper.make_tensor_value_info("classificators", f, [1, 896, 1])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="stm32-deploy")
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return {"macs": int(macs), "parameters": int(sum(numpy_helper.to_array(w).size for w in weights if w.data_type == f))}


def onnx_runner(path):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(["regressors", "classificators"], {"input": to_tensor(image)})


def quantize(source, target, images):
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter([{"input": to_tensor(i)} for i in images])

        def get_next(self):
            return next(self.left, None)

    quantize_static(str(source), str(target), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)


# ---------------------------------------------------------------------------------------------- what the module carries

TEST_SCENES = [(480, 360, 1), (320, 320, 0), (256, 384, 2), (480, 360, 3), (320, 320, 1), (360, 480, 2)]  # width, height, faces

RECIPE = """\
# SPDX-License-Identifier: Apache-2.0
id: drawn-faces
title: Drawn faces (demo model)
file: drawn-faces.onnx
sha256: {sha256}
licence: Apache-2.0
origin: made by this project; models/demo/train_drawn_faces.py draws the data, trains and writes the file
knows: >-
  Drawn faces only, upright to 25 degrees of tilt, in scenes like the ones it was trained on.
  It is no use on photographs.
input:
  name: input
  layout: NCHW
  colour: RGB
  width: 128
  height: 128
  mean: [127.5, 127.5, 127.5]
  scale: [127.5, 127.5, 127.5]  # t = (p - mean) / scale
  resize: letterbox-centre
  padding: 0
decoder:
  family: blazeface
  variant: short
  inputSize: 128
  scoreThreshold: 0.5
  iouThreshold: 0.3
  nms: weighted
  capacity: 64
  maxDetections: 16
expected:
  dataset: 1000 drawn scenes, seed {seed}
  precision: {precision:.4f}
  recall: {recall:.4f}
  landmarkError: {landmarkError:.4f}
  precisionInt8: {precisionInt8:.4f}
  recallInt8: {recallInt8:.4f}
  landmarkErrorInt8: {landmarkErrorInt8:.4f}
  method: >-
    {faces} faces in held-out scenes of 240 to 640 pixels, 0 to 4 in each; face width 14 % to 75 % of the longer side;
    letterboxed to the input (bilinear, pixel centres at 0.5). A detection counts when its box has IoU >= 0.5 with a
    face not yet taken, best score first. landmarkError is the mean distance of the six points of the faces found, as
    a share of the width of the face. Int8: ONNX Runtime quantize_static, QDQ, int8 weights per channel, int8
    activations per tensor, min-max over the 16 pictures in calibration/.
"""


def fewer_shades(pixels):
    """Every fourth shade only: half the size as PNG, and nothing a person or the network would notice."""
    return np.minimum((pixels.astype(int) + 2) // 4 * 4, 255).astype(np.uint8)


def save_png(pixels, path):
    from PIL import Image
    Image.fromarray(pixels).save(path, optimize=True)


def ship(args):
    import torch
    work, out = Path(args.work), Path(args.out)
    (out / "scenes").mkdir(parents=True, exist_ok=True)
    (out / "calibration").mkdir(exist_ok=True)
    state = torch.load(work / "net.pt", weights_only=True)

    model = out / "drawn-faces.onnx"
    facts = export(state, model, args.logit_shift)
    print(facts, model.stat().st_size, "bytes")
    choose, test = load_held_out(work, "choose"), load_held_out(work, "test")
    float_run, reference = onnx_runner(model), torch_runner(state)
    worst = max(float(np.abs(float_run(i)[0] - reference(i)[0]).max()) for i in choose[0][:20])
    print("regressors, ONNX against the network that was trained, worst difference in pixels:", worst)
    for t in (0.3, 0.4, 0.5, 0.6, 0.7):
        m = measure(float_run, *choose, threshold=t)
        print("choosing set, threshold", t, {k: round(m[k], 4) for k in ("precision", "recall", "landmarkError")})

    rng = np.random.default_rng(CALIBRATION_SEED)
    calibration = []
    for i in range(16):
        pixels, _ = drawn_faces.draw_input(rng, SIZE)
        pixels = fewer_shades(pixels)
        calibration.append(pixels)
        save_png(pixels, out / "calibration" / f"calibration-{i + 1:02d}.png")
    quantized = work / "drawn-faces-int8.onnx"
    quantize(model, quantized, calibration)
    int8_run = onnx_runner(quantized)

    result, result8 = measure(float_run, *test), measure(int8_run, *test)
    print("held out, fp32", {k: v for k, v in result.items() if k != "wrong"}, "scenes with an error:", result["wrong"])
    print("held out, int8", {k: v for k, v in result8.items() if k != "wrong"}, "scenes with an error:", result8["wrong"])
    (out / "drawn-faces.yaml").write_text(RECIPE.format(
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(), seed=TEST_SEED, precisionInt8=result8["precision"],
        recallInt8=result8["recall"], landmarkErrorInt8=result8["landmarkError"], **result))

    truth = []
    for n, (w, h, count) in enumerate(TEST_SCENES, 1):
        for attempt in range(100):  # until there is room for all the faces asked for
            rng = np.random.default_rng([SCENES_SEED, n, attempt])
            pixels, faces = drawn_faces.draw_scene(rng, w, h, count=count, supersample=3, noise=0, smallest=0.17, largest=0.6)
            if len(faces) == count:
                break
        pixels = fewer_shades(pixels)
        name = f"scene-{n}.png"
        save_png(pixels, out / "scenes" / name)
        truth.append({"image": name, "width": w, "height": h, "faces": [
            {"box": [round(float(v), 2) for v in f["box"]],
             "landmarks": [[round(float(x), 2), round(float(y), 2)] for x, y in f["landmarks"]]} for f in faces]})
        small, mapping = drawn_faces.letterbox(pixels)
        for kind, run in (("fp32", float_run), ("int8", int8_run)):
            found = to_scene(decode(*run(small)), mapping)
            pairs = match(found, faces)
            fine = len(pairs) == len(faces) == len(found)
            print(name, kind, f"{len(faces)} faces, {len(found)} found, {len(pairs)} right", "" if fine else "WRONG",
                  np.round(found[:, 0], 3), (out / "scenes" / name).stat().st_size, "bytes")
    lines = ",\n".join("  " + json.dumps(t) for t in truth)
    (out / "scenes" / "truth.json").write_text('{"scenes": [\n' + lines + "\n]}\n")
    carried = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file() and p.name != "files.txt")
    (out / "files.txt").write_text("\n".join(carried) + "\n")  # a jar cannot be listed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(required=True)
    p = sub.add_parser("draw")
    p.add_argument("--scenes", type=int, default=24000)
    p.set_defaults(go=draw)
    p = sub.add_parser("train")
    p.add_argument("--steps", type=int, default=4800)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rate", type=float, default=4e-3)
    p.set_defaults(go=train)
    p = sub.add_parser("ship")
    p.add_argument("--out", required=True)
    p.add_argument("--logit-shift", type=float, default=0.0, help="added to every score logit; found on the choosing set")
    p.set_defaults(go=ship)
    for p in sub.choices.values():
        p.add_argument("--work", required=True)
    args = parser.parse_args()
    args.go(args)


if __name__ == "__main__":
    main()
