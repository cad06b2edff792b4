# SPDX-License-Identifier: Apache-2.0
"""Draws scenes with cartoon faces and clutter, and says exactly where every face is.

Everything follows from the random generator that is passed in: the same generator state gives the same
pixels (for the same versions of NumPy and Pillow). Coordinates are continuous pixels, origin at the
top-left corner of the top-left pixel, x right, y down.

A face carries a box (x, y, width, height), the upright box around the tilted skin oval without hair and ears,
and six landmarks: image-left eye, image-right eye, nose tip, mouth centre, image-left ear tragion,
image-right ear tragion.
"""
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

MAX_FACES = 4
MIN_FACE = 0.14  # box width as a share of the longer side of the frame
MAX_FACE = 0.75

SKINS = np.array([(255, 224, 196), (241, 194, 160), (224, 172, 125), (198, 134, 90), (160, 104, 66),
                  (120, 76, 48), (84, 54, 38), (250, 210, 190), (235, 180, 140), (244, 208, 110)], float)
HAIRS = np.array([(25, 20, 18), (60, 40, 25), (100, 65, 35), (160, 110, 50), (225, 190, 110), (190, 80, 30),
                  (150, 150, 150), (235, 235, 230), (60, 60, 130), (180, 60, 120), (40, 110, 80)], float)


def colour(c):
    return tuple(int(min(255, max(0, round(float(v))))) for v in c[:3])


def any_colour(rng):
    return rng.uniform(0, 255, 3)


def skin_colour(rng):
    return np.clip(SKINS[rng.integers(len(SKINS))] + rng.normal(0, 10) + rng.normal(0, 5, 3), 20, 255)


def hair_colour(rng):
    return np.clip(HAIRS[rng.integers(len(HAIRS))] + rng.normal(0, 12, 3), 5, 250)


class Pen:
    """Draws in a local frame: u and v in units of the half axes a and b, rotated by tilt about a centre."""

    def __init__(self, draw, cx, cy, a, b, tilt, supersample):
        self.draw, self.cx, self.cy, self.a, self.b, self.ss = draw, cx, cy, a, b, supersample
        self.cos, self.sin = math.cos(tilt), math.sin(tilt)

    def at(self, u, v):
        x, y = u * self.a, v * self.b
        return self.cx + x * self.cos - y * self.sin, self.cy + x * self.sin + y * self.cos

    def pixels(self, points):
        return [(x * self.ss, y * self.ss) for x, y in (self.at(u, v) for u, v in points)]

    def polygon(self, points, fill):
        self.draw.polygon(self.pixels(points), fill=colour(fill))

    def line(self, points, fill, width):
        """Width in units of a."""
        w = max(1, int(round(width * self.a * self.ss)))
        self.draw.line(self.pixels(points), fill=colour(fill), width=w, joint="curve")

    def oval(self, u, v, ru, rv, n=36):
        """Points of an ellipse; both radii in units of a, so a circle stays a circle."""
        k = self.a / self.b
        return [(u + ru * math.cos(2 * math.pi * i / n), v + rv * k * math.sin(2 * math.pi * i / n))
                for i in range(n)]

    def ellipse(self, u, v, ru, rv, fill):
        self.polygon(self.oval(u, v, ru, rv), fill)

    def ring(self, u, v, ru, rv, fill, width):
        p = self.oval(u, v, ru, rv)
        self.line(p + p[:2], fill, width)


def draw_face(rng, draw, cx, cy, a, b, tilt, ss, features=True):
    """One head, in two steps so that nobody's shoulders cover a neighbour's face: the first step draws what is
    behind the head and yields nothing, the second draws the head and yields the face.
    Without features it is a hard negative: skin, hair and ears, but nobody is there."""
    pen = Pen(draw, cx, cy, a, b, tilt, ss)
    skin, hair = skin_colour(rng), hair_colour(rng)
    dark = skin * rng.uniform(0.55, 0.8)
    yaw = float(np.clip(rng.normal(0, 0.09), -0.22, 0.22))
    head = [(math.cos(t), math.sin(t)) for t in np.linspace(0, 2 * math.pi, 60, endpoint=False)]
    style = rng.choice(["bald", "short", "long", "curly", "cap"], p=[0.12, 0.36, 0.26, 0.16, 0.10])

    # Behind the head: shoulders, neck, long hair
    if rng.random() < 0.6:
        cloth = any_colour(rng)
        half = rng.uniform(1.3, 2.0)
        pen.polygon([(-half, 2.1), (-half * 0.85, 1.35), (-0.4, 1.12), (0.4, 1.12), (half * 0.85, 1.35), (half, 2.1)], cloth)
        pen.polygon([(-0.36, 0.7), (0.36, 0.7), (0.40, 1.22), (-0.40, 1.22)], dark)
    if style == "long":
        w, low = rng.uniform(1.12, 1.35), rng.uniform(0.6, 1.4)
        pen.polygon([(-w, low)] + [(w * math.cos(t), -0.1 + 1.08 * math.sin(t)) for t in np.linspace(math.pi, 2 * math.pi, 24)] + [(w, low)], hair)
    elif style == "curly":
        for t in np.linspace(math.pi * 0.93, math.pi * 2.07, 11):
            pen.ellipse(1.02 * math.cos(t), 0.98 * math.sin(t), *(rng.uniform(0.24, 0.36, 2)), hair)

    yield None

    # Ears; the one turned away from us is narrower
    ear_v, ear_w = rng.uniform(-0.05, 0.1), rng.uniform(0.12, 0.2)
    covered = style == "long" and rng.random() < 0.5
    if not covered:
        for side in (-1, 1):
            w = ear_w * (1 + 2.5 * yaw * -side)
            pen.ellipse(side * 1.0, ear_v, w, ear_w * 1.5, skin * 0.93)
            pen.ellipse(side * 1.02, ear_v, w * 0.5, ear_w * 0.85, dark)

    pen.polygon(head, skin)
    if rng.random() < 0.25:
        pen.line(head + head[:2], dark * 0.6, rng.uniform(0.02, 0.06))
    if rng.random() < 0.3:  # soft cheeks
        blush = np.clip(skin + np.array([18, -14, -8]), 0, 255)
        for side in (-1, 1):
            pen.ellipse(side * 0.52 + yaw, 0.28, 0.2, 0.15, blush)

    # Hair in front
    hairline = rng.uniform(-0.72, -0.5)
    if style in ("short", "long", "curly"):
        t0 = math.asin(-hairline)
        top = [(1.04 * math.cos(t), 1.05 * math.sin(t)) for t in np.linspace(math.pi + t0 * 0.75, 2 * math.pi - t0 * 0.75, 24)]
        part = rng.uniform(-0.5, 0.5)
        pen.polygon(top + [(0.5, hairline + 0.02), (part, hairline - rng.uniform(0, 0.16)), (-0.5, hairline + 0.02)], hair)
    elif style == "cap":
        cap = any_colour(rng)
        pen.polygon([(1.06 * math.cos(t), -0.45 + 0.7 * math.sin(t)) for t in np.linspace(math.pi, 2 * math.pi, 24)], cap)
        pen.polygon([(-1.15, -0.52), (1.15, -0.52), (1.1, -0.40), (-1.1, -0.40)], cap * 0.75)

    # Where the features sit
    eye_v = rng.uniform(-0.20, -0.06)
    eye_u = rng.uniform(0.36, 0.46)
    nose_v = rng.uniform(0.18, 0.28)
    mouth_v = rng.uniform(0.50, 0.62)
    eyes = [(-eye_u + yaw, eye_v), (eye_u + yaw, eye_v)]
    nose = (1.25 * yaw, nose_v)
    mouth = (yaw, mouth_v)
    landmarks = [pen.at(*p) for p in (*eyes, nose, mouth, (-0.97 + 0.25 * yaw, ear_v), (0.97 + 0.25 * yaw, ear_v))]

    ca, sa = math.cos(tilt), math.sin(tilt)
    hw, hh = math.hypot(a * ca, b * sa), math.hypot(a * sa, b * ca)
    face = {"box": [cx - hw, cy - hh, 2 * hw, 2 * hh], "landmarks": landmarks, "tilt": tilt}
    if not features:
        yield face
        return

    # Beard and moustache before the mouth
    if rng.random() < 0.14:
        pen.polygon([(0.98 * math.cos(t), 0.98 * math.sin(t)) for t in np.linspace(0.12 * math.pi, 0.88 * math.pi, 20)]
                    + [(-0.6, 0.38), (0.6, 0.38)], hair)
    if rng.random() < 0.14:
        pen.polygon([(mouth[0] - 0.3, mouth_v - 0.06), (mouth[0], mouth_v - 0.19), (mouth[0] + 0.3, mouth_v - 0.06), (mouth[0], mouth_v - 0.09)], hair)

    # Eyes
    kind = rng.choice(["full", "dot", "closed"], p=[0.66, 0.24, 0.10])
    eye_r = rng.uniform(0.13, 0.19)
    iris = np.array([(70, 45, 25), (40, 90, 150), (60, 120, 70), (30, 25, 20), (110, 110, 110)][rng.integers(5)], float)
    ink = np.minimum(dark * 0.35, 60)
    gaze = rng.uniform(-0.04, 0.04, 2)
    open_v = rng.uniform(0.55, 1.0)
    for u, v in eyes:
        if kind == "full":
            pen.ellipse(u, v, eye_r, eye_r * open_v, (245, 245, 240))
            pen.ellipse(u + gaze[0], v + gaze[1], eye_r * 0.58, eye_r * min(0.58, open_v), iris)
            pen.ellipse(u + gaze[0], v + gaze[1], eye_r * 0.3, eye_r * 0.3, (10, 10, 10))
            pen.line([(u - eye_r, v), (u, v - eye_r * open_v * a / b), (u + eye_r, v)], ink, 0.035)
        elif kind == "dot":
            pen.ellipse(u, v, eye_r * 0.6, eye_r * 0.75, ink)
        else:
            pen.line([(u - eye_r, v), (u, v + 0.05), (u + eye_r, v)], ink, 0.06)
    if rng.random() < 0.88:
        brow = hair * 0.8 if style != "bald" else ink
        lift, slant, thick = rng.uniform(0.17, 0.25), rng.uniform(-0.05, 0.05), rng.uniform(0.05, 0.1)
        for side, (u, v) in zip((-1, 1), eyes):
            pen.line([(u - side * 0.18, v - lift + slant), (u, v - lift - 0.03), (u + side * 0.2, v - lift + 0.02)], brow, thick)

    # Nose
    kind = rng.integers(3)
    nu, nv = nose
    if kind == 0:
        pen.line([(yaw * 0.9 + 0.02, nv - 0.27), (nu + 0.12, nv), (nu - 0.05, nv + 0.03)], dark * 0.85, 0.05)
    elif kind == 1:
        pen.ellipse(nu, nv, 0.14, 0.11, dark)
        pen.ellipse(nu - 0.02, nv - 0.02, 0.10, 0.07, np.clip(skin * 1.03, 0, 255))
    else:
        pen.polygon([(yaw, nv - 0.26), (nu + 0.14, nv + 0.03), (nu - 0.14, nv + 0.03)], dark)

    # Mouth
    mu, mv = mouth
    lips = np.array([(190, 60, 60), (150, 50, 50), (210, 100, 100), (90, 35, 35)][rng.integers(4)], float)
    half, bend = rng.uniform(0.22, 0.38), rng.uniform(-0.03, 0.1)
    kind = rng.choice(["line", "open", "lips", "teeth"], p=[0.3, 0.2, 0.3, 0.2])
    if kind == "line":
        pen.line([(mu - half, mv - bend), (mu - half / 2, mv + bend * 0.2), (mu, mv + bend * 0.5), (mu + half / 2, mv + bend * 0.2), (mu + half, mv - bend)], lips * 0.7, rng.uniform(0.05, 0.09))
    elif kind == "open":
        pen.ellipse(mu, mv, half * 0.7, rng.uniform(0.09, 0.2), lips)
        pen.ellipse(mu, mv, half * 0.5, 0.07, (60, 15, 15))
    elif kind == "lips":
        pen.polygon([(mu - half, mv - bend), (mu - half / 3, mv - 0.07), (mu, mv - 0.045), (mu + half / 3, mv - 0.07), (mu + half, mv - bend), (mu, mv + 0.1)], lips)
        pen.line([(mu - half, mv - bend), (mu, mv + 0.01), (mu + half, mv - bend)], lips * 0.55, 0.03)
    else:
        pen.polygon([(mu - half, mv - 0.06), (mu + half, mv - 0.06), (mu + half / 2, mv + 0.1), (mu - half / 2, mv + 0.1)], lips * 0.7)
        pen.polygon([(mu - half * 0.85, mv - 0.05), (mu + half * 0.85, mv - 0.05), (mu + half * 0.7, mv + 0.01), (mu - half * 0.7, mv + 0.01)], (245, 245, 240))

    # Glasses
    if rng.random() < 0.22:
        frame, r = any_colour(rng) * 0.5, rng.uniform(0.24, 0.31)
        sun, square = rng.random() < 0.3, rng.random() < 0.4
        for u, v in eyes:
            rim = [(u - r, v - r * 0.6), (u + r, v - r * 0.6), (u + r * 0.9, v + r * 0.6), (u - r * 0.9, v + r * 0.6)] if square else pen.oval(u, v, r, r)
            if sun:
                pen.polygon(rim, frame * 0.4)
            pen.line(rim + rim[:2], frame, 0.05)
        pen.line([(eyes[0][0] + r, eye_v), (eyes[1][0] - r, eye_v)], frame, 0.05)
        pen.line([(eyes[0][0] - r, eye_v), (-0.98, eye_v + 0.02)], frame, 0.04)
        pen.line([(eyes[1][0] + r, eye_v), (0.98, eye_v + 0.02)], frame, 0.04)
    yield face


def background(rng, w, h):
    """Gradient, plain colour or smooth blotches."""
    kind = rng.random()
    if kind < 0.25:
        out = np.broadcast_to(any_colour(rng), (h, w, 3))
    elif kind < 0.6:
        angle = rng.uniform(0, 2 * math.pi)
        yy, xx = np.mgrid[0:h, 0:w]
        t = (xx * math.cos(angle) / w + yy * math.sin(angle) / h)
        t = ((t - t.min()) / max(1e-6, np.ptp(t)))[..., None]
        out = any_colour(rng) * (1 - t) + any_colour(rng) * t
    else:
        n = int(rng.integers(3, 14))
        mid, spread = any_colour(rng), rng.uniform(15, 90)
        small = np.clip(mid + rng.normal(0, spread, (n, n, 3)), 0, 255).astype(np.uint8)
        return Image.fromarray(small).resize((w, h), Image.BICUBIC)
    return Image.fromarray(np.clip(out, 0, 255).astype(np.uint8))


def clutter(rng, draw, w, h, ss):
    """One thing that is not a face. w, h and sizes in frame pixels."""
    side = max(w, h)
    x, y = rng.uniform(0, w), rng.uniform(0, h)
    r = side * float(np.exp(rng.uniform(math.log(0.03), math.log(0.35))))
    pen = Pen(draw, x, y, r, r * rng.uniform(0.4, 1.4), rng.uniform(0, 2 * math.pi), ss)
    fill = any_colour(rng) if rng.random() < 0.6 else skin_colour(rng)
    other = any_colour(rng)
    kind = rng.integers(12)
    if kind == 0:
        pen.polygon([(-1, -1), (1, -1), (1, 1), (-1, 1)], fill)
    elif kind == 1:
        n = int(rng.integers(3, 8))
        pen.polygon([(rng.uniform(0.4, 1) * math.cos(2 * math.pi * i / n), rng.uniform(0.4, 1) * math.sin(2 * math.pi * i / n)) for i in range(n)], fill)
    elif kind == 2:
        pen.line([(rng.uniform(-2, 2), rng.uniform(-2, 2)) for _ in range(rng.integers(2, 6))], fill, rng.uniform(0.02, 0.15))
    elif kind == 3:  # lines of text-like blobs
        pen = Pen(draw, x, y, r, r, rng.normal(0, 0.15), ss)
        size = rng.uniform(0.06, 0.2)
        for row in range(int(rng.integers(1, 5))):
            u = -1.0
            while u < 1:
                width = rng.uniform(0.3, 1.2) * size
                v = row * size * 1.8
                pen.polygon([(u, v), (u + width, v), (u + width, v + size * rng.uniform(0.6, 1.1)), (u, v + size)], fill)
                u += width + size * rng.uniform(0.15, 0.6)
    elif kind == 4:  # blank oval
        pen.polygon([(math.cos(t), math.sin(t)) for t in np.linspace(0, 2 * math.pi, 40)], fill)
    elif kind == 5:  # rings, a target
        for k in np.linspace(1, 0.2, int(rng.integers(2, 6))):
            pen.polygon([(k * math.cos(t), k * math.sin(t)) for t in np.linspace(0, 2 * math.pi, 40)], fill)
            fill, other = other, fill
    elif kind == 6:  # striped oval
        pen.polygon([(math.cos(t), math.sin(t)) for t in np.linspace(0, 2 * math.pi, 40)], fill)
        for v in np.arange(-0.8, 0.81, rng.uniform(0.2, 0.5)):
            half = math.sqrt(1 - v * v)
            pen.line([(-half, v), (half, v)], other, rng.uniform(0.04, 0.12))
    elif kind == 7:  # button or clock
        pen = Pen(draw, x, y, r, r, rng.uniform(0, 6.3), ss)
        pen.ellipse(0, 0, 1, 1, fill)
        if rng.random() < 0.5:
            for u, v in ((-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3)):
                pen.ellipse(u, v, 0.13, 0.13, other)
        else:
            for t in np.linspace(0, 2 * math.pi, 12, endpoint=False):
                pen.line([(0.8 * math.cos(t), 0.8 * math.sin(t)), (0.92 * math.cos(t), 0.92 * math.sin(t))], other, 0.05)
            pen.line([(0, 0), (0.6, 0)], other, 0.06)
            pen.line([(0, 0), (0.1, -0.75)], other, 0.04)
    elif kind == 8:  # window: two by two panes
        pen = Pen(draw, x, y, r, r, rng.normal(0, 0.1), ss)
        pen.polygon([(-1, -1.2), (1, -1.2), (1, 1.2), (-1, 1.2)], fill)
        for u in (-0.85, 0.1):
            for v in (-1.0, 0.1):
                pen.polygon([(u, v), (u + 0.75, v), (u + 0.75, v + 0.9), (u, v + 0.9)], other)
    elif kind == 9:  # oval with dots anywhere
        pen.polygon([(math.cos(t), math.sin(t)) for t in np.linspace(0, 2 * math.pi, 40)], fill)
        for _ in range(int(rng.integers(1, 9))):
            q, t = rng.uniform(0, 0.85), rng.uniform(0, 6.3)
            pen.ellipse(q * math.cos(t), q * math.sin(t), *rng.uniform(0.04, 0.15, 2), other)
    elif kind == 10:  # two discs side by side: wheels, buttons, eyes of nobody
        pen = Pen(draw, x, y, r, r, rng.uniform(-0.5, 0.5), ss)
        for u in (-0.5, 0.5):
            pen.ellipse(u, 0, 0.3, 0.3, fill)
            pen.ellipse(u, 0, 0.14, 0.14, other)
    else:  # checks or fence
        n = int(rng.integers(3, 7))
        for i in range(n):
            for j in range(n):
                if (i + j) % 2:
                    u, v = -1 + 2 * i / n, -1 + 2 * j / n
                    pen.polygon([(u, v), (u + 2 / n, v), (u + 2 / n, v + 2 / n), (u, v + 2 / n)], fill)


def overlap(p, q):
    """Intersection over the smaller area."""
    iw = min(p[0] + p[2], q[0] + q[2]) - max(p[0], q[0])
    ih = min(p[1] + p[3], q[1] + q[3]) - max(p[1], q[1])
    return max(0, iw) * max(0, ih) / min(p[2] * p[3], q[2] * q[3])


def place(rng, w, h, count, smallest, largest):
    """Head positions (cx, cy, a, b, tilt, box) that stay apart; fewer than asked for when there is no room."""
    placed = []
    side = max(w, h)
    for _ in range(count):
        for _ in range(30):
            width = side * math.exp(rng.uniform(math.log(smallest), math.log(largest / (1 + 0.45 * (count - 1)) if count > 1 else largest)))
            tilt = math.radians(float(np.clip(rng.normal(0, 13), -25, 25)))
            ratio = rng.uniform(1.12, 1.42)
            a = width / 2 / math.hypot(math.cos(tilt), ratio * math.sin(tilt))
            b = a * ratio
            height = 2 * math.hypot(a * math.sin(tilt), b * math.cos(tilt))
            if width > 1.02 * w or height > 1.05 * h:
                continue
            out = 0.08 if rng.random() < 0.2 else -0.02  # a few stick out of the frame a little
            lo_x, hi_x = width * (0.5 - out), w - width * (0.5 - out)
            lo_y, hi_y = height * (0.5 - out), h - height * (0.5 - out)
            cx = rng.uniform(lo_x, hi_x) if hi_x > lo_x else w / 2
            cy = rng.uniform(lo_y, hi_y) if hi_y > lo_y else h / 2
            box = (cx - width / 2, cy - height / 2, width, height)
            if all(overlap(box, p[5]) < 0.04 for p in placed):
                placed.append((cx, cy, a, b, tilt, box))
                break
    return placed


def draw_scene(rng, w, h, count=None, supersample=3, aliased=False, noise=None,
               smallest=MIN_FACE, largest=MAX_FACE):
    """Returns an RGB array (h, w, 3) and the faces in it, the largest last."""
    ss = supersample
    image = background(rng, w * ss, h * ss)
    draw = ImageDraw.Draw(image)
    if count is None:
        count = int(rng.choice(MAX_FACES + 1, p=[0.16, 0.30, 0.24, 0.17, 0.13]))
    places = place(rng, w, h, count, smallest, largest)
    for _ in range(int(rng.integers(2, 20))):
        clutter(rng, draw, w, h, ss)
    # Heads without a face in them, where no face will be drawn over half of them
    for _ in range(int(rng.choice(3, p=[0.55, 0.3, 0.15]))):
        for p in place(rng, w, h, 1, 0.12, 0.5):
            if all(overlap(p[5], q[5]) < 0.05 for q in places):
                for _ in draw_face(rng, draw, *p[:5], ss, features=False):
                    pass
    heads = [draw_face(rng, draw, *p[:5], ss) for p in sorted(places, key=lambda p: p[3])]
    for head in heads:
        next(head)
    faces = [next(head) for head in heads]
    if rng.random() < 0.25:  # something thin in front of everything
        y = rng.uniform(0, h * ss)
        draw.line([(0, y), (w * ss, y + rng.normal(0, h * ss * 0.3))], fill=colour(any_colour(rng)), width=max(1, int(ss * max(w, h) * rng.uniform(0.004, 0.012))))

    if aliased:
        out = np.asarray(image)[ss // 2::ss, ss // 2::ss].astype(np.float32)
    else:
        out = np.asarray(image.reduce(ss)).astype(np.float32)
    side = max(w, h)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    # Light from one side, over the scene and over each face
    if rng.random() < 0.7:
        angle, depth = rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.45)
        t = ((xx - w / 2) * math.cos(angle) + (yy - h / 2) * math.sin(angle)) / (side / 2)
        out *= (1 - depth * 0.5 + depth * 0.5 * t)[..., None]
    for face in faces:
        if rng.random() < 0.6:
            x, y, fw, fh = face["box"]
            angle, depth = rng.uniform(0, 2 * math.pi), rng.uniform(0.05, 0.4)
            du, dv = (xx - x - fw / 2) / (fw / 2), (yy - y - fh / 2) / (fh / 2)
            mask = np.clip(4 * (1 - np.hypot(du, dv)), 0, 1)
            out *= (1 + mask * depth * (0.5 * (du * math.cos(angle) + dv * math.sin(angle)) - 0.3))[..., None]
    if rng.random() < 0.06:
        out = np.repeat(out @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, axis=2)
    out = (out - 128) * rng.uniform(0.65, 1.2) + 128 + rng.uniform(-25, 25)
    out *= rng.uniform(0.92, 1.08, 3).astype(np.float32)
    radius = side / 128 * (rng.uniform(0, 0.9) if rng.random() < 0.5 else 0)
    if radius > 0.15:
        out = np.asarray(Image.fromarray(np.clip(out, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius)), np.float32)
    sigma = rng.uniform(0, 11) if noise is None else noise
    grain = rng.normal(0, 1, out.shape).astype(np.float32)
    if sigma > 0:
        out = out + sigma * grain
    return np.clip(np.round(out), 0, 255).astype(np.uint8), faces


SHAPES = [(480, 360), (360, 480), (320, 320), (256, 384), (384, 256), (640, 360), (400, 400), (320, 240)]


def draw_input(rng, size=128):
    """A training sample: a scene already letterboxed into size x size, and its faces in those pixels."""
    if rng.random() < 0.5:
        w, h = size, size
    else:
        w, h = SHAPES[rng.integers(len(SHAPES))]
        g = size / max(w, h)
        w, h = int(round(w * g)), int(round(h * g))
    pixels, faces = draw_scene(rng, w, h, supersample=3, aliased=bool(rng.random() < 0.4))
    px, py = (size - w) // 2, (size - h) // 2
    out = np.zeros((size, size, 3), np.uint8)
    out[py:py + h, px:px + w] = pixels
    for f in faces:
        f["box"][0] += px
        f["box"][1] += py
        f["landmarks"] = [(x + px, y + py) for x, y in f["landmarks"]]
    return out, faces


def letterbox(pixels, size=128):
    """Centred letterbox, bilinear with pixel centres at +0.5 and no smoothing, black padding. Also g, px, py."""
    h, w = pixels.shape[:2]
    g = min(size / w, size / h)
    nw, nh = int(round(w * g)), int(round(h * g))
    px, py = (size - nw) // 2, (size - nh) // 2

    def taps(n, source):
        s = np.clip((np.arange(n) + 0.5) * source / n - 0.5, 0, source - 1)
        i = np.floor(s).astype(int)
        return i, np.minimum(i + 1, source - 1), (s - i)

    y0, y1, fy = taps(nh, h)
    x0, x1, fx = taps(nw, w)
    p = pixels.astype(np.float64)
    fx, fy = fx[None, :, None], fy[:, None, None]
    small = (p[y0][:, x0] * (1 - fx) + p[y0][:, x1] * fx) * (1 - fy) + (p[y1][:, x0] * (1 - fx) + p[y1][:, x1] * fx) * fy
    out = np.zeros((size, size, 3), np.uint8)
    out[py:py + nh, px:px + nw] = np.round(small).astype(np.uint8)
    return out, (nw / w, nh / h, px, py)
