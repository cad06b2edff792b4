// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Nearest resizing in the one form that the NPU knows, where the pixels read are the same ones. */
final class ResizeAsymmetric extends NodeRepair {
    ResizeAsymmetric() {
        super(
                "resize-asymmetric",
                "Nearest resizing by whole factors gets asymmetric coordinates and floor where it reads the same pixels.",
                Tolerance.EXACT,
                "OP-RESIZE-LINEAR");
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "Resize node") + (places == 1 ? " reads" : " read")
                + " the same pixels with asymmetric coordinates and floor, the form that runs" + " on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<ResizeForm> form = ResizeForm.of(graph, node).filter(ResizeForm::readsAsymmetric);
        if (form.isEmpty()) {
            return false;
        }
        boolean wanted = node.is("Resize")
                && graph.opset() >= 11
                && form.get().coordinates().equals("asymmetric")
                && form.get().rounding().equals("floor");
        // The older operator has no such attributes and this form only; Resize of operator set 10 likewise.
        if (wanted || graph.opset() < 11) {
            return false;
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("mode", Attribute.of("nearest"));
        attributes.put("coordinate_transformation_mode", Attribute.of("asymmetric"));
        attributes.put("nearest_mode", Attribute.of("floor"));
        String scales = rewrite.constant(
                node.name() + "/scales",
                TensorData.ofFloats(
                        Shape.of(4), 1, 1, form.get().factor(0), form.get().factor(1)));
        rewrite.replace(
                node, List.of(GraphRewrite.turned(node, "Resize", List.of(node.input(0), "", scales), attributes)));
        return true;
    }
}
