"""How big a network is, counted on the network itself: parameters, convolutions, multiply-accumulates."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rsn_edge.network.build import shape_network
from rsn_edge.spec import Spec


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Counts at batch 1 and the spec's input size, all heads of all stages included.

    Args:
        parameters: trainable numbers.
        official_parameters: the same in the RSN and MSPN code, whose convolutions carry a bias that does nothing.
        convolutions: how many.
        macs: multiply-accumulates of the convolutions.
        official_macs: the same in the RSN and MSPN code, which resizes before the convolution of the upsampling path.
    """

    parameters: int
    official_parameters: int
    convolutions: int
    macs: int
    official_macs: int


def network_size(spec: Spec) -> NetworkSize:
    """Counts on the network of shapes: no weights are held, no maps computed."""
    network = shape_network(spec).eval()
    macs = _macs_by_convolution(network, torch.empty(1, 3, *spec.input_hw, device="meta"))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    convolutions = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    biases = sum(convolution.out_channels for convolution in convolutions if convolution.bias is None)
    late_resizes = sum(count for name, count in macs.items() if name.endswith("up_conv.conv"))
    total = sum(macs.values())
    # Each level has four times the cells of the coarser one.
    return NetworkSize(parameters, parameters + biases, len(convolutions), total, total + 3 * late_resizes)


def _macs_by_convolution(network: nn.Module, picture: Tensor) -> dict[str, int]:
    macs: dict[str, int] = {}

    def count(name: str, convolution: nn.Conv2d, out: Tensor) -> None:
        macs[name] = out[0].numel() * convolution.weight[0].numel()

    for name, part in network.named_modules():
        if isinstance(part, nn.Conv2d):
            part.register_forward_hook(lambda part, _, out, name=name: count(name, part, out))
    with torch.no_grad():
        network(picture)
    return macs
