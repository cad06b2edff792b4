// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Einsum of two operands that is a product of matrices: one index that is summed up, one that only the first operand has, one that
 * only the second has, and any that both and the result have. Transpose, MatMul, Transpose, of which those that move nothing are
 * left out.
 */
final class EinsumToMatMul extends NodeRepair {
    EinsumToMatMul() {
        super(
                "einsum-to-matmul",
                "Einsum of two operands that is a product of matrices becomes MatMul.",
                Tolerance.ROUNDING,
                "OP-EINSUM");
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "Einsum node") + (places == 1 ? " is" : " are")
                + " refused by the front end, and no more than a product of matrices";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        if (!node.is("Einsum") || node.inputs().size() != 2) {
            return false;
        }
        String equation = node.stringAttribute("equation", "").replace(" ", "");
        int arrow = equation.indexOf("->");
        int comma = equation.indexOf(',');
        if (arrow < 0 || comma < 0 || comma > arrow || !equation.matches("[A-Za-z]+,[A-Za-z]+->[A-Za-z]+")) {
            return false;
        }
        String first = equation.substring(0, comma);
        String second = equation.substring(comma + 1, arrow);
        String result = equation.substring(arrow + 2);
        if (repeats(first) || repeats(second) || repeats(result)) {
            return false;
        }
        String batch = chosen(result, index -> has(first, index) && has(second, index));
        String summed = chosen(first, index -> has(second, index) && !has(result, index));
        String left = chosen(result, index -> has(first, index) && !has(second, index));
        String right = chosen(result, index -> has(second, index) && !has(first, index));
        int all = batch.length() + 3;
        boolean product = summed.length() == 1
                && left.length() == 1
                && right.length() == 1
                && first.length() == batch.length() + 2
                && second.length() == batch.length() + 2
                && result.length() == all - 1;
        if (!product) {
            return false;
        }
        List<Node> made = new ArrayList<>();
        String one = turned(node, node.input(0), first, batch + left + summed, "", rewrite, made);
        String other = turned(node, node.input(1), second, batch + summed + right, "", rewrite, made);
        String matrix = batch + left + right;
        boolean straight = matrix.equals(result);
        String multiplied = straight ? node.output(0) : rewrite.tensor(node.output(0) + "/product");
        made.add(
                new Node(node.name(), "MatMul", "", List.of(one, other), List.of(multiplied), Map.of(), node.origin()));
        if (!straight) {
            turned(node, multiplied, matrix, result, node.output(0), rewrite, made);
        }
        rewrite.replace(node, made);
        return true;
    }

    private static boolean repeats(String indices) {
        return indices.chars().distinct().count() != indices.length();
    }

    private static boolean has(String indices, int index) {
        return indices.indexOf(index) >= 0;
    }

    private static String chosen(String indices, Predicate<Integer> wanted) {
        StringBuilder text = new StringBuilder();
        indices.chars().filter(wanted::test).forEach(index -> text.append((char) index));
        return text.toString();
    }

    private static String turned(
            Node node, String tensor, String from, String to, String output, GraphRewrite rewrite, List<Node> made) {
        if (from.equals(to)) {
            return tensor;
        }
        long[] order = new long[to.length()];
        for (int axis = 0; axis < order.length; axis++) {
            order[axis] = from.indexOf(to.charAt(axis));
        }
        String name = rewrite.node(node.name() + "/transposed");
        String written = output.isEmpty() ? rewrite.tensor(name) : output;
        // A real move of the user's operator, not one of a change between layouts.
        made.add(new Node(
                name,
                "Transpose",
                "",
                List.of(tensor),
                List.of(written),
                Map.of("perm", Attribute.ofInts(order)),
                new Origin("Transpose", node.origin().name(), node.origin().index())));
        return written;
    }
}
