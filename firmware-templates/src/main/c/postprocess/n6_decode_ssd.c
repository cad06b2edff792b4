/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_ssd.h"

#include <math.h>
#include <stddef.h>

#include "n6_candidates.h"
#include "n6_view.h"

/* With more than two columns the difference to one other column only bounds the softmax. What is looked at is decided a little
 * below the threshold, so that rounding loses none. */
#define BOUND_SLACK 0.999999f

/* An output seen as `anchors` rows of columns in every cell of a grid. */
typedef struct {
    const n6_tensor_t *tensor;
    uint32_t width, height, anchors;
    int32_t column_stride, row_stride; /* of cells */
    int32_t anchor_stride, value_stride;
} head_view_t;

typedef struct {
    head_view_t boxes, scores, landmarks;
} head_views_t;

static bool open_view(const n6_tensor_t *tensor, n6_ssd_layout_t layout, uint32_t columns, uint32_t rows,
                      head_view_t *view) {
    view->tensor = tensor;
    if (layout == N6_SSD_ROWS) {
        n6_rows_t matrix;
        if (n6_rows_of(tensor, columns, &matrix) != N6_OK || matrix.rows != rows) {
            return false;
        }
        view->width = rows;
        view->height = 1;
        view->anchors = 1;
        view->column_stride = matrix.row_stride;
        view->row_stride = 0;
        view->anchor_stride = 0;
        view->value_stride = matrix.column_stride;
        return true;
    }
    n6_grid_t grid;
    if (n6_grid_of(tensor, layout == N6_SSD_CHANNELS_LAST, &grid) != N6_OK || grid.channels % columns != 0u ||
        grid.width * grid.height * (grid.channels / columns) != rows) {
        return false;
    }
    view->width = grid.width;
    view->height = grid.height;
    view->anchors = grid.channels / columns;
    view->column_stride = grid.column_stride;
    view->row_stride = grid.row_stride;
    view->anchor_stride = grid.channel_stride * (int32_t)columns;
    view->value_stride = grid.channel_stride;
    return true;
}

static bool open_output(const n6_tensor_t *outputs, uint32_t output_count, uint32_t output, const n6_ssd_head_t *head,
                        uint32_t columns, head_view_t *view) {
    return output < output_count && open_view(&outputs[output], head->layout, columns, head->rows, view);
}

/* Offset of the first value of row `row` of a head: cell by cell, anchors in turn. */
static int32_t row_offset(const head_view_t *view, uint32_t row) {
    const uint32_t cell = row / view->anchors;
    return (int32_t)(cell / view->width) * view->row_stride + (int32_t)(cell % view->width) * view->column_stride +
           (int32_t)(row % view->anchors) * view->anchor_stride;
}

static float value_at(const head_view_t *view, int32_t offset, uint32_t column) {
    return n6_tensor_real(view->tensor, offset + (int32_t)column * view->value_stride);
}

static n6_line_t line_of(const head_view_t *view, uint32_t anchor, uint32_t row, uint32_t column) {
    const ptrdiff_t offset = (ptrdiff_t)anchor * view->anchor_stride + (ptrdiff_t)row * view->row_stride +
                             (ptrdiff_t)column * view->value_stride;
    const n6_element_t type = view->tensor->type;
    const ptrdiff_t bytes = type == N6_INT8 || type == N6_UINT8 ? 1 : 4;
    const n6_line_t line = {(const char *)view->tensor->data + offset * bytes, type, view->column_stride, view->width};
    return line;
}

/* The column whose logit is subtracted from that of `column`. */
static uint32_t opponent(const n6_ssd_t *ssd, uint32_t column) {
    if (ssd->background != N6_SSD_NO_BACKGROUND) {
        return (uint32_t)ssd->background;
    }
    return column == 0u ? 1u : 0u;
}

static float difference(const head_view_t *scores, int32_t offset, uint32_t column, uint32_t other) {
    return n6_tensor_difference(scores->tensor, offset + (int32_t)column * scores->value_stride,
                                offset + (int32_t)other * scores->value_stride);
}

/* Not a number where a logit is none. */
static float softmax(const n6_ssd_t *ssd, const head_view_t *scores, int32_t offset, uint32_t column) {
    float largest = -INFINITY;
    for (uint32_t i = 0; i < ssd->score_columns; i++) {
        const float x = value_at(scores, offset, i);
        largest = x > largest ? x : largest;
    }
    float own = 0.0f;
    float sum = 0.0f;
    for (uint32_t i = 0; i < ssd->score_columns; i++) {
        const float x = value_at(scores, offset, i);
        /* An infinite logit is as certain as can be, and inf - inf would be none. */
        const float e = x == largest ? 1.0f : expf(x - largest);
        sum += e;
        own = i == column ? e : own;
    }
    return own / sum;
}

static float score_of(const n6_ssd_t *ssd, const head_view_t *scores, int32_t offset, uint32_t column) {
    if (!ssd->softmax) {
        return n6_score_of(&ssd->score, value_at(scores, offset, column));
    }
    if (ssd->score_columns == 2u) {
        return n6_score_of(&ssd->score, difference(scores, offset, column, opponent(ssd, column)));
    }
    return softmax(ssd, scores, offset, column);
}

static float clamp(float x, float highest) {
    return x < 0.0f ? 0.0f : x > highest ? highest : x;
}

static n6_prior_t prior_of(const n6_ssd_t *ssd, uint32_t index) {
    const n6_prior_t none = {0.0f, 0.0f, 0.0f, 0.0f};
    return ssd->coding == N6_SSD_CENTRE_DELTAS || ssd->coding == N6_SSD_CORNER_DELTAS
               ? n6_priors_at(&ssd->priors, index)
               : none;
}

static void set_centre(n6_candidate_t *box, float cx, float cy, float width, float height) {
    box->width = width;
    box->height = height;
    box->x1 = cx - width * 0.5f;
    box->y1 = cy - height * 0.5f;
    box->x2 = cx + width * 0.5f;
    box->y2 = cy + height * 0.5f;
}

static void set_corners(n6_candidate_t *box, float x1, float y1, float x2, float y2) {
    box->x1 = x1;
    box->y1 = y1;
    box->x2 = x2;
    box->y2 = y2;
    box->width = x2 - x1;
    box->height = y2 - y1;
}

static void set_box(const n6_ssd_t *ssd, const n6_prior_t *prior, const head_view_t *boxes, uint32_t row,
                    n6_candidate_t *box) {
    const int32_t offset = row_offset(boxes, row);
    float l[4];
    float numbers[4];
    n6_tensor_reals(boxes->tensor, offset, boxes->value_stride, 4u, numbers);
    for (uint32_t i = 0; i < 4u; i++) {
        l[i] = numbers[ssd->column[i]] * ssd->factor[i];
    }
    switch (ssd->coding) {
    case N6_SSD_CENTRE_DELTAS:
        set_centre(box, prior->x + l[0] * prior->width, prior->y + l[1] * prior->height, prior->width * expf(l[2]),
                   prior->height * expf(l[3]));
        break;
    case N6_SSD_CORNER_DELTAS: {
        const float half_width = prior->width * 0.5f;
        const float half_height = prior->height * 0.5f;
        set_corners(box, prior->x - half_width + l[0] * prior->width, prior->y - half_height + l[1] * prior->height,
                    prior->x + half_width + l[2] * prior->width, prior->y + half_height + l[3] * prior->height);
        break;
    }
    case N6_SSD_CENTRES:
        set_centre(box, l[0], l[1], l[2], l[3]);
        break;
    case N6_SSD_CORNERS:
    default:
        set_corners(box, l[0], l[1], l[2], l[3]);
        break;
    }
    if (ssd->clip && isfinite(box->width) && isfinite(box->height)) {
        box->x1 = clamp(box->x1, ssd->width);
        box->y1 = clamp(box->y1, ssd->height);
        box->x2 = clamp(box->x2, ssd->width);
        box->y2 = clamp(box->y2, ssd->height);
    }
}

static void offer(const n6_ssd_t *ssd, const head_views_t *head, uint32_t first_row, uint32_t row,
                  n6_candidate_t *candidate, n6_workspace_t *workspace) {
    const n6_prior_t prior = prior_of(ssd, first_row + row);
    set_box(ssd, &prior, &head->boxes, row, candidate);
    float landmarks[2 * N6_SSD_MAX_LANDMARKS];
    if (ssd->landmark_count > 0u) {
        n6_tensor_reals(head->landmarks.tensor, row_offset(&head->landmarks, row), head->landmarks.value_stride,
                        2u * ssd->landmark_count, landmarks);
    }
    for (uint32_t j = 0; j < ssd->landmark_count; j++) {
        landmarks[2u * j] = prior.x + landmarks[2u * j] * ssd->landmark_factor * prior.width;
        landmarks[2u * j + 1u] = prior.y + landmarks[2u * j + 1u] * ssd->landmark_factor * prior.height;
    }
    n6_candidates_offer(workspace, candidate, landmarks, ssd->landmark_count);
}

/* Offers what passes in one line of cells of one anchor and class. */
static void read_line(const n6_ssd_t *ssd, const n6_ssd_head_t *parameters, const head_views_t *head,
                      uint32_t first_row, uint32_t anchor, uint32_t grid_row, uint32_t column, uint32_t place,
                      n6_workspace_t *workspace) {
    const head_view_t *scores = &head->scores;
    const n6_threshold_t *threshold = &parameters->threshold;
    const uint32_t classes = ssd->score_columns - (ssd->background == N6_SSD_NO_BACKGROUND ? 0u : 1u);
    const int32_t other = ((int32_t)opponent(ssd, column) - (int32_t)column) * scores->value_stride;
    const n6_line_t line = line_of(scores, anchor, grid_row, column);
    for (uint32_t c = 0;; c++) {
        c = ssd->softmax ? n6_line_next_difference(&line, other, c, threshold) : n6_line_next(&line, c, threshold);
        if (c >= line.count) {
            return;
        }
        const uint32_t row = (grid_row * scores->width + c) * scores->anchors + anchor;
        const float score = score_of(ssd, scores, row_offset(scores, row), column);
        if (n6_score_passes(&ssd->score, score)) {
            n6_candidate_t candidate = {.score = score,
                                        .class_index = (int32_t)column - ssd->first_class,
                                        .index = (first_row + row) * classes + place};
            offer(ssd, head, first_row, row, &candidate, workspace);
        }
    }
}

static void read_head(const n6_ssd_t *ssd, const n6_ssd_head_t *parameters, const head_views_t *head,
                      uint32_t first_row, n6_workspace_t *workspace) {
    uint32_t place = 0;
    for (uint32_t column = 0; column < ssd->score_columns; column++) {
        if ((int32_t)column == ssd->background) {
            continue;
        }
        for (uint32_t anchor = 0; anchor < head->scores.anchors; anchor++) {
            for (uint32_t grid_row = 0; grid_row < head->scores.height; grid_row++) {
                read_line(ssd, parameters, head, first_row, anchor, grid_row, column, place, workspace);
            }
        }
        place++;
    }
}

n6_status_t n6_ssd_prepare(n6_ssd_t *ssd, const n6_tensor_t *outputs, uint32_t output_count) {
    if (ssd->head_count > N6_SSD_MAX_HEADS) {
        return N6_ERROR_ARGUMENT;
    }
    n6_score_rule_t rule = ssd->score;
    if (ssd->softmax && ssd->score_columns > 2u) {
        rule.threshold *= BOUND_SLACK;
    }
    for (uint32_t i = 0; i < ssd->head_count; i++) {
        n6_ssd_head_t *head = &ssd->head[i];
        if (head->score_output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_tensor_t *scores = &outputs[head->score_output];
        const n6_status_t status = ssd->softmax ? n6_threshold_find_difference(scores, &rule, &head->threshold)
                                                : n6_threshold_find(scores, &rule, &head->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

n6_status_t n6_decode_ssd(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                          n6_workspace_t *workspace) {
    const n6_ssd_t *ssd = parameters;
    const bool with_priors = ssd->coding == N6_SSD_CENTRE_DELTAS || ssd->coding == N6_SSD_CORNER_DELTAS;
    if (ssd->head_count > N6_SSD_MAX_HEADS || ssd->landmark_count > N6_SSD_MAX_LANDMARKS ||
        workspace->landmark_capacity < ssd->landmark_count || ssd->score_columns == 0u ||
        ssd->background < N6_SSD_NO_BACKGROUND || ssd->background >= (int32_t)ssd->score_columns ||
        (ssd->softmax && ssd->score_columns < 2u) || (ssd->landmark_count > 0u && !with_priors)) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < 4u; i++) {
        if (ssd->column[i] > 3u) {
            return N6_ERROR_ARGUMENT;
        }
    }
    uint32_t first_row = 0;
    for (uint32_t i = 0; i < ssd->head_count; i++) {
        const n6_ssd_head_t *head = &ssd->head[i];
        head_views_t views;
        if (head->rows == 0u || !open_output(outputs, output_count, head->box_output, head, 4u, &views.boxes) ||
            !open_output(outputs, output_count, head->score_output, head, ssd->score_columns, &views.scores) ||
            (ssd->landmark_count > 0u && !open_output(outputs, output_count, head->landmark_output, head,
                                                      2u * ssd->landmark_count, &views.landmarks)) ||
            (with_priors && n6_priors_count(&ssd->priors) - first_row < head->rows)) {
            return N6_ERROR_ARGUMENT;
        }
        read_head(ssd, head, &views, first_row, workspace);
        first_row += head->rows;
    }
    return N6_OK;
}
