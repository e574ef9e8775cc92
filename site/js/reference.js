// The OpenAPI document as what the page of the API shows: groups of requests, each with its
// parameters, an example and its answers. Pure.

// Where each first part of a path belongs, in the order shown.
const GROUPS = [
  ["pictures", ["generate"]], ["tasks", ["task", "tasks"]], ["library", ["history", "counts", "suggest", "tags", "folders", "searches", "bin"]],
  ["prompts", ["templates", "prompts"]], ["files", ["recipes", "exports", "imports"]], ["service", ["models", "storage", "health"]],
]
const METHODS = ["get", "post", "put", "patch", "delete"]
const OWN = ["docs", "openapi.json"] // the pages about the API itself

// groupsOf lists {name, operations} of a document; what is in no group comes last.
export function groupsOf(doc) {
  const groups = new Map([...GROUPS.map(([name]) => name), "more"].map((name) => [name, []]))
  for (const [path, methods] of Object.entries(doc.paths)) {
    const [, , , part] = path.split("/") // "", "api", "v1", …
    if (OWN.includes(part)) continue
    const name = GROUPS.find(([, parts]) => parts.includes(part))?.[0] ?? "more"
    for (const method of METHODS) if (methods[method]) groups.get(name).push(operation(doc, path, method, methods[method]))
  }
  return [...groups].map(([name, operations]) => ({ name, operations })).filter((g) => g.operations.length > 0)
}

function operation(doc, path, method, op) {
  const parameters = (op.parameters ?? []).map((p) => parameter(doc, p))
  const content = op.requestBody?.content ?? {}
  const json = content["application/json"]
  return {
    id: op.operationId, method: method.toUpperCase(), path, summary: op.summary ?? "", description: op.description ?? "",
    parameters: [...parameters, ...fields(doc, json?.schema)],
    types: json ? [] : Object.keys(content),
    body: json ? json.example ?? example(doc, json.schema) : null,
    address: parameters.filter((p) => p.where === "path").reduce((at, p) => at.replace(`{${p.name}}`, encodeURIComponent(p.example ?? "…")), path),
    answers: Object.entries(op.responses).map(([status, r]) => answer(doc, status, r)),
  }
}

function parameter(doc, { name, in: where, required = false, description = "", schema = {}, example: shown }) {
  const s = resolved(doc, schema)
  return { name, where, required, about: description || s.description || "", type: typeOf(s), example: shown ?? s.examples?.[0] ?? s.example }
}

// fields are the fields of a JSON body, as rows beside the parameters.
function fields(doc, schema) {
  const s = resolved(doc, schema ?? {})
  return Object.entries(s.properties ?? {}).filter(([name]) => name !== "$schema").map(([name, property]) => {
    const p = resolved(doc, property)
    return { name, where: "body", required: (s.required ?? []).includes(name), about: property.description ?? p.description ?? "", type: typeOf(p) }
  }).sort((a, b) => Number(b.required) - Number(a.required))
}

function answer(doc, status, r) {
  const json = r.content?.["application/json"]
  const shown = json && (json.example ?? example(doc, json.schema))
  return { status, about: r.description ?? "", text: shown === undefined || shown === null ? "" : JSON.stringify(shown, null, 2) }
}

const resolved = (doc, schema) => (schema.$ref ? schema.$ref.replace("#/", "").split("/").reduce((at, part) => at[part], doc) : schema)

function typeOf(s) {
  const type = [s.type ?? "any"].flat().filter((t) => t !== "null").join(" or ")
  return s.enum ? s.enum.filter((v) => v !== "").join(", ") : type
}

// example makes one of what its parts show, to a depth that a person reads.
function example(doc, schema = {}, depth = 0) {
  const s = resolved(doc, schema)
  if (s.examples?.length) return s.examples[0]
  if (s.properties && depth < 3) {
    const made = Object.entries(s.properties).filter(([name]) => name !== "$schema").map(([name, p]) => [name, example(doc, p, depth + 1)])
    return Object.fromEntries(made.filter(([, v]) => v !== undefined))
  }
  if ([s.type].flat().includes("array") && s.items && depth < 3) {
    const one = example(doc, s.items, depth + 1)
    return one === undefined ? [] : [one]
  }
  if (s.enum) return s.enum[0]
  return s.default
}
