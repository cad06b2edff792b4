/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_priors.h"

static uint32_t level_count(const n6_prior_level_t *level) {
    return level->grid_width * level->grid_height * level->cell_count;
}

uint32_t n6_priors_count(const n6_priors_t *priors) {
    if (priors->level_count == 0u) {
        return priors->table_count;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < priors->level_count; i++) {
        count += level_count(&priors->levels[i]);
    }
    return count;
}

static float clamp(float x, float highest) {
    return x < 0.0f ? 0.0f : x > highest ? highest : x;
}

static n6_prior_t unclipped(const n6_priors_t *priors, uint32_t index) {
    if (priors->level_count == 0u) {
        return priors->table[index];
    }
    const n6_prior_level_t *level = priors->levels;
    while (index >= level_count(level)) {
        index -= level_count(level);
        level++;
    }
    const uint32_t cell = index / level->cell_count;
    const n6_prior_t *prior = &level->cell[index % level->cell_count];
    const n6_prior_t placed = {((float)(cell % level->grid_width) + prior->x) * level->step_x,
                               ((float)(cell / level->grid_width) + prior->y) * level->step_y, prior->width,
                               prior->height};
    return placed;
}

n6_prior_t n6_priors_at(const n6_priors_t *priors, uint32_t index) {
    n6_prior_t prior = unclipped(priors, index);
    if (priors->clip) {
        prior.x = clamp(prior.x, priors->width);
        prior.y = clamp(prior.y, priors->height);
        prior.width = clamp(prior.width, priors->width);
        prior.height = clamp(prior.height, priors->height);
    }
    return prior;
}
