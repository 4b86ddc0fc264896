// Reads calendars as a client does, with a parser that shares nothing with what writes
// them: a JSON list of texts comes in, a JSON list of what they say goes out. Of time
// zones ical.js knows nothing but what the calendars themselves say.
import ICAL from "ical.js";

const instant = (time) => {
  if (time.zone === ICAL.Timezone.localTimezone) throw new Error(`${time} is in no time zone`);
  return new Date(time.toUnixTime() * 1000).toISOString();
};

function entry(component) {
  const event = new ICAL.Event(component);
  const value = (name) => component.getFirstPropertyValue(name);
  return {
    uid: event.uid,
    sequence: event.sequence,
    status: value("status"),
    summary: event.summary,
    location: event.location,
    description: event.description ?? "",
    url: value("url") ?? "",
    geo: value("geo") ?? [],
    transparency: value("transp") ?? "",
    zone: event.startDate.zone.tzid,
    start: instant(event.startDate),
    end: component.hasProperty("dtend") ? instant(event.endDate) : "",
    stamp: instant(value("dtstamp")),
    modified: instant(value("last-modified")),
    people: component.getAllProperties("attendee").length + component.getAllProperties("organizer").length,
    alarms: component.getAllSubcomponents("valarm").map((alarm) => {
      const at = event.startDate.clone();
      at.addDuration(alarm.getFirstPropertyValue("trigger"));
      return `${alarm.getFirstPropertyValue("action")} ${instant(at)} ${alarm.getFirstPropertyValue("description")}`;
    }),
  };
}

function calendar(text) {
  const component = new ICAL.Component(ICAL.parse(text));
  return {
    version: component.getFirstPropertyValue("version"),
    method: component.getFirstPropertyValue("method"),
    name: component.getFirstPropertyValue("x-wr-calname"),
    refresh: component.getFirstPropertyValue("refresh-interval").toString(),
    zones: component.getAllSubcomponents("vtimezone").map((zone) => zone.getFirstPropertyValue("tzid")),
    entries: component.getAllSubcomponents("vevent").map(entry),
  };
}

let input = "";
for await (const part of process.stdin) input += part;
process.stdout.write(JSON.stringify(JSON.parse(input).map(calendar)));
