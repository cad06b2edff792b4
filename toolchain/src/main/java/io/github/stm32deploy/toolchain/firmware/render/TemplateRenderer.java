// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware.render;

import java.io.StringWriter;
import java.util.Map;
import java.util.Properties;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.exception.VelocityException;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.util.introspection.SecureUberspector;

/**
 * Fills Velocity templates that lie on the class path; the only user of Velocity.
 *
 * <p>References are strict: a name that the values do not hold, quiet ({@code $!x}) or not, is an error of the template
 * and never an empty place in a generated file. Numbers should arrive as text where their form matters to a C compiler.
 * In templates {@code #include}, {@code #define} and {@code #if} of C are written with a backslash in front or inside
 * {@code #[[ … ]]#}, because Velocity takes them as its own directives (and drops {@code #include} silently).
 */
public final class TemplateRenderer {
    /** Where the templates of the firmware-templates module lie on the class path. */
    public static final String FIRMWARE_TEMPLATES = "io/github/stm32deploy/firmware/templates/";

    private final VelocityEngine engine;

    public TemplateRenderer() {
        Properties settings = new Properties();
        settings.setProperty(RuntimeConstants.RESOURCE_LOADERS, "class");
        settings.setProperty(
                "resource.loader.class.class", "org.apache.velocity.runtime.resource.loader.ClasspathResourceLoader");
        settings.setProperty("resource.loader.class.cache", "true");
        settings.setProperty(RuntimeConstants.RUNTIME_REFERENCES_STRICT, "true");
        settings.setProperty(RuntimeConstants.INPUT_ENCODING, "UTF-8");
        settings.setProperty(RuntimeConstants.UBERSPECT_CLASSNAME, SecureUberspector.class.getName());
        // Only what a template needs: no file access, no evaluation of strings, no macros from a global library.
        settings.setProperty(RuntimeConstants.VM_LIBRARY, "");
        engine = new VelocityEngine(settings);
        engine.init();
    }

    /**
     * Renders one template.
     *
     * @param templateResource class path name without a leading slash,
     *     {@code io/github/stm32deploy/firmware/templates/network.c.vm}
     * @param values what the template may name; lists, maps, records' public accessors and plain values
     * @return the text, line ends as in the template
     * @throws IllegalArgumentException where the template does not exist, does not parse or names a value that is absent:
     *     a defect of this tool, not of the user's model
     */
    public String render(String templateResource, Map<String, ?> values) {
        VelocityContext context = new VelocityContext();
        values.forEach(context::put);
        StringWriter text = new StringWriter();
        try {
            engine.getTemplate(templateResource, "UTF-8").merge(context, text);
        } catch (VelocityException reason) {
            throw new IllegalArgumentException(templateResource + ": " + reason.getMessage(), reason);
        }
        return text.toString();
    }
}
