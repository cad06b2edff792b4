// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The linker's map without the folders of this machine: the same sources give the same map everywhere. */
final class LinkerMap {
    /** A file name behind folders: an absolute path, or the object of a source outside the project. */
    private static final Pattern FOLDERS = Pattern.compile("(?:[A-Za-z]:)?[/\\\\](?:[^\\s/\\\\()]+[/\\\\])+");

    private LinkerMap() {}

    static String withoutFolders(Path build) throws IOException {
        String text = Files.readString(build.resolve("firmware.map"), StandardCharsets.ISO_8859_1);
        for (Path known = build.getParent(); known != null && known.getNameCount() > 0; known = null) {
            String bytes = new String(known.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            text = text.replace(bytes, "");
        }
        return FOLDERS.matcher(text).replaceAll(Matcher.quoteReplacement("/"));
    }
}
