"""The bundled models: checked before they are run, and what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from tokenizers import Encoding

from index.embedding import BgeSmall
from index.errors import ModelDamaged, ModelMissing
from index.models import (
    ANSWERAI_COLBERT,
    BGE_SMALL,
    MS_MARCO_MINILM,
    OnnxModel,
    in_background,
    models_folder,
)
from qa.cross_encoder import CrossEncoder
from tests.conftest import ROOT


def test_a_question_is_nearest_to_the_text_that_answers_it() -> None:
    texts = ["The summit is in Astana.", "Bread is made of flour.", "Herons eat fish."]
    vectors = np.array(BgeSmall().get_text_embedding_batch(texts))
    query = np.array(BgeSmall().get_query_embedding("Where do the leaders meet?"))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert int(np.argmax(vectors @ query)) == 0


def test_a_text_has_the_same_vector_in_any_company() -> None:
    texts = ["word " * n for n in (40, 1, 80, 3, 20)]
    together = BgeSmall().get_text_embedding_batch(texts)
    assert together == [BgeSmall().get_text_embedding_batch([text])[0] for text in texts]


def test_the_cross_encoder_prefers_the_answer_and_keeps_the_order() -> None:
    texts = ["The summit is on August 12.", "Bread is made of flour and water."]
    pairs = [("When is the summit?", text) for text in texts]
    forward = CrossEncoder()(pairs)
    backward = CrossEncoder()(pairs[::-1])
    assert forward[0] > 0 > forward[1]
    assert forward == backward[::-1]


def test_the_texts_of_a_question_go_before_those_of_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a hundred are embedded for a library, a question waits for those that are run now."""
    ran: list[Encoding] = []

    def run_one(_: OnnxModel, encoding: Encoding) -> Encoding:
        time.sleep(0.01)
        ran.append(encoding)
        return encoding

    monkeypatch.setattr(OnnxModel, "_run_one", run_one)
    model = BgeSmall()._model()
    documents = model.tokenize(["of a document"] * 100)
    question = model.tokenize(["of a question"] * 6)

    def embed() -> None:
        with in_background():
            model.run(documents)

    embedding = Thread(target=embed)
    embedding.start()
    while len(ran) < 10:
        time.sleep(0.001)
    before = len(ran)
    assert model.run(question) == question
    between = [one for one in ran[before:] if one in documents]
    assert len(between) <= 2 * ((os.cpu_count() or 1) + 1)
    embedding.join()
    assert len(ran) == len(documents) + len(question)


def test_no_texts_give_no_scores() -> None:
    assert CrossEncoder()([]) == []
    assert BgeSmall().get_text_embedding_batch([]) == []


@pytest.mark.parametrize("model", [BGE_SMALL, MS_MARCO_MINILM, ANSWERAI_COLBERT])
def test_every_file_of_a_model_is_there_and_checked(model: object) -> None:
    assert isinstance(model, type(BGE_SMALL))
    for name in model.files:
        assert (models_folder() / model.folder / name).is_file()


def test_a_damaged_model_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "bge_small_en"
    shutil.copytree(models_folder() / "bge_small_en", copy)
    content = bytearray((copy / "model.onnx").read_bytes())
    content[1000] ^= 1
    (copy / "model.onnx").write_bytes(content)
    monkeypatch.setenv("QA_MODELS", str(tmp_path))
    with pytest.raises(ModelDamaged, match=r"bge_small_en/model.onnx is damaged .*pip install"):
        BgeSmall().get_query_embedding("Minsk?")


def test_a_missing_model_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"reranker_en/model.onnx cannot be read .*QA_MODELS"):
        CrossEncoder()([("Minsk?", "Minsk.")])


def test_importing_loads_no_heavy_package() -> None:
    program = (
        "import sys, qa, index\n"
        "heavy = ['chromadb', 'gradio', 'llama_index', 'nltk', 'numpy', 'onnxruntime']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def asked_by(arguments: list[str], tmp_path: Path) -> None:
    """A question in a process of its own that has nothing at home yet."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ORT_", "XDG_"))}
    environment |= {"HOME": str(tmp_path), "QA_HOME": str(tmp_path / "library")}
    command = [*arguments, sys.executable, "-m", "qa", "ask", "When is the summit?"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert "August 12. [1]" in done.stdout, done.stderr


def test_a_question_leaves_nothing_of_a_telemetry_at_home(tmp_path: Path) -> None:
    asked_by([], tmp_path)
    # Chroma's own identity is made with the library; nothing is sent, and it stands elsewhere.
    assert list((tmp_path / ".cache").rglob("*")) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_question_opens_no_socket_to_another_machine(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    asked_by(["strace", "-f", "-e", "trace=%network", "-o", str(calls)], tmp_path)
    assert [line for line in calls.read_text().splitlines() if "AF_INET" in line] == []


def test_who_wants_the_telemetry_keeps_it() -> None:
    program = (
        "import os\n"
        "from index.models import _onnxruntime\n"
        "_onnxruntime()\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    for chosen, told in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ORT_")} | chosen
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == f"{told}\n"
