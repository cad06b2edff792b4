/* SPDX-License-Identifier: Apache-2.0 */
/* Random and hostile outputs, shapes, quantizations, parameters and capacities through the decoders, under sanitizers.
 *
 *     fuzz FAMILY|all RUNS [FIRST_SEED]     seeded runs of a family, or of each
 *
 * With -fsanitize=fuzzer (and FUZZ_ENGINE defined) a fuzzing engine chooses instead. A tensor always has the memory that its
 * shape and strides name; all else may be wrong, and a decoder then answers N6_ERROR_ARGUMENT. What it finds has to be
 * finite, in order, within the capacities, and the same in a second run. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmark.h"
#include "families.h"
#include "fuzzed.h"
#include "mutate.h"

#define MAX_OUTPUTS 16u
#define MAX_ELEMENTS 160000u
#define COUNTED (sizeof families / sizeof families[0])
#define FAMILIES (COUNTED + 2u)
#define POINTS (COUNTED + 1u)

const float face_points[6][2] = {{0.0f, 0.0f}};

void __sanitizer_set_death_callback(void (*callback)(void));

static uint32_t decoded; /* runs whose outputs a decoder could read */
static const char *running = "none";
static uint32_t running_seed;

static const char *name_of(uint32_t i) {
    return i < COUNTED ? families[i]->name : i == POINTS ? "points" : family_detection_output.name;
}

static void say_seed(void) { fprintf(stderr, "family \"%s\", seed %u\n", running, running_seed); }

static void require(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        say_seed();
        abort();
    }
}

static void *room(size_t bytes) {
    void *p = malloc(bytes == 0u ? 1u : bytes);
    require(p != NULL, "out of memory");
    return p;
}

/* Elements of a shape; more than MAX_ELEMENTS where it has too many. */
static uint64_t elements_of(const n6_tensor_t *t) {
    uint64_t elements = 1;
    for (uint32_t i = 0; i < t->rank; i++) {
        elements *= t->shape[i];
        elements = elements > MAX_ELEMENTS ? MAX_ELEMENTS + 1u : elements;
    }
    return elements;
}

static void set_strides(n6_tensor_t *t) {
    const bool innermost_first = one_in(4);
    int32_t stride = 1;
    for (uint32_t i = 0; i < t->rank; i++) {
        const uint32_t axis = innermost_first ? i : t->rank - 1u - i;
        t->stride[axis] = stride;
        /* An axis without elements makes all others meaningless. */
        stride *= t->shape[axis] == 0u ? 1 : (int32_t)t->shape[axis];
    }
}

static void fill(n6_tensor_t *t, uint64_t elements) {
    static const size_t sizes[] = {1, 1, 4, 4};
    char *data = room((size_t)elements * sizes[t->type]);
    const bool nasty = one_in(4);
    for (uint64_t i = 0; i < elements; i++) {
        if (t->type == N6_FLOAT32) {
            const float x = nasty ? any_real() : (float)(int32_t)choose(2001) * 0.01f - 10.0f;
            memcpy(&data[4u * i], &x, sizeof x);
        } else if (t->type == N6_INT32) {
            const uint32_t x = choose(1u << 24) << 8;
            memcpy(&data[4u * i], &x, sizeof x);
        } else {
            data[i] = (char)(uint8_t)choose(256);
        }
    }
    t->data = data;
}

/* From the shape that the family's own outputs have. */
static n6_tensor_t hostile(const n6_tensor_t *model) {
    n6_tensor_t t = *model;
    t.type = one_in(16) ? N6_INT32 : (n6_element_t)choose(3);
    if (t.type == N6_FLOAT32) {
        t.scale = 1.0f;
        t.zero_point = 0;
    } else if (one_in(8)) {
        t.scale = any_real();
        t.zero_point = (int32_t)choose(1024) - 512;
    } else if (t.type == N6_UINT8) {
        t.zero_point += 128;
    }
    if (one_in(24)) {
        t.rank = choose(N6_MAX_RANK + 1u);
        for (uint32_t i = model->rank; i < t.rank; i++) {
            t.shape[i] = 1u + choose(4);
        }
    }
    for (uint32_t i = 0; i < t.rank; i++) {
        mutate_word(&t.shape[i]);
    }
    if (t.rank > 1u && one_in(24)) {
        const uint32_t first = t.shape[0];
        t.shape[0] = t.shape[t.rank - 1u];
        t.shape[t.rank - 1u] = first;
    }
    uint64_t elements = elements_of(&t);
    /* Beside an axis without elements, the others have to keep their strides in 31 bits. */
    bool too_long = elements > MAX_ELEMENTS;
    for (uint32_t i = 0; i < t.rank; i++) {
        too_long = too_long || t.shape[i] > MAX_ELEMENTS;
    }
    n6_tensor_t product = t;
    for (uint32_t i = 0; i < product.rank; i++) {
        product.shape[i] = product.shape[i] == 0u ? 1u : product.shape[i];
    }
    if (too_long || elements_of(&product) > MAX_ELEMENTS) {
        memcpy(t.shape, model->shape, sizeof t.shape);
        t.rank = model->rank;
        elements = elements_of(&t);
    }
    set_strides(&t);
    fill(&t, elements);
    if (one_in(200)) {
        free((void *)(uintptr_t)t.data);
        t.data = NULL;
    }
    return t;
}

static n6_nms_t hostile_nms(n6_nms_t nms) {
    if (one_in(2)) {
        nms.kind = (n6_nms_kind_t)choose(4);
        nms.convention = (n6_iou_t)choose(4);
        nms.iou_threshold = one_in(8) ? any_real() : 0.1f * (float)choose(10);
        nms.sigma = 0.05f * (float)choose(20); /* one that is not positive has no meaning */
        nms.score_threshold = one_in(8) ? any_real() : 0.1f * (float)choose(10);
        nms.top_k = one_in(2) ? 0u : choose(50);
        nms.keep = one_in(2) ? 0u : choose(50);
    }
    mutate_flag(&nms.inclusive);
    mutate_flag(&nms.per_class);
    mutate_flag(&nms.stop_at_zero_area);
    mutate_flag(&nms.recheck_above);
    return nms;
}

static void check(const n6_detections_t *found, const n6_workspace_t *workspace) {
    require(found->count <= found->capacity, "more detections than capacity");
    require(found->count <= found->survivors && found->survivors <= found->candidates, "counts");
    require(found->truncated == (found->survivors > found->count || workspace->offered > workspace->capacity),
            "truncated");
    for (uint32_t i = 0; i < found->count; i++) {
        const n6_detection_t *d = &found->items[i];
        require(isfinite(d->score) && isfinite(d->x1) && isfinite(d->y1) && isfinite(d->x2) && isfinite(d->y2),
                "a box is not finite");
        require(i == 0u || found->items[i - 1u].score >= d->score, "detections are not in order");
        for (uint32_t k = 0; k < 2u * found->landmark_count; k++) {
            require(isfinite(found->landmarks[i * 2u * found->landmark_count + k]), "a point is not finite");
        }
    }
}

/* Bytes of the result, for a comparison of two runs. */
static size_t copy_result(const n6_detections_t *found, uint8_t *to) {
    const size_t items = found->count * sizeof(n6_detection_t);
    const size_t points = (size_t)found->count * 2u * found->landmark_count * sizeof(float);
    if (items > 0u) {
        memcpy(to, found->items, items);
    }
    if (points > 0u) {
        memcpy(to + items, found->landmarks, points);
    }
    return items + points;
}

static void run(const family_t *family) {
    n6_tensor_t outputs[MAX_OUTPUTS];
    outputs_begin();
    family->make(outputs);
    uint32_t count = family->output_count;
    for (uint32_t i = 0; i < count; i++) {
        outputs[i] = hostile(&outputs[i]);
    }
    const uint32_t made = count;
    count = one_in(32) ? choose(count) : count;

    void *parameters = room(family->parameter_bytes);
    memcpy(parameters, family->parameters, family->parameter_bytes);
    if (one_in(2)) {
        family->mutate(parameters);
    }
    n6_decoder_t decoder = *family->decoder;
    decoder.parameters = parameters;
    decoder.nms = hostile_nms(decoder.nms);

    const uint32_t points = one_in(16) ? choose(8) : decoder.landmark_count;
    const uint32_t room_for = one_in(2) ? choose(8) : choose(300);
    const uint32_t results = one_in(2) ? choose(4) : choose(64);
    n6_workspace_t workspace = {.candidates = room(room_for * sizeof(n6_candidate_t)),
                                .landmarks = room((size_t)room_for * 2u * points * sizeof(float)),
                                .order = room(room_for * sizeof(uint16_t)),
                                .capacity = room_for,
                                .landmark_capacity = points};
    n6_detections_t found = {.items = room(results * sizeof(n6_detection_t)),
                             .landmarks = room((size_t)results * 2u * points * sizeof(float)),
                             .capacity = results};
    if (family->prepare(parameters, outputs, count) == N6_OK &&
        n6_decoder_run(&decoder, outputs, count, &workspace, &found) == N6_OK) {
        decoded++;
        check(&found, &workspace);
        const size_t bytes = results * (sizeof(n6_detection_t) + (size_t)2u * points * sizeof(float));
        uint8_t *first = room(bytes);
        uint8_t *second = room(bytes);
        const size_t length = copy_result(&found, first);
        require(n6_decoder_run(&decoder, outputs, count, &workspace, &found) == N6_OK, "a second run fails");
        require(copy_result(&found, second) == length && memcmp(first, second, length) == 0, "a second run differs");
        free(first);
        free(second);
    }
    free(workspace.candidates);
    free(workspace.landmarks);
    free(workspace.order);
    free(found.items);
    free(found.landmarks);
    free(parameters);
    for (uint32_t i = 0; i < made; i++) {
        free((void *)(uintptr_t)outputs[i].data);
    }
}

static void run_at(uint32_t i) {
    if (i == POINTS) {
        require(fuzz_points(), "a pose that is called valid is not finite");
        decoded++;
        return;
    }
    run(i < COUNTED ? families[i] : &family_detection_output);
}

#ifdef FUZZ_ENGINE

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *wanted = getenv("FUZZ_FAMILY");
    choices_from(data, size, (uint32_t)size);
    uint32_t chosen = choose(FAMILIES);
    for (uint32_t i = 0; wanted != NULL && i < FAMILIES; i++) {
        if (strncmp(wanted, name_of(i), strlen(wanted)) == 0) {
            chosen = i;
        }
    }
    running = name_of(chosen);
    run_at(chosen);
    return 0;
}

#else

int main(int argc, char **argv) {
    if (argc < 3) {
        for (uint32_t i = 0; i < FAMILIES; i++) {
            puts(name_of(i));
        }
        return 2;
    }
    __sanitizer_set_death_callback(say_seed);
    const uint32_t runs = (uint32_t)strtoul(argv[2], NULL, 10);
    const uint32_t first = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1u;
    bool known = false;
    for (uint32_t i = 0; i < FAMILIES; i++) {
        if (strcmp(argv[1], "all") != 0 && strncmp(argv[1], name_of(i), strlen(argv[1])) != 0) {
            continue;
        }
        known = true;
        running = name_of(i);
        for (running_seed = first; running_seed < first + runs; running_seed++) {
            choices_from(NULL, 0, running_seed);
            run_at(i);
        }
        printf("%s: %u runs, %u decoded\n", running, runs, decoded);
        decoded = 0;
    }
    return known ? 0 : 2;
}

#endif
