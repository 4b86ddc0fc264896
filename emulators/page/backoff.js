const first = 500;
const longest = 15_000;

// backoff says how many milliseconds to wait before try number `attempt` (from 0):
// twice as long each time, half of it by chance, so that after an outage the
// clients of a server do not all come back in the same instant.
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(longest, first * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}
