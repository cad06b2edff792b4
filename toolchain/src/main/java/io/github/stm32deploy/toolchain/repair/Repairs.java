// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every repair there is, in the order in which they are tried: what later ones build on comes first. */
public final class Repairs {
    /** The graph as a file: names, versions, open sizes, shape arithmetic. */
    private static final List<Repair> FILE_FORM = List.of(
            // A graph without sizes, or written for another batch, does not run: nothing could be compared.
            new InitializersNotInputs(),
            new SafeNames(),
            new BindDimensions(),
            new BatchOfOne(),
            new Unfuse(),
            new OpsetForSdk(),
            new OpsetSeventeen(),
            new FoldConstants(),
            new ConstantArguments(),
            new ExplicitPads(),
            new DropIdentities(),
            new FoldBatchNormalization(),
            new FoldScaling());

    private static final List<Repair> NUMBER_FORMATS = List.of(
            new WidenHalves(),
            new NarrowDoubles(),
            new DynamicToFloat(),
            new WeightsToFloat(),
            new QOperatorToQdq(),
            new UnsignedToSigned(),
            new PairsAroundMoves(),
            new SymmetricWeights(),
            Dequantize.wide(),
            Dequantize.any(),
            new EqualAddScales());

    private static final List<Repair> TAILS_AND_HEADS = List.of(
            new CutDetectionTail(),
            new CutBoxDecoding(),
            new SplitHeads(),
            new SoftmaxToDecoder(),
            new SigmoidToDecoder());

    private static final List<Repair> LAYOUTS_AND_OPERATORS = List.of(
            new SpaceToBatch(),
            FourDimensions.whereNeeded(),
            FourDimensions.everywhere(),
            new EinsumToMatMul(),
            new MergeTransposes(),
            new FlattenOrder(),
            new PushTransposes(),
            new ChannelShuffle(),
            new ComposedPrelu(),
            new ComposedHardSwish(),
            new ComposedSquash(),
            new ComposedSoftmax(),
            new ActivationForms(),
            new PreluPieces(),
            new MaximumPieces(),
            new MeanOnNpu(),
            new MatMulToConvolution(),
            new SpaceDepth(),
            new GatherToSlice(),
            new ArithmeticForms(),
            new ConstantChoice(),
            new InstanceStatistics(),
            new SplitWeights(),
            new SplitJointHeads(),
            new EqualParts(),
            new ResizeAsymmetric(),
            ResizeAsConvolution.linear(),
            ResizeAsConvolution.nearest(),
            new ResizeAsProducts(),
            new SplitLargeKernels(),
            AbsorbTransposes.ofInputs(),
            AbsorbTransposes.ofOutputs());

    /** What is left when nothing else helped. */
    private static final List<Repair> LAST = List.of(new CutRefusedTail());

    private static final List<Repair> ALL = Stream.of(
                    FILE_FORM, NUMBER_FORMATS, TAILS_AND_HEADS, LAYOUTS_AND_OPERATORS, LAST)
            .flatMap(List::stream)
            .toList();

    private Repairs() {}

    /** All of them. */
    public static List<Repair> all() {
        return ALL;
    }

    /** Those that happen without being asked for by name. */
    public static List<Repair> usual() {
        return ALL.stream().filter(repair -> !repair.onRequest()).toList();
    }

    /** Those of the file's form: versions, open sizes, shape arithmetic, fused nodes. They leave what is computed alone. */
    public static List<Repair> ofFileForm() {
        return FILE_FORM.stream().filter(repair -> !repair.onRequest()).toList();
    }

    /** Those that cut off the end of a graph. */
    public static List<Repair> ofTails() {
        return List.of(new CutDetectionTail(), new CutRefusedTail());
    }

    /** Those of number formats that happen without being asked for: what quantization and deployment start from. */
    public static List<Repair> numberFormats() {
        return NUMBER_FORMATS.stream().filter(repair -> !repair.onRequest()).toList();
    }

    public static Optional<Repair> byId(String id) {
        return ALL.stream().filter(repair -> repair.id().equals(id)).findFirst();
    }

    /** The repairs that answer a diagnosis. */
    public static List<Repair> answering(String code) {
        return ALL.stream().filter(repair -> repair.answers().contains(code)).toList();
    }
}
