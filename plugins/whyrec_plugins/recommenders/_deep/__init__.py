"""The base of all deep recommenders: a new one is its network, its settings, and how a batch is made."""

from whyrec_plugins.recommenders._deep.held_out import HeldOut as HeldOut
from whyrec_plugins.recommenders._deep.inputs import Inputs as Inputs
from whyrec_plugins.recommenders._deep.layers import Layers as Layers
from whyrec_plugins.recommenders._deep.model import Deep as Deep
from whyrec_plugins.recommenders._deep.network import (
    Network as Network,
    Objective as Objective,
    Weights as Weights,
)
from whyrec_plugins.recommenders._deep.reading import (
    dense_rows as dense_rows,
    mean_without as mean_without,
)
from whyrec_plugins.recommenders._deep.stacked import Stacked as Stacked
from whyrec_plugins.recommenders._deep.training import Trainer as Trainer
