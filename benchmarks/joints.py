"""How well the joints of persons are placed: similarity, sides that were swapped, lengths of limbs, angles of joints.

Axes: m persons whose truth is known, k joints. Joints that are not labelled or were not read count nowhere, but for
the similarity, which is 0 where a labelled joint was not read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsn_edge.skeleton import Skeleton

Float64 = NDArray[np.float64]

_ARM, _LEG = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
_LIMBS = (_ARM[:2], _ARM[1:], _LEG[:2], _LEG[1:])
# The angle at the middle joint.
_ANGLES = {"elbow": _ARM, "knee": _LEG, "shoulder": ("elbow", "shoulder", "hip"), "hip": ("shoulder", "hip", "knee")}
# Of sqrt(area): a limb that is shorter points at the camera, and its length and direction say nothing.
_SHORTEST = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Persons and what was read of them: predicted_xy (m, k, 2), truth_xyv (m, k, 3), areas (m,) square pixels."""

    predicted_xy: Float64
    truth_xyv: Float64
    areas: Float64

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(m, k)."""
        return np.asarray(self.truth_xyv[..., 2] > 0)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(m, k): labelled and read."""
        return np.asarray(self.labelled & np.isfinite(self.predicted_xy).all(axis=2))


def joint_similarity(pairs: Pairs, skeleton: Skeleton) -> Float64:
    """(m, k): each joint's share of COCO's OKS, in [0, 1]; NaN where it is not labelled."""
    similarity = np.exp(-_squared(pairs.predicted_xy - pairs.truth_xyv[..., :2]) / _spread(pairs, skeleton) / 2)
    return np.asarray(np.where(pairs.labelled, np.where(pairs.known, similarity, 0.0), np.nan))


def swap_rate(pairs: Pairs, skeleton: Skeleton) -> float:
    """Share of left/right pairs that would fit better the other way round; NaN where there is none.

    Only pairs count whose true places differ by more than the distance at which a joint's similarity is one half.
    """
    left, right = np.array(skeleton.flip_pairs, np.intp).reshape(-1, 2).T
    predicted, truth = pairs.predicted_xy, pairs.truth_xyv[..., :2]
    straight = _squared(predicted[:, left] - truth[:, left]) + _squared(predicted[:, right] - truth[:, right])
    crossed = _squared(predicted[:, left] - truth[:, right]) + _squared(predicted[:, right] - truth[:, left])
    apart = _squared(truth[:, left] - truth[:, right]) > 2 * np.log(2) * _spread(pairs, skeleton)[:, left]
    counted = apart & pairs.known[:, left] & pairs.known[:, right]
    return _mean((crossed < straight)[counted])


def limb_length_error(pairs: Pairs, skeleton: Skeleton) -> float:
    """Mean difference of the lengths of arms and legs, per cent of the true length; NaN where no limb is known."""
    errors = [np.zeros(0)]
    for predicted, true in (chain for limb in _LIMBS for chain in _chains(pairs, skeleton, limb)):
        lengths = _lengths(true)[:, 0]
        errors.append(np.abs(_lengths(predicted)[:, 0] - lengths) / lengths)
    return 100 * _mean(np.concatenate(errors))


def joint_angle_errors(pairs: Pairs, skeleton: Skeleton) -> Mapping[str, float]:
    """Mean difference of the angles in the picture at elbows, knees, shoulders and hips, degrees; NaN if unknown."""
    errors = {}
    for name, joints in _ANGLES.items():
        chains = _chains(pairs, skeleton, joints)
        found = [np.abs(_angles(predicted) - _angles(true)) for predicted, true in chains]
        errors[name] = float(np.degrees(_mean(np.concatenate([np.zeros(0), *found]))))
    return errors


def _chains(pairs: Pairs, skeleton: Skeleton, names: Sequence[str]) -> Iterator[tuple[Float64, Float64]]:
    """Left and right: the read and the true places (c, j, 2) of a chain of joints, of persons who show it whole."""
    for side in ("left", "right"):
        joints = [f"{side}_{name}" for name in names]
        if not set(joints) <= set(skeleton.joints):
            continue
        at = [skeleton.joints.index(joint) for joint in joints]
        predicted, true = pairs.predicted_xy[:, at], pairs.truth_xyv[:, at, :2]
        clear = (_lengths(true) > _SHORTEST * np.sqrt(pairs.areas)[:, None]).all(axis=1)
        whole = clear & pairs.known[:, at].all(axis=1)
        yield predicted[whole], true[whole]


def _lengths(chain: Float64) -> Float64:
    """(c, j - 1) from one joint to the next."""
    return np.asarray(np.sqrt(_squared(np.diff(chain, axis=1))))


def _angles(chain: Float64) -> Float64:
    """(c,) radians in [0, pi] at the middle one of three joints."""
    a, b = (chain[:, 0] - chain[:, 1]).T, (chain[:, 2] - chain[:, 1]).T
    return np.asarray(np.arctan2(np.abs(a[0] * b[1] - a[1] * b[0]), a[0] * b[0] + a[1] * b[1]))


def _spread(pairs: Pairs, skeleton: Skeleton) -> Float64:
    """(m, k) square pixels: COCO's variance of each joint on a person of that size."""
    return np.asarray((2 * np.array(skeleton.sigmas)) ** 2 * pairs.areas[:, None])


def _squared(offsets: Float64) -> Float64:
    return np.asarray((offsets**2).sum(axis=-1))


def _mean(values: NDArray[np.floating] | NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")
