// newId makes an id nobody else makes: 128 random bits in hexadecimal.
// crypto.randomUUID would do, but browsers offer it only on https and localhost,
// and a phone that tries the page over the local network is on neither.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
