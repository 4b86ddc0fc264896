// The page of the local program: either the sign-in page or the workspace. Signing in
// and out loads the page anew, so that nothing of one person is left for the next.
import { Api } from "./api.js";
import { prepareDialogs } from "./dialogs.js";
import { chooseLive } from "./listening.js";
import { Session } from "./session.js";
import { showSignIn } from "./signin.js";
import { Workspace } from "./workspace.js";

const session = new Session();
const api = new Api(session);
prepareDialogs();
if (session.user && (await session.isCopy())) {
  session.end(`${session.user.name} is signed in in another tab. Be somebody else in this one.`);
}
if (session.user) {
  session.onEnded = () => location.replace("/");
  new Workspace(session, api, await chooseLive(api)).start();
} else {
  session.onRenewed = () => location.reload();
  showSignIn(api, session.takeFarewell());
}
