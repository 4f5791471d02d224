// What can be done with an answer: copy, ask again, rate, keep as a test question.
const flash = (button, words) => {
  const said = made("span", "said", words);
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
  const isTakenBack = button.getAttribute("aria-pressed") === "true";
  const rating = isTakenBack ? 0 : Number(button.dataset.rate);
  const answer = await sendRating(button.dataset.turn, rating, isTakenBack ? "" : button.dataset.comment);
  if (!answer.ok) return flash(button, `The rating could not be kept: ${await reasonOf(answer)}`);
  const turn = button.closest(".turn");
  for (const other of turn.querySelectorAll("[data-rate]"))
    other.setAttribute("aria-pressed", String(Number(other.dataset.rate) === rating));
  turn.querySelector(".comment")?.remove();
  if (rating) turn.querySelector(".verdict").after(commentBox(button, rating));
};
const commentBox = (button, rating) => {
  const form = made("form", "comment", "");
  const input = document.createElement("input");
  input.maxLength = 2000;
  input.value = button.dataset.comment;
  input.placeholder = rating > 0 ? "What helped? (you need not say)" : "What was wrong? (you need not say)";
  input.setAttribute("aria-label", "Your comment");
  const send = made("button", "quiet", "Keep");
  send.type = "submit";
  form.append(input, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await sendRating(button.dataset.turn, rating, input.value);
    if (!answer.ok) return flash(button, `The comment could not be kept: ${await reasonOf(answer)}`);
    button.dataset.comment = input.value;
    form.remove();
    flash(button, "Thank you, it is kept.");
  });
  return form;
};
const keepAsTest = async (button) => {
  const answer = await api(`/${current}/turns/${button.dataset.keep}/test-question`, "POST");
  if (!answer.ok) return flash(button, `This could not be saved: ${await reasonOf(answer)}`);
  const told = await answer.json();
  flash(button, `${told.is_new ? "Saved" : "Already saved"}. Run the set with: ${told.command}`);
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
  if (words) place.prepend(made("p", "", words));
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
