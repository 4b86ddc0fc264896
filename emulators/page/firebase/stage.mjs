// What the tests of the client need from the servers' side.

const host = process.env.FIRESTORE_EMULATOR_HOST;
const patience = 30_000; // milliseconds
const lifetime = 3600; // seconds, of a custom token

export const project = process.env.GOOGLE_CLOUD_PROJECT;

// admin writes as the server does, whatever the rules say.
export const admin = {
  async set(path, data) {
    const response = await fetch(`http://${host}/v1/projects/${project}/databases/(default)/documents/${path}`, {
      method: "PATCH",
      headers: { Authorization: "Bearer owner", "Content-Type": "application/json" },
      body: JSON.stringify({ fields: fieldsOf(data) }),
    });
    if (!response.ok) throw new Error(`writing ${path} was answered ${response.status} ${await response.text()}`);
  },
};

function fieldsOf(data) {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { integerValue: String(value) };
  if (typeof value === "boolean") return { booleanValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  return { mapValue: { fields: fieldsOf(value) } };
}

// customToken is what the server makes with the Admin SDK when it knows of an emulator:
// unsigned, and with the time up to which its person may listen.
export function customToken(
  uid,
  claims = {},
  aud = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
) {
  const issuer = "firebase-auth-emulator@example.com";
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, sub: issuer, aud, iat: now, exp: now + lifetime, uid, claims: { until: now + lifetime, ...claims } };
  return [{ alg: "none", typ: "JWT" }, payload].map(encode).join(".") + ".";
}

const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

// eventually waits for a condition.
export async function eventually(condition, what) {
  const deadline = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
