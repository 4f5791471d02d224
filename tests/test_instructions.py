"""Sentences that speak to a machine, and those that only speak of one."""

from __future__ import annotations

import pytest

from qa.instructions import speaks_to_a_machine
from tests.planted import KINDS


@pytest.mark.parametrize("instruction", [told for told, _ in KINDS])
def test_an_instruction_is_known(instruction: str) -> None:
    assert speaks_to_a_machine(instruction.format(subject="the contract"))


@pytest.mark.parametrize(
    "sentence",
    [
        "The hospital uses AI to read X-rays.",
        "AI systems must be registered before August 2026.",
        "A large language model was trained on the minutes of the council.",
        "The chatbot answers about forty questions a day.",
        "Thank you for your reply of 3 May.",
        "Staff should respond within two working days.",
        "When you read the meter, note the last four digits.",
        "Critics say: the plan is too dear.",
        "Many say “the old bridge was better”.",
        "Drivers who ignore the rules pay forty euros.",
        "Question: How do I return a parcel?",
        "Answer: Take it to any post office.",
        "The pilots were given new instructions in March.",
        "The assistant, a nurse from Welm, found the key.",
        "The right answer was found by a girl of nine.",
        "They respond with force when the colony is disturbed.",
        "The user has to press the red button first.",
    ],
)
def test_what_only_speaks_of_machines_and_answers_is_text_like_any_other(sentence: str) -> None:
    assert not speaks_to_a_machine(sentence)
