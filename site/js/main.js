// Joins the parts: stores, components, the words in markup; then Alpine starts.

import Alpine from "/vendor/alpine.js"
import persist from "/vendor/persist.js"
import { makeApi } from "./api.js"
import { card } from "./components/card.js"
import { complete } from "./components/complete.js"
import { composer, field } from "./components/composer.js"
import { aside } from "./components/details.js"
import { askForKey, keyDialog, keptKey } from "./components/dialogs.js"
import { grid } from "./components/grid.js"
import { lineage } from "./components/lineage.js"
import { page } from "./components/page.js"
import { popup } from "./components/popup.js"
import { suggest } from "./components/suggest.js"
import { folderMenu, tagMenu } from "./components/menus.js"
import { templates } from "./components/templates.js"
import { viewer } from "./components/viewer.js"
import { createAlso } from "./store/also.js"
import { dialog, later } from "./later.js"
import { readyOffline } from "./offline.js"
import { createApp } from "./store/app.js"
import { createComposer } from "./store/composer.js"
import { createDetails } from "./store/details.js"
import { createLibrary } from "./store/library.js"
import { createShelves } from "./store/shelves.js"
import { createRoute } from "./store/route.js"
import { createSelection } from "./store/selection.js"
import { createTasks } from "./store/tasks.js"
import { createToasts } from "./store/toasts.js"
import { createViewer } from "./store/viewer.js"

Alpine.plugin(persist)

const store = (name) => Alpine.store(name)
const api = makeApi({
  key: keptKey,
  onDenied: askForKey,
  onReach: (ok, offset) => store("app").reached(ok, offset),
})
const parts = { api, store, persist: (value) => Alpine.$persist(value), component: (name, make) => Alpine.data(name, make) }

Alpine.store("app", createApp(parts))
Alpine.store("toasts", createToasts(parts))
Alpine.store("also", createAlso(parts))
Alpine.store("composer", createComposer(parts))
Alpine.store("tasks", createTasks(parts))
Alpine.store("library", createLibrary(parts))
Alpine.store("selection", createSelection(parts))
Alpine.store("details", createDetails(parts))
Alpine.store("shelves", createShelves(parts))
Alpine.store("route", createRoute(parts))
Alpine.store("viewer", createViewer(parts))

// What begins with something that a person does is fetched then.
const lazy = (name, load, methods, state) => Alpine.store(name, later(Alpine, name, load, methods, state))
lazy("many", async () => (await import("./store/many.js")).createMany(parts), ["run"], { progress: null })
lazy("filling", async () => (await import("./store/filling.js")).createFilling(parts), ["show"], { here: false })
lazy("question", async () => (await import("./store/question.js")).createQuestion(parts), ["ask"], { here: false })
lazy("bin", async () => (await import("./store/bin.js")).createBin(parts), ["put", "tell", "restore", "empty"])
lazy("tags", async () => (await import("./store/tags.js")).createTags(parts), ["open", "rename", "remove"], { here: false })
lazy("again", async () => (await import("./store/again.js")).createAgain(parts), ["make"])
lazy("compare", async () => (await import("./store/compare.js")).createCompare(parts), ["show"], { here: false })
lazy("archive", async () => (await import("./store/archive.js")).createArchive(parts), ["open", "bring"], { ready: false })

Alpine.store("dialogs", { keys: false, settings: false, call: false }) // those that are there
dialog(Alpine, "keys", () => import("./components/keys.js"))
dialog(Alpine, "settings", async () => ({ ...await import("./components/settings.js"), ...await import("./components/space.js") }))
dialog(Alpine, "call", () => import("./components/call.js"))

Alpine.magic("t", () => (key, args) => store("app").t(key, args))
Alpine.magic("say", () => (words) => store("app").say(words))

Object.entries({ aside, card, complete, composer, field, folderMenu, grid, keyDialog, lineage, page, popup, suggest, tagMenu, templates, viewer })
  .forEach(([name, make]) => Alpine.data(name, make))

// The words come first: nothing is drawn without them.
await store("app").begin()
Alpine.start()
await store("app").connect()
readyOffline({ key: keptKey, onNew: () => store("app").renewed() })
