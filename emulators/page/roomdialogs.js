// What is asked in dialogs: a new room, more people, a room's details, leaving.
import { avatar, drawAvatar } from "./avatar.js";
import { ask } from "./dialogs.js";
import { $, KeyedList, el, setText } from "./dom.js";
import { count } from "./format.js";
import { nameAfter } from "./model.js";
import { fillPicker } from "./picker.js";

const nobodyElse = "Nobody else has signed in yet. Open another tab and sign in as somebody.";
const longestName = 100; // code points

// askNewRoom makes a room and calls made with its id.
export function askNewRoom({ api, me, model, made }) {
  const dialog = $("new-room-dialog");
  dialog.querySelector("form").reset();
  fillPicker($("new-room-people"), model.others(), nobodyElse);
  ask(dialog, async (data) => {
    const participantIds = data.getAll("person");
    const name = data.get("name").trim();
    if (!name && participantIds.length === 0) throw new Error("Give the room a name, or choose somebody to be in it.");
    const people = [me, ...participantIds].map((id) => model.person(id));
    const { roomId } = await api.command("create-room", { name: name || shortened(nameAfter(people)), participantIds });
    made(roomId);
  });
}

function shortened(name) {
  return [...name].slice(0, longestName).join("");
}

// askInvite adds people to a room.
export function askInvite({ api, model, room }) {
  const inside = new Set(room.members.map((member) => member.id));
  const outside = model.others().filter((person) => !inside.has(person.id));
  fillPicker($("invite-people"), outside, "Everybody is in this room already.");
  ask($("invite-dialog"), async (data) => {
    const invitees = data.getAll("person");
    if (invitees.length === 0) throw new Error("Choose at least one person.");
    for (const inviteeId of invitees) await api.command("invite-user", { roomId: room.id, inviteeId });
  });
}

// askLeave leaves a room after a second thought, and then calls left.
function askLeave({ api, room, left }) {
  setText($("leave-heading"), `Leave “${room.title}”?`);
  ask($("leave-dialog"), async () => {
    await api.command("leave-room", { roomId: room.id });
    left();
  });
}

// RoomDialog shows who is in a room, live, and changes its name and picture.
export class RoomDialog {
  #dialog = $("room-dialog");
  #people = new KeyedList($("room-people"), createMember, updateMember);

  open({ api, me, room, left }) {
    const { elements } = this.#dialog.querySelector("form");
    elements.name.value = room.name;
    elements.imageUrl.value = room.ownImageUrl;
    $("room-name-hint").hidden = !room.companion;
    $("leave-room").onclick = () => {
      this.#dialog.close();
      askLeave({ api, room, left });
    };
    this.render(room, me);
    ask(this.#dialog, async (data) => {
      const name = data.get("name").trim();
      const imageUrl = data.get("imageUrl").trim();
      if (name !== room.name) await api.command("rename-room", { roomId: room.id, name });
      if (imageUrl !== room.ownImageUrl) await api.command("change-room-image", { roomId: room.id, imageUrl });
    });
  }

  render(room, me) {
    const online = room.members.filter((member) => member.online).length;
    setText($("room-people-heading"), `${count(room.members.length, "member")}, ${online} online`);
    this.#people.render(room.members.map((member) => ({ key: member.id, mine: member.id === me, ...member })));
  }
}

function createMember() {
  return el(
    "li",
    { class: "member" },
    avatar("small"),
    el("span", { class: "person-name" }),
    el("span", { class: "hint" }),
  );
}

function updateMember(element, member) {
  drawAvatar(element.querySelector(".avatar"), member);
  setText(element.querySelector(".person-name"), member.mine ? `${member.name} (you)` : member.name);
  setText(element.querySelector(".hint"), member.online ? "online" : "away");
}
