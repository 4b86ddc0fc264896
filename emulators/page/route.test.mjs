import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meetupRoute, meetupsRoute, roomRoute, routeIn, routeOf } from "./route.js";

describe("a route", () => {
  for (const [hash, want] of [
    ["", { view: "rooms" }],
    ["#/", { view: "rooms" }],
    ["#/anything/else", { view: "rooms" }],
    [roomRoute("r-1"), { view: "room", roomId: "r-1" }],
    [meetupsRoute(), { view: "meetups" }],
    [meetupsRoute("r-1"), { view: "meetups", roomId: "r-1" }],
    [meetupRoute("m_1"), { view: "meetup", meetupId: "m_1" }],
    [meetupRoute("m_1", "p-1"), { view: "meetup", meetupId: "m_1", pollId: "p-1" }],
    ["#/meetups/m/polls/", { view: "rooms" }],
    ["#/rooms/<b>", { view: "rooms" }],
  ]) {
    test(`${hash || "of an address without one"} shows ${JSON.stringify(want)}`, () =>
      assert.deepEqual(routeOf(hash), want));
  }
});

test("a notification leads to its room or meetup, and to nothing else (L-12, D-15)", () => {
  assert.equal(routeIn("/rooms/r1"), "#/rooms/r1");
  assert.equal(routeIn("/meetups/m1"), "#/meetups/m1");
  assert.equal(routeIn("javascript:alert(1)"), undefined);
  assert.equal(routeIn(undefined), undefined);
});
