import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meetup as document, person } from "./fakes.mjs";
import { changesOf, whereOf } from "./meetupdialogs.js";
import { meetupOf } from "./meetups.js";

const lake = "https://maps.example/lake";
const picture = "https://pictures.example/lake.jpg";
const meetup = meetupOf(
  document({ place: { label: "By the lake", url: lake }, imageUrl: picture, durationMinutes: 120 }),
  { me: "ann", person, now: new Date("2026-11-25T12:00:00Z") },
);

describe("a location", () => {
  test("has a place on a map where there is a link", () => {
    assert.deepEqual(whereOf(" By the lake ", ` ${lake} `), {
      location: "By the lake",
      place: { label: "By the lake", url: lake },
    });
    assert.deepEqual(whereOf("By the lake", " "), { location: "By the lake" });
  });

  test("that is longer than the label of a place may be is shortened there", () => {
    const { location, place } = whereOf(`${"🦆".repeat(99)} and ${"🦢".repeat(90)}`, lake);
    assert.equal([...location].length, 194);
    assert.equal(place.label, "🦆".repeat(99));
    assert.equal(whereOf("🦆".repeat(101), lake).place.label, "🦆".repeat(100));
  });
});

describe("changing a meetup", () => {
  const changes = (more) => {
    const data = new FormData();
    const fields = {
      name: "Picnic",
      location: "By the lake",
      url: lake,
      takesPlaceOn: "2026-11-28",
      time: "19:30",
      timeZone: "Europe/Berlin",
      durationMinutes: "120",
      imageUrl: picture,
      ...more,
    };
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return changesOf(data, meetup);
  };

  test("asks for nothing where all is as before", () => {
    assert.deepEqual(changes({}), []);
  });

  test("asks only for what is another", () => {
    assert.deepEqual(changes({ name: "Swim" }), [["update-meetup", { name: "Swim" }]]);
    assert.deepEqual(changes({ durationMinutes: "0" }), [["update-meetup", { durationMinutes: 0 }]]);
    assert.deepEqual(changes({ time: "20:00" }), [
      ["update-meetup", { takesPlaceOn: "2026-11-28T20:00:00", timeZone: "Europe/Berlin" }],
    ]);
  });

  test("takes the place on the map away with its link, by a location without a place", () => {
    assert.deepEqual(changes({ url: "" }), [["update-meetup", { location: "By the lake" }]]);
    assert.deepEqual(changes({ location: "Zoo", url: "" }), [["update-meetup", { location: "Zoo" }]]);
  });

  test("keeps the link where only the words change, and the words where only the link does", () => {
    assert.deepEqual(changes({ location: "At the pier" }), [
      ["update-meetup", { location: "At the pier", place: { label: "At the pier", url: lake } }],
    ]);
    const pier = "https://maps.example/pier";
    assert.deepEqual(changes({ url: pier }), [
      ["update-meetup", { location: "By the lake", place: { label: "By the lake", url: pier } }],
    ]);
  });

  test("replaces the picture after the rest, and leaves it where its field is emptied", () => {
    const other = "https://pictures.example/zoo.jpg";
    assert.deepEqual(
      changes({ name: "Swim", imageUrl: other }),
      [
        ["update-meetup", { name: "Swim" }],
        ["change-meetup-image", { imageUrl: other }],
      ],
    );
    assert.deepEqual(changes({ imageUrl: " " }), []);
    assert.deepEqual(changes({ name: "Swim", imageUrl: "" }), [["update-meetup", { name: "Swim" }]]);
  });
});
