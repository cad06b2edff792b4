// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a survey of face detection, landmark and head pose models named has a recipe, or a word on what to bring instead. */
class SurveyedModelsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            MediaPipe face detection, short range      | blazeface-short-range
            MediaPipe face detection, full range       | blazeface-full-range
            MediaPipe Face Landmarker                  | mediapipe-face-landmarker-task
            Face Mesh                                  | face-landmark-468
            Face Mesh V2                               | face-landmarks-detector-478
            Attention Mesh                             | face-landmark-with-attention
            Blendshapes V2                             | face-blendshapes
            MediaPipe hands                            | mediapipe-palm-detection
            MediaPipe hands                            | mediapipe-hand-landmark
            MediaPipe pose                             | mediapipe-pose-detection
            MediaPipe pose                             | mediapipe-pose-landmark
            SSD300, SSD512                             | ssd300-vgg
            RetinaFace ResNet-152                      | retinaface-r152
            RetinaFace ResNet-50                       | retinaface-r50
            RetinaFace MobileNet 0.25                  | retinaface-mbnet0.25
            RetinaFace MobileNet 0.25, dynamic size    | retinaface-mobilenet0.25-256x256
            SCRFD-0.5GF                                | scrfd-500m
            SCRFD-2.5GF                                | scrfd-2.5g
            SCRFD-10GF                                 | scrfd-10g
            SCRFD-34GF                                 | scrfd-34g
            InsightFace model zoo                      | antelopev2
            BlazeFace                                  | blazeface-front
            TinaFace                                   | tinaface
            HAMBox                                     | hambox
            DSFD                                       | dsfd
            MTCNN                                      | mtcnn
            PRNet                                      | prnet
            dlib HOG detector                          | dlib-hog-frontal-face
            dlib 68 landmarks                          | dlib-shape-predictor-68
            dlib MMOD                                  | dlib-mmod-human-face
            dlib YOLO example                          | dlib-dnn-yolo-example
            YOLO5Face s                                | yolo5face-s
            YOLO5Face s6                               | yolo5face-s6
            YOLO5Face m                                | yolo5face-m
            YOLO5Face m6                               | yolo5face-m6
            YOLO5Face l                                | yolo5face-l
            YOLO5Face l6                               | yolo5face-l6
            YOLO5Face x6                               | yolo5face-x6
            YOLO5Face n                                | yolo5face-n
            YOLO5Face n0.5                             | yolo5face-n0.5
            YOLOv1                                     | yolov1
            EfficientFace                              | efficientface
            EfficientNet-B5                            | efficientnet-b5
            SRNFace-2100                               | srnface-2100
            MogFace                                    | mogface
            EXTD                                       | extd
            OpenVINO                                   | openvino-ir
            Ultra-Light slim, MNN                      | slim-320-quant-admm-50-mnn
            Ultra-Light slim, MNN, float               | slim-320-mnn
            Ultra-Light RFB, MNN                       | rfb-320-mnn
            Ultra-Light RFB, MNN, ADMM                 | rfb-320-quant-admm-32-mnn
            Ultra-Light RFB, MNN, KL                   | rfb-320-quant-kl-5792-mnn
            UltraFace, int8                            | version-rfb-320-int8
            UltraFace RFB-320                          | version-rfb-320
            UltraFace RFB-640                          | version-rfb-640
            UltraFace slim                             | version-slim-320
            PINTO 040 DSFD                             | dsfd-256x256-float16-quant
            PINTO 041 DBFace                           | dbface-keras-256x256-integer-quant-nhwc
            PINTO 043 Face_Landmark                    | face-landmark-nx3x160x160
            PINTO 043 head detector                    | yolov4-headdetection-480x640
            PINTO 049 Iris_Landmark                    | iris-landmark-pinto
            PINTO 095 CenterFace                       | centerface-nx3xhxw
            PINTO 096 RetinaFace                       | retinaface-r50
            PINTO 106 WHENet                           | whenet
            PINTO 129 SCRFD                            | scrfd-500m-480x640
            PINTO 134 head pose adas                   | head-pose-estimation-adas-0001
            PINTO 144 YuNet                            | yunet-120x160-weight
            PINTO 387 YuNetV2                          | yunet-v2-640
            PINTO 227 face detection adas              | face-detection-adas-0001
            PINTO 293 Lightweight Head Pose            | lightweight-head-pose-estimation
            PINTO 300 6DRepNet                         | 6drepnet
            PINTO 302 SLPT                             | slpt
            PINTO 303 FAN                              | fan
            PINTO 304 SynergyNet                       | synergynet
            PINTO 305 DMHead                           | dmhead
            PINTO 311 HHP-Net                          | hhp-net
            PINTO 322 YOLOv7_Head                      | yolov7-tiny-head-480x640
            PINTO 383 DirectMHP                        | directmhp-cmu-s-640x640
            PINTO 383 DirectMHP with suppression       | directmhp-post
            PINTO 399 RetinaFace_MobileNetv2           | retinaface-mobilenetv2-post
            PINTO 410 FaceMeshV2                       | face-landmarks-detector-478
            PINTO 414 STAR                             | star
            PINTO 423 6DRepNet360                      | 6drepnet360
            PINTO 421 Gold-YOLO head                   | gold-yolo-n-head-480x640
            YOLOX in front of STAR                     | yolox-x-body-head-hand-face
            PINTO 433 FaceBoxes                        | faceboxes-192x320
            PINTO 433 FaceBoxes with suppression       | faceboxes-post-480x640
            PINTO 435 MobileFaceNet                    | mobilefacenet-nx3x112x112
            PINTO 436 Peppa Pig                        | peppa-pig-face-landmark
            PINTO 437 PIPNet                           | pipnet
            PINTO 443 Opal23                           | opal23-headpose
            ONNX zoo, emotion                          | emotion-ferplus-8
            ONNX zoo, age                              | age-googlenet
            ONNX zoo, gender                           | gender-googlenet
            ONNX zoo, age and gender, VGG-16           | vgg16-age-gender
            B-FPGM, EResFD                             | eresfd-b-fpgm
            FeatherFace                                | featherface
            Gaze estimation adas                       | gaze-estimation-adas-0002
            yakhyo ResNet-18                           | yakhyo-head-pose-resnet18
            yakhyo ResNet-34                           | yakhyo-head-pose-resnet34
            yakhyo ResNet-50                           | yakhyo-head-pose-resnet50
            yakhyo MobileNetV2                         | yakhyo-head-pose-mobilenetv2
            yakhyo MobileNetV3 small                   | yakhyo-head-pose-mobilenetv3-small
            yakhyo MobileNetV3 large                   | yakhyo-head-pose-mobilenetv3-large
            yinguobing landmarks                       | yinguobing-landmark-68
            OpenCV SSD in front of it                  | opencv-res10-ssd-300
            LwPosr                                     | lwposr
            HopeNet                                    | hopenet
            FSA-Net, FSA-Caps-Fusion                   | fsa-net
            TriNet                                     | trinet
            FDN                                        | fdn
            DeepHeadPose                               | deepheadpose
            SSR-Net-MD                                 | ssr-net-md
            VGG16                                      | vgg16-head-pose
            HeadPosr EH64                              | headposr-eh64
            THESL-Net                                  | thesl-net
            MFDNet                                     | mfdnet
            ST-ViT                                     | st-vit
            regressors on 96 features                  | feature-96-head-pose-regressors
            """)
    void is_known(String named, String id) {
        Recipe recipe = Recipes.byId(id).orElseThrow(() -> new AssertionError("no recipe for " + named));

        assertThat(recipe.id()).isEqualTo(id);
    }

    @ParameterizedTest
    @CsvSource({
        "face.xml, openvino-ir",
        "slim.mnn, mnn",
        "res10.caffemodel, caffe",
        "deploy.prototxt, caffe",
        "eresfd.pth, pytorch",
        "yolo.pt, pytorch",
        "WHENet_other.h5, keras",
        "mnet.params, mxnet",
        "face.engine, tensorrt",
        "hand_landmarker.task, mediapipe-task",
        "frozen.pb, tensorflow-graph",
        "slim.param, ncnn",
        "face.mlmodel, core-ml",
        "face.dat, dlib-dat",
        "yolov3.weights, darknet",
        "ssd_edgetpu.tflite, edge-tpu",
    })
    void a_format_that_is_not_read_says_what_to_bring(String file, String id) {
        RecipeMatch match = Recipes.matching(file, "").orElseThrow();

        assertThat(match.by()).isEqualTo(RecipeMatch.By.FORMAT);
        assertThat(match.recipe().id()).isEqualTo(id);
        assertThat(match.recipe().instead().orElseThrow().bring()).isNotBlank();
    }

    @Test
    void a_named_file_of_such_a_format_gets_its_own_answer() {
        assertThat(Recipes.matching("shape_predictor_68_face_landmarks.dat", "")
                        .orElseThrow()
                        .recipe()
                        .id())
                .isEqualTo("dlib-shape-predictor-68");
        assertThat(Recipes.matching("a/slim-320-quant-ADMM-50.mnn", "")
                        .orElseThrow()
                        .recipe()
                        .id())
                .isEqualTo("slim-320-quant-admm-50-mnn");
        assertThat(Recipes.matching("face_landmarker.task", "")
                        .orElseThrow()
                        .recipe()
                        .id())
                .isEqualTo("mediapipe-face-landmarker-task");
    }
}
