// What tests put in the place of the browser and the server.

// memoryStorage is a sessionStorage.
export function memoryStorage() {
  const values = new Map();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}

// settled waits until promises that can go on have gone on.
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

// temporary and permanent are problems such as api.js throws.
export const temporary = () => Object.assign(new Error("not now"), { temporary: true, retryAfter: 0 });
export const permanent = () => Object.assign(new Error("not so"), { temporary: false, retryAfter: 0 });

// person is somebody as the model gives them: Ann by the id ann.
export const person = (id) => ({ id, name: id[0].toUpperCase() + id.slice(1), imageUrl: "", online: false });

// meetup is the document of a meetup of Ann's with Bob and Cleo, on the evening of 28
// November 2026 in Berlin.
export const meetup = (more = {}) => ({
  id: "m",
  name: "Picnic",
  roomId: "r",
  location: "By the lake",
  takesPlaceOn: "2026-11-28T18:30:00.000Z",
  timeZone: "Europe/Berlin",
  localTime: "2026-11-28T19:30:00+01:00",
  imageUrl: "",
  status: "planned",
  organizerId: "ann",
  attendeeIds: ["ann", "bob", "cleo"],
  attendees: ["ann", "bob", "cleo"].map((id) => ({ id, rsvp: "none", needsConfirmation: false })),
  rsvpCounts: { yes: 0, no: 0, maybe: 0, none: 3 },
  polls: [],
  alerts: [],
  history: [{ kind: "created", at: "2026-11-25T10:00:00.000Z", actorId: "ann" }],
  revision: 0,
  sequence: 1,
  ...more,
});
