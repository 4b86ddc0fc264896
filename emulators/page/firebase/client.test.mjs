// The client against the official Firestore emulator with the security rules, and our
// authentication emulator; `go test ./emulators/firebasetest` starts both and this.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";
import {
  collection,
  disableNetwork,
  doc,
  enableNetwork,
  getDoc,
  getDocs,
  limit,
  query,
  setDoc,
} from "@firebase/firestore";
import { Client } from "./client.js";
import { followRoom } from "./example.js";
import { admin, customToken, eventually, project } from "./stage.mjs";

const config = {
  apiKey: "any",
  projectId: project,
  authEmulator: process.env.FIREBASE_AUTH_EMULATOR_HOST,
  firestoreEmulator: process.env.FIRESTORE_EMULATOR_HOST,
};

const clients = [];
after(() => Promise.all(clients.map((client) => client.close())));

async function signedIn(uid, claims) {
  const client = new Client(config);
  clients.push(client);
  await client.signIn(customToken(uid, claims));
  return client;
}

// ear is a listener that remembers: documents is the picture it has by path, heard the
// changes in their order.
function ear() {
  const heard = { documents: {}, changes: [], current: false, failed: undefined };
  return Object.assign(heard, {
    listener: {
      changed: (path, data) => {
        heard.changes.push([path, data]);
        if (data) heard.documents[path] = data;
        else delete heard.documents[path];
      },
      current: (current) => (heard.current = current),
      failed: (error) => (heard.failed = error),
    },
  });
}

const paths = (heard) => Object.keys(heard.documents).sort();
const isCurrent = (heard) =>
  eventually(() => heard.current || heard.failed, "the first whole picture").then(() => assert.ifError(heard.failed));

let rooms = 0;

// newRoom writes a room as the projection does, with the items up to a sequence.
async function newRoom(memberIds, lastSequence = 1) {
  const id = `room-${++rooms}`;
  for (let sequence = 1; sequence <= lastSequence; sequence++) await writeItem(id, sequence);
  await writeRoom(id, memberIds, lastSequence);
  return id;
}

const writeRoom = (id, memberIds, lastSequence) =>
  admin.set(`rooms/${id}`, { id, name: "R", imageUrl: "", memberIds, lastSequence, _meta: { id, readers: memberIds } });

const writeItem = (roomId, sequence) =>
  admin.set(`rooms/${roomId}/items/${sequence}`, {
    id: `i${sequence}`,
    roomId,
    sequence,
    kind: "message",
    sender: { id: "bob" },
    content: `number ${sequence}`,
    _meta: { id: sequence },
  });

describe("a person who has signed in", () => {
  test("is who the server's token says", async () => {
    assert.equal((await signedIn("ann")).me, "ann");
  });

  test("hears of rooms, without what is the server's in them", async () => {
    const mine = await newRoom(["ann", "bob"]);
    const others = await newRoom(["bob"]);
    const heard = ear();
    (await signedIn("ann")).rooms(heard.listener);
    await isCurrent(heard);
    assert.deepEqual(heard.documents[`rooms/${mine}`], {
      id: mine,
      name: "R",
      imageUrl: "",
      memberIds: ["ann", "bob"],
      lastSequence: 1,
    });
    assert.equal(heard.documents[`rooms/${others}`], undefined);
  });

  test("sees what another person writes, in order", async () => {
    const room = await newRoom(["ann", "bob"], 3);
    const heard = ear();
    (await signedIn("ann")).items(room, undefined, heard.listener);
    await isCurrent(heard);
    await writeItem(room, 4);
    await eventually(() => heard.documents[`rooms/${room}/items/4`], "the new item");
    assert.deepEqual(
      heard.changes.map(([path]) => path),
      [1, 2, 3, 4].map((sequence) => `rooms/${room}/items/${sequence}`),
    );
    assert.equal(heard.documents[`rooms/${room}/items/4`].content, "number 4");
  });

  test("hears only what is not known yet, and of that the latest 50", async () => {
    const room = await newRoom(["ann", "bob"], 60);
    const client = await signedIn("ann");
    const few = ear();
    client.items(room, 58, few.listener);
    await isCurrent(few);
    assert.deepEqual(paths(few), [`rooms/${room}/items/59`, `rooms/${room}/items/60`]);
    for (const known of [undefined, 5]) {
      const many = ear();
      client.items(room, known, many.listener);
      await isCurrent(many);
      // What another listener holds already comes first.
      const sequences = Object.values(many.documents)
        .map(({ sequence }) => sequence)
        .sort((a, b) => a - b);
      assert.deepEqual(
        sequences,
        Array.from({ length: 50 }, (_, index) => 11 + index),
      );
    }
    await writeItem(room, 61);
    await eventually(() => few.documents[`rooms/${room}/items/61`], "the new item");
  });

  test("hears of people, of visits and of who is there", async () => {
    await admin.set("users/ann", { id: "ann", name: "Ann", imageUrl: "", _meta: { id: "ann" } });
    await admin.set("users/ann/visits/r", { roomId: "r", readSequence: 7, _meta: { id: "r" } });
    await admin.set("users/bob/visits/r", { roomId: "r", readSequence: 9, _meta: { id: "r" } });
    await admin.set("presence/bob", {
      id: "bob",
      online: true,
      until: "2026-01-01T00:00:00.000Z",
      readerIds: ["ann", "bob"],
    });
    await admin.set("presence/cleo", {
      id: "cleo",
      online: true,
      until: "2026-01-01T00:00:00.000Z",
      readerIds: ["cleo"],
    });
    const client = await signedIn("ann");
    const [users, visits, presence] = [ear(), ear(), ear()];
    client.users(users.listener);
    client.visits(visits.listener);
    client.presence(presence.listener);
    await Promise.all([users, visits, presence].map(isCurrent));
    assert.deepEqual(users.documents["users/ann"], { id: "ann", name: "Ann", imageUrl: "" });
    assert.deepEqual(visits.documents, { "users/ann/visits/r": { roomId: "r", readSequence: 7 } });
    assert.deepEqual(paths(presence), ["presence/bob"]);
  });

  test("hears of the meetups that it attends, until it no longer does", async () => {
    const write = (attendeeIds) => admin.set("meetups/picnic", { id: "picnic", attendeeIds, _meta: { id: "picnic" } });
    await write(["bob", "ann"]);
    await admin.set("meetups/other", { id: "other", attendeeIds: ["bob"] });
    const client = await signedIn("ann");
    const meetups = ear();
    client.meetups(meetups.listener);
    await isCurrent(meetups);
    assert.deepEqual(meetups.documents, { "meetups/picnic": { id: "picnic", attendeeIds: ["bob", "ann"] } });
    await write(["bob"]);
    await eventually(() => !meetups.documents["meetups/picnic"], "the meetup to go");
    assert.equal(meetups.failed, undefined);
  });

  test("goes on listening with a renewed token, and hears nothing twice", async () => {
    const room = await newRoom(["ann", "bob"], 2);
    const client = await signedIn("ann", { group: "friends" });
    const heard = ear();
    client.items(room, undefined, heard.listener);
    await isCurrent(heard);
    await client.renew();
    await writeItem(room, 3);
    await eventually(() => heard.documents[`rooms/${room}/items/3`], "the new item");
    assert.equal(heard.changes.length, 3);
  });
});

describe("whoever leaves a room", () => {
  test("hears that it is gone, and no more of it", async () => {
    const room = await newRoom(["ann", "bob"], 2);
    const client = await signedIn("ann");
    const [mine, items] = [ear(), ear()];
    client.rooms(mine.listener);
    client.items(room, undefined, items.listener);
    await Promise.all([mine, items].map(isCurrent));
    await writeRoom(room, ["bob"], 3);
    await writeItem(room, 4);
    await eventually(() => !mine.documents[`rooms/${room}`], "the room to go");
    await eventually(() => items.failed, "the items to be refused");
    assert.equal(items.failed.code, "permission-denied");
    assert.equal(items.documents[`rooms/${room}/items/4`], undefined);
  });

  test("may listen again when invited again", async () => {
    const room = await newRoom(["bob"], 2);
    const client = await signedIn("ann");
    const [before, afterwards] = [ear(), ear()];
    client.items(room, undefined, before.listener);
    await eventually(() => before.failed, "a refusal");
    await writeRoom(room, ["bob", "ann"], 3);
    client.items(room, undefined, afterwards.listener);
    await isCurrent(afterwards);
  });
});

describe("is refused", () => {
  const refused = (asked) => assert.rejects(asked, { code: "permission-denied" });

  test("another's room, its items, another's visits, and lists without a limit", async () => {
    const room = await newRoom(["bob"], 2);
    const { firestore } = await signedIn("ann");
    await refused(getDoc(doc(firestore, "rooms", room)));
    await refused(getDoc(doc(firestore, "rooms", room, "items", "1")));
    await refused(getDocs(query(collection(firestore, "rooms", room, "items"), limit(50))));
    await refused(getDocs(query(collection(firestore, "rooms"), limit(50))));
    await refused(getDocs(query(collection(firestore, "users", "bob", "visits"), limit(50))));
    await refused(getDocs(collection(firestore, "users")));
  });

  test("writing, even what is one's own", async () => {
    const { firestore } = await signedIn("ann");
    await refused(setDoc(doc(firestore, "users", "ann"), { id: "ann", name: "Queen", imageUrl: "" }));
  });

  test("everything without signing in", async () => {
    const client = new Client(config);
    clients.push(client);
    await refused(getDocs(query(collection(client.firestore, "users"), limit(50))));
  });

  test("a token that is not for signing in", async () => {
    const client = new Client(config);
    clients.push(client);
    await assert.rejects(client.signIn(customToken("ann", {}, "somebody else")), { code: "auth/invalid-custom-token" });
    await assert.rejects(client.signIn("no token"), { code: "auth/invalid-custom-token" });
  });
});

test("a lost connection is told, and what was missed comes, once", async () => {
  const room = await newRoom(["ann", "bob"], 2);
  const client = await signedIn("ann");
  const heard = ear();
  client.items(room, undefined, heard.listener);
  await isCurrent(heard);
  await disableNetwork(client.firestore);
  await eventually(() => !heard.current, "the loss to be told");
  await writeItem(room, 3);
  await enableNetwork(client.firestore);
  await eventually(() => heard.current && heard.documents[`rooms/${room}/items/3`], "what was missed");
  assert.deepEqual(
    heard.changes.map(([path]) => path),
    [1, 2, 3].map((sequence) => `rooms/${room}/items/${sequence}`),
  );
});

test("the example follows a room until it is left", async () => {
  const room = await newRoom(["bob"], 2);
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ firebaseToken: customToken("ann") }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const told = new Map();
  const stop = await followRoom({
    server: `http://127.0.0.1:${server.address().port}`,
    idToken: "Google's",
    firebase: config,
    roomId: room,
    tell: (path, data) => told.set(path, data),
  });
  clients.push({ close: stop });
  server.close();
  await writeRoom(room, ["bob", "ann"], 3);
  await eventually(() => told.get(`rooms/${room}/items/2`), "the items");
  await writeItem(room, 3);
  await eventually(() => told.get(`rooms/${room}/items/3`), "the new item");
  await writeRoom(room, ["bob"], 4);
  await eventually(() => told.get(`rooms/${room}`) === null, "the room to go");
});
