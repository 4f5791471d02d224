// What is removed once its undo has passed, or when the page is left before.
const UNDO_MILLISECONDS = 6000;
const removals = (remove, onRemoved) => {
  const going = new Map();
  const undo = (id) => {
    clearTimeout(going.get(id));
    return going.delete(id);
  };
  const now = (id) => {
    undo(id);
    return remove(id);
  };
  const soon = (id) =>
    going.set(id, setTimeout(async () => onRemoved(id, await now(id)), UNDO_MILLISECONDS));
  window.addEventListener("pagehide", () => { for (const id of [...going.keys()]) now(id); });
  return { isGoing: (id) => going.has(id), now, soon, undo };
};
