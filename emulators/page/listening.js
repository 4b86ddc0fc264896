// How the page hears of changes is the server's to say: on a WebSocket of its own, or
// from Firestore. The Firebase SDK is loaded only where it is used.
import { backoff } from "./backoff.js";
import { Live } from "./live.js";

// chooseLive answers a function that makes the live connection of a session. It asks
// until there is an answer.
export async function chooseLive(api) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await choose(api);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
    }
  }
}

async function choose(api) {
  const { live, firebase } = await api.localClient();
  if (live !== "firestore") {
    return ({ session, refresh, listener }) =>
      new Live({ url: liveAddress(), token: () => session.accessToken, refresh, listener });
  }
  const [{ FirestoreLive }, { Client }] = await Promise.all([
    import("./firestorelive.js"),
    import("./firebase/client.js"),
  ]);
  return ({ session, refresh, known, listener }) =>
    new FirestoreLive({
      client: new Client(firebase),
      me: session.user.id,
      token: () => session.firebaseToken,
      refresh,
      known,
      listener,
    });
}

function liveAddress() {
  const url = new URL("/v1/live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
