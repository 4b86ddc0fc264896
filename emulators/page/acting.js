// act runs the work of a button: one at a time for a place of the page, which is busy
// meanwhile. Its problem is told in words in the element given for them.
export async function act(place, problem, work) {
  if (place.ariaBusy === "true") return;
  place.ariaBusy = "true";
  problem.textContent = "";
  try {
    await work();
  } catch (failure) {
    problem.textContent = failure.message;
  }
  place.ariaBusy = "false";
}
