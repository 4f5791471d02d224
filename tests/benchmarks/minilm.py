"""The upper layers of the bundled cross-encoder in PyTorch, to be trained further.

The weights are those of its int8 network, as numbers again; what was trained goes back into int8
arrays with the names of that network, which ONNX Runtime takes in place of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from index.models import MS_MARCO_MINILM, models_folder

LAYERS, SIZE, HEADS, INNER = 12, 384, 12, 1536
FOLDER = models_folder() / MS_MARCO_MINILM.folder
NETWORK, TOKENIZER = (FOLDER / name for name in MS_MARCO_MINILM.files)
# Our names of a layer's parts, and those of the network.
LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
}
NORM = {"norm_attention": "attention.output.LayerNorm", "norm_output": "output.LayerNorm"}

Arrays = dict[str, NDArray[np.generic]]


class Layer(nn.Module):
    """A BERT layer: attention, then two dense ones, each with a residual and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(SIZE, SIZE) for _ in range(3))
        self.output = nn.Linear(SIZE, SIZE)
        self.widen, self.narrow = nn.Linear(SIZE, INNER), nn.Linear(INNER, SIZE)
        self.norm_attention = nn.LayerNorm(SIZE, eps=1e-12)
        self.norm_output = nn.LayerNorm(SIZE, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Shape (texts, word pieces, SIZE), kept; `mask` is false where a text has ended."""
        count, length, _ = hidden.shape

        def heads(values: Tensor) -> Tensor:
            return values.view(count, length, HEADS, SIZE // HEADS).transpose(1, 2)

        query, key, value = (heads(part(hidden)) for part in (self.query, self.key, self.value))
        seen = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(count, length, SIZE)
        hidden = self.norm_attention(hidden + self.dropout(self.output(seen)))
        wide = nn.functional.gelu(self.widen(hidden))
        return self.norm_output(hidden + self.dropout(self.narrow(wide)))


class UpperLayers(nn.Module):
    """The layers from number `first` on, the pooler and the classifier."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first
        self.layers = nn.ModuleList(Layer() for _ in range(first, LAYERS))
        self.pooler, self.classifier = nn.Linear(SIZE, SIZE), nn.Linear(SIZE, 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """A logit a text, from what the lower layers gave; each of shape (word pieces, SIZE)."""
        longest = max(len(state) for state in states)
        hidden = torch.zeros(len(states), longest, SIZE)
        mask = torch.zeros(len(states), 1, 1, longest, dtype=torch.bool)
        for row, state in enumerate(states):
            hidden[row, : len(state)] = state.float()
            mask[row, 0, 0, : len(state)] = True
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for layer in self.layers:
                hidden = layer(hidden, mask)
            pooled = torch.tanh(self.pooler(hidden[:, 0]))
            return self.classifier(self.dropout(pooled))[:, 0].float()


def lower_layers(first: int) -> onnxruntime.InferenceSession:
    """The network up to layer `first`, as it came; its last output is the hidden state."""
    model = onnx.load(NETWORK)
    name = f"/bert/encoder/layer.{first - 1}/output/LayerNorm/Add_1_output_0"
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def upper_layers(first: int, trained: Path | None = None) -> UpperLayers:
    """The upper layers with the weights that came along, or those of a file that `write` made."""
    initial, upper = _initial(), UpperLayers(first)
    if trained is not None:
        with np.load(trained) as arrays:
            initial |= dict(arrays)
    for module, name, array in _parts(upper):
        weight, bias = f"{name}.weight", f"{name}.bias"
        if array is None:
            module.weight.data = torch.tensor(initial[weight].copy())
        else:
            quantized = initial[f"{array}_quantized"].astype(np.float32)
            module.weight.data = torch.tensor((quantized * initial[f"{array}_scale"]).T.copy())
        module.bias.data = torch.tensor(initial[bias].copy())
    return upper


def write(upper: UpperLayers, path: Path) -> None:
    """The trained layers as int8 arrays, symmetric, with a scale for each column.

    Up or down by chance, the nearer the likelier: training starts from rounded numbers, and what it
    changes is mostly less than half a step, so that to round to the nearest would take it all back.
    """
    arrays: Arrays = {}
    chance = np.random.default_rng(0)
    for module, name, array in _parts(upper):
        weight = module.weight.detach().float().numpy()
        if array is None:
            arrays[f"{name}.weight"] = weight
        else:
            # One a column: what training changes is as small as a step of the whole matrix's.
            scales = (np.abs(weight).max(axis=1) / 127).astype(np.float32)
            steps = weight.T / scales
            rounded = np.floor(steps + chance.random(steps.shape))
            rounded = np.clip(rounded, -127, 127).astype(np.int8)
            arrays[f"{array}_quantized"] = np.ascontiguousarray(rounded)
            arrays[f"{array}_scale"] = scales
        arrays[f"{name}.bias"] = module.bias.detach().float().numpy()
    np.savez_compressed(path, **arrays)


def _initial() -> Arrays:
    return {i.name: numpy_helper.to_array(i) for i in onnx.load(NETWORK).graph.initializer}


def _parts(upper: UpperLayers) -> Iterator[tuple[nn.Linear | nn.LayerNorm, str, str | None]]:
    """Each part with its name in the network, and that of its matrix where it is an int8 one."""
    matrices = {
        node.name: node.input[1].removesuffix("_quantized")
        for node in onnx.load(NETWORK).graph.node
        if node.op_type == "MatMulInteger"
    }

    def matrix(place: str) -> str:
        (name,) = (array for node, array in matrices.items() if place in node)
        return name

    for number, layer in enumerate(upper.layers, start=upper.first):
        name = f"bert.encoder.layer.{number}"
        for ours, theirs in LINEAR.items():
            place = f"/bert/encoder/layer.{number}/{theirs.replace('.', '/')}/MatMul"
            yield getattr(layer, ours), f"{name}.{theirs}", matrix(place)
        for ours, theirs in NORM.items():
            yield getattr(layer, ours), f"{name}.{theirs}", None
    yield upper.pooler, "bert.pooler.dense", matrix("/bert/pooler/")
    yield upper.classifier, "classifier", matrix("/classifier/")
