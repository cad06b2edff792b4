// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Makes commands, handing the console to those that take one. */
final class CommandFactory implements IFactory {
    private final Console console;
    private final IFactory fallback = CommandLine.defaultFactory();

    CommandFactory(Console console) {
        this.console = console;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        if (type.getPackage() == Main.class.getPackage()) {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Console.class})) {
                    return type.cast(constructor.newInstance(console));
                }
            }
        }
        return fallback.create(type);
    }
}
