# SPDX-License-Identifier: Apache-2.0
# The network and the NPU runtime of ST Edge AI Core. Both are yours, from ST: nothing of them is part of this project.
# Needs: N6_NETWORK, N6_FLAGS, N6_BOARD_FLAGS, N6_INCLUDES, N6_VENDOR_*; generated/npu_network.cmake was included.
set(N6_NPU_RUNTIME "" CACHE PATH "Folder Middlewares/ST/AI of the ST Edge AI Core that made the network")

set(N6_NPU_LL_ATON "${N6_NPU_RUNTIME}/Npu/ll_aton")
if(NOT EXISTS "${N6_NPU_LL_ATON}/ll_aton_runtime.c")
  message(FATAL_ERROR "NPU runtime: '${N6_NPU_RUNTIME}' has no Npu/ll_aton/ll_aton_runtime.c. Name its folder: -DN6_NPU_RUNTIME=...")
endif()
# Spelt STM32N6XX up to 2.x, STM32N6xx from 3.0 on.
file(GLOB N6_NPU_DEVICE "${N6_NPU_RUNTIME}/Npu/Devices/STM32N6[Xx][Xx]")
if(NOT N6_NPU_DEVICE)
  message(FATAL_ERROR "NPU runtime: '${N6_NPU_RUNTIME}' has no Npu/Devices/STM32N6xx")
endif()

# Files that only some releases have are taken where they are; what a network does not call is not linked.
set(N6_NPU_RUNTIME_SOURCES)
foreach(source ll_aton ll_aton_runtime ll_aton_lib ll_aton_lib_sw_operators ll_aton_util ll_aton_cipher ll_sw_float
        ll_sw_integer)
  if(EXISTS "${N6_NPU_LL_ATON}/${source}.c")
    list(APPEND N6_NPU_RUNTIME_SOURCES "${N6_NPU_LL_ATON}/${source}.c")
  endif()
endforeach()
if(N6_NPU_API STREQUAL "stai" AND EXISTS "${N6_NPU_LL_ATON}/ll_aton_stai_internal.c")
  list(APPEND N6_NPU_RUNTIME_SOURCES "${N6_NPU_LL_ATON}/ll_aton_stai_internal.c")
endif()
list(APPEND N6_NPU_RUNTIME_SOURCES "${N6_NPU_DEVICE}/mcu_cache.c" "${N6_NPU_DEVICE}/npu_cache.c")

# Library of software epochs; after the objects that call it.
file(GLOB N6_NPU_LIBRARY "${N6_NPU_RUNTIME}/Lib/GCC/ARMCortexM55/NetworkRuntime*_CM55_GCC.a")

# These have to be the same for the runtime, for network.c and for the engine. NDEBUG: the runtime's own asserts print and
# stop; the engine tells errors over the link.
set(N6_NPU_DEFINITIONS
    NDEBUG
    LL_ATON_PLATFORM=LL_ATON_PLAT_STM32N6
    LL_ATON_OSAL=LL_ATON_OSAL_BARE_METAL
    LL_ATON_RT_MODE=LL_ATON_RT_ASYNC
    LL_ATON_SW_FALLBACK
    LL_ATON_DBG_BUFFER_INFO_EXCLUDED=1
    N6_NPU_NETWORK=${N6_NPU_NAME}
    "N6_NPU_STAI_HEADER=\"stai_${N6_NPU_NAME}.h\"")
# Up to 2.x enabling the NPU's cache does not initialise it.
file(STRINGS "${N6_NPU_DEVICE}/npu_cache.h" N6_NPU_CACHE_INIT_LINE REGEX "npu_cache_init")
if(N6_NPU_CACHE_INIT_LINE)
  list(APPEND N6_NPU_DEFINITIONS N6_NPU_CACHE_INIT=1)
else()
  list(APPEND N6_NPU_DEFINITIONS N6_NPU_CACHE_INIT=0)
endif()

set(N6_NPU_INCLUDES "${N6_NPU_LL_ATON}" "${N6_NPU_DEVICE}" "${N6_NPU_RUNTIME}/Inc" "${N6_NETWORK}"
    ${N6_VENDOR_INCLUDES} "${N6_VENDOR_PACKAGE}/Drivers/CMSIS/DSP/Include")

set(N6_NPU_NETWORK_SOURCES ${N6_NPU_SOURCES})
list(TRANSFORM N6_NPU_NETWORK_SOURCES PREPEND "${N6_NETWORK}/")
list(APPEND N6_FLAGS "-ffile-prefix-map=${N6_NPU_RUNTIME}=npu-runtime")
# Not our sources, not our warnings.
add_library(npu OBJECT ${N6_NPU_RUNTIME_SOURCES} ${N6_NPU_NETWORK_SOURCES})
target_compile_options(npu PRIVATE -std=gnu11 -fpermitted-flt-eval-methods=c11 -w -g -O2 ${N6_BOARD_FLAGS}
    -ffunction-sections -fdata-sections "-ffile-prefix-map=${N6_NPU_RUNTIME}=npu-runtime"
    "-ffile-prefix-map=${N6_VENDOR_PACKAGE}=${N6_VENDOR_NAME}" "-ffile-prefix-map=${N6_ROOT}=.")
target_compile_definitions(npu PRIVATE ${N6_VENDOR_DEFINITIONS} ${N6_NPU_DEFINITIONS})
target_include_directories(npu PRIVATE ${N6_NPU_INCLUDES} ${N6_BOARD_INCLUDES})
