// The documents: a dialog to drop files on, with the list of what is held.
// It talks to /api/documents; every name and title goes in as text, never as markup.
const LOOK_AGAIN_MILLISECONDS = 1000;
const dialog = document.createElement("dialog");
dialog.id = "documents";
dialog.className = "dialog";
dialog.setAttribute("aria-label", "Documents");
dialog.innerHTML = `
  <header><h2>Documents</h2>
    <button type="button" class="icon" data-documents-close aria-label="Close">×</button></header>
  <label class="drop"><input type="file" multiple class="unseen">
    <strong>Choose files</strong> <span>or drop them anywhere on this page</span></label>
  <p class="formats">PDF, Word, PowerPoint, Excel, HTML, e-books, e-mail, subtitles, Markdown, text</p>
  <ul class="uploads" aria-live="polite" aria-label="Files being added" tabindex="0"></ul>
  <p class="problem" role="alert"></p>
  <ul class="held"></ul>`;
document.body.append(dialog);
const part = (selector) => dialog.querySelector(selector);
const made = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};
const fileName = (source) => source.split(/[\\/]/).pop();
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const removing = removals(async (id) => {
  const answer = await call(`/api/documents/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
  if (!answer.ok) tellFailed("The document could not be removed", answer);
}, () => showChange());
const row = (held) => {
  const item = made("li", "document", "");
  const isGoing = removing.isGoing(held.document_id);
  item.dataset.id = held.document_id;
  const counts = [held.pages && plural(held.pages, "page"), plural(held.passages, "passage")];
  const words = made("div", "words", "");
  // Opens the document at its beginning; see reading.js.
  const title = made("button", "title", held.title);
  title.type = "button";
  title.dir = "auto";
  Object.assign(title.dataset, { read: held.document_id, start: 0, end: 0, page: held.pages ? 1 : "", where: fileName(held.source) });
  const counted = made("span", "counts", [fileName(held.source), ...counts].filter(Boolean).join(" · "));
  counted.title = held.source;
  words.append(title, counted);
  const button = made("button", "link", isGoing ? "Undo" : "Remove");
  button.type = "button";
  button.setAttribute("aria-label", `${button.textContent} ${held.title}`);
  item.classList.toggle("is-going", isGoing);
  button.addEventListener("click", () => {
    if (isGoing) removing.undo(held.document_id);
    else removing.soon(held.document_id);
    const drawn = row(held);
    item.replaceWith(drawn);
    drawn.querySelector(".link").focus();
  });
  item.append(words, button);
  return item;
};
const showDocuments = async () => {
  const answer = await call("/api/documents");
  part(".problem").textContent = answer.ok ? "" : `The documents could not be listed: ${await reasonOf(answer)}`;
  if (!answer.ok) return;
  const held = await answer.json();
  redrawn(part(".held"), held.map(row));
  for (const count of document.querySelectorAll("[data-documents-count]"))
    count.textContent = held.length.toLocaleString("en");
};
const showChange = async () => {
  await showDocuments();
  showScope();
  // The greeting names the documents; a conversation stays as it is.
  if (!element.querySelector(".turn")) openConversation();
};

const readLines = async (answer, act) => {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) act(JSON.parse(line));
    if (done) return;
  }
};
// The queue: what this page sends, and what the server is reading of others or from before a reload.
const uploads = part(".uploads");
const unsent = new Set();
const sending = new Map();
const elsewhere = new Map();
const readingNow = made("span", "reading", "");
readingNow.setAttribute("role", "status");
document.querySelector("[data-documents]").before(readingNow);
const showReading = () => {
  const count = sending.size + elsewhere.size;
  readingNow.textContent = count ? `reading ${count.toLocaleString("en")} …` : "";
};
const queued = (name) => {
  const item = made("li", "upload", "");
  item.append(made("span", "title", name), made("span", "state", "waiting"));
  uploads.append(item);
  return item;
};
const sayState = (item, words) => { item.querySelector(".state").textContent = words; };
const sayDone = (item, { done, passages }) =>
  sayState(item, passages ? `${done.toLocaleString("en")} of ${plural(passages, "passage")}` : "reading …");
const refuse = (item, why) => {
  const dismiss = made("button", "icon", "×");
  dismiss.type = "button";
  dismiss.setAttribute("aria-label", `Dismiss ${item.querySelector(".title").textContent}`);
  dismiss.addEventListener("click", () => item.remove());
  item.classList.add("is-wrong");
  item.querySelector(".title").after(dismiss);
  sayState(item, why);
};
const became = (report, passages) => {
  if (report.unchanged.length) return "already here";
  return `${report.replaced.length ? "replaced" : "added"}, ${plural(passages, "passage")}`;
};
const sendFile = async (file, item) => {
  // Below what became of those before.
  uploads.scrollTop = item.offsetTop + item.offsetHeight - uploads.clientHeight;
  sayState(item, "reading …");
  await removeOld(file.name);
  let outcome = { error: "the connection was lost" };
  let passages = 0;
  try {
    const url = `/api/documents/${encodeURIComponent(file.name)}`;
    const answer = await fetch(url, { method: "PUT", body: file });
    unsent.delete(item);
    if (!answer.ok) outcome = { error: (await answer.json()).error ?? "it was not taken" };
    else await readLines(answer, (step) => {
      if (step.passages) sayDone(item, step);
      passages = step.passages ?? passages;
      if (step.error || step.report) outcome = step;
    });
  } catch { /* the outcome says it */ }
  unsent.delete(item);
  sending.delete(item);
  if (outcome.error) refuse(item, outcome.error);
  else {
    item.classList.add("is-done");
    sayState(item, became(outcome.report, passages));
  }
  showReading();
  await showChange();
};
// A file that is on its way out and comes again: first it goes, or its new version would go too.
const removeOld = async (name) => {
  for (const { dataset } of part(".held").querySelectorAll(".is-going [data-read]"))
    if (dataset.where === name && removing.isGoing(dataset.read)) await removing.now(dataset.read);
};
const uploadAll = async (files) => {
  if (!files.length) return;
  openDocuments();
  for (const item of uploads.querySelectorAll(".is-wrong")) item.remove();
  const waiting = [...files].map((file) => [file, queued(file.name)]);
  for (const [file, item] of waiting) { unsent.add(item); sending.set(item, file.name); }
  showReading();
  // One after the other: the first can be asked about while the next is read.
  for (const [file, item] of waiting) await sendFile(file, item);
  const wrong = uploads.querySelector(".is-wrong");
  if (wrong) uploads.scrollTop = wrong.offsetTop;
};
dialog.addEventListener("close", () => {
  for (const item of uploads.querySelectorAll(".is-done")) item.remove();
});
// What has not reached the server is lost with the page; what has is read without it.
window.addEventListener("beforeunload", (event) => { if (unsent.size) event.preventDefault(); });
const followElsewhere = async () => {
  const answer = await call("/api/documents/reading");
  // A server that is away for a moment is asked again.
  if (!answer.ok) return setTimeout(followElsewhere, 5 * LOOK_AGAIN_MILLISECONDS);
  const own = [...sending.values()];
  const files = (await answer.json()).filter(({ name }) => !own.includes(name));
  for (const [name, item] of elsewhere) {
    if (files.some((file) => file.name === name)) continue;
    item.remove();
    elsewhere.delete(name);
    await showChange();
  }
  for (const file of files) {
    if (!elsewhere.has(file.name)) elsewhere.set(file.name, queued(file.name));
    sayDone(elsewhere.get(file.name), file);
  }
  showReading();
  if (elsewhere.size) setTimeout(followElsewhere, LOOK_AGAIN_MILLISECONDS);
};
const openDocuments = () => {
  if (!dialog.open) dialog.showModal();
  showDocuments();
};
part("input").addEventListener("change", (event) => {
  uploadAll([...event.target.files]);
  event.target.value = "";
});
part("[data-documents-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
for (const kind of ["dragover", "drop"])
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (kind === "drop") uploadAll([...event.dataTransfer.files]);
  }, true);
actions.push(["[data-documents]", openDocuments]);
showDocuments();
followElsewhere();
