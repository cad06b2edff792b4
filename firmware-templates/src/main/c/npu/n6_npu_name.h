/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_NAME_H
#define N6_NPU_NAME_H

/* The compiler puts the name of the network into the names of its functions. N6_NPU_NETWORK is that name, set by the
 * project's CMake: Default where none was given (up to 2.2), otherwise network or what --name said. */

#ifndef N6_NPU_NETWORK
#error "N6_NPU_NETWORK is not set"
#endif

#define N6_NPU_JOINED_(a, b) a##b
#define N6_NPU_JOINED(a, b) N6_NPU_JOINED_(a, b)

/* N6_NPU_OF_NETWORK(LL_ATON_EpochBlockItems_) */
#define N6_NPU_OF_NETWORK(prefix) N6_NPU_JOINED(prefix, N6_NPU_NETWORK)

/* N6_NPU_STAI(_init): stai_network_init */
#define N6_NPU_STAI(suffix) N6_NPU_JOINED(N6_NPU_OF_NETWORK(stai_), suffix)

#endif
