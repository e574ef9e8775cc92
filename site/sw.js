// The page without a network: its own files, the first page of the library as it was last
// read, and the pictures that were shown. The network always comes first, so that nobody
// sees an old page unless there is no other. Never touched: what changes something, other
// hosts, downloads.

const SHELL = "shell-1", PICTURES = "pictures-1"
const LIBRARY = "library-" // and whose it is: one's own key reads it, and no other
const PATIENCE_MS = 4_000 // then what is kept is better than waiting, where there is something
const MOST_PICTURES = 400
const KEPT_API = ["/api/v1/models", "/api/v1/history?limit=60", "/api/v1/storage", "/api/v1/counts"]

addEventListener("install", (event) => event.waitUntil(keepShell().then(() => skipWaiting())))
addEventListener("activate", (event) => event.waitUntil(clients.claim()))

addEventListener("fetch", (event) => {
  const { request } = event
  const at = new URL(request.url)
  if (request.method !== "GET" || at.origin !== location.origin || request.headers.has("Range")) return
  if (KEPT_API.includes(at.pathname + at.search)) event.respondWith(libraryFirst(request))
  else if (at.pathname.startsWith("/files/") && request.destination === "image") event.respondWith(picture(request))
  else if (at.pathname.startsWith("/api/") || at.pathname.startsWith("/files/") || at.pathname === "/sw.js") return
  else if (request.mode !== "navigate" || at.pathname === "/") event.respondWith(shellFirst(request))
})

addEventListener("message", (event) => {
  const { keep, key, forget, check } = event.data
  if (keep) event.waitUntil(Promise.all(KEPT_API.map((path) => libraryFirst(new Request(path, { headers: key ? { "X-API-Key": key } : {} })))))
  if (forget) event.waitUntil(forgetLibraries(""))
  if (check) event.waitUntil(changed().then((is) => is && event.source.postMessage({ changed: true })))
})

// keepShell fetches every file that the page names, and the words of both languages.
async function keepShell() {
  const html = await (await fetch("/", { cache: "no-cache" })).text()
  const named = [...html.matchAll(/(?:href|src)="(\/[^"#]*)"/g)].map((m) => m[1]).filter((path) => !path.startsWith("/api/"))
  const cache = await caches.open(SHELL)
  await cache.addAll([...new Set(["/", ...named, "/favicon-done.svg", "/locales/en.json", "/locales/zh-CN.json"])])
}

async function shellFirst(request) {
  const cache = await caches.open(SHELL)
  const at = request.mode === "navigate" ? "/" : request
  return networkFirst(request, () => cache.match(at), (response) => cache.put(at, response))
}

// networkFirst is the network's answer, which is kept, or after a while or without one
// what was kept before.
async function networkFirst(request, kept, keep) {
  const asked = fetch(request).then(async (response) => {
    if (response.ok) await keep(response.clone()).catch(() => {}) // no room: then it is not kept
    return response
  })
  const late = new Promise((resolve) => setTimeout(async () => resolve(await kept()), PATIENCE_MS))
  try {
    return (await Promise.race([asked, late])) ?? (await asked)
  } catch {
    return (await kept()) ?? Response.error()
  }
}

// libraryFirst marks what is kept, so that the page knows that nobody answered.
async function libraryFirst(request) {
  const name = LIBRARY + (await fingerprint(request.headers.get("X-API-Key") ?? ""))
  const cache = await caches.open(name)
  const kept = async () => {
    const was = await cache.match(request.url, { ignoreVary: true })
    return was && new Response(was.body, { status: 200, headers: { "Content-Type": "application/json", "X-Kept": "1" } })
  }
  const keep = async (response) => {
    if (request.url.includes("/history")) await keepThumbnails(await response.clone().json())
    await cache.put(request.url, response)
    await forgetLibraries(name)
  }
  return networkFirst(request, kept, keep)
}

async function fingerprint(key) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))
  return [...new Uint8Array(sum)].slice(0, 8).map((b) => b.toString(16).padStart(2, "0")).join("")
}

// forgetLibraries leaves the one of that name: another key has come in.
async function forgetLibraries(name) {
  const others = (await caches.keys()).filter((c) => c.startsWith(LIBRARY) && c !== name)
  await Promise.all(others.map((c) => caches.delete(c)))
  if (others.length > 0) await caches.delete(PICTURES)
}

async function keepThumbnails({ items }) {
  const addresses = items.flatMap((x) => x.images).map((im) => im.thumbnail_url).filter((url) => url?.startsWith("/files/"))
  for (const url of addresses.slice(0, 120)) await picture(new Request(url)).catch(() => {}) // it is shown by the network alone
}

// picture never changes under its address.
async function picture(request) {
  const cache = await caches.open(PICTURES)
  const kept = await cache.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok && response.type === "basic") {
    await cache.put(request, response.clone())
    const keys = await cache.keys()
    if (keys.length > MOST_PICTURES) await Promise.all(keys.slice(0, keys.length - MOST_PICTURES).map((k) => cache.delete(k)))
  }
  return response
}

// changed tells whether a file of the page is another one by now than when it was read.
// Those that are go past the browser's own cache, so that a reload has all of the newer page.
async function changed() {
  const cache = await caches.open(SHELL)
  let any = false
  for (const request of await cache.keys()) {
    const was = (await cache.match(request)).headers.get("ETag")
    const now = await fetch(request.url, { method: "HEAD", cache: "no-store" })
    if (!now.ok || !was || now.headers.get("ETag") === was) continue
    await cache.put(request, await fetch(request.url, { cache: "reload" }))
    any = true
  }
  return any
}
