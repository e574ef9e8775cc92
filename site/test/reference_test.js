import assert from "node:assert/strict"
import { test } from "node:test"
import { groupsOf } from "../js/reference.js"

const doc = {
  paths: {
    "/api/v1/docs": { get: { operationId: "docs", responses: {} } },
    "/api/v1/task/{id}": { get: {
      operationId: "get-task", summary: "Read a task", parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", examples: ["01K"] } }],
      responses: { 200: { description: "The task", content: { "application/json": { schema: { $ref: "#/components/schemas/Task" } } } }, 404: { description: "Not Found" } },
    } },
    "/api/v1/generate": { post: {
      operationId: "generate", requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Request" } } } }, responses: { 202: { description: "Made" } },
    } },
    "/api/v1/recipes": { post: { operationId: "read-recipe", requestBody: { content: { "image/png": {} } }, responses: {} } },
    "/api/v1/new-thing": { get: { operationId: "new", responses: {} } },
  },
  components: { schemas: {
    Request: { required: ["prompt"], properties: { $schema: {}, prompt: { type: "string", description: "What to draw", examples: ["a fox"] }, count: { type: "integer", default: 1 } } },
    Task: { properties: { task_id: { type: "string", examples: ["01K"] }, status: { type: "string", enum: ["PENDING", "DONE"] }, images: { type: ["array", "null"], items: { properties: { index: { type: "integer", examples: [0] } } } } } },
  } },
}

test("requests stand in groups, those that are new last, the pages about the API not at all", () => {
  assert.deepEqual(groupsOf(doc).map((g) => [g.name, g.operations.map((o) => o.id)]), [
    ["pictures", ["generate"]], ["tasks", ["get-task"]], ["files", ["read-recipe"]], ["more", ["new"]],
  ])
})

test("a request shows its fields, and an example made of what they show", () => {
  const [generate] = groupsOf(doc)[0].operations
  assert.deepEqual(generate.body, { prompt: "a fox", count: 1 })
  assert.deepEqual(generate.parameters[0], { name: "prompt", where: "body", required: true, about: "What to draw", type: "string" })
})

test("an address has its example in it, an answer what it looks like", () => {
  const [task] = groupsOf(doc)[1].operations
  assert.equal(task.address, "/api/v1/task/01K")
  assert.deepEqual(JSON.parse(task.answers[0].text), { task_id: "01K", status: "PENDING", images: [{ index: 0 }] })
  assert.equal(task.answers[1].text, "")
})

test("a body that is no JSON is named by its types", () => {
  assert.deepEqual(groupsOf(doc)[2].operations[0].types, ["image/png"])
})
