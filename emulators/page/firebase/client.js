// A client of Boochat on Firebase: it signs in with the token that the server answers,
// and listens to what its person may read. README.md explains it. It runs in
// browsers and in Node, and needs nothing else of this repository.
import { deleteApp, initializeApp } from "@firebase/app";
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInWithCustomToken } from "@firebase/auth";
import {
  collection,
  connectFirestoreEmulator,
  getFirestore,
  limit,
  limitToLast,
  onSnapshot,
  orderBy,
  query,
  startAfter,
  terminate,
  where,
} from "@firebase/firestore";

// The security rules refuse queries without a limit, and those with a higher one.
const all = limit(1000); // rooms, people, meetups
const latest = limitToLast(50); // items: at most 200, but older ones come by query of the server

let made = 0;

export class Client {
  #app;
  #auth;

  // projectId and apiKey are those of the Firebase project; the emulators are host:port,
  // and left out for Google's own.
  constructor({ apiKey, projectId, authEmulator, firestoreEmulator }) {
    this.#app = initializeApp({ apiKey, projectId }, `boochat-${made++}`);
    // Nothing is kept: the server's session is what outlives a reload.
    this.#auth = initializeAuth(this.#app, { persistence: inMemoryPersistence });
    if (authEmulator) connectAuthEmulator(this.#auth, `http://${authEmulator}`, { disableWarnings: true });
    this.firestore = getFirestore(this.#app);
    if (firestoreEmulator) {
      const { hostname, port } = new URL(`http://${firestoreEmulator}`);
      connectFirestoreEmulator(this.firestore, hostname, Number(port));
    }
  }

  // signIn takes the firebaseToken of authenticate or refresh, which is good for an hour.
  // From then on the SDK renews its tokens itself.
  async signIn(firebaseToken) {
    await signInWithCustomToken(this.#auth, firebaseToken);
  }

  // renew gets a new ID token now, as the SDK does by itself before the hour is over.
  async renew() {
    await this.#auth.currentUser.getIdToken(true);
  }

  // me is the id of the person signed in.
  get me() {
    return this.#auth.currentUser.uid;
  }

  // Each of the following listens until the function it answers is called, or until
  // failed is called. See listen.

  // users are all people of the group: users/{id}.
  users(listener) {
    return listen(query(this.#collection("users"), all), listener);
  }

  // rooms are my rooms: rooms/{id}. One that I leave goes with a change to null.
  rooms(listener) {
    return listen(query(this.#collection("rooms"), where("memberIds", "array-contains", this.me), all), listener);
  }

  // meetups are those that I attend: meetups/{id}. One goes with a change to null when I
  // leave its room.
  meetups(listener) {
    return listen(query(this.#collection("meetups"), where("attendeeIds", "array-contains", this.me), all), listener);
  }

  // visits say how far I have read: users/{me}/visits/{roomId}.
  visits(listener) {
    return listen(query(this.#collection("users", this.me, "visits"), all), listener);
  }

  // presence says who is online of those I share a room with: presence/{id}.
  presence(listener) {
    return listen(query(this.#collection("presence"), where("readerIds", "array-contains", this.me), all), listener);
  }

  // items are the latest of a room of mine, after a sequence that is known already, if
  // one is: rooms/{id}/items/{sequence}. Items never change; a change to null means
  // that newer ones have pushed one out of the latest 50.
  items(roomId, known, listener) {
    const after = known ? [startAfter(known)] : [];
    return listen(query(this.#collection("rooms", roomId, "items"), orderBy("sequence"), ...after, latest), listener);
  }

  // close ends all listening and signs out.
  async close() {
    await terminate(this.firestore);
    await deleteApp(this.#app);
  }

  #collection(...path) {
    return collection(this.firestore, ...path);
  }
}

// listen calls changed(path, data) for each document that comes, changes or goes, with
// null for one that went; current(true) when that is all there is on the server, and
// current(false) when the connection is lost, from which the SDK recovers by itself;
// and failed(error) when it is refused: then listening is over.
function listen(what, { changed, current, failed }) {
  // Without its metadata a snapshot does not tell that the connection is lost or back.
  return onSnapshot(
    what,
    { includeMetadataChanges: true },
    {
      next: (snapshot) => {
        for (const { type, doc } of snapshot.docChanges()) changed(doc.ref.path, type === "removed" ? null : read(doc));
        current(!snapshot.metadata.fromCache);
      },
      error: failed,
    },
  );
}

// read gives a document's fields but _meta, which is the server's and may change.
function read(doc) {
  const { _meta, ...data } = doc.data();
  return data;
}
