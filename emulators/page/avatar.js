// Avatars: a picture if there is one, else initials on a colour of their own.
import { el, setAttribute, setText } from "./dom.js";
import { colourOf, initials } from "./format.js";

// avatar makes an empty one, to be drawn by drawAvatar. Names stand beside avatars, so
// they are hidden from screen readers.
export function avatar(size = "medium") {
  return el("span", { class: `avatar ${size}`, "aria-hidden": "true" }, el("span", { class: "initials" }));
}

// drawAvatar shows a person or a room: {id, name, imageUrl, online?, square?}.
export function drawAvatar(element, { id, name, imageUrl, online = false, square = false }) {
  setAttribute(element, "data-colour", colourOf(id));
  setAttribute(element, "data-online", online);
  setAttribute(element, "data-square", square);
  setText(element.querySelector(".initials"), initials(name));
  drawImage(element, imageUrl);
  return element;
}

function drawImage(element, imageUrl) {
  const shown = element.querySelector("img");
  if ((shown?.getAttribute("src") ?? "") === imageUrl) return;
  shown?.remove();
  if (!imageUrl) return;
  const image = el("img", {
    src: imageUrl,
    alt: "",
    referrerpolicy: "no-referrer",
    loading: "lazy",
    error: () => (image.hidden = true), // the initials are behind it
  });
  element.append(image);
}

// avatarOfRoom is how a room is drawn: as the companion in a room of two.
export function avatarOfRoom(room) {
  if (room.companion) return { ...room.companion, imageUrl: room.imageUrl };
  return { id: room.id, name: room.title, imageUrl: room.imageUrl, square: true };
}
