// The kept conversations: the list beside the chat, a dialog for each, the documents it searches.
const rail = document.getElementById("rail");
const kept = rail.querySelector(".kept");
const searchBox = rail.querySelector("#search");
const api = (path, method = "GET", body = undefined) => call(`/api/conversations${path}`, {
  method,
  keepalive: method === "DELETE",
  headers: body ? { "Content-Type": "application/json" } : {},
  body: body && JSON.stringify(body),
});

// On a small screen the list is a drawer.
const drawer = window.matchMedia("(max-width: 1240px)");
const closeRail = () => {
  if (!root.hasAttribute("data-rail-open")) return;
  root.removeAttribute("data-rail-open");
  document.querySelector("[data-rail]").focus();
};
const toggleRail = () => {
  root.toggleAttribute("data-rail-open");
  if (root.hasAttribute("data-rail-open")) { showKept(); searchBox.focus(); }
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !isDialogOpen()) closeRail();
});
scrim.addEventListener("click", closeRail);
actions.push(["[data-rail-close]", closeRail]);

const seen = new Map();
const deleting = removals(async (id) => {
  const answer = await api(`/${id}?seen=${seen.get(id)}`, "DELETE");
  if (!answer.ok) tellFailed("The conversation could not be deleted", answer);
  return answer.ok;
}, (id, isDeleted) => {
  if (isDeleted && id === current) {
    takeDraft(id);
    openConversation("");
  }
  showKept();
});
const deleteSoon = ({ id, turns }) => {
  seen.set(id, turns);
  deleting.soon(id);
  showKept();
};
const keepIt = (id) => { if (deleting.undo(id)) showKept(); };
const when = (iso) => {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString([], { day: "numeric", month: "short" });
};
const entry = (held) => {
  const item = made("li", "conversation", "");
  const isGoing = deleting.isGoing(held.id);
  item.dataset.id = held.id;
  item.classList.toggle("is-current", held.id === current);
  item.classList.toggle("is-going", isGoing);
  const open = made("button", "open", "");
  open.type = "button";
  open.disabled = isGoing;
  if (held.id === current) open.setAttribute("aria-current", "true");
  const title = made("span", "title", held.title);
  title.dir = "auto";
  open.append(title, made("span", "counts", `${plural(held.turns, "question")} · ${when(held.changed)}`));
  open.addEventListener("click", () => { openConversation(held.id); closeRail(); });
  const more = made("button", isGoing ? "link" : "icon", isGoing ? "Undo" : "⋯");
  more.type = "button";
  more.setAttribute("aria-label", isGoing ? `Undo deleting ${held.title}` : `Rename, export or delete ${held.title}`);
  more.addEventListener("click", () => (isGoing ? keepIt(held.id) : openEntry(held)));
  item.append(open, more);
  return item;
};
let asking = 0;
const showKept = async (searching) => {
  const mine = ++asking;
  const answer = await api(`?search=${encodeURIComponent(searchBox.value)}`);
  if (!answer.ok && searching) tellFailed("The conversations could not be searched", answer);
  if (!answer.ok || mine !== asking) return;
  const held = await answer.json();
  redrawn(kept, held.map(entry));
  const none = rail.querySelector(".none");
  none.hidden = held.length > 0;
  none.textContent = searchBox.value ? "No conversation has these words." : "Your conversations appear here.";
};
searchBox.addEventListener("input", showKept);

// Rename, export and delete.
const entryDialog = document.createElement("dialog");
entryDialog.className = "dialog";
entryDialog.setAttribute("aria-label", "Conversation");
entryDialog.innerHTML = `
  <form method="dialog">
  <header><h2>Conversation</h2>
    <button type="button" class="icon" data-entry-close aria-label="Close">×</button></header>
  <label>Title <input name="title" maxlength="300" required autofocus autocomplete="off"></label>
  <div class="foot"><button type="button" class="link" data-entry-delete>Delete</button>
    <a class="link" data-entry-export download>Export as Markdown</a>
    <button type="submit" class="primary">Save</button></div>
  </form>`;
document.body.append(entryDialog);
let shownEntry = null;
const openEntry = (held) => {
  shownEntry = held;
  entryDialog.querySelector("[name=title]").value = held.title;
  entryDialog.querySelector("[data-entry-export]").href = `/api/conversations/${held.id}/export`;
  entryDialog.showModal();
};
entryDialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const title = entryDialog.querySelector("[name=title]").value.trim();
  entryDialog.close();
  const answer = title && await api(`/${shownEntry.id}`, "PATCH", { title });
  if (answer && !answer.ok) tellFailed("The title could not be kept", answer);
  showKept();
});
entryDialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-entry-delete]")) deleteSoon(shownEntry);
  else if (event.target !== entryDialog && !event.target.closest("[data-entry-close], [data-entry-export]")) return;
  entryDialog.close();
});

// Which documents a conversation searches.
const scopeDialog = document.createElement("dialog");
scopeDialog.className = "dialog";
scopeDialog.setAttribute("aria-label", "Documents to search");
scopeDialog.innerHTML = `
  <form method="dialog">
  <header><h2>Documents to search</h2>
    <button type="button" class="icon" data-scope-close aria-label="Close">×</button></header>
  <p>This conversation is answered from those that are ticked; from all when none is.</p>
  <input type="search" placeholder="Filter by title or file" aria-label="Filter by title or file" autocomplete="off">
  <ul class="choices"></ul>
  <div class="foot"><button type="button" class="link" data-scope-all>Search all</button>
    <button type="submit" class="primary">Save</button></div>
  </form>`;
document.body.append(scopeDialog);
// So many documents are seen at a glance.
const FILTERED_FROM = 10;
const scopeFilter = scopeDialog.querySelector("[type=search]");
const chip = () => document.querySelector("[data-scope]");
// The ids of those chosen, and all that are held; or the answer that has `failed`.
const choices = async () => {
  const answers = await Promise.all([current ? api(`/${current}`) : null, call("/api/documents")]);
  // A conversation that is gone has chosen nothing.
  const failed = answers.find((answer) => answer && !answer.ok && answer.status !== 404);
  if (failed) return { failed };
  const [conversation, held] = await Promise.all(answers.map((answer) => answer?.json()));
  return { chosen: conversation?.documents ?? [], held };
};
const scopeWords = (chosen, held) => {
  if (!chosen.length) return "Searching all documents";
  const removed = chosen.length - held.length;
  if (!held.length) return `The chosen document${removed === 1 ? " was" : "s were"} removed`;
  const searched = held.length === 1 ? held[0].title : plural(held.length, "document");
  return `Searching ${searched}${removed ? `, ${plural(removed, "chosen document")} removed` : ""}`;
};
const showScope = async () => {
  const where = current;
  const { failed, chosen, held } = await choices();
  if (failed || where !== current) return;
  chip().textContent = scopeWords(chosen, held.filter((one) => chosen.includes(one.document_id)));
  chip().classList.toggle("is-chosen", chosen.length > 0);
};
const openScope = async () => {
  const where = current;
  const { failed, chosen, held } = await choices();
  if (failed) return tellFailed("The documents could not be listed", failed);
  if (where !== current) return;
  scopeDialog.querySelector(".choices").replaceChildren(...held.map((one) => {
    const item = made("li", "", "");
    const label = made("label", "choice", "");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = one.document_id;
    box.checked = chosen.includes(one.document_id);
    const words = made("span", "words", "");
    const title = made("span", "title", one.title);
    title.dir = "auto";
    words.append(title, made("span", "counts", fileName(one.source)));
    label.append(box, words);
    item.append(label);
    return item;
  }));
  scopeFilter.hidden = held.length <= FILTERED_FROM;
  scopeFilter.value = "";
  scopeDialog.showModal();
};
scopeFilter.addEventListener("input", () => {
  const wanted = scopeFilter.value.trim().toLowerCase();
  for (const item of scopeDialog.querySelectorAll(".choices li"))
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
});
// Enter in the filter would save.
scopeFilter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
const saveScope = async (documents) => {
  const where = current;
  scopeDialog.close();
  if (where) {
    const answer = await api(`/${where}`, "PATCH", { documents });
    if (!answer.ok) return tellFailed("The choice could not be kept", answer);
  } else if (documents.length) {
    const answer = await api("", "POST", { documents });
    if (!answer.ok) return tellFailed("The choice could not be kept", answer);
    const { id } = await answer.json();
    if (where !== current) return;
    // What was typed goes along.
    keepDraft(id, draftOf(""));
    keepDraft("", "");
    return openConversation(id);
  }
  if (where !== current) return;
  showScope();
  // The greeting names the documents, and asks about them.
  if (!element.querySelector(".turn")) openConversation();
};
scopeDialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  saveScope([...scopeDialog.querySelectorAll(":checked")].map((box) => box.value));
});
scopeDialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-scope-all]")) saveScope([]);
  else if (event.target === scopeDialog || event.target.closest("[data-scope-close]")) scopeDialog.close();
});

actions.push(["[data-rail]", toggleRail], ["[data-scope]", openScope]);
document.addEventListener("conversation", () => { showKept(); showScope(); });
document.addEventListener("drawn", ({ detail }) => { if (detail.number && !detail.is_pending) showKept(); });
// A reload opens the conversation again; the greeting is drawn anew, as documents may have changed.
openConversation(inAddress());
showKept();
// Another tab may have gone on in this conversation.
document.addEventListener("visibilitychange", async () => {
  if (document.hidden) return;
  showKept();
  const shown = element.querySelector(".turn:last-child");
  if (!current || shown?.querySelector(".pending")) return;
  const answer = await api(`/${current}`);
  const { id, turns } = answer.ok ? await answer.json() : {};
  if (id === current && turns > lastShown()) openConversation();
});
