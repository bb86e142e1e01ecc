"""Scores that others published for the networks of the zoo, who measured them, and whether anybody else got there.

They are not ours, and no promise for any file. Scores are per cent. docs/zoo.md tells the story.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Dataset = Literal["COCO val", "COCO test-dev", "MPII val", "MPII test"]
Kind = Literal["authors in-house", "authors PyTorch", "authors", "mmpose zoo", "MegEngine", "UDP"]

COCO_TEN = ("AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL")
COCO_SIX = COCO_TEN[:6]
MMPOSE_FIVE = ("AP", "AP50", "AP75", "AR", "AR50")
MPII_PCKH = ("Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Mean")


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """One row of a published table.

    Args:
        variant: the network's name in the zoo.
        input_hw: height and width of the crop, pixels.
        dataset: what it was measured on.
        metrics, scores: names and values, per cent, as many as were published.
        source: where they stand.
        kind: whose training they are; `authors` where the source does not say in which framework.
        verdict: `supported by` (another training of the network came within a point of AP, or above), `contradicted
            by` (the others stayed more than a point below), or `single source` (nobody else trained it in public).
        checkpoint: name of the published weights, empty where there are none.
    """

    variant: str
    input_hw: tuple[int, int]
    dataset: Dataset
    metrics: tuple[str, ...]
    scores: tuple[float, ...]
    source: str
    kind: Kind
    verdict: str
    checkpoint: str = ""


class Size(NamedTuple):
    """Counts of a network, every head of every stage included, of which an exported one keeps one.

    `official_*` are those of the RSN and MSPN code: its convolutions have a bias that batch norm undoes, and it
    resizes before the 1x1 convolution of the upsampling path, which gives equal maps at a higher cost.
    MACs are multiply-accumulates of the convolutions for one crop at the zoo's input size.
    """

    parameters: int
    official_parameters: int
    macs: int
    official_macs: int


SIZES: Mapping[str, Size] = {
    "person-nano": Size(705_077, 707_285, 307_200_000, 307_200_000),
    "rsn-nano": Size(1_286_872, 1_291_660, 342_103_296, 349_070_592),
    "rsn-tiny": Size(4_525_560, 4_534_940, 773_422_080, 785_808_384),
    "res18": Size(8_549_320, 8_558_924, 1_867_149_312, 2_065_330_176),
    "rsn18": Size(9_144_936, 9_159_072, 2_047_260_672, 2_245_441_536),
    "4xrsn18": Size(38_393_952, 38_456_256, 8_427_331_584, 9_220_055_040),
    "rsn50": Size(19_328_584, 19_355_132, 3_869_620_224, 4_067_801_088),
    "2xrsn50": Size(39_261_904, 39_316_920, 7_818_670_080, 8_215_031_808),
    "3xrsn50": Size(59_195_224, 59_278_708, 11_767_719_936, 12_362_262_528),
    "4xrsn50": Size(79_128_544, 79_240_496, 15_716_769_792, 16_509_493_248),
    "rsn101": Size(39_556_136, 39_611_788, 7_742_134_272, 7_940_315_136),
    "mspn50": Size(25_112_264, 25_141_708, 4_874_465_280, 5_072_646_144),
    "2xmspn50": Size(56_800_464, 56_867_032, 10_866_450_432, 11_262_812_160),
    "3xmspn50": Size(88_488_664, 88_592_356, 16_858_435_584, 17_452_978_176),
    "4xmspn50": Size(120_176_864, 120_317_680, 22_850_420_736, 23_643_144_192),
}

# What is known of the terms of weights, for `rsn-edge models`; none of it is advice.
LICENCES: Mapping[str, str] = {
    "mmpose zoo": "published by a repository under Apache-2.0, no terms of their own; trained on COCO",
    "embedded": "trained by us on pictures for research use (NOTICE): demonstration weights",
}

_SMALL, _LARGE, _MPII = (256, 192), (384, 288), (256, 256)
_RSN = "caiyuanhao1998/RSN, README"
_MSPN = "megvii-research/MSPN, README"
_MMPOSE = "open-mmlab/mmpose {} model zoo, person boxes of 56.4 AP"
_MEGENGINE = "MegEngine/Models, official/vision/keypoints, person boxes of 56.4 AP"
_UDP = "HuangJunJie2017/UDP-Pose, README, person boxes of 65.1 AP"

_ALONE = "single source"


def published_scores(variant: str) -> tuple[PublishedScore, ...]:
    """The rows of one network of the zoo, none where nobody published any."""
    return tuple(row for row in PUBLISHED if row.variant == variant)


_Row = tuple[str, tuple[int, int], tuple[float, ...], str]


def _rows(
    source: str, kind: Kind, dataset: Dataset, metrics: tuple[str, ...], table: Iterable[_Row]
) -> tuple[PublishedScore, ...]:
    return tuple(
        PublishedScore(variant, input_hw, dataset, metrics, scores, source, kind, verdict)
        for variant, input_hw, scores, verdict in table
    )


def _mmpose(line: str, table: Iterable[tuple[str, tuple[float, ...], str, str]]) -> tuple[PublishedScore, ...]:
    source = _MMPOSE.format(line)
    return tuple(
        PublishedScore(variant, _SMALL, "COCO val", MMPOSE_FIVE, scores, source, "mmpose zoo", verdict, checkpoint)
        for variant, scores, verdict, checkpoint in table
    )


PUBLISHED: tuple[PublishedScore, ...] = (
    *_rows(_RSN, "authors in-house", "COCO val", COCO_TEN, (
        ("res18", _SMALL, (70.7, 89.5, 77.5, 66.8, 75.9, 75.8, 92.8, 83.2, 72.7, 82.1),
         "contradicted by the authors' PyTorch code, 65.2"),
        ("rsn18", _SMALL, (73.6, 90.5, 80.9, 67.8, 79.1, 78.8, 93.7, 85.2, 74.7, 84.5),
         "contradicted by the authors' PyTorch code, 70.4, and mmpose, 70.4"),
        ("rsn50", _SMALL, (74.7, 91.4, 81.5, 71.0, 80.2, 80.0, 94.4, 86.2, 76.0, 85.7),
         "contradicted by mmpose, 72.4"),
        ("rsn101", _SMALL, (75.8, 92.4, 83.0, 72.1, 81.2, 81.1, 95.6, 87.6, 77.2, 86.5), _ALONE),
        ("2xrsn50", _SMALL, (77.2, 92.3, 84.0, 73.8, 82.5, 82.2, 95.1, 88.0, 78.4, 87.5),
         "contradicted by mmpose, 74.8"),
        ("3xrsn50", _SMALL, (78.2, 92.3, 85.1, 74.7, 83.7, 83.1, 95.9, 89.1, 79.3, 88.5),
         "contradicted by mmpose, 75.0"),
        ("4xrsn50", _SMALL, (79.0, 92.5, 85.7, 75.2, 84.5, 83.7, 95.5, 89.4, 79.8, 89.0), _ALONE),
        ("4xrsn50", _LARGE, (79.6, 92.5, 85.8, 75.5, 85.2, 84.2, 95.6, 89.8, 80.4, 89.5), _ALONE),
    )),
    *_rows(_RSN, "authors PyTorch", "COCO val", COCO_TEN, (
        ("res18", _SMALL, (65.2, 87.3, 71.5, 61.2, 72.2, 71.3, 91.4, 77.0, 68.7, 79.5), _ALONE),
        ("rsn18", _SMALL, (70.4, 88.8, 77.7, 67.2, 76.7, 76.5, 93.0, 82.8, 72.2, 82.5), "supported by mmpose, 70.4"),
    )),
    *_rows(_RSN, "authors in-house", "COCO test-dev", COCO_SIX, (
        ("rsn18", _SMALL, (71.6, 92.6, 80.3, 68.8, 75.8, 77.7), _ALONE),
        ("rsn50", _SMALL, (72.5, 93.0, 81.3, 69.9, 76.5, 78.8), _ALONE),
        ("2xrsn50", _SMALL, (75.5, 93.6, 84.0, 73.0, 79.6, 81.3), _ALONE),
        ("4xrsn50", _SMALL, (78.0, 94.2, 86.5, 75.3, 82.2, 83.4), _ALONE),
        ("4xrsn50", _LARGE, (78.6, 94.3, 86.6, 75.5, 83.3, 83.8), _ALONE),
    )),
    *_rows(_RSN, "authors in-house", "MPII val", MPII_PCKH, (
        ("4xrsn50", _MPII, (96.7, 96.7, 92.3, 88.2, 90.3, 89.0, 85.3, 91.6), _ALONE),
    )),
    *_rows(_RSN, "authors in-house", "MPII test", MPII_PCKH, (
        ("4xrsn50", _MPII, (98.5, 97.3, 93.9, 89.9, 92.0, 90.6, 86.8, 93.0), _ALONE),
    )),
    *_rows(_MSPN, "authors", "COCO val", COCO_TEN, (
        ("mspn50", _SMALL, (71.5, 90.1, 78.4, 67.4, 77.5, 77.0, 93.2, 83.1, 72.6, 83.1), "supported by mmpose, 72.3"),
        ("2xmspn50", _SMALL, (74.5, 91.2, 81.2, 70.5, 80.4, 79.7, 94.2, 85.6, 75.4, 85.7), "supported by mmpose, 75.4"),
        ("3xmspn50", _SMALL, (75.2, 91.5, 82.2, 71.1, 81.1, 80.3, 94.3, 86.4, 76.0, 86.4), "supported by mmpose, 75.8"),
        ("4xmspn50", _SMALL, (75.9, 91.8, 82.9, 72.0, 81.6, 81.1, 94.9, 87.1, 76.9, 87.0),
         "supported by mmpose, 76.5, and MegEngine, 75.2"),
    )),
    *_rows(_MSPN, "authors", "COCO val", COCO_SIX, (
        ("4xmspn50", _LARGE, (76.9, 91.8, 83.2, 72.7, 83.1, 81.8), _ALONE),
    )),
    *_rows(_MSPN, "authors", "COCO test-dev", COCO_SIX, (
        ("4xmspn50", _LARGE, (76.1, 93.4, 83.8, 72.3, 81.5, 81.6), _ALONE),
    )),
    *_rows(_MSPN, "authors", "MPII val", MPII_PCKH, (
        ("4xmspn50", _MPII, (96.8, 96.5, 92.0, 87.0, 89.9, 88.0, 84.0, 91.1), _ALONE),
    )),
    *_rows(_MSPN, "authors", "MPII test", MPII_PCKH, (
        ("4xmspn50", _MPII, (98.4, 97.1, 93.2, 89.2, 92.0, 90.1, 85.5, 92.6), "single source, several shifts"),
    )),
    *_mmpose("1.x", (
        ("rsn18", (70.4, 88.7, 78.1, 77.3, 92.7), "supported by the authors' PyTorch code, 70.4, and mmpose 0.x, 70.4",
         "td-hm_rsn18_8xb32-210e_coco-256x192-9049ed09_20221013.pth"),
        ("rsn50", (72.4, 89.4, 79.9, 79.0, 93.5), "supported by mmpose 0.x, 72.3",
         "td-hm_rsn50_8xb32-210e_coco-256x192-c35901d5_20221013.pth"),
        ("2xrsn50", (74.8, 90.0, 82.1, 81.0, 93.9), "supported by mmpose 0.x, 74.5",
         "td-hm_2xrsn50_8xb32-210e_coco-256x192-9ede341e_20221013.pth"),
        ("3xrsn50", (75.0, 90.0, 82.4, 81.4, 94.1), "supported by mmpose 0.x, 75.0",
         "td-hm_3xrsn50_8xb32-210e_coco-256x192-c3e3c4fe_20221013.pth"),
        # One set of MSPN files; mmpose 0.x measures them within 0.1 of these.
        ("mspn50", (72.3, 89.5, 79.4, 78.8, 93.4), "supported by the authors, 71.5",
         "mspn50_coco_256x192-8fbfb5d0_20201123.pth"),
        ("2xmspn50", (75.4, 90.3, 82.6, 81.6, 94.2), "supported by the authors, 74.5",
         "2xmspn50_coco_256x192-c8765a5c_20201123.pth"),
        ("3xmspn50", (75.8, 90.4, 83.0, 82.1, 94.3), "supported by the authors, 75.2",
         "3xmspn50_coco_256x192-e348f18e_20201123.pth"),
        ("4xmspn50", (76.5, 90.6, 83.5, 82.6, 94.3), "supported by the authors, 75.9",
         "4xmspn50_coco_256x192-7b837afb_20201123.pth"),
    )),
    *_mmpose("0.x", (
        ("rsn18", (70.4, 88.7, 77.9, 77.1, 92.6), "supported by the authors' PyTorch code, 70.4, and mmpose 1.x, 70.4",
         "rsn18_coco_256x192-72f4b4a7_20201127.pth"),
        ("rsn50", (72.3, 89.6, 80.0, 78.8, 93.4), "supported by mmpose 1.x, 72.4",
         "rsn50_coco_256x192-72ffe709_20201127.pth"),
        ("2xrsn50", (74.5, 89.9, 81.8, 80.9, 93.9), "supported by mmpose 1.x, 74.8",
         "2xrsn50_coco_256x192-50648f0e_20201127.pth"),
        ("3xrsn50", (75.0, 90.0, 82.3, 81.3, 94.0), "supported by mmpose 1.x, 75.0",
         "3xrsn50_coco_256x192-58f57a68_20201127.pth"),
    )),
    *_rows(_MEGENGINE, "MegEngine", "COCO val", ("AP", "AR"), (
        ("rsn18", _SMALL, (72.1, 79.0), "single source: its code builds more and other blocks than RSN-18 has"),
        ("rsn50", _SMALL, (73.2, 79.9), "single source: its code builds other blocks than RSN-50 has here"),
        ("4xmspn50", _SMALL, (75.2, 81.9), "supported by the authors, 75.9, and mmpose, 76.5"),
    )),
    *_rows(_UDP, "UDP", "COCO val", ("AP",), (
        ("rsn18", _SMALL, (74.7,), "single source: unbiased data processing, and a better person detector"),
    )),
)  # fmt: skip
