// The settings: a dialog over /api/settings. They hold for the page and for programs alike.
const settingsDialog = document.createElement("dialog");
settingsDialog.id = "settings";
settingsDialog.className = "dialog";
settingsDialog.setAttribute("aria-label", "Settings");
settingsDialog.innerHTML = `
  <form method="dialog">
  <header><h2>Settings</h2>
    <button type="button" class="icon" data-settings-close aria-label="Close">×</button></header>
  <fieldset>
    <label>Who writes the answers
      <select name="writer">
        <option value="none">Nobody: exact quotes from the documents</option>
        <option value="model">A language model, each sentence checked</option>
      </select></label>
    <p>Quotes are the documents' own words. A model says it in one piece, and takes longer.</p>
    <div class="model">
      <label>Language model
        <input name="llm" placeholder="ollama:llama3.2" autocomplete="off" spellcheck="false"></label>
      <p>ollama:NAME, openai:NAME or gguf:PATH. What no passage carries is left out.</p>
      <label>Address of its server
        <input name="llm_url" placeholder="http://localhost:11434" autocomplete="off" spellcheck="false"></label>
      <p>Only for a server that is not in its usual place. Your questions and their passages are sent there.</p>
    </div>
    <label>How sure before answering
      <select name="threshold">
        <option value="0.3">Not very: answers more, and is wrong more often</option>
        <option value="">Balanced</option>
        <option value="0.7">Rather: refuses more</option>
        <option value="0.9">Very: answers only what is clearly there</option>
      </select></label>
    <p>Below this, the question is refused and the nearest passages are shown.</p>
    <label>Passages to look at
      <input name="passages" type="number" min="1" max="50" required></label>
    <p>More find what is hidden in many documents, and take a little longer.</p>
  </fieldset>
  <p class="further">How good are the answers? <a href="/evaluation">Run a question set</a>.</p>
  <p class="problem" role="alert"></p>
  <div class="foot"><button type="button" class="link" data-log-out hidden>Log out</button>
    <button type="submit" class="primary">Save</button></div>
  </form>`;
document.body.append(settingsDialog);
const settingsForm = settingsDialog.querySelector("form");
const field = (name) => settingsForm.elements[name];
const tellProblem = (words) => { settingsDialog.querySelector(".problem").textContent = words; };
const showModelFields = () => {
  settingsDialog.querySelector(".model").hidden = field("writer").value === "none";
};
const openSettings = async () => {
  const answer = await call("/api/settings");
  if (!answer.ok) return tellFailed("The settings could not be opened", answer);
  const held = await answer.json();
  field("writer").value = held.writer ? "model" : "none";
  field("llm").value = held.llm === "none" ? held.writer : held.llm;
  field("llm_url").value = held.llm_url;
  const sure = [...field("threshold").options].find((o) => o.value && Number(o.value) === held.threshold);
  field("threshold").value = sure ? sure.value : "";
  field("passages").value = held.passages;
  settingsForm.querySelector("fieldset").disabled = !held.may_change;
  settingsForm.querySelector("[type=submit]").hidden = !held.may_change;
  settingsDialog.querySelector("[data-log-out]").hidden = !held.has_accounts;
  tellProblem(held.may_change ? "" : "These can only be changed from the machine itself.");
  showModelFields();
  settingsDialog.showModal();
};
const saveSettings = async () => {
  if (field("writer").value === "model" && !field("llm").value.trim()) {
    field("llm").focus();
    return tellProblem("Name the language model, for example ollama:llama3.2.");
  }
  const wanted = {
    llm: field("writer").value === "none" ? "none" : field("llm").value,
    llm_url: field("writer").value === "none" ? "" : field("llm_url").value,
    threshold: field("threshold").value ? Number(field("threshold").value) : null,
    passages: Number(field("passages").value),
  };
  const answer = await call("/api/settings", {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wanted),
  });
  if (!answer.ok) {
    return tellProblem(`The settings could not be saved: ${await reasonOf(answer)}`);
  }
  settingsDialog.close();
  // The greeting says who writes the answers.
  if (!element.querySelector(".turn")) openConversation();
};
field("writer").addEventListener("change", showModelFields);
settingsForm.addEventListener("submit", (event) => { event.preventDefault(); saveSettings(); });
settingsDialog.addEventListener("click", (event) => {
  if (event.target === settingsDialog || event.target.closest("[data-settings-close]")) settingsDialog.close();
});
settingsDialog.querySelector("[data-log-out]").addEventListener("click", async () => {
  const answer = await call("/logout", { method: "POST" });
  if (!answer.ok) return tellProblem(`You are still logged in: ${await reasonOf(answer)}`);
  location.href = "/login";
});
actions.push(["[data-settings]", openSettings]);
