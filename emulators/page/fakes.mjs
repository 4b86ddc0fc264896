// What tests put in the place of the browser and the server.

// memoryStorage is a sessionStorage.
export function memoryStorage() {
  const values = new Map();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}

// settled waits until promises that can go on have gone on.
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

// temporary and permanent are problems such as api.js throws.
export const temporary = () => Object.assign(new Error("not now"), { temporary: true, retryAfter: 0 });
export const permanent = () => Object.assign(new Error("not so"), { temporary: false, retryAfter: 0 });
