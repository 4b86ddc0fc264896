// The read documents that clients listen to in Firestore, as TypeScript types; the
// structs of documents.go and meetups.go and a test hold them to what the server writes. Names are
// fixed: fields and kinds are added, never changed. Documents also have a field _meta,
// which is the server's own and no part of this.

/** rooms/{id}, for members: query by memberIds array-contains oneself, with a limit up to 1000. */
export interface Room {
  id: string;
  name: string;
  imageUrl: string;
  /** In the order of joining. */
  memberIds: string[];
  /** The latest, and lastSequence its sequence. */
  lastItem?: Item;
  lastSequence: number;
}

/** rooms/{roomId}/items/{sequence}, for members: query by sequence, with a limit up to 200. Never changes. */
export interface Item {
  id: string;
  sequence: number;
  roomId: string;
  kind: ItemKind;
  /** Of a message. */
  sender?: Sender;
  /** What to show, in English if it is an announcement. */
  content: string;
  /** Of an announcement, for clients that word it themselves. */
  announcement?: Announcement;
  /** RFC 3339, UTC, milliseconds. */
  timestamp: string;
}

export type ItemKind = "message" | "announcement";

/** Names and pictures are in users/{id}. */
export interface Sender {
  id: string;
}

export interface Announcement {
  kind: AnnouncementKind;
  /** Ids, names and new values, by what they are, such as actorName. */
  arguments: Record<string, string>;
}

export type AnnouncementKind = "room-created" | "user-joined" | "user-left" | "room-renamed" | "room-image-changed" | "meetup-created" | "meetup-rescheduled" | "meetup-relocated" | "meetup-cancelled" | "poll-created" | "poll-closed";

/** meetups/{id}, for attendees: query by attendeeIds array-contains oneself, with a limit up to 1000. */
export interface Meetup {
  id: string;
  name: string;
  roomId: string;
  location: string;
  /** On a map. */
  place?: Place;
  /** The instant, as of the decision. RFC 3339, UTC, milliseconds. Where the zone's rules change, localTime holds. */
  takesPlaceOn: string;
  /** A name of the IANA database. */
  timeZone: string;
  /** RFC 3339 with the zone's offset, as of the decision. */
  localTime: string;
  durationMinutes?: number;
  imageUrl: string;
  status: MeetupStatus;
  cancelReason?: string;
  /** "" when nobody attends any more. */
  organizerId: string;
  /** In the order of joining. */
  attendeeIds: string[];
  /** In the same order. */
  attendees: Attendee[];
  rsvpCounts: RSVPCounts;
  /** In the order of making. */
  polls: Poll[];
  /** Of the active polls in which somebody's vote is missing. */
  alerts: Alert[];
  /** The latest 100, in the order of happening. */
  history: Moment[];
  /** How often a calendar's entry of it has changed. */
  revision: number;
  /** Rises with each change. */
  sequence: number;
}

export type MeetupStatus = "planned" | "cancelled";

export interface Place {
  label: string;
  /** Degrees, north is positive. */
  latitude?: number;
  /** Degrees, east is positive. */
  longitude?: number;
  url?: string;
}

export interface Attendee {
  id: string;
  rsvp: RSVP;
  /** The meetup was moved after the answer. */
  needsConfirmation: boolean;
}

export type RSVP = "yes" | "no" | "maybe" | "none";

export interface RSVPCounts {
  yes: number;
  no: number;
  maybe: number;
  none: number;
}

/** A question to the attendees. */
export interface Poll {
  id: string;
  type: PollType;
  description: string;
  status: PollStatus;
  creatorId: string;
  participantIds: string[];
  choices: PollChoice[];
  /** In the order of casting, one of a person. */
  votes: Vote[];
  /** RFC 3339, UTC, milliseconds. */
  createdAt: string;
  /** RFC 3339, UTC, milliseconds. */
  closesAt?: string;
  /** Of a closed poll. */
  outcome?: PollOutcome;
}

export type PollType = "generic" | "reschedule" | "relocate";

export type PollStatus = "active" | "closed";

/** A text, a time or a location, by the poll's type. */
export interface PollChoice {
  text?: string;
  takesPlaceOn?: string;
  timeZone?: string;
  localTime?: string;
  location?: string;
  place?: Place;
}

export interface Vote {
  userId: string;
  choiceIndex: number;
}

export interface PollOutcome {
  /** Of the winner; null when nobody has voted. */
  choiceIndex: number | null;
  choice?: PollChoice;
  reason: PollEnd;
  /** Others had as many votes: the first to have them has won. */
  tie: boolean;
  /** The meetup was moved by it. */
  applied: boolean;
}

export type PollEnd = "everyone-voted" | "closed" | "deadline";

export interface Alert {
  type: AlertType;
  pollId: string;
  description: string;
  /** Whose vote is missing. */
  userIds: string[];
}

export type AlertType = "pending-poll" | "pending-reschedule-poll" | "pending-relocation-poll";

/** Something that happened to the plan. */
export interface Moment {
  kind: MomentKind;
  /** RFC 3339, UTC, milliseconds. */
  at: string;
  /** Missing where a deadline did it. */
  actorId?: string;
  /** The poll that moved the meetup. */
  pollId?: string;
  /** Of a move: the time or the location before. */
  from?: PollChoice;
  to?: PollChoice;
  /** Of a cancellation. */
  reason?: string;
}

export type MomentKind = "created" | "updated" | "rescheduled" | "relocated" | "cancelled";

/** users/{id}, for anybody signed in: query with a limit up to 1000. */
export interface User {
  id: string;
  name: string;
  imageUrl: string;
  /** Over a WebSocket only. In Firestore it is in presence/{id}. */
  presence?: Presence;
}

export interface Presence {
  online: boolean;
}

/** users/{uid}/visits/{roomId}, how far somebody has read, for that person: query with a limit up to 1000. */
export interface Visit {
  roomId: string;
  readSequence: number;
  /** Of the last opening or closing. RFC 3339, UTC, milliseconds. */
  visitedAt?: string;
}

/** presence/{id}, for readerIds: query by readerIds array-contains oneself, with a limit up to 1000. */
export interface Beat {
  id: string;
  online: boolean;
  /** When the person is offline again unless they are heard of. RFC 3339, UTC, milliseconds. */
  until: string;
  /** The person, and all who share a room with them. */
  readerIds: string[];
}
