// The service's HTTP API. Every call has a time-out and answers with JSON, or throws
// a Problem (the service said no) or an Unreachable (nobody answered).

import { headersWith, takeAhead, TIMEOUT_MS } from "./ahead.js"

const PIECE_TIMEOUT_MS = 120_000

// Problem is an RFC 9457 document, with the service's own fields.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`)
    this.status = status
    this.code = body.code ?? ""
    this.requestId = body.request_id ?? ""
    this.words = body.message ?? null
    this.charged = body.charged ?? ""
    this.fields = (body.errors ?? []).map((e) => ({ name: fieldName(e.location), message: e.message ?? "" }))
  }
}

export class Unreachable extends Error {}

// fieldName is the form's name for a place in a request: "body.width" is "width".
export const fieldName = (location = "") => location.replace(/^(body|query|path|header)\.?/, "")

// makeApi talks to the service below base.
//   key()          the API key to send, or ""
//   onDenied()     asks the person for a key; resolves once there is one
//   onReach(ok)    told after each call whether somebody answered, with the clock's offset in ms
export function makeApi({ base = "/api/v1", fetch = globalThis.fetch.bind(globalThis), key, onDenied, onReach }) {
  async function attempt(method, path, { body, raw, headers = {}, timeout = TIMEOUT_MS } = {}) {
    const h = { ...headersWith(key()), ...headers }
    if (body !== undefined) h["Content-Type"] = "application/json"
    try {
      const response = (method === "GET" && await takeAhead(base + path)) || await fetch(base + path, {
        method, headers: h, signal: AbortSignal.timeout(timeout),
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      })
      const text = await response.text()
      const kept = response.headers.has("X-Kept") // by the service worker: nobody answered
      onReach(!kept, kept ? 0 : clockOffset(response))
      return { status: response.status, ok: response.ok, json: parse(text) }
    } catch (cause) {
      onReach(false, 0)
      throw new Unreachable("no answer", { cause })
    }
  }

  async function call(method, path, options = {}) {
    let answer = await attempt(method, path, options)
    while (answer.status === 401) {
      await onDenied()
      answer = await attempt(method, path, options)
    }
    if (answer.ok || options.accept?.includes(answer.status)) return answer.json
    throw new Problem(answer.status, answer.json ?? {})
  }

  const id = encodeURIComponent
  return {
    models: () => call("GET", "/models"),
    // A part that fails is an answer too: 503 with the same body.
    health: () => call("GET", "/health", { accept: [503], timeout: 8_000 }),
    storage: () => call("GET", "/storage"),
    generate: (body, idempotencyKey) => call("POST", "/generate", { body, headers: { "Idempotency-Key": idempotencyKey } }),
    generateMany: (body, idempotencyKey) => call("POST", "/generate/many", { body, headers: { "Idempotency-Key": idempotencyKey } }),
    again: (taskId, body, idempotencyKey) => call("POST", `/task/${id(taskId)}/again`, { body, headers: { "Idempotency-Key": idempotencyKey } }),
    tasks: async (ids) => (await call("GET", `/tasks?ids=${ids.map(id).join(",")}`)).items,
    history: (query) => call("GET", `/history?${search(query)}`),
    // mark changes what a person says of a task: favourite, tags, note.
    mark: (taskId, change) => call("PATCH", `/task/${id(taskId)}`, { body: change }),
    // recipe reads how a picture was made out of its file.
    recipe: (file) => call("POST", "/recipes", { raw: file, headers: { "Content-Type": file.type } }),
    counts: () => call("GET", "/counts"),
    templates: async (language) => (await call("GET", `/templates?language=${id(language)}`)).items,
    makeTemplate: (body) => call("POST", "/templates", { body }),
    dropTemplate: (templateId) => call("DELETE", `/templates/${id(templateId)}`),
    exportTemplates: () => call("GET", "/templates/export"),
    importTemplates: async (document) => (await call("POST", "/templates/import", { body: document })).items,
    // prompts are those that were sent, newest first: {items, next_cursor}.
    prompts: (query) => call("GET", `/prompts?${search(query)}`),
    fill: (templateId, values, language) => call("POST", `/templates/${id(templateId)}/fill?language=${id(language)}`, { body: { values } }),
    cancel: (taskId) => call("POST", `/task/${id(taskId)}/cancel`),
    // Moves of a waiting task in one's own line.
    hold: (taskId) => call("POST", `/task/${id(taskId)}/hold`),
    release: (taskId) => call("POST", `/task/${id(taskId)}/release`),
    next: (taskId) => call("POST", `/task/${id(taskId)}/next`),
    order: async (ids) => (await call("POST", "/tasks/order", { body: { ids } })).items,
    retry: (taskId) => call("POST", `/task/${id(taskId)}/retry`),
    // batch does one thing to many tasks.
    batch: (body) => call("POST", "/tasks/batch", { body }),
    // The shelves are "folders" and "searches".
    shelves: async (kind) => (await call("GET", `/${kind}`)).items,
    makeShelf: (kind, body) => call("POST", `/${kind}`, { body }),
    editShelf: (kind, shelfId, change) => call("PATCH", `/${kind}/${id(shelfId)}`, { body: change }),
    // dropShelf resolves to whether it is gone: a folder with many tasks goes in steps.
    dropShelf: async (kind, shelfId) => (await call("DELETE", `/${kind}/${id(shelfId)}`))?.done ?? true,
    inFolder: (folderId, query) => call("GET", `/folders/${id(folderId)}/tasks?${search(query)}`),
    suggest: (text) => call("GET", `/suggest?q=${id(text)}`),
    retag: (body) => call("POST", "/tags", { body }),
    exports: async () => (await call("GET", "/exports")).items,
    oneExport: (exportId) => call("GET", `/exports/${id(exportId)}`),
    beginExport: (body) => call("POST", "/exports", { body }),
    dropExport: (exportId) => call("DELETE", `/exports/${id(exportId)}`),
    openImport: (bytes) => call("POST", "/imports", { body: { bytes } }),
    putPiece: (importId, n, piece) => call("PUT", `/imports/${id(importId)}/pieces/${n}`, { raw: piece, headers: { "Content-Type": "application/octet-stream" }, timeout: PIECE_TIMEOUT_MS }),
    startImport: (importId) => call("POST", `/imports/${id(importId)}/start`),
    oneImport: (importId) => call("GET", `/imports/${id(importId)}`),
    dropImport: (importId) => call("DELETE", `/imports/${id(importId)}`),
    emptyBin: () => call("POST", "/bin/empty"),
  }
}

const search = (query) => new URLSearchParams(Object.entries(query).filter(([, v]) => v))

function parse(text) {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null // a gateway's own page; the status says enough
  }
}

// clockOffset is how far the service's clock is ahead of ours. The Date header has
// whole seconds, so less than two of them is no news.
function clockOffset(response) {
  const theirs = Date.parse(response.headers.get("Date") ?? "")
  const offset = theirs - Date.now()
  return Number.isNaN(theirs) || Math.abs(offset) < 2000 ? 0 : offset
}
