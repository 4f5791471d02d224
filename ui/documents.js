// The documents: a dialog to drop files on, with the list of what is held.
// It talks to /api/documents; every name and title goes in as text, never as markup.
const UNDO_MILLISECONDS = 6000;
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
  <ul class="uploads" aria-live="polite"></ul>
  <ul class="held"></ul>`;
document.body.append(dialog);
const part = (selector) => dialog.querySelector(selector);
const made = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// A document is removed when its undo has passed, or when the page is left before.
const going = new Map();
const removeNow = (id) => {
  clearTimeout(going.get(id));
  going.delete(id);
  return fetch(`/api/documents/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
};
const row = (held) => {
  const item = made("li", "document", "");
  const counts = [held.pages && plural(held.pages, "page"), plural(held.passages, "passage")];
  const words = made("div", "words", "");
  const title = made("span", "title", held.title);
  title.dir = "auto";
  const name = held.source.split(/[\\/]/).pop();
  words.append(title, made("span", "counts", [name, ...counts].filter(Boolean).join(" · ")));
  const button = made("button", "link", going.has(held.document_id) ? "Undo" : "Remove");
  button.type = "button";
  button.setAttribute("aria-label", `${button.textContent} ${held.title}`);
  item.classList.toggle("is-going", going.has(held.document_id));
  button.addEventListener("click", () => {
    if (going.has(held.document_id)) {
      clearTimeout(going.get(held.document_id));
      going.delete(held.document_id);
    } else {
      going.set(held.document_id, setTimeout(async () => {
        await removeNow(held.document_id);
        await showChange();
      }, UNDO_MILLISECONDS));
    }
    item.replaceWith(row(held));
  });
  item.append(words, button);
  return item;
};
const showDocuments = async () => {
  const answer = await fetch("/api/documents");
  const held = answer.ok ? await answer.json() : [];
  part(".held").replaceChildren(...held.map(row));
  for (const count of document.querySelectorAll("[data-documents-count]"))
    count.textContent = held.length.toLocaleString("en");
};
const showChange = async () => {
  await showDocuments();
  // The greeting names the documents; a conversation stays as it is.
  if (!element.querySelector(".turn")) tell({});
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
const taking = async (file) => {
  const item = made("li", "upload", "");
  const state = made("span", "state", "waiting");
  item.append(made("span", "title", file.name), state);
  part(".uploads").append(item);
  return async () => {
    state.textContent = "reading …";
    let error = "";
    try {
      const url = `/api/documents/${encodeURIComponent(file.name)}`;
      const answer = await fetch(url, { method: "PUT", body: file });
      if (!answer.ok) error = (await answer.json()).detail ?? "it was not taken";
      else await readLines(answer, (step) => {
        if (step.error) error = step.error;
        if (step.passages) state.textContent = `${step.done} of ${plural(step.passages, "passage")}`;
      });
    } catch { error = "the connection was lost"; }
    if (error) {
      item.classList.add("is-wrong");
      state.textContent = error;
    } else {
      item.remove();
    }
    await showChange();
  };
};
const uploadAll = async (files) => {
  if (!files.length) return;
  openDocuments();
  part(".uploads").replaceChildren(...dialog.querySelectorAll(".upload:not(.is-wrong)"));
  // One after the other: the first can be asked about while the next is read.
  const queued = await Promise.all([...files].map(taking));
  for (const begin of queued) await begin();
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
window.addEventListener("pagehide", () => { for (const id of [...going.keys()]) removeNow(id); });
for (const kind of ["dragover", "drop"])
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (kind === "drop") uploadAll([...event.dataTransfer.files]);
  }, true);
actions.push(["[data-documents]", openDocuments]);
showDocuments();
