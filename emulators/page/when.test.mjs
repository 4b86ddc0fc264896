import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  briefWords,
  clockFieldsOf,
  dayWords,
  daysAfter,
  fieldsOf,
  instantOf,
  instantOfFields,
  localTimeOf,
  settingWords,
  spanWords,
  thereWords,
  zonesByRegion,
} from "./when.js";

const berlin = "Europe/Berlin";
const newYork = "America/New_York";
const auckland = "Pacific/Auckland";
const now = new Date("2026-11-25T12:00:00Z");
const evening = {
  takesPlaceOn: "2026-11-28T18:30:00.000Z",
  timeZone: berlin,
  localTime: "2026-11-28T19:30:00+01:00",
};

describe("the instant of a meetup", () => {
  test("is the one decided on", () => {
    assert.equal(instantOf(evening).toISOString(), evening.takesPlaceOn);
  });

  test("follows the clocks of the zone when its rules have changed since", () => {
    const decidedEarlier = {
      ...evening,
      takesPlaceOn: "2026-11-28T17:30:00.000Z",
      localTime: "2026-11-28T19:30:00+02:00",
    };
    assert.equal(instantOf(decidedEarlier).toISOString(), evening.takesPlaceOn);
  });

  test("is the one decided on of two that the clocks show alike", () => {
    for (const takesPlaceOn of ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]) {
      const localTime = "2026-10-25T02:30:00+01:00";
      assert.equal(instantOf({ takesPlaceOn, timeZone: berlin, localTime }).toISOString(), takesPlaceOn);
    }
  });

  test("follows the clocks to a day on which they change", () => {
    const decided = { takesPlaceOn: "2027-09-25T06:00:00.000Z", timeZone: auckland };
    const at = (localTime) => instantOf({ ...decided, localTime }).toISOString();
    assert.equal(at("2027-09-25T19:00:00+13:00"), "2027-09-25T07:00:00.000Z");
    assert.equal(at("2027-09-26T02:30:00+13:00"), "2027-09-25T14:30:00.000Z"); // skipped: it is 3:30
    const autumn = (takesPlaceOn) =>
      instantOf({ takesPlaceOn, timeZone: berlin, localTime: "2026-10-25T02:30:00+00:00" }).toISOString();
    assert.equal(autumn("2026-10-24T23:30:00.000Z"), "2026-10-25T00:30:00.000Z");
    assert.equal(autumn("2026-10-25T02:30:00.000Z"), "2026-10-25T01:30:00.000Z");
  });

  test("is the one decided on where this browser does not know the zone", () => {
    assert.equal(instantOf({ ...evening, timeZone: "Moon/Base" }).toISOString(), evening.takesPlaceOn);
  });

  test("of fields is read off the zone's clocks", () => {
    assert.equal(instantOfFields("2026-11-28", "19:30", berlin).toISOString(), evening.takesPlaceOn);
    assert.equal(instantOfFields("2026-07-01", "19:30", newYork).toISOString(), "2026-07-01T23:30:00.000Z");
  });
});

describe("the instant of fields on a day on which the clocks change", () => {
  for (const [zone, date, time, instant] of [
    [auckland, "2027-09-25", "19:00", "2027-09-25T07:00"], // the evening before they go forward
    [auckland, "2027-09-26", "01:59", "2027-09-25T13:59"],
    [auckland, "2027-09-26", "02:30", "2027-09-25T14:30"], // skipped: it is 3:30
    [auckland, "2027-09-26", "03:00", "2027-09-25T14:00"],
    [auckland, "2027-04-04", "01:59", "2027-04-03T12:59"],
    [auckland, "2027-04-04", "02:30", "2027-04-03T13:30"], // the earlier of two
    [auckland, "2027-04-04", "03:00", "2027-04-03T15:00"],
    [newYork, "2027-03-14", "01:59", "2027-03-14T06:59"],
    [newYork, "2027-03-14", "02:30", "2027-03-14T07:30"], // skipped: it is 3:30
    [newYork, "2027-03-14", "03:30", "2027-03-14T07:30"],
    [newYork, "2027-11-07", "00:59", "2027-11-07T04:59"],
    [newYork, "2027-11-07", "01:30", "2027-11-07T05:30"], // the earlier of two
    [newYork, "2027-11-07", "02:00", "2027-11-07T07:00"],
    [berlin, "2027-03-28", "01:59", "2027-03-28T00:59"],
    [berlin, "2027-03-28", "03:00", "2027-03-28T01:00"],
    [berlin, "2026-10-25", "02:30", "2026-10-25T00:30"], // the earlier of two
    [berlin, "2026-10-25", "03:00", "2026-10-25T02:00"],
    ["Australia/Lord_Howe", "2027-10-03", "02:30", "2027-10-02T15:30"], // half an hour forward
    ["Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45"], // the earlier of two
    ["Moon/Base", "2027-10-03", "02:30", "2027-10-03T02:30"],
  ]) {
    test(`is ${instant} in UTC at ${date} ${time} ${zone}`, () => {
      assert.equal(instantOfFields(date, time, zone).toISOString().slice(0, 16), instant);
    });
  }
});

describe("a time in words", () => {
  const time = instantOf(evening);

  test("is on the viewer's clocks", () => {
    assert.match(dayWords(time, berlin, now), /^Saturday,? 28 November$/);
    assert.match(briefWords(time, berlin, now), /^Sat,? 28 Nov, 19:30$/);
    assert.match(briefWords(time, newYork, now), /13:30$/);
  });

  test("has its year when that is not this one", () => {
    assert.match(dayWords(time, berlin, new Date("2025-11-25T12:00:00Z")), /2026/);
  });

  test("has the meetup's clocks beside it when they show another time, with the day if that differs", () => {
    assert.equal(thereWords(time, berlin, berlin), "");
    assert.equal(thereWords(time, berlin, "Europe/Paris"), "");
    assert.equal(thereWords(time, berlin, newYork), "19:30 in Berlin");
    assert.match(thereWords(time, berlin, "Pacific/Auckland"), /^Sat,? 28 Nov, 19:30 in Berlin$/);
    assert.equal(thereWords(time, "Moon/Base", berlin), "");
  });

  test("tells both in a sentence", () => {
    assert.match(settingWords(evening, newYork, now), /13:30 \(19:30 in Berlin\)$/);
  });

  test("has an end where there is one, with the day if it is another", () => {
    assert.equal(spanWords(time, 0, berlin), "19:30");
    assert.equal(spanWords(time, 90, berlin), "19:30 to 21:00");
    assert.equal(spanWords(time, 300, berlin), "19:30 to Sun 00:30");
  });
});

test("fields hold a local time, and give it back without an offset", () => {
  const { date, time } = fieldsOf(evening.localTime);
  assert.deepEqual([date, time], ["2026-11-28", "19:30"]);
  assert.equal(localTimeOf(date, time), "2026-11-28T19:30:00");
  assert.deepEqual(clockFieldsOf(instantOf(evening), newYork), { date: "2026-11-28", time: "13:30" });
});

test("days are counted on the calendar", () => {
  assert.equal(daysAfter("2026-10-24", 2), "2026-10-26");
  assert.equal(daysAfter("2027-02-28", 1), "2027-03-01");
});

test("the zones to choose from hold those in use, each once", () => {
  const zones = zonesByRegion("Moon/Base", berlin).flatMap((group) => group.zones);
  for (const zone of ["Moon/Base", berlin, newYork, "UTC"]) {
    assert.equal(zones.filter((one) => one === zone).length, 1, zone);
  }
});
