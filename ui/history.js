// The browser's Back: to the conversation before, or out of what lies above the page. Each thing
// that opens above it has an entry of its own, with how many are open; one that was closed by its
// button leaves its entry behind, which Back then skips.
const above = () => [
  ["data-rail-open", closeRail],
  ["data-sheet", closeSheet],
].filter(([name]) => root.hasAttribute(name)).map(([, close]) => close)
  .concat([...document.querySelectorAll("dialog[open]")].map((shown) => () => shown.close()));
const entered = () => history.state?.above ?? 0;
let stoodAt = entered();
const enter = (change, state, address) => {
  history[change](state, "", address);
  stoodAt = entered();
};
new MutationObserver(() => {
  const count = above().length;
  if (count > entered()) enter("pushState", { above: count }, location.href);
}).observe(root, { attributes: true, subtree: true, attributeFilter: ["open", "data-sheet", "data-rail-open"] });

const inAddress = () => location.hash.slice(1);
// The server is told the conversation by the address; see `IN_ADDRESS` in page.py. That a first
// question gives the conversation its address is no step.
const goTo = (conversation, isStep) => {
  if (inAddress() === conversation) return;
  const address = location.pathname + location.search + (conversation ? `#${conversation}` : "");
  enter(isStep && entered() === 0 ? "pushState" : "replaceState", null, address);
};
window.addEventListener("popstate", () => {
  const before = stoodAt;
  stoodAt = entered();
  const open = above();
  for (const close of open.slice(stoodAt).reverse()) close();
  if (inAddress() !== current) openConversation(inAddress());
  else if (open.length <= stoodAt && before > stoodAt) history.back();
});
