// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a folder on the class path, in a jar or not. */
final class ResourceFolder {
    private ResourceFolder() {}

    /**
     * All files below the folder in which {@code anchor} lies, sorted by path.
     *
     * @param anchor name of a resource directly inside the folder: a class path knows files, not folders
     */
    static List<FirmwareFile> files(String anchor) {
        URL found = ResourceFolder.class.getClassLoader().getResource(anchor);
        if (found == null) {
            throw new IllegalStateException("resource " + anchor + " is not on the class path");
        }
        try {
            URI uri = found.toURI();
            if (!uri.getScheme().equals("jar")) {
                return read(Path.of(uri).getParent());
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return read(jar.getPath(anchor).getParent());
            } catch (FileSystemAlreadyExistsException open) {
                return read(FileSystems.getFileSystem(uri).getPath(anchor).getParent());
            }
        } catch (URISyntaxException | IOException reason) {
            throw new IllegalStateException("resource " + anchor, reason);
        }
    }

    private static List<FirmwareFile> read(Path folder) throws IOException {
        List<FirmwareFile> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(path).toString().replace('\\', '/');
                files.add(new FirmwareFile(name, Files.readAllBytes(path)));
            }
        } catch (UncheckedIOException reason) {
            throw reason.getCause();
        }
        files.sort(Comparator.comparing(FirmwareFile::path));
        return files;
    }
}
