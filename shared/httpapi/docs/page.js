// Renders the OpenAPI document that data-spec names. All text goes in as text
// nodes, so nothing in the document can become markup.

const spec = await fetch(document.body.dataset.spec)
  .then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`)))
  .catch((error) => {
    document.getElementById("status").textContent =
      `The description of the API could not be loaded (${error.message}). Reload the page to try again.`;
    throw error;
  });

/** Makes an element: properties, then children, of which null is left out. */
function el(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

const code = (text) => el("code", {}, text);

/** Follows a reference into the document. */
function resolve(schema) {
  return schema.$ref ? { ...spec.components.schemas[schema.$ref.split("/").pop()], ...schema, $ref: undefined } : schema;
}

function typeOf(schema) {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(resolve(schema.items))}${schema.items.enum ? "" : "s"}`;
  if (schema.format === "date-time") return "RFC 3339 time";
  return { integer: "whole number", object: "object", boolean: "true or false" }[schema.type] ?? schema.type ?? "any";
}

function between(low, high, unit) {
  if (low !== undefined && high !== undefined) return `${low} to ${high}${unit}`;
  if (high !== undefined) return `up to ${high}${unit}`;
  return low === undefined ? null : `from ${low}${unit}`;
}

function limitsOf(schema) {
  return [
    between(schema.minLength, schema.maxLength, " characters"),
    between(schema.minItems, schema.maxItems, " entries"),
    between(schema.minimum, schema.maximum, ""),
    schema.pattern ? `pattern ${schema.pattern}` : null,
    schema.default === undefined ? null : `${schema.default} if left out`,
  ].filter((limit) => limit !== null).join(", ");
}

// What is said of a field that must be there, and of one that need not.
const asked = ["required", "optional"];
const answered = ["always", "where there is one"];

function row(name, schema, presence) {
  const limits = limitsOf(schema);
  return el("tr", {},
    el("th", { scope: "row" }, code(name), el("span", {}, presence)),
    el("td", {}, typeOf(schema)),
    el("td", {}, schema.description ?? "", schema.description && limits ? el("br") : null, limits ? el("span", { className: "note" }, limits) : null));
}

/** The rows of an object's fields, with those of the objects inside under dotted names. */
function rowsOf(schema, [always, sometimes], prefix = "", seen = []) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, reference]) => {
    const field = resolve(reference);
    const element = field.type === "array" ? field.items : reference;
    const inner = resolve(element);
    const path = prefix + name + (field.type === "array" ? "[]" : "");
    const within = element.$ref && seen.includes(element.$ref) ? [] : rowsOf(inner, [always, sometimes], `${path}.`, [...seen, element.$ref]);
    return [row(path, field, schema.required?.includes(name) ? always : sometimes), ...within];
  });
}

function table(heading, rows) {
  return el("table", {},
    el("thead", {}, el("tr", {}, [heading, "Type", "Meaning and limits"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows));
}

function parametersOf(operation) {
  const rows = (operation.parameters ?? []).map((p) => row(p.name, { ...p.schema, description: p.description }, asked[p.required ? 0 : 1]));
  return rows.length ? [el("h4", {}, "Parameters and headers"), table("Name", rows)] : [];
}

function bodyOf(operation) {
  const body = operation.requestBody?.content["application/json"].schema;
  return body ? [el("h4", {}, "Body"), table("Field", rowsOf(resolve(body), asked))] : [];
}

function answerOf(operation) {
  const [status, answer] = Object.entries(operation.responses).find(([number]) => number < 400);
  const [mediaType, media] = Object.entries(answer.content ?? {})[0] ?? [];
  const title = `Answer: ${status} ${answer.description}`;
  if (mediaType !== "application/json") return [el("h4", {}, mediaType ? `${title}, ${mediaType}` : title)];
  return [el("details", { open: true }, el("summary", {}, title), table("Field", rowsOf(resolve(media.schema), answered)))];
}

function problemsOf(operation) {
  const problems = Object.values(operation.responses)
    .flatMap((answer) => answer.content?.["application/problem+json"]?.schema.properties.code.enum ?? []);
  return [el("h4", {}, "Problems"),
    el("ul", { className: "codes" }, problems.map((name) => el("li", {}, el("a", { href: `#problem-${name}` }, code(name)))))];
}

/** A value that the schema takes: of an object, the required fields. */
function exampleOf(reference) {
  const schema = resolve(reference);
  if (schema.examples) return schema.examples[0];
  if (schema.enum) return schema.enum[0];
  if (schema.format === "date-time") return "2026-12-24T18:30:00Z";
  switch (schema.type) {
    case "object":
      return Object.fromEntries((schema.required ?? []).map((name) => [name, exampleOf(schema.properties[name])]));
    case "array": return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items));
    case "integer": case "number": return schema.minimum ?? 1;
    case "boolean": return true;
    default: return "example";
  }
}

function curlOf(method, path, operation) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => name.toUpperCase()); // curl expands braces
  const parts = [`curl '${location.origin}${filled}'`];
  if (method === "post") parts.push("-X POST");
  if (!operation.security) parts.push(`-H "Authorization: Bearer $ACCESS_TOKEN"`);
  if (method === "post") parts.push(`-H "Idempotency-Key: $(uuidgen)"`);
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(exampleOf(body))}'`);
  return parts.join(" \\\n  ");
}

function exampleBlock(text) {
  const button = el("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (!copied) getSelection().selectAllChildren(block.firstChild); // ready to be copied by hand
    button.textContent = copied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const block = el("div", { className: "example" }, el("pre", { tabIndex: 0 }, code(text)), button);
  return [el("h4", {}, "Example"), block];
}

function article(method, path, operation) {
  return el("article", { id: operation.operationId },
    el("h3", {}, operation.summary),
    el("p", { className: "route" },
      el("span", { className: `method ${method}` }, method.toUpperCase()), code(path),
      operation.security ? el("span", { className: "note" }, "no access token needed") : null),
    operation.description ? el("p", {}, operation.description) : null,
    parametersOf(operation), bodyOf(operation), answerOf(operation), problemsOf(operation),
    operation.responses[101] ? [] : exampleBlock(curlOf(method, path, operation)));
}

function problemList() {
  const problem = spec.components.schemas.Problem;
  const codes = spec.components.schemas.Code.oneOf;
  return [
    el("h2", { id: "problems" }, "Problems"),
    el("p", {}, "Every answer that is not a success is a problem in the form of RFC 9457, application/problem+json:"),
    table("Field", rowsOf(problem, answered)),
    el("dl", {}, codes.flatMap(({ const: name, title, description }) => [
      el("dt", { id: `problem-${name}` }, code(name), ` ${title}`), el("dd", {}, description)])),
  ];
}

const entries = Object.entries(spec.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })));
const groups = spec.tags.map(({ name }) => ({ name, of: entries.filter(({ operation }) => operation.tags.includes(name)) }));

const link = (id, text) => el("li", {}, el("a", { href: `#${id}` }, text));
document.title = `${spec.info.title} API`;
document.getElementById("title").textContent = document.title;
document.getElementById("description").textContent = spec.info.description ?? "";
document.getElementById("contents").append(
  ...groups.flatMap(({ name, of }) => [
    el("h2", {}, name), el("ul", {}, of.map(({ operation }) => link(operation.operationId, operation.summary)))]),
  el("h2", {}, "Reference"), el("ul", {}, link("problems", "Problems")));
document.getElementById("content").replaceChildren(
  ...groups.flatMap(({ name, of }) => [
    el("h2", {}, name), ...of.map(({ method, path, operation }) => article(method, path, operation))]),
  ...problemList());

// On a phone the contents start folded and fold again once one is chosen.
const narrow = matchMedia("(max-width: 52rem)");
const contents = document.querySelector("nav details");
const fold = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
contents.addEventListener("click", (event) => { if (event.target.closest("a")) fold(); });
fold();

// The place that the address names is there only now; go to it again.
if (location.hash) location.replace(location.hash);
