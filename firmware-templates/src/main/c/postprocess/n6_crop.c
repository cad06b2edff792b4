/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_crop.h"

#include <math.h>

static float at_least(float x, float lowest) {
    return x < lowest ? lowest : x;
}

static float at_most(float x, float highest) {
    return x > highest ? highest : x;
}

static n6_crop_t square(float left, float top, float side) {
    const n6_crop_t crop = {left, top, left + side, top + side};
    return crop;
}

n6_crop_t n6_crop_clipped(const n6_crop_t *crop, float image_width, float image_height) {
    const n6_crop_t clipped = {
        at_least(crop->left, 0.0f),
        at_least(crop->top, 0.0f),
        at_most(crop->right, image_width),
        at_most(crop->bottom, image_height),
    };
    return clipped;
}

static n6_crop_t whenet(const float box[4], float image_width, float image_height) {
    const float left = at_least(box[0] - (box[2] - box[0]) / 5.0f, 0.0f);
    const float right = at_most(box[2] + (box[2] - left) / 5.0f, image_width);
    const float top = at_least(box[1] - (box[3] - box[1]) / 10.0f, 0.0f);
    const float bottom = at_most(box[3] + (box[3] - top) / 10.0f, image_height);
    const n6_crop_t crop = {floorf(left), floorf(top), floorf(right), floorf(bottom)};
    return crop;
}

/* int(size * 0.0999...98), upstream's (1.2 - 1) / 2 in binary64: a whole size gives one less where ten divides it. */
static float just_below_a_tenth(float size) {
    return floorf((size - 1.0f) / 10.0f);
}

static n6_crop_t pipnet(const float box[4], float image_width, float image_height) {
    const float width = box[2] - box[0];
    const float height = box[3] - box[1];
    const float x = just_below_a_tenth(width);
    const float y = just_below_a_tenth(height);
    const n6_crop_t crop = {
        at_least(box[0] - x, 0.0f),
        at_least(box[1] + y, 0.0f),
        /* Inclusive edges of upstream plus one: exclusive ones here. */
        at_most(box[2] - 1.0f + x, image_width - 1.0f) + 1.0f,
        at_most(box[3] - 1.0f + y, image_height - 1.0f) + 1.0f,
    };
    return crop;
}

n6_crop_t n6_crop_of(n6_crop_rule_t rule, const float box[4], float image_width, float image_height) {
    const float x1 = box[0];
    const float y1 = box[1];
    const float x2 = box[2];
    const float y2 = box[3];
    const float width = x2 - x1;
    const float height = y2 - y1;
    switch (rule) {
    case N6_CROP_FIFTH_CROSSED: {
        const float x = truncf(0.2f * height);
        const float y = truncf(0.2f * width);
        const n6_crop_t crop = {at_least(x1 - x, 0.0f), at_least(y1 - y, 0.0f), x2 + x, y2 + y};
        return crop;
    }
    case N6_CROP_SQUARE_1_5: {
        const float longer = width > height ? width : height;
        const float left = truncf(at_least((x1 + x2) * 0.5f - 0.75f * longer, 0.0f));
        const float top = truncf(at_least((y1 + y2) * 0.5f - 0.75f * longer, 0.0f));
        return square(left, top, truncf(1.5f * longer));
    }
    case N6_CROP_HOPENET: {
        const n6_crop_t crop = {x1 - 0.5f * width, y1 - 0.75f * height, x2 + 0.5f * width, y2 + 0.25f * height};
        return n6_crop_clipped(&crop, image_width, image_height);
    }
    case N6_CROP_WHENET:
        return whenet(box, image_width, image_height);
    case N6_CROP_FSANET: {
        const n6_crop_t crop = {
            floorf(at_least(x1 - 0.6f * width, 0.0f)),
            floorf(at_least(y1 - 0.6f * height, 0.0f)),
            floorf(at_most(x2 + 0.6f * width, image_width - 1.0f)),
            floorf(at_most(y2 + 0.6f * height, image_height - 1.0f)),
        };
        return crop;
    }
    case N6_CROP_SQUARE_1_2: {
        const float w = width + 1.0f;
        const float h = height + 1.0f;
        const float side = truncf(1.2f * (w < h ? w : h));
        const float half = floorf(side * 0.5f);
        return square(floorf(x1 + floorf(w * 0.5f)) - half, floorf(y1 + floorf(h * 0.5f)) - half, side);
    }
    case N6_CROP_PEPPA: {
        const float half = floorf(0.7f * width);
        return square(floorf((x1 + x2) * 0.5f) - half, floorf((y1 + y2) * 0.5f) - half, 2.0f * half);
    }
    case N6_CROP_PIPNET:
        return pipnet(box, image_width, image_height);
    case N6_CROP_INTEGER_HALVES: {
        const float cx = floorf((x1 + x2) * 0.5f);
        const float cy = floorf((y1 + y2) * 0.5f);
        const float w = floorf(width * 0.5f);
        const float h = floorf(height * 0.5f);
        const n6_crop_t crop = {cx - w, cy - h, cx + w, cy + h};
        return crop;
    }
    case N6_CROP_FAN: {
        const float side = 200.0f * (width + height) / 195.0f;
        return square((x1 + x2) * 0.5f - 0.5f * side, (y1 + y2) * 0.5f - 0.12f * height - 0.5f * side, side);
    }
    case N6_CROP_BOX:
    default: {
        const n6_crop_t crop = {x1, y1, x2, y2};
        return crop;
    }
    }
}

bool n6_crop_is_worthwhile(const float box[4], float least) {
    return box[2] - box[0] > least && box[3] - box[1] > least;
}

void n6_crop_to_image(const n6_crop_t *crop, const float point[2], float image[2]) {
    image[0] = point[0] * (crop->right - crop->left) + crop->left;
    image[1] = point[1] * (crop->bottom - crop->top) + crop->top;
}

n6_crop_letterbox_t n6_crop_letterboxed(const float box[4], float input) {
    const float width = box[2] - box[0];
    const float height = box[3] - box[1];
    const float longer = width > height ? width : height;
    const float w = rintf(width * input / longer);
    const float h = rintf(height * input / longer);
    const n6_crop_letterbox_t crop = {
        floorf((input - w) * 0.5f),
        floorf((input - h) * 0.5f),
        w / width,
        h / height,
    };
    return crop;
}
