// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostCoresTest {
    @Test
    void coresAreReadFromTheProcessStatus() {
        assertThat(HostCores.allowed("Name:\tjava\nCpus_allowed_list:\t0-2,5\nMems_allowed_list:\t0\n"))
                .containsExactly(0, 1, 2, 5);
        assertThat(HostCores.allowed("Cpus_allowed_list:\t7\n")).containsExactly(7);
        assertThat(HostCores.allowed("Name:\tjava\n")).isEmpty();
    }
}
