// An example: a program of its own that follows one room.
import { Client } from "./client.js";

// followRoom signs in to a Boochat server with a Google ID token, and calls
// tell(path, data) for the room and its latest items, now and as they come; data is
// null when the room is gone, or no longer the person's. It answers a function that ends it.
export async function followRoom({ server, idToken, firebase, roomId, tell }) {
  const response = await fetch(`${server}/v1/authenticate`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ idToken }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);

  const client = new Client(firebase);
  await client.signIn(answer.firebaseToken);
  let stopItems;
  const endItems = () => {
    stopItems?.();
    stopItems = undefined;
  };
  client.rooms({
    changed(path, room) {
      if (path !== `rooms/${roomId}`) return;
      tell(path, room);
      if (!room) return endItems();
      stopItems ??= client.items(roomId, undefined, {
        changed: (itemPath, item) => item && tell(itemPath, item),
        current() {},
        failed: endItems, // usually because the room was left: the next change of it begins anew
      });
    },
    current: (isCurrent) => console.info(isCurrent ? "up to date" : "the connection is lost"),
    failed: (error) => console.error(error.message), // sign in again with a token from refresh
  });
  return () => client.close();
}
