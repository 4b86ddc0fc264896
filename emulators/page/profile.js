// The profile: who I am, at the foot of the room list and in a dialog; signing out.
import { avatar, drawAvatar } from "./avatar.js";
import { ask } from "./dialogs.js";
import { $, el, setText } from "./dom.js";
import { toastProblem } from "./toast.js";

export class Profile {
  #me;
  #avatar = avatar("small");
  #name = el("span", { class: "person-name" });

  constructor({ api, session }) {
    $("profile").append(this.#avatar, this.#name);
    $("profile").addEventListener("click", () => askProfile(api, session.user.email, this.#me));
    $("sign-out").addEventListener("click", () => api.signOut());
    $("sign-out-everywhere").addEventListener("click", () => api.signOutEverywhere().catch(toastProblem));
  }

  render(me) {
    this.#me = me;
    $("profile").disabled = false;
    drawAvatar(this.#avatar, me);
    setText(this.#name, me.name);
  }
}

function askProfile(api, email, me) {
  const { elements } = $("profile-dialog").querySelector("form");
  setText($("profile-email"), email);
  elements.name.value = me.name;
  elements.imageUrl.value = me.imageUrl;
  ask($("profile-dialog"), async (data) => {
    const profile = changes(me, { name: data.get("name").trim(), imageUrl: data.get("imageUrl").trim() });
    if (Object.keys(profile).length > 0) await api.command("update-profile", profile);
  });
}

// changes are the fields whose value differs from that of before.
function changes(before, after) {
  return Object.fromEntries(Object.entries(after).filter(([field, value]) => value !== before[field]));
}
