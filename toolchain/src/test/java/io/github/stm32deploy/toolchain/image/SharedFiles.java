// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import java.nio.file.Path;

/** The material beside the repository that only some machines have; tests skip where it is absent. */
public final class SharedFiles {
    private SharedFiles() {}

    public static Path folder(String relative) {
        String root = System.getenv("STM32_DEPLOY_SHARED");
        Path shared = root == null ? Path.of(System.getProperty("user.dir"), "../../shared") : Path.of(root);
        return shared.resolve(relative).normalize();
    }
}
