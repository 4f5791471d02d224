// Reading the source: a dialog with the document at the passage, as text or as the page of a PDF;
// and a small note with the quote at a mark that is pointed at.
const reader = document.createElement("dialog");
reader.id = "reader";
reader.className = "dialog";
reader.setAttribute("aria-labelledby", "reader-title");
reader.innerHTML = `
  <header><div><h2 id="reader-title" dir="auto"></h2><p class="counts"></p></div>
    <button type="button" class="icon" data-reader-close aria-label="Close">×</button></header>
  <div class="views" role="group" aria-label="Show">
    <button type="button" data-view="text" aria-pressed="true">Text</button>
    <button type="button" data-view="page" aria-pressed="false">Page</button></div>
  <div class="text" tabindex="0" role="region" aria-label="Text of the document"></div>
  <div class="page" tabindex="0" role="region" aria-label="Page of the document" hidden></div>
  <div class="foot"><button type="button" class="link" data-step="-1">← Previous</button>
    <span class="counts place" aria-live="polite"></span>
    <button type="button" class="link" data-step="1">Next →</button>
    <button type="button" class="primary" data-quote>Copy quote with reference</button></div>`;
document.body.append(reader);
const inReader = (selector) => reader.querySelector(selector);
// The passages of one answer, and which of them is open.
let passages = [];
let at = 0;
let told = null;

// What the conversation holds, for a document that was removed or replaced; nothing in the list of documents.
const keptOf = (card) => ({
  title: card?.querySelector("h3").textContent ?? "",
  quote: (card?.querySelector("mark") ?? card?.querySelector(".passage"))?.textContent ?? "",
});
const passageOf = (button) => ({
  id: button.dataset.read,
  start: Number(button.dataset.start),
  end: Number(button.dataset.end),
  page: Number(button.dataset.page) || 0,
  where: button.dataset.where,
  ...keptOf(button.closest(".card")),
});
const openReader = (button) => {
  const buttons = [...(button.closest("section") ?? button.parentElement).querySelectorAll("[data-read]")];
  passages = buttons.map(passageOf);
  at = buttons.indexOf(button);
  read();
};
const textOf = async ({ id, start, end }) => {
  const answer = await call(`/api/documents/${id}/text?start=${start}&end=${end}`);
  return answer.ok ? answer.json() : { error: await reasonOf(answer), status: answer.status };
};
const read = async () => {
  const passage = passages[at];
  const found = await textOf(passage);
  if (passage !== passages[at]) return;
  if (found.status === 503) return say(`The document could not be opened: ${found.error}`);
  if (!reader.open) reader.showModal();
  told = found;
  inReader("#reader-title").textContent = found.title ?? passage.title;
  inReader("header .counts").textContent = passage.where;
  inReader(".place").textContent = passages.length > 1 ? `${at + 1} of ${passages.length}` : "";
  for (const button of reader.querySelectorAll("[data-step]")) button.hidden = passages.length < 2;
  const isOther = !found.error && hasChanged(passage, found);
  inReader("[data-quote]").hidden = !found.passage || isOther;
  inReader(".views").hidden = !found.has_pages || !passage.page || isOther;
  if (found.error) drawHeld(passage, found.status === 404 ? REMOVED : found.error);
  else if (isOther) drawHeld(passage, CHANGED);
  else drawText();
  showView(inReader(".views").hidden ? "text" : lastView);
};
const REMOVED = "This document was removed. The conversation still holds this of it:";
const CHANGED = "This document was replaced since, and has other words there. The conversation holds this of the one before:";
// Of a document that was replaced, other words may stand in the place of the quote.
const bare = (text) => text.replace(/[\s…]/g, "");
const hasChanged = ({ quote, end }, { passage }) => end > 0 && bare(quote) !== bare(passage);
const drawHeld = ({ quote }, words) => {
  const body = made("div", "body", "");
  body.dir = "auto";
  body.append(made("mark", "", quote.replaceAll(" … ", " ").trim()));
  inReader(".text").replaceChildren(made("p", "problem", words), body);
};
const further = (words, side) => {
  const button = made("button", "link", words);
  button.type = "button";
  button.addEventListener("click", () => showFurther(button, side));
  return button;
};
const drawText = () => {
  const body = made("div", "body", "");
  body.dir = "auto";
  const mark = made("mark", "", told.passage);
  body.append(made("span", "before", told.before), mark, made("span", "behind", told.behind));
  inReader(".text").replaceChildren(
    ...(told.from > 0 ? [further("Show earlier text", -1)] : []),
    body,
    ...(told.to < told.characters ? [further("Show later text", 1)] : []),
  );
  mark.scrollIntoView({ block: "center" });
};
const showFurther = async (button, side) => {
  const edge = side < 0 ? told.from : told.to;
  const more = await textOf({ id: passages[at].id, start: edge, end: edge });
  if (more.error) return say(`The text could not be shown: ${more.error}`);
  const text = inReader(".text");
  const height = text.scrollHeight;
  if (side < 0) {
    inReader(".before").prepend(more.before);
    told.from = more.from;
    text.scrollTop += text.scrollHeight - height;
  } else {
    inReader(".behind").append(more.behind);
    told.to = more.to;
  }
  if (told.from === 0 && side < 0) button.remove();
  if (told.to === told.characters && side > 0) button.remove();
};
let lastView = "text";
const showView = (view) => {
  for (const button of reader.querySelectorAll("[data-view]"))
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  inReader(".text").hidden = view !== "text";
  inReader(".page").hidden = view !== "page";
  if (view === "page") drawPage();
  else inReader(".text mark")?.scrollIntoView({ block: "center" });
};
const drawPage = async () => {
  const passage = passages[at];
  const place = inReader(".page");
  if (place.dataset.shown === JSON.stringify(passage)) return;
  delete place.dataset.shown;
  place.replaceChildren(made("p", "counts", "The page is being drawn …"));
  const { id, page, start, end } = passage;
  const answer = await call(`/api/documents/${id}/pages/${page}?start=${start}&end=${end}`);
  if (passage !== passages[at]) return;
  if (!answer.ok) {
    place.replaceChildren(made("p", "problem", `The page could not be drawn: ${await reasonOf(answer)}`));
    return;
  }
  const image = document.createElement("img");
  const top = Number(answer.headers.get("x-marked"));
  const isMarked = !Number.isNaN(top);
  image.alt = `Page ${page} of ${told.title}${isMarked ? ", with the passage marked" : ""}`;
  image.src = URL.createObjectURL(await answer.blob());
  image.addEventListener("load", () => {
    URL.revokeObjectURL(image.src);
    if (isMarked) place.scrollTop = top * image.height - place.clientHeight / 3;
  }, { once: true });
  place.replaceChildren(image);
  if (!isMarked && end > start) place.prepend(made("p", "counts", "The passage was not found on this page."));
  place.dataset.shown = JSON.stringify(passage);
};
const step = (by) => {
  at = (at + by + passages.length) % passages.length;
  read();
};
const copyQuote = async (button) => {
  const words = told.passage.split(/\s+/).filter(Boolean).join(" ");
  const place = [told.title, passages[at].where, fileName(told.source)].filter(Boolean).join(", ");
  try {
    await navigator.clipboard.writeText(`“${words}” (${place})`);
    button.textContent = "Copied";
  } catch { button.textContent = "Copying is not allowed here"; }
  setTimeout(() => { button.textContent = "Copy quote with reference"; }, 2000);
};
reader.addEventListener("click", (event) => {
  const { target } = event;
  if (target === reader || target.closest("[data-reader-close]")) reader.close();
  else if (target.closest("[data-step]")) step(Number(target.closest("[data-step]").dataset.step));
  else if (target.closest("[data-quote]")) copyQuote(target.closest("[data-quote]"));
  else if (target.closest("[data-view]")) showView(lastView = target.closest("[data-view]").dataset.view);
});
reader.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[event.key];
  if (!by || passages.length < 2 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  step(by);
});
actions.push(["[data-read]", openReader]);

// The note at a mark. The mark's own label says the quote to those who cannot see it.
const note = made("div", "note-at-mark", "");
note.setAttribute("role", "tooltip");
note.id = "note-at-mark";
note.hidden = true;
document.body.append(note);
const hideNote = () => { note.hidden = true; };
const showNote = (mark) => {
  note.replaceChildren(made("p", "", mark.dataset.quote), made("p", "counts", mark.dataset.title));
  note.hidden = false;
  const box = mark.getBoundingClientRect();
  const left = Math.min(Math.max(12, box.left - 20), innerWidth - note.offsetWidth - 12);
  const above = box.top - note.offsetHeight - 8;
  note.style.left = `${left}px`;
  note.style.top = `${above > 8 ? above : box.bottom + 8}px`;
};
for (const kind of ["pointerover", "focusin"])
  document.addEventListener(kind, (event) => {
    const mark = event.target.closest?.(".mark");
    if (mark && event.pointerType !== "touch") showNote(mark);
    else if (!note.contains(event.target)) hideNote();
  });
document.addEventListener("scroll", hideNote, true);
document.addEventListener("click", hideNote);
document.addEventListener("keydown", hideNote);
