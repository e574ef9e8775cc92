import assert from "node:assert/strict"
import { test } from "node:test"
import { fieldName, makeApi, Problem, Unreachable } from "../js/api.js"

// service answers each request by the next of the given answers and keeps what it was asked.
function service(...answers) {
  const asked = []
  const fetch = async (url, options) => {
    asked.push({ url, ...options })
    const next = answers.shift()
    if (next instanceof Error) throw next
    return new Response(next.body === undefined ? null : JSON.stringify(next.body), { status: next.status ?? 200 })
  }
  return { asked, fetch }
}

function api(fetch, more = {}) {
  const reached = []
  return { reached, ...makeApi({ fetch, key: () => "", onDenied: async () => {}, onReach: (ok) => reached.push(ok), ...more }) }
}

test("a submit carries its idempotency key and a JSON body", async () => {
  const { asked, fetch } = service({ status: 202, body: { task_id: "1" } })
  assert.deepEqual(await api(fetch).generate({ prompt: "a" }, "key-1"), { task_id: "1" })
  assert.equal(asked[0].url, "/api/v1/generate")
  assert.equal(asked[0].headers["Idempotency-Key"], "key-1")
  assert.equal(asked[0].headers["Content-Type"], "application/json")
  assert.equal(asked[0].body, '{"prompt":"a"}')
})

test("a refused request is a problem with its fields by name", async () => {
  const body = { code: "invalid_request", request_id: "r", errors: [{ location: "body.width", message: "too small" }], message: { zh: "错", en: "wrong" } }
  const { fetch } = service({ status: 422, body })
  const err = await api(fetch).generate({}, "k").catch((e) => e)
  assert.ok(err instanceof Problem)
  assert.deepEqual([err.status, err.code, err.requestId, err.words.en], [422, "invalid_request", "r", "wrong"])
  assert.deepEqual(err.fields, [{ name: "width", message: "too small" }])
})

test("no answer is told apart from a refusal", async () => {
  const { fetch } = service(new TypeError("network"))
  const a = api(fetch)
  await assert.rejects(a.models(), Unreachable)
  assert.deepEqual(a.reached, [false])
})

test("a page of a gateway instead of JSON is a problem, not a crash", async () => {
  const fetch = async () => new Response("<html>bad gateway</html>", { status: 502 })
  await assert.rejects(api(fetch).models(), (err) => err instanceof Problem && err.status === 502)
})

test("without a key the person is asked once and the request is sent again with it", async () => {
  const { asked, fetch } = service({ status: 401, body: {} }, { body: { items: [] } })
  let key = ""
  await api(fetch, { key: () => key, onDenied: async () => { key = "secret" } }).models()
  assert.equal(asked[0].headers["X-API-Key"], undefined)
  assert.equal(asked[1].headers["X-API-Key"], "secret")
})

test("a failing service still tells its health", async () => {
  const { fetch } = service({ status: 503, body: { status: "failing", checks: { store: "full" } } })
  assert.equal((await api(fetch).health()).status, "failing")
})

test("empty filters are left out of the query, ids are escaped", async () => {
  const { asked, fetch } = service({ body: {} }, { body: { items: [] } })
  const a = api(fetch)
  await a.history({ limit: 24, cursor: "", q: "星 空", status: "", model: "" })
  await a.tasks(["1", "a/b"])
  assert.equal(asked[0].url, "/api/v1/history?limit=24&q=%E6%98%9F+%E7%A9%BA")
  assert.equal(asked[1].url, "/api/v1/tasks?ids=1,a%2Fb")
})

test("places in a request are named as the form names them", () => {
  assert.equal(fieldName("body.width"), "width")
  assert.equal(fieldName("query.limit"), "limit")
  assert.equal(fieldName(), "")
})
