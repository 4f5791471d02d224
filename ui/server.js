// The server: one that cannot be reached answers too, with the reason.
const call = async (path, options) => {
  try { return await fetch(path, options); } catch {
    return Response.json({ error: "the server does not answer." }, { status: 503 });
  }
};
const reasonOf = async (answer) => {
  const told = await answer.json().catch(() => ({}));
  return told.error ?? told.detail ?? "the server has failed.";
};
