"""Pose refine machine (PRM): reweights the heat-maps of a head by joint and by cell."""

import torch
from torch import Tensor, nn

from rsn_edge.network.units import ConvUnit


class PoseRefineMachine(nn.ModuleDict):
    """f * (1 + alpha * beta): alpha (n, k, 1, 1) from the pooled maps, beta from a 9x9 neighbourhood.

    Args:
        joints: channels of the maps, k.
        shared: beta is one map for all joints, as in mmpose's form; else one a joint, as in the RSN code.
            Both keep a ReLU before the sigmoids, so that alpha and beta lie in [0.5, 1).
    """

    def __init__(self, joints: int, shared: bool) -> None:
        super().__init__()
        self["conv_bn_relu_prm_1"] = ConvUnit(joints, joints, kernel=3)
        self["conv_bn_relu_prm_2_1"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_2_2"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_3_1"] = ConvUnit(joints, joints)
        self["conv_bn_relu_prm_3_2"] = ConvUnit(joints, joints, kernel=9, groups=joints)
        if shared:
            self["conv_bn_relu_prm_3_3"] = ConvUnit(joints, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, k, h, w) -> (n, k, h, w)."""
        f: Tensor = self["conv_bn_relu_prm_1"](maps)
        by_joint = self["conv_bn_relu_prm_2_2"](self["conv_bn_relu_prm_2_1"](f.mean(dim=(2, 3), keepdim=True)))
        by_cell = self["conv_bn_relu_prm_3_2"](self["conv_bn_relu_prm_3_1"](f))
        if "conv_bn_relu_prm_3_3" in self:
            by_cell = self["conv_bn_relu_prm_3_3"](by_cell)
        return f * (1 + torch.sigmoid(by_joint) * torch.sigmoid(by_cell))
