/* SPDX-License-Identifier: Apache-2.0 */
/* n6_npu_api.h over stai_*: the same runtime behind return codes. */

#include N6_NPU_STAI_HEADER
#include "n6_npu_name.h"
#include "n6_npu_runtime.h"
#include "stai_ext.h"

/* The size macro of the header has the network's name in capitals; it stands for the size of this type in every release. */
static _stai_aton_context context;
static bool fresh;   /* a network that was just readied needs no readying */
static bool running; /* a run is continued once it was begun */
static n6_npu_observer_t to_observer;

static stai_network *network(void) {
    return (stai_network *)&context;
}

static n6_status_t status_of(stai_return_code code) {
    return code < STAI_ERROR_GENERIC ? N6_OK : N6_ERROR_HARDWARE;
}

static void event(void *cookie, const stai_event_type type, const void *block) {
    (void)cookie;
    n6_npu_runtime_event(to_observer, type, block);
}

n6_status_t n6_npu_api_power(void) {
    n6_npu_runtime_cache_on();
    return status_of(stai_runtime_init());
}

void n6_npu_api_power_down(void) {
    (void)stai_runtime_deinit();
}

n6_status_t n6_npu_api_start(n6_npu_observer_t observer) {
    to_observer = observer;
    fresh = true;
    /* In this order: the runtime wants its callback before the network is readied. */
    const n6_status_t status = status_of(N6_NPU_STAI(_set_callback)(network(), event, NULL));
    return status == N6_OK ? status_of(N6_NPU_STAI(_init)(network())) : status;
}

n6_status_t n6_npu_api_begin(void) {
    running = false;
    if (fresh) {
        fresh = false;
        return N6_OK;
    }
    return status_of(N6_NPU_JOINED(N6_NPU_OF_NETWORK(stai_ext_), _new_inference)(network()));
}

n6_npu_step_t n6_npu_api_step(void) {
    const stai_return_code code = running
                                      ? N6_NPU_JOINED(N6_NPU_OF_NETWORK(stai_ext_), _run_continue)(network())
                                      : N6_NPU_STAI(_run)(network(), STAI_MODE_ASYNC);
    running = true;
    switch (code) {
    case STAI_DONE:
        return N6_NPU_DONE;
    case STAI_RUNNING_WFE:
        return N6_NPU_BUSY;
    case STAI_SUCCESS:
    case STAI_RUNNING_NO_WFE:
        return N6_NPU_MORE;
    default:
        return N6_NPU_REFUSED;
    }
}
