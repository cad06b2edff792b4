// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a stand-in does, as a text of sections and actions:
 *
 * <pre>
 * [--version]                      the first argument that selects the section
 * say ST Edge AI Core v2.2.0-20266 2adc00962
 * [generate]                       first call; [generate 2] is the second one, and so on; the last one counts for all later
 * say TEXT                         a line on standard output
 * print FILE                       the lines of a file of the case folder
 * bar N                            a progress bar in N steps, each over the one before it
 * wait MILLIS
 * copy NAME FILE                   a file of the output folder, from the case folder (.gz is unpacked)
 * sign NAME FILE                   the same, with the MD5 of the model given in place of the recorded one
 * place NAME FILE                  as sign, with the addresses of the pools that were given
 * cut NAME FILE BYTES              the same, only its beginning
 * fill NAME BYTES                  a file of that many bytes that depend on the position only
 * write NAME TEXT                  a file of one line
 * drop                             deletes the output folder
 * child                            starts a process that stays
 * need TEXT                        ends with 2 unless the text is among the arguments
 * hang                             waits until it is killed
 * die SIGNAL                       kills itself
 * exit STATUS
 * </pre>
 *
 * Without {@code exit} a section ends with 0. Lines that begin with # say nothing. {@code ${model}}, {@code ${output}},
 * {@code ${workspace}} and {@code ${name}} stand for what the arguments gave.
 */
record StandInScript(Map<String, List<List<String>>> sections) {

    static StandInScript read(Path file) throws IOException {
        Map<String, List<List<String>>> sections = new LinkedHashMap<>();
        List<List<String>> open = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            if (text.startsWith("[") && text.endsWith("]")) {
                open = new ArrayList<>();
                sections.put(text.substring(1, text.length() - 1), open);
            } else {
                int blank = text.indexOf(' ');
                open.add(blank < 0 ? List.of(text, "") : List.of(text.substring(0, blank), text.substring(blank + 1)));
            }
        }
        return new StandInScript(sections);
    }

    /** Actions of the n-th call (from 1) of a command; the last one that is written for later calls. */
    List<List<String>> actions(String command, int call) {
        for (int n = call; n > 1; n--) {
            List<List<String>> exact = sections.get(command + " " + n);
            if (exact != null) {
                return exact;
            }
        }
        List<List<String>> first = sections.get(command);
        if (first == null) {
            return List.of(List.of("say", "the stand-in has no section [" + command + "]"), List.of("exit", "64"));
        }
        return first;
    }
}
