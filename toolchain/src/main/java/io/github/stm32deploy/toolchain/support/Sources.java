// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

/** Documents and measured reports that rules rest on. */
final class Sources {
    /** Table of operators and where the NPU compiler maps them. */
    static final String MAPPING = "ST Edge AI Core 2.1.0, ST Neural-ART operator support r1.1";
    /** Tables of operators that the front end imports. */
    static final String IMPORT = "ST Edge AI Core 2.1.0, supported ONNX and TFLite operators";
    /** Later edition of the mapping table, known through a project that quotes it. */
    static final String MAPPING_4 =
            "ST Neural-ART operator support r1.3 (Core 4.0.1) as quoted by LarocheC/stm32n6-deployment-zoo zoo/graph/ops.py";

    static final String ZOO_NOTES = "LarocheC/stm32n6-deployment-zoo KNOWLEDGE.md";
    static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo known_issues.toml (Core 4.0.1)";
    static final String CLOUD = "error texts of ST Edge AI Developer Cloud in the user's table of 35 models";
    static final String REPORTS_4 = "reports of Core 4.0.1 in Magnus3327/stm32n6-edge-ai-benchmarks";
    static final String REPORT_MOBILENET = "report of Core 2.2.0 on MobileNetV2, Magnus3327/stm32n6-edge-ai-benchmarks";
    static final String REPORT_YOLOV8 =
            "report of Core 2.0.0 on YOLOv8n face, BlaineMoon30/STM32N6-DK-Face-Object-Detection";
    static final String REPORT_FACE = "report of Core 2.1.0 on MobileFaceNet, PeleAB/STM32N6-FaceRecognition";
    static final String REPORT_FLOAT = "report of Core 2.2.0 on a float YOLO, s1f102300638/stm32n6570-2-";

    static final String SPEECH_LOG = "compatibility log of a speech model with X-CUBE-AI 10.2 (Core 2.2, public)";
    static final String SPEECH_NOTES = "export notes of DeepFilterNet with Core 4.0 (public)";
    static final String ITALIAN_NOTES = "\"Problemi e soluzioni\" on STM32N6 with Core 4.0.1 (public)";

    private Sources() {}
}
