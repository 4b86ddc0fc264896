// Routes: what is on screen, as the part of the address after its hash says it. Pure.

const id = "([\\w-]+)";
const patterns = [
  { view: "room", pattern: new RegExp(`^#/rooms/${id}$`), parts: ["roomId"] },
  { view: "meetups", pattern: new RegExp(`^#/rooms/${id}/meetups$`), parts: ["roomId"] },
  { view: "meetups", pattern: /^#\/meetups$/, parts: [] },
  { view: "meetup", pattern: new RegExp(`^#/meetups/${id}$`), parts: ["meetupId"] },
  { view: "meetup", pattern: new RegExp(`^#/meetups/${id}/polls/${id}$`), parts: ["meetupId", "pollId"] },
];

// routeOf reads a hash: {view: "rooms" | "room" | "meetups" | "meetup", roomId?,
// meetupId?, pollId?}. What is not understood is the list of rooms.
export function routeOf(hash) {
  for (const { view, pattern, parts } of patterns) {
    const match = pattern.exec(hash);
    if (match) return { view, ...Object.fromEntries(parts.map((part, index) => [part, match[index + 1]])) };
  }
  return { view: "rooms" };
}

export const roomRoute = (roomId) => `#/rooms/${roomId}`;

// meetupsRoute is the list of a room's meetups, or of all of mine.
export const meetupsRoute = (roomId) => (roomId ? `#/rooms/${roomId}/meetups` : "#/meetups");

// meetupRoute is a meetup, or a poll of it.
export const meetupRoute = (meetupId, pollId) => `#/meetups/${meetupId}${pollId ? `/polls/${pollId}` : ""}`;

// routeIn finds where a notification leads, if it leads anywhere: its address is the
// server's, and of it only rooms and meetups are followed.
export function routeIn(url = "") {
  const [, roomId] = /rooms\/([\w-]+)/.exec(url) ?? [];
  const [, meetupId] = /meetups\/([\w-]+)/.exec(url) ?? [];
  if (meetupId) return meetupRoute(meetupId);
  return roomId && roomRoute(roomId);
}
