// What happens in the browser alone: marks and sources, the sheet, copying, the theme.
// Gradio runs this once with `element` (the conversation), `trigger` and `watch`.
const root = document.documentElement;
const narrow = window.matchMedia("(max-width: 1000px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
const panel = () => document.getElementById("sources");
const questionBox = () => document.querySelector("#question textarea");

// The theme: the system's, until the reader chooses.
const storedTheme = () => {
  try { return localStorage.getItem("cited-qa-theme"); } catch { return null; }
};
const applyTheme = (theme) => {
  const dark = theme ? theme === "dark" : systemIsDark.matches;
  if (theme) root.dataset.theme = theme;
  root.toggleAttribute("data-dark", dark);
  document.body.classList.toggle("dark", dark);
};
const changeTheme = () => {
  const theme = root.hasAttribute("data-dark") ? "light" : "dark";
  try { localStorage.setItem("cited-qa-theme", theme); } catch { /* it lasts until the page is left */ }
  applyTheme(theme);
};
systemIsDark.addEventListener("change", () => applyTheme(storedTheme()));
applyTheme(storedTheme());

// Said above all else, dialogs too, where what was done has no place of its own for it.
const notice = document.createElement("p");
notice.id = "notice";
notice.popover = "manual";
notice.setAttribute("role", "alert");
document.body.append(notice);
let noticed = 0;
const isDialogOpen = () => Boolean(document.querySelector("dialog[open]"));
const say = (words) => {
  notice.textContent = words;
  notice.hidePopover();
  // What is beside an open dialog is not read aloud.
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(notice);
  notice.showPopover();
  clearTimeout(noticed);
  noticed = setTimeout(() => notice.hidePopover(), 8000);
};
// A list is drawn anew around the reader, who keeps to the button where the focus was.
const redrawn = (list, items) => {
  const focused = document.activeElement;
  const item = focused.closest("li");
  const place = list.contains(item) ? [...list.children].indexOf(item) : -1;
  const button = place < 0 ? -1 : [...item.querySelectorAll("button")].indexOf(focused);
  list.replaceChildren(...items);
  if (button < 0) return;
  const same = items.find((one) => one.dataset.id === item.dataset.id);
  const next = same ?? items[Math.min(place, items.length - 1)];
  next?.querySelectorAll("button")[button]?.focus();
};
const tellFailed = async (what, answer) => say(`${what}: ${await reasonOf(answer)}`);

// Sources: one section a question; the one asked for is shown, on a small screen as a sheet.
let opener = null;
const outside = () => [document.getElementById("bar"), document.getElementById("talk")];

const showSection = (turn) => {
  for (const section of panel().querySelectorAll("section"))
    section.hidden = section.dataset.turn !== turn;
  panel().querySelector(".panel-bar ~ .hint")?.setAttribute("hidden", "");
};
const openSheet = (from) => {
  opener = from;
  if (!narrow.matches) return;
  root.setAttribute("data-sheet", "");
  for (const part of outside()) part.inert = true;
};
const closeSheet = () => {
  root.removeAttribute("data-sheet");
  for (const part of outside()) part.inert = false;
  if (opener?.isConnected) opener.focus();
  opener = null;
};
narrow.addEventListener("change", closeSheet);
const unmark = () => {
  for (const open of document.querySelectorAll(".is-open")) open.classList.remove("is-open");
};
const openCitation = (mark) => {
  const card = document.getElementById(mark.dataset.source);
  if (!card) return;
  unmark();
  showSection(card.closest("section").dataset.turn);
  openSheet(mark);
  mark.classList.add("is-open");
  card.classList.add("is-open");
  card.focus({ preventScroll: true });
  intoSight(card);
};
const openSources = (button) => {
  unmark();
  showSection(button.dataset.sourcesOf);
  openSheet(button);
  panel().scrollTo({ top: 0 });
  if (narrow.matches) panel().querySelector("[data-close]").focus();
};
const showMore = (button) => {
  const isWhole = button.closest(".card").classList.toggle("is-whole");
  button.setAttribute("aria-expanded", String(isWhole));
  button.textContent = isWhole ? "Show less" : "Show more";
};

// What the server is asked for: a question, perhaps again; a conversation, as it is now.
// One question at a time in a conversation: the next may be about the answer.
const SENT_MILLISECONDS = 20000;
const sent = new Map();
const isComing = () => Boolean(element.querySelector(".pending"));
const mayAsk = () => {
  const before = sent.get(inAddress());
  // Twice in one moment is once.
  if (before && Date.now() - before.at > 1000) say("The question before is still being sent.");
  if (before) return false;
  if (isComing()) say("The answer before is still on its way: wait for it, or stop it.");
  return !isComing();
};
const nowSent = () => {
  const conversation = inAddress();
  // Who asks in it does not want it deleted any more.
  keepIt(conversation);
  const timer = setTimeout(() => sent.delete(conversation), SENT_MILLISECONDS);
  sent.set(conversation, { timer, at: Date.now() });
};
const wasHeard = ({ asked_in: conversation }) => {
  clearTimeout(sent.get(conversation)?.timer);
  sent.delete(conversation);
};
const numberOf = (turn) => Number(turn?.id.replace("turn-", "") ?? 0);
const lastShown = () => numberOf(element.querySelector(".turn:last-child"));
const ask = (question, again = 0) => {
  if (!mayAsk()) return;
  nowSent();
  trigger("submit", { question, again, last: lastShown(), conversation: inAddress() });
};
// The conversation that began here since another was opened.
let born = "";
// One is opened at a time, and then the last that was asked for: two requests may change places.
const OPENING_MILLISECONDS = 3000;
let opening = null;
let openNext = null;
const openConversation = (conversation = openNext ?? opening?.conversation ?? current) => {
  born = "";
  openNext = null;
  if (opening && Date.now() - opening.at < OPENING_MILLISECONDS) {
    openNext = conversation;
    return;
  }
  opening = { conversation, at: Date.now() };
  trigger("select", { conversation });
};
const wasOpened = () => {
  opening = null;
  if (openNext !== null) openConversation(openNext);
};
const askPicked = (question) => {
  ask(question);
  if (!narrow.matches) questionBox()?.focus();
};

const actions = [
  ["[data-source]", openCitation],
  ["[data-sources-of]", openSources],
  ["[data-more]", showMore],
  ["[data-question]", (button) => askPicked(button.dataset.question)],
  ["#restart", () => openConversation("")],
  ["[data-stop]", () => document.getElementById("stop").click()],
  ["[data-close], #scrim", closeSheet],
  ["[data-theme-button]", changeTheme],
];
document.addEventListener("click", (event) => {
  for (const [selector, act] of actions) {
    const target = event.target.closest(selector);
    if (target) return act(target);
  }
});
document.addEventListener("keydown", (event) => {
  const isInSources = root.hasAttribute("data-sheet") || panel().contains(document.activeElement);
  if (event.key !== "Escape" || !isInSources || isDialogOpen()) return;
  unmark();
  closeSheet();
});

const scrim = document.createElement("div");
scrim.id = "scrim";
document.body.append(scrim);

// The conversation: drawn whole when it is opened, then a turn at a time.
let current = "";
const talk = () => element.querySelector(".turns");
const scroller = () => document.getElementById("conversation");
const fragment = (html) => document.createRange().createContextualFragment(html);
const scrollToTurn = (turn, smoothly) => {
  const top = turn.offsetTop - element.offsetTop - 28;
  scroller().scrollTo({ top, behavior: smoothly && !calm.matches ? "smooth" : "auto" });
};
const intoSight = (part) =>
  part.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
const isInSight = (part) => {
  const [{ top, bottom }, seen] = [part, scroller()].map((one) => one.getBoundingClientRect());
  return bottom > seen.top && top < seen.bottom;
};
const nowIn = (conversation, isBorn = false) => {
  goTo(conversation, conversation !== current && !isBorn);
  if (current === conversation) return;
  current = conversation;
  document.dispatchEvent(new CustomEvent("conversation"));
};
const showSources = (number, html) => {
  panel().querySelector(`section[data-turn="${number}"]`)?.remove();
  if (html) panel().querySelector("aside").append(fragment(html));
  showSection(String(number));
  panel().querySelector(".panel-bar ~ .hint").toggleAttribute("hidden", Boolean(html));
  panel().scrollTo({ top: 0 });
};
// The conversations that began here: what follows in them is for no other new one.
const begun = new Set();
const isShown = (told) =>
  told.conversation === current || (told.asked_in === current && !begun.has(told.conversation));
// What is awaited grows in its place: the Stop stays under the finger.
const grow = (known, drawn) => {
  const [before, now] = [known, drawn].map((turn) => turn.querySelector(".pending"));
  before.className = now.className;
  before.setAttribute("aria-live", now.getAttribute("aria-live") ?? "polite");
  const draft = before.querySelector(".draft");
  if (draft && now.querySelector(".draft")) {
    draft.textContent = now.querySelector(".draft").textContent;
    return;
  }
  before.replaceChildren(...now.querySelectorAll(":scope > p"), before.querySelector("[data-stop]"));
};
const putTurn = (drawn, known, told) => {
  const wasComing = known?.querySelector(".pending");
  if (!known) talk().append(drawn);
  else if (wasComing && told.is_pending) grow(known, drawn);
  else known.replaceWith(drawn);
  // Asked again: what stood behind it was about an answer that is gone.
  if (known && !wasComing && told.is_pending)
    while (drawn.nextElementSibling) drawn.nextElementSibling.remove();
};
document.addEventListener("turn", ({ detail: told }) => {
  wasHeard(told);
  // The reader may have opened another conversation meanwhile.
  const isHere = isShown(told);
  begun.add(told.conversation);
  if (!isHere) {
    if (!told.is_pending) document.dispatchEvent(new CustomEvent("drawn", { detail: told }));
    return;
  }
  if (!current) born = told.conversation;
  nowIn(told.conversation, true);
  talk().querySelector(".greeting")?.remove();
  const known = document.getElementById(`turn-${told.number}`);
  const drawn = fragment(told.turn).firstElementChild;
  putTurn(drawn, known, told);
  if (!known || !told.is_pending) unmark();
  // It may end in another window, which nobody tells here.
  if (told.is_pending) lookForAnswer();
  if (!told.is_pending || told.section) showSources(told.number, told.section);
  // A new question is shown from its beginning, with its answer below it.
  if (!known || !told.is_pending) scrollToTurn(drawn, !known);
  document.dispatchEvent(new CustomEvent("drawn", { detail: told }));
});
document.addEventListener("unasked", ({ detail: told }) => {
  wasHeard(told);
  say(told.notice);
  // It may have gone on in another window.
  if (told.is_stale && told.asked_in === current) openConversation();
});
// An answer that comes to another window is looked for until it is there.
const LOOK_FOR_ANSWER_MILLISECONDS = 1500;
let looking = 0;
const lookForAnswer = () => {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    const awaited = element.querySelector(".turn:has(.pending)");
    if (!awaited) return;
    const [where, number] = [current, numberOf(awaited)];
    const answer = await call(`/api/conversations/${where}/turns?before=${number + 1}&last=1`);
    const told = answer.ok ? await answer.json() : null;
    if (where !== current || !awaited.isConnected || !awaited.querySelector(".pending")) return;
    if (answer.status === 404) {
      say("This conversation was deleted.");
      takeDraft(where);
      return openConversation();
    }
    if (!told || fragment(told.turns).querySelector(".pending")) return lookForAnswer();
    const detail = { conversation: where, asked_in: where, number, is_pending: false, turn: told.turns, section: told.sources };
    document.dispatchEvent(new CustomEvent("turn", { detail }));
  }, LOOK_FOR_ANSWER_MILLISECONDS);
};
watch("value", () => {
  wasOpened();
  // A greeting that was asked for before the first question, and came behind it.
  if (!talk().dataset.conversation && born) return openConversation(born);
  nowIn(talk().dataset.conversation);
  if (isComing()) lookForAnswer();
  const all = talk().querySelectorAll(".turn");
  if (all.length) scrollToTurn(all[all.length - 1], false);
  else scroller().scrollTo({ top: 0 });
  if (!all.length && !narrow.matches) questionBox()?.focus();
  document.dispatchEvent(new CustomEvent("drawn", { detail: {} }));
});
const showEarlier = async (button) => {
  const where = current;
  button.disabled = true;
  const answer = await call(`/api/conversations/${current}/turns?before=${button.dataset.earlier}`);
  if (!answer.ok) {
    button.disabled = false;
    return tellFailed("Earlier questions could not be shown", answer);
  }
  const told = await answer.json();
  // Another conversation was opened meanwhile.
  if (where !== current) return;
  const height = scroller().scrollHeight;
  button.after(fragment(told.turns));
  panel().querySelector("aside").append(fragment(told.sources));
  scroller().scrollTop += scroller().scrollHeight - height;
  button.dataset.earlier = told.before;
  button.disabled = false;
  if (told.before <= 1) button.remove();
};
actions.push(["[data-earlier]", showEarlier]);
