// The question box: what is not sent, and drafts, which outlast a reload and a lost connection.
const LONGEST_QUESTION = 2000;
const hint = made("p", "hint", "");
hint.id = "question-hint";
hint.setAttribute("role", "status");
// Gradio draws the box when it likes.
const whenDrawn = (found, act) => {
  if (found()) return act(found());
  const waiting = new MutationObserver(() => {
    if (!found()) return;
    waiting.disconnect();
    act(found());
  });
  waiting.observe(document.body, { childList: true, subtree: true });
};

const draftKey = (conversation) => `cited-qa-draft-${conversation}`;
const draftOf = (conversation) => {
  try { return sessionStorage.getItem(draftKey(conversation)) ?? ""; } catch { return ""; }
};
const keepDraft = (conversation, words) => {
  try {
    if (words) sessionStorage.setItem(draftKey(conversation), words);
    else sessionStorage.removeItem(draftKey(conversation));
  } catch { /* then it is lost with the page */ }
};
// What is typed in a conversation that is no more is for the next one.
const takeDraft = (conversation) => {
  if (!draftOf("")) keepDraft("", draftOf(conversation));
};
const fillBox = (words) => {
  const box = questionBox();
  if (!box || box.value === words) return;
  box.value = words;
  // Gradio takes the value from the event.
  box.dispatchEvent(new Event("input", { bubbles: true }));
};
const characters = () => [...questionBox().value.trim().replace(/\s+/g, " ")].length;
const sayLength = () => {
  const over = characters() - LONGEST_QUESTION;
  hint.textContent = over > 0
    ? `A question may have ${LONGEST_QUESTION.toLocaleString("en")} characters; this one has ${over.toLocaleString("en")} too many.`
    : "";
};
document.addEventListener("input", ({ target }) => {
  if (target !== questionBox()) return;
  // The address knows the conversation before it is drawn.
  keepDraft(inAddress(), questionBox().value);
  sayLength();
});

// Before Gradio hears of it: nothing is sent that cannot be asked.
const mayBeSent = () => characters() > 0 && characters() <= LONGEST_QUESTION;
const hold = (event) => {
  if (mayBeSent() && mayAsk()) return nowSent();
  event.preventDefault();
  event.stopImmediatePropagation();
  questionBox().focus();
};
document.addEventListener("keydown", (event) => {
  // The Enter that ends a composed word (229) sends nothing, nor does one with another key.
  const isWithKey = event.shiftKey || event.metaKey || event.ctrlKey || event.altKey;
  const isSend = event.key === "Enter" && !isWithKey && !event.isComposing && event.keyCode !== 229;
  if (isSend && event.target === questionBox()) hold(event);
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("#question .submit-button")) hold(event);
}, true);

// What was asked is no draft any more; what was typed meanwhile goes along.
// Heard before page.js shows the conversation, with its draft.
window.addEventListener("turn", ({ detail: told }) => {
  const asked = fragment(told.turn).firstElementChild.dataset.asked;
  const isNew = isShown(told) && !document.getElementById(`turn-${told.number}`);
  if (isNew && questionBox()?.value.trim() === asked) fillBox("");
  const draft = draftOf(told.asked_in);
  const isAsked = draft.trim() === asked;
  // What is typed later in a new conversation is not of the one that began before it.
  const isElsewhere = told.asked_in !== told.conversation && !begun.has(told.conversation);
  if (!isAsked && !isElsewhere) return;
  keepDraft(told.asked_in, "");
  keepDraft(told.conversation, isAsked ? "" : draft);
}, true);
document.addEventListener("conversation", () => fillBox(draftOf(current)));
whenDrawn(questionBox, (box) => {
  // Its label is around the button too, whose word would become part of its name.
  box.setAttribute("aria-label", "Your question");
  box.setAttribute("aria-describedby", hint.id);
  document.getElementById("question").append(hint);
  fillBox(draftOf(inAddress()));
});
