// What the page knows of a task beyond its JSON. Pure.

const ACTIVE = ["SENDING", "PENDING", "PROCESSING"]

// The stages a person sees, in order.
export const STAGES = ["waiting", "working", "saving"]

// A link this near to its end is as good as over: loading takes time.
const LINK_MARGIN_MS = 10_000

export const active = (task) => ACTIVE.includes(task.status)

export const linkAlive = (image, now) => Date.parse(image.expires_at) - LINK_MARGIN_MS > now

// merge is the newer of two readings of a task. A link that still lives is kept, so
// that the browser need not load the same picture under another address.
export function merge(old, next, now) {
  if (!old) return next
  if (old.version > next.version) return old
  const before = new Map(old.images.map((im) => [im.index, im]))
  const images = next.images.map((im) => {
    const was = before.get(im.index)
    if (!was || was.status !== "done" || im.status !== "done" || was.bytes !== im.bytes || !linkAlive(was, now)) return im
    const { url, thumbnail_url, download_url, expires_at } = was
    return { ...im, url, thumbnail_url, download_url, expires_at }
  })
  return { ...next, images }
}

// sending stands for a task that is on its way to the service.
export function sending(body, id, now) {
  const asked = body.coherent_set ? 1 : body.count
  return {
    task_id: id, status: "SENDING", prompt: body.prompt, model: body.model, params: body,
    images: Array.from({ length: asked }, (_, index) => ({ index, status: "waiting" })),
    error: null, progress: { stage: "waiting", done: 0, total: asked, expected_ms: 0 },
    run: 1, version: 0, created_at: new Date(now).toISOString(), started_at: null, finished_at: null,
  }
}

// stage is where an active task is: one of STAGES.
export const stage = (task) => (STAGES.includes(task.progress?.stage) ? task.progress.stage : "waiting")

// paused tells whether a task waits because the operator begins no pictures for now.
export const paused = (task) => stage(task) === "waiting" && Boolean(task.progress?.paused)

// held tells whether nothing of a task goes on until the person lets it.
export const held = (task) => task.progress?.stage === "held"

// inLine tells whether something of a task waits, held or not; queued where in line it stands:
// the time since when, in nanoseconds, so that texts can be compared.
export const inLine = (task) => task.images.some((im) => im.status === "waiting" || im.status === "held")
export const queued = (task) => nanoseconds(task.progress?.queued_at ?? task.created_at)
const nanoseconds = (time) => time.slice(0, 19) + time.slice(20, -1).padEnd(9, "0")

// same tells that a newer reading says nothing new. The pause is the operator's: a
// task's version does not count it.
export const same = (old, next) =>
  old.version === next.version && old.status === next.status && paused(old) === paused(next)

// elapsed is how long the present stage of waiting or work has taken: since the
// start once the work has begun, since it was asked for before.
export function elapsed(task, now) {
  const from = stage(task) === "waiting" ? task.created_at : task.started_at ?? task.created_at
  return Math.max(0, now - Date.parse(from))
}

export const took = (task) =>
  task.started_at && task.finished_at ? Date.parse(task.finished_at) - Date.parse(task.started_at) : 0

export const done = (task) => task.images.filter((im) => im.status === "done")

export const missing = (task) => task.images.filter((im) => im.status === "failed" || im.status === "cancelled").length

// failures groups what went wrong in a task: each error once, with how many pictures it cost.
export function failures(task) {
  const groups = new Map()
  for (const im of task.images) {
    if (!im.error) continue
    const key = `${im.error.code}/${im.error.charged}/${im.error.provider_code ?? ""}`
    const group = groups.get(key) ?? { key, error: im.error, count: 0 }
    group.count++
    groups.set(key, group)
  }
  if (groups.size === 0 && task.error) groups.set("task", { key: "task", error: task.error, count: task.images.length })
  return [...groups.values()]
}

// shape is width ÷ height of a picture, as far as it is known.
export function shape(task, image) {
  if (image?.width && image?.height) return image.width / image.height
  const { width, height } = task.params
  return width && height ? width / height : 1
}

// tiles lists what the library shows of tasks that are over: a tile for each picture,
// and one for what is not there.
export function tiles(tasks) {
  return tasks.flatMap((task) => {
    const pictures = done(task).map((image) => ({
      key: `${task.task_id}/${image.index}`, kind: "picture", task, image, ratio: shape(task, image),
    }))
    if (task.status === "COMPLETED") return pictures
    return [...pictures, { key: `${task.task_id}/rest`, kind: "rest", task, image: null, ratio: 1 }]
  })
}

const DAY_MS = 86_400_000

// matches tells whether the service would list the task under a filter.
export function matches(task, filter) {
  if (filter.status && !filter.status.split(",").includes(task.status)) return false
  if (filter.model && task.model !== filter.model) return false
  if (filter.favourite && !task.favourite) return false
  if (Boolean(filter.bin) !== Boolean(task.binned_at)) return false
  if (filter.folder && task.folder !== filter.folder) return false
  if (filter.parent && task.parent !== filter.parent) return false
  if (filter.tag && !(task.tags ?? []).includes(filter.tag)) return false
  if (filter.error && !task.images.some((im) => im.status === "failed")) return false
  if (filter.ratio && !shaped(task, filter.ratio)) return false
  const at = Date.parse(task.created_at)
  if (filter.from && at < Date.parse(filter.from)) return false
  if (filter.to && at >= Date.parse(filter.to) + (filter.to.includes("T") ? 0 : DAY_MS)) return false
  return !filter.q || task.prompt.toLowerCase().includes(filter.q.trim().toLowerCase())
}

const SHAPE_OFF = 0.04 // how far a picture may be from a shape, as the service has it

function shaped(task, ratio) {
  const { width, height } = task.images.find((im) => im.width > 0) ?? task.params
  const [w, h] = ratio.split(":")
  return Math.abs(Math.log((width / height) / (w / h))) < SHAPE_OFF
}

// place puts a task where it belongs, newest first; ids grow with time.
export function place(tasks, task) {
  const rest = tasks.filter((t) => t.task_id !== task.task_id)
  const at = rest.findIndex((t) => t.task_id < task.task_id)
  return at < 0 ? [...rest, task] : [...rest.slice(0, at), task, ...rest.slice(at)]
}

// daysLeft is how many days a task in the bin still has, a begun one counted.
export const daysLeft = (task, now) => Math.max(0, Math.ceil((Date.parse(task.bin_ends_at) - now) / DAY_MS))

// pollDelay is how long to wait before asking again, in milliseconds.
export function pollDelay({ hidden, failed, idle = false }) {
  if (failed > 0) return Math.min(1000 * 2 ** failed, 15_000)
  if (idle) return 5000 // all is held back; another device may let it go on
  return hidden ? 2000 : 1000
}

// fileName is what a saved picture is called where the service does not say.
export const fileName = (task, image) => `${task.task_id}-${image.index + 1}.${image.format === "jpeg" ? "jpg" : image.format}`
