// The read documents that clients listen to in Firestore, as TypeScript types; the
// structs of documents.go and a test hold them to what the server writes. Names are
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

export type AnnouncementKind = "room-created" | "user-joined" | "user-left" | "room-renamed" | "room-image-changed";

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
