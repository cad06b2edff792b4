// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

/**
 * Where something stands in a file of the vendor's tool.
 *
 * @param file name of the file, without folders
 * @param line 1 for the first; 0 in a JSON file, where {@code part} says it alone
 * @param part heading of the block ({@code Memory usage information}), or JSON path ({@code memory_footprint.weights})
 */
public record Place(String file, int line, String part) {
    @Override
    public String toString() {
        String place = line > 0 ? file + ":" + line : file;
        return part.isEmpty() ? place : place + " (" + part + ")";
    }
}
