// What can be done with an answer: copy, ask again, rate, keep as a test question.
const flash = (button, words, ...further) => {
  const said = made("span", "said", words);
  said.append(...further);
  said.setAttribute("role", "status");
  button.closest(".turn").querySelector(".said")?.remove();
  button.closest(".actions").after(said);
  setTimeout(() => said.remove(), 8000);
};
const copyAnswer = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    flash(button, "Copied");
  } catch {
    flash(button, "Copying is not allowed here");
  }
};
const askAgain = (button) => {
  ask(button.closest(".turn").dataset.asked, Number(button.dataset.again));
};
const sendRating = (turn, rating, comment) =>
  api(`/${current}/turns/${turn}/rating`, "PUT", { rating, comment });
const rate = async (button) => {
  const turn = button.closest(".turn");
  // Pressed again, it shows what was said, and how to take it back.
  if (button.getAttribute("aria-pressed") === "true") return showForm(turn, commentBox(button));
  if (await rated(button, Number(button.dataset.rate), button.dataset.comment)) showForm(turn, commentBox(button));
};
const rated = async (button, rating, comment) => {
  const turn = button.closest(".turn");
  const answer = await sendRating(button.dataset.turn, rating, comment);
  if (!answer.ok) {
    flash(button, `This could not be kept: ${await reasonOf(answer)}`);
    return false;
  }
  for (const other of turn.querySelectorAll("[data-rate]")) {
    const isPressed = Number(other.dataset.rate) === rating;
    other.setAttribute("aria-pressed", String(isPressed));
    other.dataset.comment = comment;
    const label = other.getAttribute("aria-label");
    other.title = isPressed && comment ? `${label}: ${comment}` : label;
  }
  return true;
};
// One form at a time below an answer, in sight and ready to be typed in.
const showForm = (turn, form) => {
  turn.querySelector(".below-answer")?.remove();
  turn.querySelector(".verdict").after(form);
  form.querySelector("input:enabled, textarea:enabled").focus({ preventScroll: true });
  intoSight(form);
};
const commentBox = (button) => {
  const form = made("form", "comment below-answer", "");
  const input = document.createElement("input");
  input.maxLength = 2000;
  input.value = button.dataset.comment;
  const asked = Number(button.dataset.rate) > 0 ? "What helped?" : "What was wrong?";
  input.placeholder = `${asked} (you need not say)`;
  input.setAttribute("aria-label", "Your comment");
  const keep = made("button", "quiet", "Keep");
  keep.type = "submit";
  const back = made("button", "quiet", "Take back");
  back.type = "button";
  form.append(input, keep, back);
  const send = async (rating, comment, words) => {
    if (!await rated(button, rating, comment)) return;
    form.remove();
    flash(button, words);
    button.focus();
  };
  back.addEventListener("click", () => send(0, "", "The rating is taken back."));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(Number(button.dataset.rate), input.value.trim(), "Thank you, it is kept.");
  });
  return form;
};
// A test question: the reader says what is right. What was called not helpful is not proposed.
const keepAsTest = (button) => {
  const turn = button.closest(".turn");
  const isWrong = turn.querySelector('[data-rate="-1"]').getAttribute("aria-pressed") === "true";
  const cards = document.querySelectorAll(`#sources section[data-turn="${button.dataset.keep}"] mark`);
  const quotes = [...cards].map((mark) => mark.textContent.split(/\s+/).filter(Boolean).join(" "));
  const isRefused = Boolean(turn.querySelector(".refusal"));
  showForm(turn, testForm(button, isWrong ? [] : quotes, isRefused && !isWrong));
};
const testForm = (button, quotes, isUnanswered) => {
  const form = made("form", "test below-answer", "");
  form.innerHTML = `
    <label>The right answer, one a line where several are right
      <textarea name="answers" rows="3" maxlength="20000"></textarea></label>
    <label class="choice"><input type="checkbox" name="none"> The documents do not answer this</label>
    <div class="foot"><button type="submit" class="quiet">Save</button>
      <button type="button" class="quiet" data-cancel>Cancel</button></div>`;
  const { answers, none } = form.elements;
  answers.value = quotes.join("\n");
  none.checked = isUnanswered;
  const match = () => {
    answers.disabled = none.checked;
    answers.required = !none.checked;
  };
  match();
  none.addEventListener("change", match);
  form.querySelector("[data-cancel]").addEventListener("click", () => { form.remove(); button.focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const lines = answers.value.split("\n").map((line) => line.trim()).filter(Boolean);
    saveTest(button, form, none.checked ? [] : lines);
  });
  return form;
};
const saveTest = async (button, form, answers) => {
  const answer = await api(`/${current}/turns/${button.dataset.keep}/test-question`, "POST", { answers });
  if (!answer.ok) return flash(button, `This could not be saved: ${await reasonOf(answer)}`);
  form.remove();
  const link = made("a", "link", "Run the set");
  link.href = "/evaluation";
  flash(button, `${(await answer.json()).is_new ? "Saved" : "Changed"} as a test question. `, link);
  button.focus();
};

// Questions that the documents answer: below a refusal, and in a greeting that has none. They are
// found in the background, so they may come a little later.
const LOOKS = 4;
const suggestions = async (documents = "") => {
  const wanted = new URLSearchParams({ documents, conversation: current });
  const answer = await call(`/api/suggestions?${wanted}`);
  if (!answer.ok) return [];
  const refused = [...element.querySelectorAll(".turn:has(.refusal)")].map((turn) => turn.dataset.asked);
  return (await answer.json()).filter((question) => !refused.includes(question));
};
const offer = async (place, words, looks = LOOKS) => {
  if (!place.isConnected) return;
  const questions = await suggestions(place.dataset.offers);
  if (!questions.length && looks > 1) setTimeout(() => offer(place, words, looks - 1), 2500);
  if (!questions.length || place.childElementCount) return;
  place.replaceChildren(...questions.map((question) => {
    const button = made("button", "example", question);
    button.type = "button";
    button.dataset.question = question;
    button.dir = "auto";
    return button;
  }));
  if (!words) return;
  // Nobody is called back from what is read meanwhile.
  const isLookedAt = isInSight(place.previousElementSibling);
  place.prepend(made("p", "", words));
  if (isLookedAt) intoSight(place);
};
document.addEventListener("drawn", ({ detail }) => {
  const refused = element.querySelector(".turn:last-child .offers:empty");
  const examples = element.querySelector(".examples:empty");
  if (refused) offer(refused, "These the documents do answer:");
  else if (examples) offer(examples, "");
  // After the first answer, so that looking for them does not keep that waiting.
  else if (detail.number && !detail.is_pending) suggestions();
});
actions.push(
  ["[data-copy]", copyAnswer],
  ["[data-again]", askAgain],
  ["[data-rate]", rate],
  ["[data-keep]", keepAsTest],
);
